"""What was known when, why was it decided, and what was corrected since: an auditor's questions.

Run it: `python examples/audit_a_history.py`. A register showed a participant present on a day they
had missed; access to the assessment was granted on that; the mistake was found and corrected
afterwards. The decision stands, and the history shows what it was based on and what is known now.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

from npq_adapters import Ledger, open_ledger
from npq_domain import Actor, catalogue
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.gates import access
from npq_domain.catalogue.types import Activity
from npq_domain.commands import (
    Accept,
    CorrectFact,
    Endorse,
    Enrol,
    GrantAccess,
    OfferProgramme,
    OpenCohort,
    ReceiveRegistration,
    RecordAbsence,
    RecordAttendance,
    ReturnForm,
)
from npq_domain.history import voided
from npq_domain.identifiers import cohort_subject, participant_subject

OFFICE = Actor(role="provider", id="j.doe")
SPECIFICATION = "reform/UCL/NPQSL/1"
COHORT = cohort_subject("UCL", "Autumn 2023")
SAM = participant_subject("UCL", "7c2b4d0e-63f0-4f4c-9d5c-0b1f4f6a2e11")

GRANTED = date(2025, 3, 31)
CORRECTED = date(2025, 5, 6)


class Clock:
    """The time by which facts are written down: each step of the story a minute."""

    def __init__(self) -> None:
        """Begin when the intake is opened."""
        self.now = datetime(2023, 5, 2, 9, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time now, which is later each time it is asked for."""
        self.now += timedelta(minutes=1)
        return self.now

    def set(self, day: date) -> None:
        """Go on to the morning of a later day."""
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


@contextmanager
def a_ledger() -> Iterator[tuple[Ledger, Clock]]:
    """A ledger in memory, with a history in it."""
    clock = Clock()
    with open_ledger("memory:", clock=clock) as ledger:
        tell(ledger, clock)
        yield ledger, clock


def tell(ledger: Ledger, clock: Clock) -> None:
    """What happened, in the order in which it was written down."""
    opened = date(2023, 5, 2)
    cohort = OpenCohort(
        provider="UCL", name="Autumn 2023", season="autumn", start_on=date(2023, 10, 2), on=opened
    )
    ledger.handle(COHORT, cohort, by=OFFICE)
    ledger.handle(COHORT, OfferProgramme(specification=SPECIFICATION, on=opened), by=OFFICE)
    clock.set(date(2023, 9, 1))
    for command in (
        ReceiveRegistration(
            application_id="7c2b4d0e-63f0-4f4c-9d5c-0b1f4f6a2e11",
            participant_id="0f2f5a5e-4a39-4d3b-8f6e-8d0f1a2b3c4d",
            name="Sam Okafor",
            trn="3141592",
            provider="UCL",
            programme="NPQSL",
            on=date(2023, 6, 5),
        ),
        ReturnForm(on=date(2023, 6, 7)),
        Endorse(role="principal", name="Ruth Adeyemi", on=date(2023, 6, 8)),
        Accept(on=date(2023, 6, 9)),
        Enrol(cohort_id=COHORT, on=date(2023, 9, 1)),
    ):
        ledger.handle(SAM, command, by=OFFICE)
    clock.set(GRANTED)
    for number, (component, minutes) in enumerate(sessions()):
        on = date(2023, 10, 10) + timedelta(weeks=9 * number)
        ledger.handle(SAM, RecordAttendance(component=component, minutes=minutes, on=on), by=OFFICE)
    ledger.handle(SAM, GrantAccess(on=GRANTED), by=OFFICE)
    clock.set(CORRECTED)
    last = next(it for it in ledger.history(SAM) if getattr(it.fact, "minutes", None) == FULL_DAY)
    absence = RecordAbsence(component=last.fact.component, on=last.fact.on)
    correction = CorrectFact(
        version=last.version, replacement=absence, reason="register misread", on=CORRECTED
    )
    ledger.handle(SAM, correction, by=Actor(role="auditor", id="r.hall"))


FULL_DAY = 390


def sessions() -> list[tuple[str, int]]:
    """Every session that counts, with its minutes."""
    specification = catalogue.shipped().specification(SPECIFICATION)
    assert specification
    return [
        (it.id, it.minutes)
        for it in specification.components
        if it.activity is Activity.EVENT and it.counts and it.minutes
    ]


def main() -> None:
    """Ask the questions."""
    with a_ledger() as (ledger, _):
        history = ledger.history(SAM)
        gone = voided(history, FactVoided)
        print("The whole history; nothing is ever deleted:")
        for it in history:
            mark = f"  voided by {gone[it.version].version}" if it.version in gone else ""
            print(
                f"{it.version:3}  happened {it.happened_on}  written {it.recorded_at:%Y-%m-%d}"
                f"  {it.by.role}  {it.name}{mark}"
            )
        when = datetime(GRANTED.year, GRANTED.month, GRANTED.day, 23, tzinfo=UTC)
        for title, known_at in ((f"As known on {GRANTED}", when), ("As known now", None)):
            print(f"{title}, the gate to the assessment:")
            for each in access(ledger.state(SAM, known_at=known_at)):
                print(f"  {'met  ' if each.met else 'UNMET'} {each.because}  [{each.source}]")


if __name__ == "__main__":
    main()
