"""Training: deferred, resumed, withdrawn, transferred, or put on another schedule.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum
from uuid import UUID

from attrs import Factory, define, frozen

from npq_domain.aggregates.participant.facts.application import (
    ApplicationAccepted,
    ApplicationRejected,
    ApplicationReopened,
)
from npq_domain.calendar import LAST_DAY, add_days
from npq_domain.catalogue.types import FundingMode, Schedule
from npq_domain.decider import Fold
from npq_domain.policies.deferral import Gap, Moved
from npq_domain.policies.engagement import Minutes


class TrainingStatus(Enum):
    """How training stands: DfE's wire values, and one for who has gone to another provider."""

    ACTIVE = "active"
    DEFERRED = "deferred"
    WITHDRAWN = "withdrawn"
    TRANSFERRED_OUT = "transferred_out"


class DeferralReason(Enum):
    """Why training is deferred: DfE's wire values."""

    BEREAVEMENT = "bereavement"
    LONG_TERM_SICKNESS = "long-term-sickness"
    PARENTAL_LEAVE = "parental-leave"
    CAREER_BREAK = "career-break"
    OTHER = "other"


class WithdrawalReason(Enum):
    """Why a participant withdraws: DfE's wire values, one of which ends in a full stop."""

    INSUFFICIENT_CAPACITY_TO_UNDERTAKE_PROGRAMME = "insufficient-capacity-to-undertake-programme"
    PERSONAL_HEALTH_OR_PREGNANCY = "personal-reason-health-or-pregnancy-related"
    PERSONAL_MOVING_SCHOOL = "personal-reason-moving-school"
    PERSONAL_OTHER = "personal-reason-other"
    INSUFFICIENT_CAPACITY = "insufficient-capacity"
    CHANGE_IN_PRIORITIES = "change-in-developmental-or-personal-priorities"
    CHANGE_IN_SCHOOL_CIRCUMSTANCES = "change-in-school-circumstances"
    CHANGE_IN_SCHOOL_LEADERSHIP = "change-in-school-leadership"
    QUALITY_OF_STRUCTURE = "quality-of-programme-structure-not-suitable."
    QUALITY_OF_CONTENT = "quality-of-programme-content-not-suitable"
    QUALITY_OF_FACILITATION = "quality-of-programme-facilitation-not-effective"
    QUALITY_OF_ACCESSIBILITY = "quality-of-programme-accessibility"
    QUALITY_OTHER = "quality-of-programme-other"
    PROGRAMME_NOT_APPROPRIATE = "programme-not-appropriate-for-role-and-cpd-needs"
    STARTED_IN_ERROR = "started-in-error"
    EXPECTED_COMMITMENT_UNCLEAR = "expected-commitment-unclear"
    ASSESSMENT_REQUIREMENTS_NOT_MET = "assessment-requirements-not-met"
    CHANGE_IN_CAREER = "change-in-career"
    DISENGAGED = "disengaged-and-unresponsive"
    NON_PAYMENT = "non-payment-of-invoice"
    OTHER = "other"


@frozen(kw_only=True)
class CarriedCredit:
    """What had been credited to a component when training resumed."""

    component: str
    minutes: Minutes


@frozen(kw_only=True)
class Rejoined:
    """The later cohort that a participant came back to, and the days it gives their plan."""

    cohort_id: UUID
    cohort: str
    group: str | None
    start_on: date
    moved: tuple[Moved, ...]


@frozen(kw_only=True)
class TrainingDeferred:
    """Training was put off."""

    reason: DeferralReason
    expected_return: date | None
    on: date


@frozen(kw_only=True)
class TrainingResumed:
    """Training goes on, with the credit of before, in the old cohort or in a later one."""

    rejoined: Rejoined | None
    carried: tuple[CarriedCredit, ...]
    on: date


@frozen(kw_only=True)
class TrainingWithdrawn:
    """The participant left the programme."""

    reason: WithdrawalReason
    on: date


@frozen(kw_only=True)
class TransferredOut:
    """The participant went on to another provider, and their history with them."""

    to: str
    """The provider that takes over."""
    successor: UUID | None
    """The subject that the history goes on under, where it is known."""
    sha256: str | None
    """The digest of the export that was handed over."""
    on: date


@frozen(kw_only=True)
class TransferredIn:
    """All before this fact came from another provider, as its export has it."""

    provider: str
    """The provider that takes over: from here on it is this one's participant."""
    former_provider: str
    predecessor: UUID
    """The subject that the history was kept under before."""
    sha256: str
    """The digest of the export: it is that of the facts before this one."""
    facts: int
    """How many facts came."""
    on: date


@frozen(kw_only=True)
class ScheduleChanged:
    """Training follows another of DfE's schedules."""

    former: str | None
    schedule: str
    cohort: str
    """DfE's cohort whose schedule it is."""
    terms: Schedule
    """That schedule as it was then."""
    on: date


@frozen(kw_only=True)
class CohortChanged:
    """The application counts in another of DfE's cohorts: not the provider's intake."""

    former: str | None
    cohort: str
    funding: FundingMode
    funded_place: bool | None
    """What the cohort's funding makes of the funded place."""
    on: date


StatusChange = TrainingDeferred | TrainingResumed | TrainingWithdrawn | TransferredOut

STATUS: dict[type, TrainingStatus] = {
    TrainingDeferred: TrainingStatus.DEFERRED,
    TrainingResumed: TrainingStatus.ACTIVE,
    TrainingWithdrawn: TrainingStatus.WITHDRAWN,
    TransferredOut: TrainingStatus.TRANSFERRED_OUT,
}
"""What training is after each kind of change; before any, it is active."""

OUTSIDE = {
    TrainingStatus.DEFERRED: "while deferred",
    TrainingStatus.WITHDRAWN: "after withdrawal",
    TrainingStatus.TRANSFERRED_OUT: "after transfer",
}
"""How to say that something happened outside training."""


def order(it: StatusChange) -> tuple[date, bool]:
    """One change a day is all there is, but for the transfer, which ends it."""
    return it.on, isinstance(it, TransferredOut)


@define
class Training:
    """How training stands: the changes of status themselves, and what they come to when asked."""

    changes: list[StatusChange] = Factory(list)
    schedule: ScheduleChanged | None = None
    """The change to another schedule that holds: none, once an acceptance since names its own."""
    cohort: CohortChanged | None = None
    transferred_in: TransferredIn | None = None
    since: date = date.min
    """The day on which the application was last reopened: what came before is no more."""
    rejected: date | None = None
    """The day on which an application was rejected that nobody has accepted since."""

    def by(self, on: date) -> list[StatusChange]:
        """The changes up to and with that day, in the order of their days."""
        if not self.changes:
            return []
        return sorted((it for it in self.changes if self.since < it.on <= on), key=order)

    def last_by(self, on: date) -> StatusChange | None:
        """The latest change by that day."""
        return next(reversed(self.by(on)), None)

    @property
    def last(self) -> StatusChange | None:
        """The latest change of all."""
        return self.last_by(LAST_DAY)

    def status_on(self, on: date) -> TrainingStatus:
        """How training stands at the end of that day; from acceptance on it is active."""
        return STATUS[type(last)] if (last := self.last_by(on)) else TrainingStatus.ACTIVE

    @property
    def status(self) -> TrainingStatus:
        """How training stands after all that is known."""
        return self.status_on(LAST_DAY)

    @property
    def gaps(self) -> tuple[Gap, ...]:
        """When training was deferred."""
        return self.gaps_by(LAST_DAY)

    def gaps_by(self, on: date) -> tuple[Gap, ...]:
        """When training was deferred, as was known by that day.

        Pairs of days: the first of the deferral, and the one on which it ended, which is not part
        of it. The last of all days stands for an end that has not come.
        """
        found, since = [], None
        for change in self.by(on):
            if since is not None:
                found.append((since, change.on))
            since = change.on if isinstance(change, TrainingDeferred) else None
        if since is not None:
            found.append((since, LAST_DAY))
        return tuple(found)

    def rejoined_by(self, on: date) -> Rejoined | None:
        """The later cohort that training went on in, as was known by that day."""
        found = None
        for change in self.by(on):
            if isinstance(change, TrainingResumed) and change.rejoined:
                found = change.rejoined
        return found

    @property
    def rejoined(self) -> Rejoined | None:
        """The later cohort that training goes on in."""
        return self.rejoined_by(LAST_DAY)

    def went_on_until(self, on: date) -> date:
        """The last day of training up to that day: the day itself, or the one before it stopped."""
        since = None
        for change in self.by(on):
            active = isinstance(change, TrainingResumed)
            since = None if active else since or change.on
        if self.rejected_by(on):
            since = min(self.rejected or on, since or on)
        return on if since is None else add_days(since, -1)

    def rejected_by(self, on: date) -> bool:
        """Whether nobody has a place in training any more, by the end of that day."""
        return self.rejected is not None and self.rejected <= on

    @property
    def first_stopped(self) -> date:
        """The earliest day on which training can have stopped; the last of all if it never did."""
        return min([self.rejected or LAST_DAY, *(it.on for it in self.changes)])

    def outside(self, on: date) -> str | None:
        """How something of that day lies outside training; `None` if within.

        The day on which training stops, or goes on, is within it still, or again.
        """
        if self.rejected is not None and self.rejected < on:
            return "after rejection"
        last = self.last_by(on)
        if last is None or last.on == on:
            return None
        return OUTSIDE.get(STATUS[type(last)])


fold = Fold[Training]()


def status_changed(it: Training, fact: StatusChange) -> None:
    """Keep a change of status."""
    it.changes.append(fact)


for kind in STATUS:
    fold.on(kind)(status_changed)


@fold.on(TransferredIn)
def _(it: Training, fact: TransferredIn) -> None:
    it.transferred_in = fact


@fold.on(ScheduleChanged)
def _(it: Training, fact: ScheduleChanged) -> None:
    it.schedule = fact


@fold.on(CohortChanged)
def _(it: Training, fact: CohortChanged) -> None:
    it.cohort = fact


@fold.on(ApplicationAccepted)
def _(it: Training, _: ApplicationAccepted) -> None:
    it.rejected, it.schedule = None, None


@fold.on(ApplicationRejected)
def _(it: Training, fact: ApplicationRejected) -> None:
    it.rejected = fact.on


@fold.on(ApplicationReopened)
def _(it: Training, fact: ApplicationReopened) -> None:
    it.since = max(it.since, fact.on)
