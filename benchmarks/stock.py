"""The same participant in the base library's own style: Aggregate, @event, JSONTranscoder.

Its events hold what is stored of ours: the same fields, nested values as dicts, and as metadata
who asked, where the information came from and by which command. Its aggregate keeps what our state
keeps. Its view is not fed by a `ProjectionRunner`, which commits a transaction an event: the
notification log is read, mapped by the library, added up, and made into the very rows that ours
makes, by our own policies and our own store. So what differs is how events are read and folded.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import field
from datetime import date, datetime
from itertools import chain
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID, uuid4

import msgspec
from attrs import Factory, define
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import StoredEvent, Transcoding
from eventsourcing.utils import get_topic

from npq_adapters.projecting import table
from npq_adapters.store import Checkpoint, Store
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import AbsenceRecorded, Progress
from npq_domain.aggregates.participant.facts.training import Training
from npq_domain.catalogue.types import (
    Activity,
    CheckInRule,
    EngagementRule,
    Gate,
    LearningTime,
    Span,
    Strategy,
    SupportRule,
)
from npq_domain.history import voided_versions
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Credit, Excuse, PlannedComponent
from npq_domain.projections.engagement import engagement
from npq_domain.projections.projection import Seen
from npq_domain.recorded import Actor, Recorded, Source

PAGE = 500
"""Notifications to a page, as the library's own subscriptions read them."""


class DateAsISO(Transcoding):
    """Days, which the library does not know."""

    type = date
    name = "date_iso"

    def encode(self, obj: date) -> str:
        return obj.isoformat()

    def decode(self, data: str) -> date:
        return date.fromisoformat(data)


ASKED: ContextVar[tuple[Actor, Source]] = ContextVar("asked")
"""Who asks now, and how the information came."""


def metadata(by: Actor, source: Source, command: UUID) -> dict[str, Any]:
    """What our envelope says beside the instant."""
    return {"role": by.role, "id": by.id, "source": source.value, "command": command}


def asked() -> dict[str, Any]:
    """The metadata of what is triggered now."""
    return metadata(*ASKED.get(), uuid4())


class Participant(Aggregate):
    """A participant as the library's tutorials would write it."""

    class Event(Aggregate.Event):
        """Every event of a participant."""

        metadata: dict[str, Any] = field(default_factory=asked, kw_only=True)

    @event("RegistrationReceived")
    def __init__(  # noqa: PLR0913 - as many as the registration has
        self,
        *,
        application_id: str,
        participant_id: str,
        person_ref: str,
        name: str,
        email: str | None,
        trn: str | None,
        trn_verified: bool,
        provider: str,
        programme: str,
        specification: str,
        terms: dict[str, Any],
        funding_cohort: str | None,
        setting: dict[str, Any],
        funding: dict[str, Any],
        on: date,
    ) -> None:
        self.application_id, self.participant_id = application_id, participant_id
        self.person_ref = person_ref
        self.name, self.email, self.trn, self.trn_verified = name, email, trn, trn_verified
        self.provider, self.programme, self.specification = provider, programme, specification
        self.terms, self.setting, self.funding = terms, setting, funding
        self.funding_cohort, self.registered_on = funding_cohort, on
        self.enrolled: dict[str, Any] | None = None
        self.plan: dict[str, dict[str, Any]] = {}
        self.platforms: list[tuple[str, date]] = []
        self.partners: list[tuple[str, date]] = []
        self.contacted_by: list[tuple[str, date]] = []
        self.supporters: dict[str, tuple[str, date]] = {}
        self.credits: dict[str, Credit] = {}
        self.sessions: dict[str, Any] = {}
        self.excuses: dict[str, Any] = {}
        self.efforts: list[Any] = []
        self.study_percent: dict[str, int] = {}
        self.check_ins: dict[int, tuple[int, date]] = {}
        self.last_active_on: date | None = None
        self.refusals: list[Any] = []
        self.voided: dict[int, tuple[str, date]] = {}

    @event("TrnVerified")
    def verify_trn(self, trn: str, on: date) -> None:
        self.trn, self.trn_verified, self.trn_verified_on = trn, True, on

    @event("DfeStatusReported")
    def report_dfe_status(self, status: str, reason: str | None, on: date) -> None:
        self.dfe_status = (status, reason, on)

    @event("ApplicationFormSent")
    def send_form(self, due_on: date | None, on: date) -> None:
        self.form_sent = (due_on, on)

    @event("ApplicationFormReturned")
    def return_form(self, on: date) -> None:
        self.form_returned = on

    @event("ApplicationEndorsed")
    def endorse(self, role: str, name: str, urn: str | None, on: date) -> None:
        self.endorsed = (role, name, urn, on)

    @event("ApplicationAccepted")
    def accept(
        self,
        *,
        funded_place: bool | None,
        schedule: str | None,
        terms: dict[str, Any] | None,
        funding_cohort: str | None,
        funding: str | None,
        prior: list[Any],
        on: date,
    ) -> None:
        self.accepted = (funded_place, schedule, terms, funding_cohort, funding, prior, on)

    @event("Enrolled")
    def enrol(  # noqa: PLR0913 - as many as the enrolment has
        self,
        *,
        person_ref: str,
        programme: str,
        cohort_id: UUID,
        cohort: str,
        group: str | None,
        start_on: date,
        delivery_mode: str | None,
        specification: str,
        plan: list[dict[str, Any]],
        engagement: dict[str, Any] | None,
        check_ins: dict[str, Any] | None,
        support: dict[str, Any] | None,
        assessment: dict[str, Any],
        duration: dict[str, Any] | None,
        learning: dict[str, Any] | None,
        credits: dict[str, Any] | None,
        late_reason: str | None,
        on: date,
    ) -> None:
        self.plan = {it["id"]: it for it in plan}
        self.enrolled = {
            "person_ref": person_ref, "programme": programme,
            "cohort_id": cohort_id, "cohort": cohort, "group": group, "start_on": start_on,
            "delivery_mode": delivery_mode, "specification": specification,
            "engagement": engagement, "check_ins": check_ins, "support": support,
            "assessment": assessment, "duration": duration, "learning": learning,
            "credits": credits, "late_reason": late_reason, "on": on,
        }  # fmt: skip

    @event("PlatformAccessIssued")
    def issue_platform_access(self, platform: str, on: date) -> None:
        self.platforms.append((platform, on))

    @event("PartnerNotified")
    def notify_partner(self, partner: str, on: date) -> None:
        self.partners.append((partner, on))

    @event("ApplicantContacted")
    def contact(self, by: str, on: date) -> None:
        self.contacted_by.append((by, on))

    @event("SupporterAssigned")
    def assign_supporter(self, role: str, supporter: str, on: date) -> None:
        self.supporters[role] = (supporter, on)

    @event("AttendanceRecorded")
    def attend(self, component: str, minutes: int, mode: str | None, on: date) -> None:
        self.sessions[component] = (minutes, mode, on)
        self._credit(component, minutes, on).closed = True

    @event("AbsenceRecorded")
    def miss(self, component: str, reason: str | None, on: date) -> None:
        self.sessions[component] = (reason, on)
        self._credit(component, 0, on).closed = True

    @event("AttendanceExcused")
    def excuse(self, component: str, effect: str, basis: str, on: date) -> None:
        self.excuses[component] = (effect, basis, on)
        self._credit(component, 0, on).excuse = Excuse(effect)

    @event("StudyRecorded")
    def study(
        self, component: str, minutes: int, percent: int | None, ref: str | None, on: date
    ) -> None:
        self.efforts.append((component, minutes, ref, on))
        self._credit(component, minutes, on)
        if percent is not None:
            done = self.study_percent.get(component, 0)
            self.study_percent[component] = max(done, percent)

    @event("CoachingSessionHeld")
    def coach(self, component: str, minutes: int, ref: str | None, on: date) -> None:
        self.efforts.append((component, minutes, ref, on))
        self._credit(component, minutes, on)

    @event("FormativeTaskCompleted")
    def complete_task(self, component: str, minutes: int, ref: str | None, on: date) -> None:
        self.efforts.append((component, minutes, ref, on))
        self._credit(component, minutes, on)

    @event("MentorCheckInRecorded")
    def check_in(self, number: int, minutes: int, on: date) -> None:
        self.check_ins[number] = (minutes, on)
        self._active(on)

    @event("AssessmentAccessGranted")
    def grant_access(
        self, num: int | None, den: int | None, threshold_percent: int | None, on: date
    ) -> None:
        self.access = (num, den, threshold_percent, on)

    @event("AssessmentAccessRefused")
    def refuse_access(self, blockers: list[str], on: date) -> None:
        self.refusals.append((blockers, on))

    @event("AssessmentWindowSet")
    def set_window(
        self, attempt: int, cohort_id: UUID, opens_at: datetime, closes_at: datetime, on: date
    ) -> None:
        self.window = (attempt, cohort_id, opens_at, closes_at, on)

    @event("CaseStudyReleased")
    def release_case_study(self, attempt: int, ref: str, words: int | None, at: datetime) -> None:
        self.released = (attempt, ref, words, at)

    @event("SummativeSubmitted")
    def submit(self, attempt: int, words: int, sha256: str, at: datetime) -> None:
        self.submitted = (attempt, words, sha256, at)

    @event("SummativeMarked")
    def mark(
        self,
        *,
        attempt: int,
        marker: str,
        learn_that: int,
        learn_how_to: int,
        total: int,
        outcome: str,
        sampled: bool,
        on: date,
    ) -> None:
        self.marked = (attempt, marker, learn_that, learn_how_to, total, outcome, sampled, on)

    @event("ModerationRecorded")
    def moderate(self, attempt: int, moderator: str, outcome: str, on: date) -> None:
        self.moderated = (attempt, moderator, outcome, on)

    @event("ResultPublished")
    def publish(self, attempt: int, outcome: str, on: date) -> None:
        self.published = (attempt, outcome, on)

    @event("QualificationAwarded")
    def award(self, basis: list[str], on: date) -> None:
        self.awarded = (basis, on)

    @event("FactVoided")
    def void(self, version: int, reason: str, on: date) -> None:
        # The library replays every event of a stream: what was voided still counts on loading.
        self.voided[version] = (reason, on)

    def _credit(self, component: str, minutes: int, on: date) -> Credit:
        entry = self.credits.setdefault(component, Credit())
        entry.minutes += minutes
        if minutes:
            self._active(on)
        return entry

    def _active(self, on: date) -> None:
        if self.last_active_on is None or self.last_active_on < on:
            self.last_active_on = on


class Stock(Application[UUID]):
    """The application, on whichever recorders its environment names."""

    name = "stock"

    def register_transcodings(self, transcoder: Any) -> None:
        super().register_transcodings(transcoder)
        transcoder.register(DateAsISO())


def fields(fact: Any) -> dict[str, Any]:
    """A fact's fields, nested values as dicts; days, instants and ids as they are."""
    found: dict[str, Any] = msgspec.to_builtins(
        fact, enc_hook=Personal.reveal, builtin_types=(date, datetime, UUID)
    )
    return found


def event_of(fact: type) -> Any:
    """The library's class for the events of one of our kinds of fact."""
    return getattr(Participant, fact.__name__)


def events(history: Iterable[Recorded[Any]]) -> list[Any]:
    """One participant's history as the library's events."""
    return [_event(it) for it in history]


def _event(it: Recorded[Any]) -> Any:
    first = {"originator_topic": get_topic(Participant)} if it.version == 1 else {}
    return event_of(type(it.fact))(
        originator_id=it.subject,
        originator_version=it.version,
        timestamp=it.recorded_at,
        metadata=metadata(it.by, it.source, it.command_id),
        **first,
        **fields(it.fact),
    )


def stored(app: Stock, log: Iterable[Recorded[Any]]) -> Iterator[StoredEvent]:
    """The log as the library stores it."""
    return (app.mapper.to_stored_event(_event(it)) for it in log)


# The view.


IN_TRAINING = Training()


@define
class Doing:
    """What a participant has done, added up event by event; what the view's row is made from."""

    enrolled: Any = None
    credits: dict[str, Credit] = Factory(dict)
    sessions: dict[str, Any] = Factory(dict)
    check_ins: dict[int, Any] = Factory(dict)
    supported_since: dict[str, date] = Factory(dict)
    study_percent: dict[str, int] = Factory(dict)
    last_active_on: date | None = None

    @property
    def training(self) -> Training:
        """Nobody in these histories defers or leaves."""
        return IN_TRAINING

    @property
    def enrolment(self) -> Any:
        """The two parts of a participant that the row reads: this, and this again."""
        return self

    @property
    def engagement(self) -> Any:
        return self

    def by(self, _: date) -> Progress:
        """What it has added up to."""
        return Progress(self.credits, self.study_percent, self.last_active_on)

    def credit(self, component: str, minutes: int, on: date) -> Credit:
        """Credit minutes, and remember the latest day on which there were any."""
        entry = self.credits.get(component)
        if entry is None:
            entry = self.credits[component] = Credit()
        entry.minutes += minutes
        if minutes and (self.last_active_on is None or self.last_active_on < on):
            self.last_active_on = on
        return entry


def enrol(it: Doing, enrolled: Any) -> None:
    rule, check_ins, support = enrolled.engagement, enrolled.check_ins, enrolled.support
    it.enrolled = SimpleNamespace(
        person_ref=enrolled.person_ref,
        programme=enrolled.programme,
        cohort_id=enrolled.cohort_id,
        cohort=enrolled.cohort,
        group=enrolled.group,
        start_on=enrolled.start_on,
        specification=enrolled.specification,
        duration=enrolled.duration and Span(**enrolled.duration),
        learning=enrolled.learning and LearningTime(**enrolled.learning),
        plan=tuple(
            PlannedComponent(
                id=each["id"],
                activity=Activity(each["activity"]),
                strand=each["strand"],
                minutes=each["minutes"],
                counts=each["counts"],
                due=each["due"],
            )
            for each in enrolled.plan
        ),
        engagement=rule
        and EngagementRule(
            strategy=Strategy(rule["strategy"]),
            threshold_percent=rule["threshold_percent"],
            gate=Gate(rule["gate"]),
            source=rule["source"],
        ),
        check_ins=check_ins and CheckInRule(**check_ins),
        support=support and SupportRule(**{**support, "roles": tuple(support["roles"])}),
    )


def attend(it: Doing, attended: Any) -> None:
    it.sessions[attended.component] = attended
    it.credit(attended.component, attended.minutes, attended.on).closed = True


def miss(it: Doing, missed: Any) -> None:
    absence = AbsenceRecorded(component=missed.component, reason=None, on=missed.on)
    it.sessions[missed.component] = absence
    it.credit(missed.component, 0, missed.on).closed = True


def excuse(it: Doing, excused: Any) -> None:
    it.credit(excused.component, 0, excused.on).excuse = Excuse(excused.effect)


def work(it: Doing, done: Any) -> None:
    it.credit(done.component, done.minutes, done.on)


def study(it: Doing, studied: Any) -> None:
    work(it, studied)
    if studied.percent is not None:
        before = it.study_percent.get(studied.component, 0)
        it.study_percent[studied.component] = max(before, studied.percent)


def check_in(it: Doing, held: Any) -> None:
    it.check_ins[held.number] = held
    if it.last_active_on is None or it.last_active_on < held.on:
        it.last_active_on = held.on


def support(it: Doing, assigned: Any) -> None:
    since = it.supported_since.get(assigned.role, assigned.on)
    it.supported_since[assigned.role] = min(since, assigned.on)


STEPS: dict[str, Callable[[Doing, Any], None]] = {
    "Enrolled": enrol,
    "AttendanceRecorded": attend,
    "AbsenceRecorded": miss,
    "AttendanceExcused": excuse,
    "StudyRecorded": study,
    "CoachingSessionHeld": work,
    "FormativeTaskCompleted": work,
    "MentorCheckInRecorded": check_in,
    "SupporterAssigned": support,
}


def rebuild(app: Stock, store: Store, as_at: date, *, filtered: bool) -> None:
    """The engagement view from the notification log: all of it, or the topics that matter."""
    void: type = event_of(FactVoided)
    # What the view reads beyond these is in no history here.
    steps: dict[type, Any] = {getattr(Participant, name): each for name, each in STEPS.items()}
    for other in engagement.decider.steps_of(engagement.parts):
        steps.setdefault(getattr(Participant, other.__name__, void), None)
    topics = [get_topic(kind) for kind in steps] if filtered else []
    gone, mapped = voids(app, void), app.mapper.to_domain_event
    doing: dict[UUID, Doing] = {}
    read_to: dict[UUID, int] = {}
    for notification in chain.from_iterable(pages(app, topics)):
        it: Any = mapped(notification)
        if type(it) not in steps:
            continue
        step, subject = steps[type(it)], it.originator_id
        read_to[subject] = notification.id
        state = doing.get(subject)
        if state is None:
            state = doing[subject] = Doing()
        if step is not None and it.originator_version not in gone.get(subject, ()):
            step(state, it)
    made = (
        engagement.row(
            cast("Any", state), Seen(subject=str(subject), position=read_to[subject], as_at=as_at)
        )
        for subject, state in doing.items()
    )
    with store.views(write=True) as views:
        views.clear(table(engagement))
        views.put(table(engagement), [row for row in made if row is not None])
        views.advance(engagement.name, Checkpoint(app.recorder.max_notification_id() or 0, as_at))


def pages(app: Stock, topics: Sequence[str]) -> Iterator[Sequence[Any]]:
    """The notification log, a page at a time."""
    start = 1
    while page := app.recorder.select_notifications(start, PAGE, topics=topics):
        yield page
        start = page[-1].id + 1


def voids(app: Stock, void: type) -> dict[UUID, dict[int, int]]:
    """What was voided, participant by participant."""
    pairs: dict[UUID, list[tuple[int, int]]] = {}
    for notification in chain.from_iterable(pages(app, [get_topic(void)])):
        it: Any = app.mapper.to_domain_event(notification)
        pairs.setdefault(it.originator_id, []).append((it.originator_version, it.version))
    return {subject: voided_versions(each) for subject, each in pairs.items()}
