"""A view of your own beside the library's: who has not met their mentor for a while.

Run it: `python examples/your_own_projection.py`. A projection is a row class and a function from
a participant, as folded by the library, to a row. The engine keeps it up to date, rebuilds it, and
stores it as a table with typed columns that any SQL tool can read.
"""

import sqlite3
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

from attrs import frozen

from npq_adapters import migrate, open_ledger
from npq_domain import Actor, participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.commands import (
    Accept,
    AssignSupporter,
    Endorse,
    Enrol,
    OfferProgramme,
    OpenCohort,
    ReceiveRegistration,
    RecordCheckIn,
    ReturnForm,
)
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.projections import VIEWS, Projection, Seen

OFFICE = Actor(role="provider", id="j.doe")
COHORT = cohort_subject("UCL", "Autumn 2023")


@frozen(kw_only=True)
class MentoringRow:
    """When a participant last met their mentor. The first field is the key."""

    participant: str
    mentor: str | None
    check_ins: int
    last_met: date | None
    days_since: int | None


def row(it: Participant, seen: Seen) -> MentoringRow | None:
    """The row of a participant who has joined a cohort; `None` for all others."""
    if it.enrolment.enrolled is None:
        return None
    mentor = it.engagement.supporters.get("mentor")
    last = max((each.on for each in it.engagement.check_ins.values()), default=None)
    return MentoringRow(
        participant=seen.subject,
        mentor=mentor.supporter if mentor else None,
        check_ins=len(it.engagement.check_ins),
        last_met=last,
        days_since=(seen.as_at - last).days if last else None,
    )


mentoring = Projection(
    name="mentoring",
    row_type=MentoringRow,
    decider=participant,
    parts=("enrolment", "engagement"),
    row=row,
)


def main() -> None:
    """Make a small ledger, build the view, and read it by plain SQL."""
    views = (*VIEWS, mentoring)
    with TemporaryDirectory() as folder:
        file = Path(folder) / "provider.db"
        url = f"sqlite:///{file}"
        migrate(url, views=views)
        with open_ledger(url, views=views) as ledger:
            spring = date(2023, 5, 2)
            cohort = OpenCohort(
                provider="UCL",
                name="Autumn 2023",
                season="autumn",
                start_on=date(2023, 10, 2),
                on=spring,
            )
            ledger.handle(COHORT, cohort, by=OFFICE)
            offer = OfferProgramme(specification="reform/UCL/NPQLT/1", on=spring)
            ledger.handle(COHORT, offer, by=OFFICE)
            for number, met_on in enumerate((date(2023, 11, 6), date(2024, 2, 5))):
                subject = participant_subject("UCL", str(number))
                for command in (
                    ReceiveRegistration(
                        application_id=str(number),
                        participant_id=f"participant-{number}",
                        name=f"Participant {number}",
                        provider="UCL",
                        programme="NPQLT",
                        on=date(2023, 6, 5),
                    ),
                    ReturnForm(on=date(2023, 6, 7)),
                    Endorse(role="headteacher", name="Ruth Adeyemi", on=date(2023, 6, 8)),
                    Accept(on=date(2023, 6, 9)),
                    Enrol(cohort_id=COHORT, on=date(2023, 9, 1)),
                    AssignSupporter(role="mentor", supporter="staff-17", on=date(2023, 9, 20)),
                    RecordCheckIn(number=1, minutes=60, on=met_on),
                ):
                    ledger.handle(subject, command, by=OFFICE)
            ledger.catch_up(as_at=date(2024, 3, 1))
        with sqlite3.connect(file) as database:
            query = "SELECT check_ins, last_met, days_since FROM view_mentoring ORDER BY days_since"
            print("Who met their mentor when, seen from 1 March 2024, by plain SQL:")
            print(f"  {query}")
            print("  check-ins  last met    days since")
            for check_ins, last_met, days_since in database.execute(query):
                print(f"  {check_ins:>9}  {last_met}  {days_since:>10}")
        database.close()


if __name__ == "__main__":
    main()
