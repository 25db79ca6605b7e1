"""A candidate through the NPQH of 2017 at Outstanding Leaders Partnership, at a distance.

Run it: `python examples/npqh_2017.py`. It follows OLP's page on NPQH: the gateway, five event days
spread over two weeks each, a change programme in the home school, a placement in a contrasting
one, marking, national moderation, the award, and credits from Chester University. Where a rule
says no, the refusal is printed with its source.
"""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

from npq_adapters import Ledger, open_ledger
from npq_domain import Actor, Refused, participant
from npq_domain.aggregates.participant.facts.application import Setting
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark
from npq_domain.catalogue.types import Scope, Section
from npq_domain.commands import (
    Accept,
    AgreePlacement,
    AssignSupporter,
    AwardQualification,
    CompleteImplementation,
    Enrol,
    LogPlacementDay,
    MarkTask,
    ModerateTask,
    OfferProgramme,
    OpenCohort,
    PresentPlan,
    PublishTaskResult,
    ReceiveRegistration,
    RecordAttendance,
    RecordGateway,
    RecordStudy,
    ReportMastersCredit,
    ScheduleSession,
    StartImplementation,
    SubmitTask,
)
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.projections import eligibility

OFFICE = Actor(role="provider", id="j.doe")
COHORT = cohort_subject("OLP", "Autumn 2018")
APPLICATION = "0f0a8a43-6f5c-4d0e-9f6b-3a3a7f0f9d21"
AMINA = participant_subject("OLP", APPLICATION)
SPECIFICATION = "2017/OLP/NPQH/2"
HOME, PLACEMENT = "116241", "138702"

START = date(2018, 10, 1)
EVENT_DAYS = (START, date(2018, 11, 12), date(2019, 1, 7), date(2019, 2, 25), date(2019, 4, 29))


def main() -> None:
    """Tell the story, step by step."""
    with open_ledger("memory:") as ledger:
        open_the_intake(ledger)
        for title, chapter in STORY:
            print(title)
            for command in chapter():
                tell(ledger, command)
        show(ledger)


def tell(ledger: Ledger, command: Any) -> None:
    """Ask, and print what happened or why it did not."""
    try:
        answer = ledger.handle(AMINA, command, by=OFFICE)
    except Refused as refused:
        print(f"  {command.on}  refused, {refused.code}: {refused}")
        return
    for it in answer:
        print(f"  {it.happened_on}  {it.name.split('.')[1].replace('-', ' ')}")


def open_the_intake(ledger: Ledger) -> None:
    """A cohort offers the programme and says when each event day begins."""
    day = date(2018, 4, 9)
    opened = OpenCohort(provider="OLP", name="Autumn 2018", season="autumn", start_on=START, on=day)
    ledger.handle(COHORT, opened, by=OFFICE)
    ledger.handle(COHORT, OfferProgramme(specification=SPECIFICATION, on=day), by=OFFICE)
    for number, begins in enumerate(EVENT_DAYS, 1):
        starts_at = datetime(begins.year, begins.month, begins.day, 9, tzinfo=UTC)
        session = ScheduleSession(
            programme="NPQH",
            component=f"face-to-face-{number}",
            starts_at=starts_at,
            ends_at=starts_at + timedelta(hours=6),
            on=day,
        )
        ledger.handle(COHORT, session, by=OFFICE)


def joining() -> Iterator[Any]:
    """Nobody is accepted before the gateway has found them both ready and suitable."""
    yield ReceiveRegistration(
        application_id=APPLICATION,
        participant_id="9b1d1c5e-3a34-4d8a-8c53-7f6f0a2b9e10",
        name="Amina Yusuf",
        provider="OLP",
        programme="npq-headship",
        setting=Setting(school_urn=HOME),
        on=date(2018, 5, 14),
    )
    yield RecordGateway(ready=False, suitable=True, on=date(2018, 6, 4))
    yield Accept(on=date(2018, 6, 5))
    yield RecordGateway(ready=True, suitable=True, on=date(2018, 7, 2))
    yield Accept(on=date(2018, 7, 3))
    yield Enrol(cohort_id=COHORT, delivery_mode="distance", on=date(2018, 9, 3))
    yield AssignSupporter(role="learning_coach", supporter="coach-8", on=date(2018, 9, 10))


def learning() -> Iterator[Any]:
    """Three online courses, and five event days, each open for two weeks."""
    for number in (1, 2, 3):
        on = START + timedelta(weeks=8 * number)
        yield RecordStudy(component=f"online-course-{number}", minutes=480, percent=100, on=on)
    for number, begins in enumerate(EVENT_DAYS, 1):
        last = begins + timedelta(days=13)
        late = last + timedelta(days=1)
        component = f"face-to-face-{number}"
        if number == 1:
            yield RecordAttendance(component=component, minutes=360, on=late)
        yield RecordAttendance(component=component, minutes=360, on=last)


def change_programme() -> Iterator[Any]:
    """Task 1: the home school's board sees the plan first; the programme lasts two terms."""
    yield PresentPlan(
        task="task-1",
        board=HOME,
        feedback="Begin with reading in year 7, and report to us each half-term.",
        on=date(2018, 11, 5),
    )
    yield StartImplementation(task="task-1", on=date(2018, 11, 12))
    yield SubmitTask(
        task="task-1",
        scope=Scope.WHOLE_SCHOOL,
        sections=(Section.DESIGN, Section.IMPLEMENTATION),
        words=5_200,
        on=date(2019, 4, 1),
    )
    yield CompleteImplementation(task="task-1", terms=2, on=date(2019, 5, 24))
    yield SubmitTask(
        task="task-1",
        scope=Scope.WHOLE_SCHOOL,
        sections=tuple(Section),
        words=5_400,
        on=date(2019, 6, 10),
    )


def placement() -> Iterator[Any]:
    """Task 2: nine working days in a contrasting school, whose board is shown the plan."""
    yield AgreePlacement(urn=HOME, contrast=(Contrast.OTHER,), on=date(2019, 1, 7))
    yield AgreePlacement(
        urn=PLACEMENT, contrast=(Contrast.GEOGRAPHY, Contrast.PUPIL_PROFILE), on=date(2019, 1, 7)
    )
    tuesdays = [date(2019, 1, 8) + timedelta(weeks=it) for it in (0, 1, 2, 3, 4, 5, 7, 8)]
    yield LogPlacementDay(on=date(2019, 1, 19))
    for day in tuesdays:
        yield LogPlacementDay(on=day)
    feedback = "The staffing plan is clear; cost the second year."
    yield PresentPlan(task="task-2", board=HOME, feedback=feedback, on=date(2019, 5, 13))
    yield PresentPlan(task="task-2", board=PLACEMENT, feedback=feedback, on=date(2019, 5, 14))
    account = SubmitTask(task="task-2", scope=Scope.PLACEMENT_SCHOOL, on=date(2019, 6, 10))
    yield account
    yield LogPlacementDay(half_days=1, on=date(2019, 5, 15))
    yield LogPlacementDay(half_days=1, on=date(2019, 5, 16))
    yield account


def results() -> Iterator[Any]:
    """DfE's mark scheme, national moderation of the sample, then the results and the award."""
    marked, seen, told = date(2019, 7, 8), date(2019, 8, 5), date(2019, 9, 2)
    for task, sampled in (("task-1", True), ("task-2", False)):
        yield MarkTask(
            task=task,
            marker="marker-3",
            marks=(
                CriterionMark(criterion="leading change", marks=4),
                CriterionMark(criterion="impact", marks=3),
            ),
            outcome=Outcome.PASSED,
            sampled=sampled,
            on=marked,
        )
    yield PublishTaskResult(task="task-1", on=marked)
    yield ModerateTask(task="task-1", moderator="marker-3", outcome=Outcome.PASSED, on=seen)
    yield ModerateTask(task="task-1", moderator="moderator-1", outcome=Outcome.PASSED, on=seen)
    yield PublishTaskResult(task="task-1", on=told)
    yield AwardQualification(on=told)
    yield PublishTaskResult(task="task-2", on=told)
    yield AwardQualification(on=told)
    yield ReportMastersCredit(university="Chester University", credits=60, on=date(2019, 10, 7))


STORY = (
    ("The gateway, and a place", joining),
    ("Courses and event days, at a distance", learning),
    ("Task 1: a change programme in the home school", change_programme),
    ("Task 2: a placement in a contrasting school", placement),
    ("Marking, moderation, results", results),
)


def show(ledger: Ledger) -> None:
    """What the award rests on, and what the view says."""
    awarded = ledger.state(AMINA, participant).award.awarded
    assert awarded
    print("The award rests on:")
    for each in awarded.basis:
        print(f"  {each}")
    ledger.catch_up()
    [row] = ledger.rows(eligibility)
    print(f"{', '.join(row.tasks)}; awarded on {row.awarded_on}; {row.credits} credits")


if __name__ == "__main__":
    main()
