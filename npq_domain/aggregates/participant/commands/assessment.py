"""What may be asked about the assessment."""

from datetime import date, datetime
from uuid import UUID

from attrs import evolve, field, frozen

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.timetable import WindowSet
from npq_domain.aggregates.participant import gates, standing
from npq_domain.aggregates.participant.commands.ground import (
    enrolled,
    in_order,
    once,
    refuse_bad_digest,
    started,
)
from npq_domain.aggregates.participant.commands.judging import (
    RESULTS,
    after_the_latest,
    completed_on,
    correctable,
    markable,
    moderatable,
    not_passed_before,
    not_published,
    one_too_many,
    publishable,
    result_of,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentAccessGranted,
    AssessmentAccessRefused,
    AssessmentAccessRevoked,
    AssessmentWindowSet,
    Attempt,
    CaseStudyReleased,
    ModerationRecorded,
    Outcome,
    OutcomeCorrected,
    ResitOffered,
    ResultPublished,
    SubmissionMissed,
    SummativeMarked,
    SummativeSubmitted,
)
from npq_domain.calendar import aware, in_london, london_day
from npq_domain.catalogue.types import Gate, WindowRule, WordRule
from npq_domain.decider import Decisions, Facts, refuse_if, require
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal
from npq_domain.policies import windows

ASSESSMENT = "UCL/ETH handbook 2023, section 6, Summative Assessment"


@frozen(kw_only=True)
class GrantAccess:
    """Open the summative assessment to a participant."""

    on: date


def grant_access(command: GrantAccess, it: Participant) -> Facts:
    if it.assessment.access is not None:
        return
    if it.assessment.revoked is not None:
        in_order(command.on, it.assessment.revoked.on, "revoked")
    require(*gates.access(it, command.on))
    enrolment = started(it, command.on)
    rule, reached = enrolment.engagement, standing.measured(it, command.on)
    if rule is None or reached is None or rule.gate is Gate.AWARD:
        yield AssessmentAccessGranted(num=None, den=None, threshold_percent=None, on=command.on)
        return
    yield AssessmentAccessGranted(
        num=reached.num, den=reached.den, threshold_percent=rule.threshold_percent, on=command.on
    )


@frozen(kw_only=True)
class RefuseAccess:
    """Put on record that access was looked at and refused, and what stood in the way."""

    on: date


def refuse_access(command: RefuseAccess, it: Participant) -> Facts:
    started(it, command.on)
    require(gates.sat_as_a_case_study(enrolled(it)))
    blockers = gates.blockers(gates.access, it, command.on)
    refuse_if(
        it.assessment.access or not blockers,
        "nothing_blocks",
        "nothing stands in the way of access",
        ASSESSMENT,
    )
    fact = AssessmentAccessRefused(blockers=blockers, on=command.on)
    if fact not in it.assessment.refusals:
        yield fact


@frozen(kw_only=True)
class RevokeAccess:
    """Take access back, as long as nothing has been handed in."""

    reason: Personal[str] = field(converter=personal)
    on: date


def revoke_access(command: RevokeAccess, it: Participant) -> Facts:
    granted = it.assessment.access
    if granted is None:
        refuse_if(
            it.assessment.revoked is None,
            "access_not_granted",
            "access to the assessment has not been granted",
            ASSESSMENT,
        )
        return
    used = [number for number, each in it.assessment.attempts.items() if each.submitted]
    refuse_if(
        used,
        "access_used",
        f"attempt {used[0] if used else ''} was handed in;"
        " from then on an auditor may question access, and it stands",
        ASSESSMENT,
    )
    in_order(command.on, granted.on, "granted")
    yield AssessmentAccessRevoked(reason=command.reason, on=command.on)


@frozen(kw_only=True)
class SetWindow:
    """Give an attempt the window of one of a cohort's sittings."""

    attempt: int = 1
    cohort_id: UUID
    sitting: int = 1
    on: date


def set_window(command: SetWindow, it: Participant, *, cohort: Cohort) -> Facts:
    attempt = open_attempt(it, command.attempt, command.on)
    found = it.application.registered
    programme = found.programme if found else ""
    intake = cohort.intake.opened
    refuse_if(
        intake and intake.provider != standing.provider(it),
        "programme_not_offered",
        f"the cohort is {intake.provider if intake else None}'s,"
        f" the participant {standing.provider(it)}'s",
        ASSESSMENT,
    )
    window = cohort.timetable.windows.get((programme, command.sitting))
    if window is None:
        because = f"the cohort has no sitting {command.sitting} for {programme}"
        raise refusal("window_not_scheduled", because, ASSESSMENT)
    not_missed(attempt, command.attempt)
    follows(it, command.attempt, window)
    in_range(it, command.attempt, window)
    asked = (window.opens_at, window.closes_at)
    if attempt.window and (attempt.window.opens_at, attempt.window.closes_at) == asked:
        return
    require(gates.active(it, command.on))
    refuse_if(
        attempt.submitted or attempt.released,
        "already_released",
        f"the case study of attempt {command.attempt} is out; its window stands",
        ASSESSMENT,
    )
    yield AssessmentWindowSet(
        attempt=command.attempt,
        cohort_id=command.cohort_id,
        opens_at=window.opens_at,
        closes_at=window.closes_at,
        on=command.on,
    )


def follows(it: Participant, number: int, window: WindowSet) -> None:
    """Refuse a window that opens before the one it follows has closed.

    A resit follows the former attempt, a deferred attempt follows the window it gave up.
    """
    former, deferred = (
        it.assessment.attempt(number - 1).hours,
        it.assessment.attempt(number).deferred,
    )
    closed = (former and former.closes_at, deferred and deferred.former_closes_at)
    refuse_if(
        any(each and window.opens_at < each for each in closed),
        "window_out_of_range",
        f"{window.opens_on} is before the window closed that attempt {number} follows",
        ASSESSMENT,
    )


def in_range(it: Participant, number: int, window: WindowSet) -> None:
    """Refuse a first window too soon after the start, or too late if it was not put off."""
    start_on, rule = standing.start_on(it), enrolled(it).assessment.window
    refuse_if(
        number == 1
        and rule
        and not windows.may_open_on(allowed(rule, it), start_on, window.opens_on),
        "window_out_of_range",
        f"{window.opens_on} is outside the range for a start on {start_on}",
        rule.source if rule else ASSESSMENT,
    )


def allowed(rule: WindowRule, it: Participant) -> WindowRule:
    """The rule for the first window: without its later end once the attempt was deferred."""
    return evolve(rule, months_most=None) if it.assessment.attempt(1).deferred else rule


@frozen(kw_only=True)
class ReleaseCaseStudy:
    """Give the participant the unseen case study, while the window is open."""

    attempt: int = 1
    ref: str
    words: int | None = None
    at: datetime = field(validator=aware)


def release_case_study(command: ReleaseCaseStudy, it: Participant) -> Facts:
    attempt = open_attempt(it, command.attempt, london_day(command.at))
    if attempt.released is None:
        require(gates.active(it, london_day(command.at)))
    not_missed(attempt, command.attempt)
    inside(attempt, command.at)
    limits(enrolled(it).assessment.case_study, command.words, "the case study")
    fact = CaseStudyReleased(
        attempt=command.attempt, ref=command.ref, words=command.words, at=command.at
    )
    yield from once(fact, attempt.released, "already_released", ASSESSMENT)


@frozen(kw_only=True)
class SubmitResponse:
    """Hand in a response. `sha256` is the hex digest of the file that was handed in."""

    attempt: int = 1
    words: int
    sha256: str
    at: datetime = field(validator=aware)


def submit_response(command: SubmitResponse, it: Participant) -> Facts:
    attempt = open_attempt(it, command.attempt, london_day(command.at))
    fact = SummativeSubmitted(
        attempt=command.attempt, words=command.words, sha256=command.sha256, at=command.at
    )
    if attempt.submitted is None:
        require(gates.active(it, london_day(command.at)))
        not_missed(attempt, command.attempt)
        inside(attempt, command.at)
        given_out(attempt, command.at)
        limits(enrolled(it).assessment.response, command.words, "the response")
        refuse_bad_digest(command.sha256, ASSESSMENT)
    yield from once(fact, attempt.submitted, "already_submitted", ASSESSMENT)


@frozen(kw_only=True)
class RecordMissedSubmission:
    """The window closed and nothing was handed in."""

    attempt: int = 1
    on: date


def record_missed_submission(command: RecordMissedSubmission, it: Participant) -> Facts:
    attempt = open_attempt(it, command.attempt, command.on)
    refuse_if(
        attempt.submitted,
        "already_submitted",
        f"attempt {command.attempt} was handed in",
        ASSESSMENT,
    )
    hours = attempt.hours
    refuse_if(
        hours is None or command.on < london_day(hours.closes_at),
        "window_not_closed",
        f"on {command.on} the window was still open, or not set",
        ASSESSMENT,
    )
    fact = SubmissionMissed(attempt=command.attempt, on=command.on)
    yield from once(fact, attempt.missed, "already_missed", ASSESSMENT)


@frozen(kw_only=True)
class MarkResponse:
    """Mark a response against the mark scheme; `sampled` if a moderator has to see it."""

    attempt: int = 1
    marker: str
    learn_that: int
    learn_how_to: int
    outcome: Outcome
    sampled: bool = False
    on: date


def mark_response(command: MarkResponse, it: Participant) -> Facts:
    attempt = known_attempt(it, command.attempt)
    markable(attempt, command.on, f"attempt {command.attempt}", ASSESSMENT)
    refuse_if(
        min(command.learn_that, command.learn_how_to) < 0,
        "marks_out_of_range",
        f"marks {command.learn_that} and {command.learn_how_to}: none is below 0",
        ASSESSMENT,
    )
    fact = SummativeMarked(
        attempt=command.attempt,
        marker=command.marker,
        learn_that=command.learn_that,
        learn_how_to=command.learn_how_to,
        total=command.learn_that + command.learn_how_to,
        outcome=command.outcome,
        sampled=command.sampled,
        on=command.on,
    )
    yield from once(fact, attempt.marked, "already_marked", ASSESSMENT)


@frozen(kw_only=True)
class RecordModeration:
    """A second person confirmed the marking, or changed its outcome."""

    attempt: int = 1
    moderator: str
    outcome: Outcome
    on: date


def record_moderation(command: RecordModeration, it: Participant) -> Facts:
    attempt = known_attempt(it, command.attempt)
    what = f"attempt {command.attempt}"
    moderatable(attempt, command.moderator, command.on, what)
    fact = ModerationRecorded(
        attempt=command.attempt,
        moderator=command.moderator,
        outcome=command.outcome,
        on=command.on,
    )
    if attempt.moderated != fact:
        not_published(attempt, what)
        yield fact


@frozen(kw_only=True)
class PublishResult:
    """Tell the participant the result: the moderator's outcome where there is one."""

    attempt: int = 1
    on: date


def publish_result(command: PublishResult, it: Participant) -> Facts:
    attempt = known_attempt(it, command.attempt)
    if attempt.published is not None:
        return
    not_passed_before(it.assessment.passed, command.attempt)
    outcome = publishable(attempt, command.on, f"attempt {command.attempt}")
    after_the_latest(it.assessment.latest_result, command.on)
    yield ResultPublished(attempt=command.attempt, outcome=outcome, on=command.on)


@frozen(kw_only=True)
class CorrectOutcome:
    """Put a published outcome right, or the day it bears: `completed_on`, else today.

    What was published stays on record; the latest is in force.
    """

    attempt: int = 1
    outcome: Outcome
    completed_on: date | None = None
    reason: Personal[str] = field(converter=personal)
    on: date


def correct_outcome(command: CorrectOutcome, it: Participant) -> Facts:
    attempt, what = known_attempt(it, command.attempt), f"attempt {command.attempt}"
    known = result_of(attempt.result, what, "nothing_to_correct")
    if (known.outcome, known.dated_on) == (command.outcome, completed_on(command)):
        return
    correctable(command, it.assessment.latest_result, attempt.submitted, what)
    yield OutcomeCorrected(
        attempt=command.attempt,
        former=known.outcome,
        outcome=command.outcome,
        completed_on=completed_on(command),
        reason=command.reason,
        on=command.on,
    )


@frozen(kw_only=True)
class OfferResit:
    """Open a further attempt after a fail or a missed window."""

    attempt: int
    """The number of the new attempt."""
    on: date


def offer_resit(command: OfferResit, it: Participant) -> Facts:
    if 1 < command.attempt <= it.assessment.current:
        return
    last = known_attempt(it, it.assessment.current)
    failed = last.result is not None and last.result.outcome is Outcome.FAILED
    refuse_if(
        command.attempt != it.assessment.current + 1
        or it.award.awarded
        or it.assessment.passed
        or not (failed or last.missed),
        "nothing_to_resit",
        f"attempt {it.assessment.current} was neither failed nor missed, or another was passed"
        if command.attempt == it.assessment.current + 1
        else f"the next attempt is {it.assessment.current + 1}, not {command.attempt}",
        RESULTS,
    )
    ended = last.result or last.missed
    if ended:
        in_order(command.on, ended.on, "failed or missed")
    one_too_many(enrolled(it).assessment.attempts, command.attempt)
    yield ResitOffered(attempt=command.attempt, on=command.on)


def not_missed(attempt: Attempt, number: int) -> None:
    """Refuse what cannot follow a missed window: `already_missed`."""
    refuse_if(
        attempt.missed,
        "already_missed",
        f"attempt {number} is recorded as missed; void that, or offer a resit",
        ASSESSMENT,
    )


def open_attempt(it: Participant, number: int, on: date) -> Attempt:
    """The attempt that is open on a day, to somebody with access by then.

    Raises `access_not_granted`, `attempt_not_open`, `out_of_order`.
    """
    refuse_if(
        gates.by(it.assessment.access, on) is None,
        "access_not_granted",
        f"access to the assessment had not been granted by {on}",
        ASSESSMENT,
    )
    attempt = latest_attempt(it, number)
    if number in it.assessment.offered:
        in_order(on, it.assessment.offered[number].on, "offered")
    return attempt


def latest_attempt(it: Participant, number: int) -> Attempt:
    """The attempt that is open, none before it being passed: `attempt_not_open`."""
    refuse_if(
        number != it.assessment.current,
        "attempt_not_open",
        f"attempt {it.assessment.current} is open, not {number}",
        ASSESSMENT,
    )
    not_passed_before(it.assessment.passed, number)
    return it.assessment.attempt(number)


def known_attempt(it: Participant, number: int) -> Attempt:
    """An attempt there is, however it stands."""
    require(gates.sat_as_a_case_study(enrolled(it)))
    refuse_if(
        not 1 <= number <= it.assessment.current,
        "attempt_not_open",
        f"there is no attempt {number}",
        ASSESSMENT,
    )
    return it.assessment.attempt(number)


def inside(attempt: Attempt, at: datetime) -> None:
    """Refuse an instant outside the window: `window_not_open`, `window_closed`."""
    hours = attempt.hours
    opens = in_london(hours.opens_at) if hours else "an instant not yet set"
    refuse_if(
        hours is None or at < hours.opens_at,
        "window_not_open",
        f"{in_london(at)} is before the window opens, at {opens}",
        ASSESSMENT,
    )
    refuse_if(
        hours and not hours.is_open(at),
        "window_closed",
        f"{in_london(at)} is not before the window closed,"
        f" at {in_london(hours.closes_at) if hours else ''}",
        ASSESSMENT,
    )


def given_out(attempt: Attempt, at: datetime) -> None:
    """Refuse a response to a case study that was not out by then."""
    refuse_if(
        attempt.released is None or at < attempt.released.at,
        "case_study_not_released",
        f"at {in_london(at)} the case study had not been released",
        ASSESSMENT,
    )


def limits(rule: WordRule | None, words: int | None, what: str) -> None:
    """Refuse more words than the rule's most, or fewer than its least."""
    refuse_if(
        words is not None and words < 0,
        "words_out_of_range",
        f"{what} cannot have {words} words",
        ASSESSMENT,
    )
    if rule is None or words is None:
        return
    refuse_if(
        rule.most is not None and words > rule.most,
        "word_limit_exceeded",
        f"{what} has {words} words, {rule.most} at most",
        rule.source,
    )
    refuse_if(
        rule.least is not None and words < rule.least,
        "word_limit_not_reached",
        f"{what} has {words} words, {rule.least} at least",
        rule.source,
    )


DECISIONS: Decisions = {
    GrantAccess: grant_access,
    RefuseAccess: refuse_access,
    RevokeAccess: revoke_access,
    SetWindow: set_window,
    ReleaseCaseStudy: release_case_study,
    SubmitResponse: submit_response,
    RecordMissedSubmission: record_missed_submission,
    MarkResponse: mark_response,
    RecordModeration: record_moderation,
    PublishResult: publish_result,
    CorrectOutcome: correct_outcome,
    OfferResit: offer_resit,
}
