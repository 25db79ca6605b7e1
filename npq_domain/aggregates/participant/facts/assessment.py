"""Assessment: access, the window, the response, its marking, and what was published.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date, datetime
from enum import Enum
from typing import Generic, Protocol, TypeVar
from uuid import UUID

from attrs import Factory, define, field, frozen

from npq_domain.aggregates.participant.facts.circumstances import Circumstance
from npq_domain.calendar import aware, london_day
from npq_domain.decider import Fold
from npq_domain.personal import Personal
from npq_domain.policies.windows import Window, extended


class Outcome(Enum):
    """How an assessment ended."""

    PASSED = "passed"
    FAILED = "failed"


@frozen(kw_only=True)
class AssessmentAccessGranted:
    """The gate to the assessment was passed, on these figures."""

    num: int | None
    den: int | None
    threshold_percent: int | None
    """All three `None` where the specification does not gate access by engagement."""
    on: date


@frozen(kw_only=True)
class AssessmentAccessRefused:
    """Access was looked at and refused: the codes of what stood in the way."""

    blockers: tuple[str, ...]
    on: date


@frozen(kw_only=True)
class AssessmentAccessRevoked:
    """Access was taken back before anything was handed in."""

    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class AssessmentWindowSet:
    """When this attempt's response may be handed in. Both instants are London midnights."""

    attempt: int
    cohort_id: UUID
    opens_at: datetime = field(validator=aware)
    closes_at: datetime = field(validator=aware)
    on: date


@frozen(kw_only=True)
class WindowExtended:
    """The participant's own window was made longer, for circumstances that were granted."""

    attempt: int
    claim: str
    days: int
    """Calendar days in London."""
    closes_at: datetime = field(validator=aware)
    """When it closes then."""
    on: date


@frozen(kw_only=True)
class AssessmentDeferred:
    """The attempt was put off to a later window, for circumstances that were granted."""

    attempt: int
    claim: str
    reason: Circumstance
    former_closes_at: datetime | None = field(validator=aware)
    """When the window that was given up closed, or would have."""
    on: date


@frozen(kw_only=True)
class CaseStudyReleased:
    """The unseen case study was given to the participant."""

    attempt: int
    ref: str
    words: int | None
    at: datetime = field(validator=aware)


@frozen(kw_only=True)
class SummativeSubmitted:
    """The participant handed in a response."""

    attempt: int
    words: int
    sha256: str
    at: datetime = field(validator=aware)


@frozen(kw_only=True)
class SubmissionMissed:
    """The window closed and nothing was handed in."""

    attempt: int
    on: date


@frozen(kw_only=True)
class SummativeMarked:
    """A marker marked the response against the mark scheme."""

    attempt: int
    marker: str
    learn_that: int
    """Marks for what the framework says participants learn that, and learn how to."""
    learn_how_to: int
    total: int
    outcome: Outcome
    sampled: bool
    """Whether it is in the moderation sample, so that the result waits for the moderator."""
    on: date


@frozen(kw_only=True)
class ModerationRecorded:
    """A second person confirmed the marking, or changed it."""

    attempt: int
    moderator: str
    outcome: Outcome
    on: date


@frozen(kw_only=True)
class ResultPublished:
    """The participant was told the result."""

    attempt: int
    outcome: Outcome
    on: date

    @property
    def dated_on(self) -> date:
        """The day that the outcome bears."""
        return self.on


@frozen(kw_only=True)
class OutcomeCorrected:
    """A published outcome was put right: from here on this one is in force."""

    attempt: int
    former: Outcome
    outcome: Outcome
    completed_on: date
    """The day that the outcome bears, which may be all that is corrected."""
    reason: Personal[str]
    on: date

    @property
    def dated_on(self) -> date:
        """The day that the outcome bears."""
        return self.completed_on

    @property
    def ignored_by_dfe(self) -> bool:
        """Whether DfE's service passes over it.

        Its guidance lets a date be corrected, its code takes no pass after a pass.
        Source: DFE npq-registration, participant outcomes.
        """
        return self.former is self.outcome is Outcome.PASSED


Result = ResultPublished | OutcomeCorrected


@frozen(kw_only=True)
class ResitOffered:
    """After a fail or a missed window, a further attempt is open."""

    attempt: int
    on: date


@define
class Attempt:
    """One sitting of the assessment. What was before it was deferred is no part of it."""

    deferred: AssessmentDeferred | None = None
    window: AssessmentWindowSet | None = None
    extensions: list[WindowExtended] = Factory(list)
    released: CaseStudyReleased | None = None
    submitted: SummativeSubmitted | None = None
    missed_on_record: SubmissionMissed | None = None
    marked: SummativeMarked | None = None
    moderated: ModerationRecorded | None = None
    published: ResultPublished | None = None
    corrected: OutcomeCorrected | None = None

    @property
    def extension_days(self) -> int:
        """By how many days the window was made longer."""
        return sum(each.days for each in self.extensions)

    @property
    def hours(self) -> Window | None:
        """The window as instants, with the days by which it was made longer."""
        it = self.window
        if it is None:
            return None
        hours = Window(opens_at=it.opens_at, closes_at=it.closes_at)
        return extended(hours, self.extension_days) if self.extensions else hours

    @property
    def missed(self) -> SubmissionMissed | None:
        """The missed window, unless it was made longer since and was open still."""
        fact, hours = self.missed_on_record, self.hours
        if fact and hours and fact.on < london_day(hours.closes_at):
            return None
        return fact

    @property
    def result(self) -> Result | None:
        """What was published, or what it was corrected to."""
        return self.corrected or self.published

    @property
    def outcome(self) -> Outcome | None:
        """The outcome so far: the moderator's where there is one, else the marker's."""
        judged = self.moderated or self.marked
        return judged.outcome if judged else None


class Told(Protocol):
    """A result as it was told."""

    @property
    def outcome(self) -> Outcome: ...
    @property
    def on(self) -> date: ...


R = TypeVar("R", bound=Told)


@define
class Results(Generic[R]):
    """The results of a response, or of a task."""

    results: list[R] = Factory(list)
    """In the order in which they were told: as with DfE, the latest is in force."""

    @property
    def latest_result(self) -> R | None:
        """The result in force."""
        return self.results[-1] if self.results else None

    def result_by(self, on: date) -> R | None:
        """The result that was in force on a day."""
        return next((it for it in reversed(self.results) if it.on <= on), None)

    @property
    def passed(self) -> R | None:
        """The result in force, if it is a pass."""
        latest = self.latest_result
        return latest if latest and latest.outcome is Outcome.PASSED else None


@define
class Assessment(Results[Result]):
    """Where the participant stands with the assessment."""

    access: AssessmentAccessGranted | None = None
    revoked: AssessmentAccessRevoked | None = None
    refusals: list[AssessmentAccessRefused] = Factory(list)
    attempts: dict[int, Attempt] = Factory(dict)
    offered: dict[int, ResitOffered] = Factory(dict)

    @property
    def current(self) -> int:
        """The number of the attempt that is open or was last."""
        return max(self.offered, default=1)

    def attempt(self, number: int) -> Attempt:
        """That attempt, as it stands."""
        return self.attempts.get(number) or Attempt()


fold = Fold[Assessment]()


def entry(it: Assessment, number: int) -> Attempt:
    """That attempt, to be written to."""
    return it.attempts.setdefault(number, Attempt())


@fold.on(AssessmentAccessGranted)
def _(it: Assessment, fact: AssessmentAccessGranted) -> None:
    it.access, it.revoked = fact, None


@fold.on(AssessmentAccessRevoked)
def _(it: Assessment, fact: AssessmentAccessRevoked) -> None:
    it.access, it.revoked = None, fact


@fold.on(AssessmentAccessRefused)
def _(it: Assessment, fact: AssessmentAccessRefused) -> None:
    it.refusals.append(fact)


@fold.on(AssessmentWindowSet)
def _(it: Assessment, fact: AssessmentWindowSet) -> None:
    entry(it, fact.attempt).window = fact


@fold.on(WindowExtended)
def _(it: Assessment, fact: WindowExtended) -> None:
    entry(it, fact.attempt).extensions.append(fact)


@fold.on(AssessmentDeferred)
def _(it: Assessment, fact: AssessmentDeferred) -> None:
    it.attempts[fact.attempt] = Attempt(deferred=fact)


@fold.on(CaseStudyReleased)
def _(it: Assessment, fact: CaseStudyReleased) -> None:
    entry(it, fact.attempt).released = fact


@fold.on(SummativeSubmitted)
def _(it: Assessment, fact: SummativeSubmitted) -> None:
    entry(it, fact.attempt).submitted = fact


@fold.on(SubmissionMissed)
def _(it: Assessment, fact: SubmissionMissed) -> None:
    entry(it, fact.attempt).missed_on_record = fact


@fold.on(SummativeMarked)
def _(it: Assessment, fact: SummativeMarked) -> None:
    entry(it, fact.attempt).marked = fact


@fold.on(ModerationRecorded)
def _(it: Assessment, fact: ModerationRecorded) -> None:
    entry(it, fact.attempt).moderated = fact


@fold.on(ResultPublished)
def _(it: Assessment, fact: ResultPublished) -> None:
    entry(it, fact.attempt).published = fact
    it.results.append(fact)


@fold.on(OutcomeCorrected)
def _(it: Assessment, fact: OutcomeCorrected) -> None:
    entry(it, fact.attempt).corrected = fact
    it.results.append(fact)


@fold.on(ResitOffered)
def _(it: Assessment, fact: ResitOffered) -> None:
    it.offered[fact.attempt] = fact
