"""Assessment: access, the window, the response, its marking, and what was published.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date, datetime
from enum import Enum
from uuid import UUID

from attrs import Factory, define, field, frozen

from npq_domain.calendar import aware
from npq_domain.decider import Fold
from npq_domain.policies.windows import Window


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
class AssessmentWindowSet:
    """When this attempt's response may be handed in. Both instants are London midnights."""

    attempt: int
    cohort_id: UUID
    opens_at: datetime = field(validator=aware)
    closes_at: datetime = field(validator=aware)
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


@frozen(kw_only=True)
class ResitOffered:
    """After a fail or a missed window, a further attempt is open."""

    attempt: int
    on: date


@define
class Attempt:
    """One sitting of the assessment."""

    window: AssessmentWindowSet | None = None
    released: CaseStudyReleased | None = None
    submitted: SummativeSubmitted | None = None
    missed: SubmissionMissed | None = None
    marked: SummativeMarked | None = None
    moderated: ModerationRecorded | None = None
    published: ResultPublished | None = None

    @property
    def hours(self) -> Window | None:
        """The window as instants."""
        it = self.window
        return Window(opens_at=it.opens_at, closes_at=it.closes_at) if it else None

    @property
    def outcome(self) -> Outcome | None:
        """The outcome so far: the moderator's where there is one, else the marker's."""
        judged = self.moderated or self.marked
        return judged.outcome if judged else None


@define
class Assessment:
    """Where the participant stands with the assessment."""

    access: AssessmentAccessGranted | None = None
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

    @property
    def latest_result(self) -> ResultPublished | None:
        """The result of the latest attempt that has one."""
        published = [it.published for _, it in sorted(self.attempts.items()) if it.published]
        return published[-1] if published else None


fold = Fold[Assessment]()


def entry(it: Assessment, number: int) -> Attempt:
    """That attempt, to be written to."""
    return it.attempts.setdefault(number, Attempt())


@fold.on(AssessmentAccessGranted)
def _(it: Assessment, fact: AssessmentAccessGranted) -> None:
    it.access = fact


@fold.on(AssessmentAccessRefused)
def _(it: Assessment, fact: AssessmentAccessRefused) -> None:
    it.refusals.append(fact)


@fold.on(AssessmentWindowSet)
def _(it: Assessment, fact: AssessmentWindowSet) -> None:
    entry(it, fact.attempt).window = fact


@fold.on(CaseStudyReleased)
def _(it: Assessment, fact: CaseStudyReleased) -> None:
    entry(it, fact.attempt).released = fact


@fold.on(SummativeSubmitted)
def _(it: Assessment, fact: SummativeSubmitted) -> None:
    entry(it, fact.attempt).submitted = fact


@fold.on(SubmissionMissed)
def _(it: Assessment, fact: SubmissionMissed) -> None:
    entry(it, fact.attempt).missed = fact


@fold.on(SummativeMarked)
def _(it: Assessment, fact: SummativeMarked) -> None:
    entry(it, fact.attempt).marked = fact


@fold.on(ModerationRecorded)
def _(it: Assessment, fact: ModerationRecorded) -> None:
    entry(it, fact.attempt).moderated = fact


@fold.on(ResultPublished)
def _(it: Assessment, fact: ResultPublished) -> None:
    entry(it, fact.attempt).published = fact


@fold.on(ResitOffered)
def _(it: Assessment, fact: ResitOffered) -> None:
    it.offered[fact.attempt] = fact
