"""One candidate through the assessment of each programme of 2017, as its specification asks.

Run it: `python examples/assessments_of_2017.py`. OLP's table names a project across a team, a
whole school, one's own and a placement school, several schools; OLP's page on NPQH says more of
NPQH's two tasks. Each candidate tries something that the specification does not allow, then does
what it asks. Where a document is silent there is no rule.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from npq_adapters import Ledger, open_ledger
from npq_domain import Actor, Refused, catalogue
from npq_domain.aggregates.participant.facts.application import Setting
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark
from npq_domain.catalogue.types import EntryKind, Scope, Section, Specification
from npq_domain.commands import (
    Accept,
    AgreePlacement,
    AwardQualification,
    CompleteImplementation,
    Enrol,
    LogPlacementDay,
    MarkTask,
    OfferProgramme,
    OpenCohort,
    PresentPlan,
    PublishTaskResult,
    ReceiveRegistration,
    RecordGateway,
    ReportMastersCredit,
    StartImplementation,
    SubmitTask,
)
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.projections import eligibility

OFFICE = Actor(role="provider", id="j.doe")
HOME, PLACEMENT, THIRD = "116241", "138702", "140033"
START, IN, OUT = date(2018, 10, 1), date(2019, 6, 10), date(2019, 9, 2)


def middle_leadership() -> Iterator[Any]:
    """A project across a team."""
    yield SubmitTask(task="project", scope=Scope.WHOLE_SCHOOL, on=IN)
    yield SubmitTask(task="project", scope=Scope.TEAM, on=IN)


def senior_leadership() -> Iterator[Any]:
    """A project across the whole school."""
    yield SubmitTask(task="project", scope=Scope.TEAM, on=IN)
    yield SubmitTask(task="project", scope=Scope.WHOLE_SCHOOL, on=IN)


def headship_of_the_table() -> Iterator[Any]:
    """Two projects, in one's own school and in a placement school; the table says no more."""
    yield SubmitTask(task="project-1", scope=Scope.OWN_SCHOOL, on=IN)
    yield SubmitTask(task="project-2", scope=Scope.PLACEMENT_SCHOOL, on=IN)
    yield AgreePlacement(urn=PLACEMENT, contrast=(), on=date(2019, 1, 7))
    yield SubmitTask(task="project-2", scope=Scope.PLACEMENT_SCHOOL, on=IN)


def headship_of_the_page() -> Iterator[Any]:
    """A change programme of two terms, and an action plan after nine days elsewhere."""
    begun = date(2018, 11, 12)
    for board, on in ((PLACEMENT, begun), (HOME, begun - timedelta(days=7))):
        yield PresentPlan(task="task-1", board=board, feedback="Go on.", on=on)
    yield StartImplementation(task="task-1", on=begun)
    yield CompleteImplementation(task="task-1", terms=2, on=date(2019, 5, 24))
    for written in ((Section.DESIGN,), tuple(Section)):
        yield SubmitTask(task="task-1", scope=Scope.WHOLE_SCHOOL, sections=written, on=IN)
    for contrast in ((), (Contrast.PERFORMANCE,)):
        yield AgreePlacement(urn=PLACEMENT, contrast=contrast, on=date(2019, 1, 7))
    yield PresentPlan(task="task-2", board=PLACEMENT, feedback="Cost it.", on=date(2019, 3, 18))
    monday = date(2019, 1, 14)
    for day in range(8):
        yield LogPlacementDay(on=monday + timedelta(weeks=day))
    yield SubmitTask(task="task-2", scope=Scope.PLACEMENT_SCHOOL, on=IN)
    yield LogPlacementDay(on=date(2019, 3, 11))
    yield SubmitTask(task="task-2", scope=Scope.PLACEMENT_SCHOOL, on=IN)


def executive_leadership() -> Iterator[Any]:
    """A strategy for one's own school, and a project across several schools."""
    yield SubmitTask(task="strategy", scope=Scope.OWN_SCHOOL, on=IN)
    for schools in ((HOME,), (HOME, PLACEMENT, THIRD)):
        yield SubmitTask(task="project", scope=Scope.SEVERAL_SCHOOLS, schools=schools, on=IN)


CANDIDATES = {
    "2017/OLP/NPQML/1": middle_leadership,
    "2017/OLP/NPQSL/1": senior_leadership,
    "2017/OLP/NPQH/1": headship_of_the_table,
    "2017/OLP/NPQH/2": headship_of_the_page,
    "2017/OLP/NPQEL/1": executive_leadership,
}


def main() -> None:
    """Each candidate in turn, then how all of them stand."""
    with open_ledger("memory:") as ledger:
        for key, projects in CANDIDATES.items():
            specification = catalogue.shipped().specification(key)
            assert specification
            print(f"{key}: {projects.__doc__}")
            candidate = joined(ledger, specification)
            for command in (*projects(), *results(specification)):
                tell(ledger, candidate, command)
        ledger.catch_up()
        for row in sorted(ledger.rows(eligibility), key=lambda it: it.specification):
            tasks = ", ".join(row.tasks)
            print(f"{row.specification}  {tasks}; awarded {row.awarded_on}; credits {row.credits}")


def tell(ledger: Ledger, candidate: UUID, command: Any) -> None:
    """Ask, and print the refusal or, of an account or an award, that it is in."""
    try:
        ledger.handle(candidate, command, by=OFFICE)
    except Refused as refused:
        print(f"  refused, {refused.code}: {refused}")
        return
    if isinstance(command, SubmitTask):
        print(f"  {command.task} handed in: {command.scope.value.replace('_', ' ')}")


def joined(ledger: Ledger, specification: Specification) -> UUID:
    """A candidate in a cohort of their own."""
    name = f"Autumn 2018, {specification.key}"
    cohort, opened = cohort_subject("OLP", name), date(2018, 4, 9)
    for command in (
        OpenCohort(provider="OLP", name=name, season="autumn", start_on=START, on=opened),
        OfferProgramme(specification=specification.key, on=opened),
    ):
        ledger.handle(cohort, command, by=OFFICE)
    candidate, registered = participant_subject("OLP", specification.key), date(2018, 5, 14)
    commands = [
        ReceiveRegistration(
            application_id=specification.key,
            participant_id=specification.key,
            name="Amina Yusuf",
            provider="OLP",
            programme=specification.programme,
            specification=specification.key,
            setting=Setting(school_urn=HOME),
            on=registered,
        ),
        Accept(on=date(2018, 7, 2)),
        Enrol(cohort_id=cohort, on=date(2018, 9, 3)),
    ]
    if any(it.kind is EntryKind.GATEWAY for it in specification.entry):
        commands.insert(1, RecordGateway(ready=True, suitable=True, on=registered))
    for each in commands:
        ledger.handle(candidate, each, by=OFFICE)
    return candidate


def results(specification: Specification) -> Iterator[Any]:
    """Every task marked and published, the award, and credits up to the ceiling."""
    for project in specification.assessment.projects:
        yield MarkTask(
            task=project.id,
            marker="marker-3",
            marks=(CriterionMark(criterion="impact", marks=4),),
            outcome=Outcome.PASSED,
            on=date(2019, 7, 8),
        )
        yield PublishTaskResult(task=project.id, on=OUT)
    yield AwardQualification(on=OUT)
    most = specification.credits and specification.credits.most
    for reported in (most + 1, most) if most else (60,):
        yield ReportMastersCredit(university="Chester University", credits=reported, on=OUT)


if __name__ == "__main__":
    main()
