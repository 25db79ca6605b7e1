"""One participant from registration to award, on an embedded ledger.

Run it: `python examples/register_to_outcome.py`. It needs no server and leaves nothing behind.
"""

from datetime import date, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from npq_adapters import Ledger, migrate, open_ledger
from npq_domain import Actor, Refused, catalogue
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.catalogue.types import Activity
from npq_domain.commands import (
    Accept,
    AssignSupporter,
    AwardQualification,
    Endorse,
    Enrol,
    GrantAccess,
    MarkResponse,
    OfferProgramme,
    OpenCohort,
    PublishResult,
    ReceiveRegistration,
    RecordAttendance,
    RecordCheckIn,
    ReleaseCaseStudy,
    ReturnForm,
    ScheduleAssessmentWindow,
    SendForm,
    SetWindow,
    SubmitResponse,
)
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.projections import eligibility, engagement

DIGEST = sha256(b"the response, as it was handed in").hexdigest()
LONDON = ZoneInfo("Europe/London")
OFFICE = Actor(role="provider", id="j.doe")
SPECIFICATION = "reform/UCL/NPQLT/1"

COHORT = cohort_subject("UCL", "Autumn 2023")
APPLICATION = "db3a7848-7308-4879-942a-c4a70ced400a"
ADA = participant_subject("UCL", APPLICATION)


def main() -> None:
    """Tell the story, step by step."""
    with TemporaryDirectory() as folder:
        url = f"sqlite:///{Path(folder) / 'provider.db'}"
        migrate(url)
        with open_ledger(url) as ledger:
            open_the_intake(ledger)
            join(ledger)
            attend(ledger)
            sit_the_assessment(ledger)
            show(ledger)


def open_the_intake(ledger: Ledger) -> None:
    """A cohort offers the programme and has an assessment window, eight days set by DfE."""
    day = date(2023, 5, 2)
    for command in (
        OpenCohort(
            provider="UCL", name="Autumn 2023", season="autumn", start_on=date(2023, 10, 2), on=day
        ),
        OfferProgramme(specification=SPECIFICATION, on=day),
        ScheduleAssessmentWindow(
            programme="NPQLT", opens_on=date(2024, 10, 3), closes_on=date(2024, 10, 10), on=day
        ),
    ):
        ledger.handle(COHORT, command, by=OFFICE)


def join(ledger: Ledger) -> None:
    """Registration, the provider's form, the school's word, and a place in the cohort."""
    registration = ReceiveRegistration(
        application_id=APPLICATION,
        participant_id="53847955-7cfg-41eb-a322-96c50adc742b",
        name="Ada Byron",
        trn="0743795",
        provider="UCL",
        programme="npq-leading-teaching",
        on=date(2023, 6, 5),
    )
    ledger.handle(ADA, registration, by=OFFICE)
    ledger.handle(ADA, SendForm(on=date(2023, 6, 6)), by=OFFICE)
    ledger.handle(ADA, ReturnForm(on=date(2023, 6, 9)), by=OFFICE)
    try:
        ledger.handle(ADA, Accept(on=date(2023, 6, 12)), by=OFFICE)
    except Refused as refused:
        print(f"Not accepted yet: {refused}")
    endorsement = Endorse(role="headteacher", name="Mary Somerville", on=date(2023, 6, 13))
    ledger.handle(ADA, endorsement, by=OFFICE)
    ledger.handle(ADA, Accept(on=date(2023, 6, 14)), by=OFFICE)
    ledger.handle(ADA, Enrol(cohort_id=COHORT, on=date(2023, 9, 1)), by=OFFICE)
    mentor = AssignSupporter(role="mentor", supporter="staff-17", on=date(2023, 9, 20))
    ledger.handle(ADA, mentor, by=OFFICE)


def attend(ledger: Ledger) -> None:
    """Every session of the plan, and three check-ins with the mentor."""
    specification = catalogue.shipped().specification(SPECIFICATION)
    assert specification
    sessions = [
        it
        for it in specification.components
        if it.activity is Activity.EVENT and it.counts and it.minutes
    ]
    for number, session in enumerate(sessions):
        attendance = RecordAttendance(
            component=session.id,
            minutes=session.minutes or 0,
            on=date(2023, 10, 10) + timedelta(weeks=7 * number),
        )
        ledger.handle(ADA, attendance, by=OFFICE)
    for number, on in enumerate((date(2023, 11, 30), date(2024, 3, 14), date(2024, 7, 4)), 1):
        ledger.handle(ADA, RecordCheckIn(number=number, minutes=60, on=on), by=OFFICE)


def sit_the_assessment(ledger: Ledger) -> None:
    """Access, the unseen case study, the response on the eighth day, marking, award."""
    ledger.handle(ADA, GrantAccess(on=date(2024, 9, 30)), by=OFFICE)
    ledger.handle(ADA, SetWindow(cohort_id=COHORT, on=date(2024, 9, 30)), by=OFFICE)
    released = datetime(2024, 10, 3, 9, tzinfo=LONDON)
    ledger.handle(ADA, ReleaseCaseStudy(ref="case-2024-10-LT", at=released), by=OFFICE)
    late = datetime(2024, 10, 11, 0, 0, tzinfo=LONDON)
    response = SubmitResponse(words=1480, sha256=DIGEST, at=late)
    try:
        ledger.handle(ADA, response, by=OFFICE)
    except Refused as refused:
        print(f"A second too late: {refused}")
    in_time = SubmitResponse(words=1480, sha256=DIGEST, at=late - timedelta(seconds=1))
    ledger.handle(ADA, in_time, by=OFFICE)
    marks = MarkResponse(
        marker="marker-4",
        learn_that=14,
        learn_how_to=16,
        outcome=Outcome.PASSED,
        on=date(2024, 11, 4),
    )
    ledger.handle(ADA, marks, by=OFFICE)
    ledger.handle(ADA, PublishResult(on=date(2024, 12, 2)), by=OFFICE)
    ledger.handle(ADA, AwardQualification(on=date(2024, 12, 3)), by=OFFICE)


def show(ledger: Ledger) -> None:
    """What was recorded, and what the views say of it."""
    for it in ledger.history(ADA):
        print(f"{it.version:3}  {it.happened_on}  {it.name}")
    ledger.catch_up()
    [engaged] = ledger.rows(engagement)
    [standing] = ledger.rows(eligibility)
    print(f"Engagement {engaged.num}/{engaged.den} minutes, {engaged.status}")
    print(f"Outcome {standing.outcome}, awarded on {standing.awarded_on}")


if __name__ == "__main__":
    main()
