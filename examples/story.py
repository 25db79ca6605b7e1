"""How the examples tell their stories: what is asked, line by line, and what came of it.

Not a story itself. Each of them has a ledger in memory, which is gone when the story is told.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from hashlib import sha256
from textwrap import wrap
from typing import Any
from uuid import UUID, uuid5
from zoneinfo import ZoneInfo

from attrs import frozen

from npq_adapters import Ledger, open_ledger
from npq_domain import Actor, Refused, catalogue
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.calendar import add_months
from npq_domain.catalogue import Specification
from npq_domain.catalogue.types import Activity, ComponentSpec
from npq_domain.commands import (
    Accept,
    CompleteFormativeTask,
    Endorse,
    Enrol,
    MarkResponse,
    OfferProgramme,
    OpenCohort,
    PublishResult,
    ReceiveRegistration,
    RecordAbsence,
    RecordAttendance,
    RecordCoaching,
    RecordStudy,
    ReleaseCaseStudy,
    ReturnForm,
    ScheduleAssessmentWindow,
    SendForm,
    SetWindow,
    SubmitResponse,
)
from npq_domain.identifiers import cohort_subject, participant_subject
from npq_domain.projections import EngagementRow, engagement
from npq_domain.recorded import happened_on

LONDON = ZoneInfo("Europe/London")
OFFICE = Actor(role="provider", id="j.doe")
TOLD = datetime(2026, 1, 5, 9, tzinfo=UTC)
"""When all of the stories are past."""
REGISTERED = date(2023, 6, 5)
START = date(2023, 10, 2)
MARGIN = " " * 14
WIDTH = 86
SIX_HOURS = 6 * 60

WAYS = {
    Activity.EVENT: RecordAttendance,
    Activity.STUDY: RecordStudy,
    Activity.COACHING: RecordCoaching,
    Activity.TASK: CompleteFormativeTask,
}
"""How taking part in each kind of component is recorded."""


@contextmanager
def story(title: str) -> Iterator["Story"]:
    """Tell a story under a title."""
    print(title)
    print("=" * len(title))
    with open_ledger("memory:", clock=lambda: TOLD) as ledger:
        yield Story(ledger)


@frozen
class Story:
    """A ledger, and those whom the story is about."""

    ledger: Ledger

    def ask(self, subject: UUID, command: Any, says: str = "") -> bool:
        """Ask, and say so; if a rule says no, tell why. Whether it was granted."""
        if says:
            print(f"  {happened_on(command)}  {says}")
        try:
            self.ledger.handle(subject, command, by=OFFICE)
        except Refused as refused:
            for it in refused.requirements:
                self.aside(f"refused: {it.because} [{it.source}]")
            return False
        return True

    def aside(self, text: str) -> None:
        """Say something that is not asked."""
        print("\n".join(wrap(text, WIDTH, initial_indent=MARGIN, subsequent_indent=MARGIN)))

    def intake(self, *keys: str) -> UUID:
        """An intake of October 2023, with an assessment window as soon as there may be one."""
        first = specification(keys[0])
        name = "October 2023"
        subject = cohort_subject(first.provider, name)
        on = date(2023, 3, 1)
        opening = OpenCohort(
            provider=first.provider, name=name, season="autumn", start_on=START, on=on
        )
        self.ask(subject, opening)
        for it in map(specification, keys):
            self.ask(subject, OfferProgramme(specification=it.key, on=on))
            if it.assessment.window:
                opens = window_of(it)
                scheduled = ScheduleAssessmentWindow(
                    programme=it.programme,
                    opens_on=opens,
                    closes_on=opens + timedelta(days=it.assessment.window.days - 1),
                    on=on,
                )
                self.ask(subject, scheduled)
        return subject

    def register(self, key: str, name: str, says: str = "") -> UUID:
        """Somebody whom DfE registered for a programme."""
        it = specification(key)
        application = str(uuid5(UUID(int=0), f"{key} {name}"))
        subject = participant_subject(it.provider, application)
        registration = ReceiveRegistration(
            application_id=application,
            participant_id=application,
            name=name,
            provider=it.provider,
            programme=it.programme,
            specification=key,
            on=REGISTERED,
        )
        self.ask(subject, registration, says)
        return subject

    def join(self, subject: UUID, cohort: UUID) -> None:
        """The form, the school's word, acceptance, and a place in the intake."""
        for command in (
            SendForm(on=date(2023, 6, 6)),
            ReturnForm(on=date(2023, 6, 9)),
            Endorse(role="headteacher", name="Mary Somerville", on=date(2023, 6, 12)),
            Accept(on=date(2023, 6, 14)),
            Enrol(cohort_id=cohort, on=date(2023, 9, 1)),
        ):
            self.ask(subject, command)

    def attend(self, subject: UUID, key: str, but: Iterable[str] = ()) -> None:
        """Everything that counts, done in full, but for the sessions that are missed."""
        day, missed = START + timedelta(weeks=1), set(but)
        for it in specification(key).components:
            if not it.counts or not it.minutes:
                continue
            if it.id in missed:
                self.ask(subject, RecordAbsence(component=it.id, on=day))
                continue
            for minutes in days_of(it):
                self.ask(subject, WAYS[it.activity](component=it.id, minutes=minutes, on=day))
                day += timedelta(days=1)

    def sit(self, subject: UUID, key: str, cohort: UUID, words: int) -> None:
        """The case study on the window's first morning, the response before the last midnight."""
        opens = window_of(specification(key))
        out = datetime.combine(opens, time(9), LONDON)
        midnight = datetime.combine(opens + timedelta(days=8), time(0), LONDON)
        self.ask(subject, SetWindow(cohort_id=cohort, on=opens))
        self.ask(subject, ReleaseCaseStudy(ref="case-7", at=out))
        digest = sha256(str(subject).encode()).hexdigest()
        last = midnight - timedelta(seconds=1)
        says = f"{last:%H:%M:%S}: hands in a response of {words:,} words"
        self.ask(subject, SubmitResponse(words=words, sha256=digest, at=last), says)

    def passed(self, subject: UUID, on: date) -> None:
        """The response is marked and the result published."""
        marks = MarkResponse(
            marker="m-4", learn_that=14, learn_how_to=16, outcome=Outcome.PASSED, on=on
        )
        self.ask(subject, marks, "the response is marked: passed")
        self.ask(subject, PublishResult(on=on + timedelta(days=14)), "the result is published")

    def engaged(self, subject: UUID, as_at: date | None = None) -> EngagementRow:
        """How engaged somebody is, as the view says, seen from a day."""
        self.ledger.catch_up(as_at=as_at)
        row: EngagementRow
        [row] = self.ledger.rows(engagement, participant=str(subject))
        return row


def specification(key: str) -> Specification:
    """What the catalogue says under a key."""
    found = catalogue.shipped().specification(key)
    assert found
    return found


def window_of(it: Specification) -> date:
    """The first day on which the assessment may be taken: when the programme is over."""
    assert it.duration
    return add_months(START, it.duration.most)


def days_of(it: ComponentSpec) -> Iterator[int]:
    """A session as it is; everything else in days of six hours."""
    left = it.minutes or 0
    most = left if it.activity is Activity.EVENT else SIX_HOURS
    while left:
        yield min(left, most)
        left -= min(left, most)


def percent(row: EngagementRow) -> str:
    """Engagement in words, rounded down."""
    assert row.percent_bp is not None
    return f"{row.num:,}/{row.den:,} minutes, {row.percent_bp // 100}.{row.percent_bp % 100:02} %"
