"""Assessment: access, the window, the response, its marking, and what was published."""

from datetime import date, timedelta
from typing import Any

import pytest
from attrs import evolve

from npq_domain import cohort
from npq_domain import commands as ask
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.timetable import AssessmentWindowMoved
from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentAccessGranted,
    AssessmentAccessRefused,
    AssessmentWindowSet,
    CaseStudyReleased,
    ModerationRecorded,
    Outcome,
    ResitOffered,
    ResultPublished,
    SubmissionMissed,
    SummativeMarked,
    SummativeSubmitted,
)
from npq_domain.calendar import add_days, add_months, midnight
from npq_domain.policies.windows import window
from npq_domain.testing import given
from npq_domain.testing.clock import INSTANT
from tests.aggregates.ground import (
    BPN_HEADSHIP,
    CATALOGUE,
    CLOSES,
    COACHING_OFFER,
    DFE_HEADSHIP,
    HEADSHIP_2017,
    KIND,
    MARKED,
    OPENS,
    SENIOR,
    admitted,
    applicant,
    attended,
    intake,
    intake_id,
    member,
    sitting,
)

DAY = date(2025, 3, 20)
GRANT = ask.GrantAccess(on=DAY)
REFUSE = ask.RefuseAccess(on=DAY)
WINDOW = ask.SetWindow(cohort_id=intake_id(SENIOR), on=DAY)
WINDOW_SET = AssessmentWindowSet(
    attempt=1, cohort_id=intake_id(SENIOR), opens_at=OPENS, closes_at=CLOSES, on=DAY
)
RELEASE = ask.ReleaseCaseStudy(ref="case-7", words=2_000, at=OPENS)
RELEASED = CaseStudyReleased(attempt=1, ref="case-7", words=2_000, at=OPENS)
SUBMIT = ask.SubmitResponse(words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3))
SUBMITTED = SummativeSubmitted(
    attempt=1, words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3)
)
MISS = ask.RecordMissedSubmission(on=date(2025, 4, 10))
MARK = ask.MarkResponse(
    marker="m-1", learn_that=12, learn_how_to=15, outcome=Outcome.PASSED, on=MARKED
)
MARK_GIVEN = SummativeMarked(
    attempt=1,
    marker="m-1",
    learn_that=12,
    learn_how_to=15,
    total=27,
    outcome=Outcome.PASSED,
    sampled=False,
    on=MARKED,
)
MODERATE = ask.RecordModeration(moderator="m-2", outcome=Outcome.FAILED, on=MARKED)
MODERATED = ModerationRecorded(attempt=1, moderator="m-2", outcome=Outcome.FAILED, on=MARKED)
PUBLISH = ask.PublishResult(on=MARKED)


def candidate(*more: Any, key: str = SENIOR) -> Any:
    """Somebody with access and a window, and what is given besides."""
    return member(key, *admitted(key), *more)


def sitter(*more: Any, key: str = SENIOR) -> Any:
    """Somebody with the case study in hand, and what is given besides."""
    return member(key, *sitting(key), *more)


# Access


@pytest.mark.rule("4.15")
def test_full_engagement_opens_the_assessment_on_its_exact_figures() -> None:
    fact = AssessmentAccessGranted(num=1_770, den=1_770, threshold_percent=90, on=DAY)
    member(SENIOR, *attended()).when(GRANT).then(fact)
    member(SENIOR, *attended(), fact).when(GRANT).then_nothing()


@pytest.mark.rule("4.15")
def test_missing_a_leadership_peer_learning_group_leaves_access() -> None:
    fact = AssessmentAccessGranted(num=1_650, den=1_770, threshold_percent=90, on=DAY)
    member(SENIOR, *attended(but=("plg-1",))).when(GRANT).then(fact)


@pytest.mark.rule("4.15")
def test_missing_a_leadership_face_to_face_day_bars_access() -> None:
    asked = member(SENIOR, *attended(but=("face-to-face-1",))).when(GRANT)
    asked.then_refused("engagement_below_threshold", "engagement_below_threshold")


@pytest.mark.rule("3.13")
def test_where_engagement_guards_the_award_alone_access_needs_none() -> None:
    fact = AssessmentAccessGranted(num=None, den=None, threshold_percent=None, on=DAY)
    member(BPN_HEADSHIP).when(GRANT).then(fact)


def test_engagement_counts_what_had_happened_by_the_day_that_is_asked_about() -> None:
    early = ask.GrantAccess(on=date(2023, 12, 31))
    member(SENIOR, *attended()).when(early).then_refused("engagement_below_threshold")


def test_who_has_not_joined_has_no_access() -> None:
    applicant().when(GRANT).then_refused("not_enrolled", "not_enrolled")


def test_access_is_not_granted_before_the_programme_starts() -> None:
    member(BPN_HEADSHIP).when(ask.GrantAccess(on=date(2023, 10, 1))).then_refused("before_start")


@pytest.mark.rule("3.3", "4.4")
@pytest.mark.parametrize("key", [HEADSHIP_2017, COACHING_OFFER])
def test_projects_and_support_are_not_sat_as_a_case_study(key: str) -> None:
    member(key).when(GRANT).then_refused("not_applicable", "not_applicable")
    member(key).when(REFUSE).then_refused("not_applicable", "not_applicable")


def test_a_refusal_is_put_on_record_with_what_stood_in_the_way() -> None:
    fact = AssessmentAccessRefused(blockers=("engagement_below_threshold",), on=DAY)
    member().when(REFUSE).then(fact)
    member(SENIOR, fact).when(REFUSE).then_nothing()


def test_access_is_not_refused_where_nothing_stands_in_the_way() -> None:
    member(SENIOR, *attended()).when(REFUSE).then_refused("nothing_blocks")
    member(SENIOR, *attended(), GRANT).when(REFUSE).then_refused("nothing_blocks")


# The window


@pytest.mark.rule("4.2", "4.18")
def test_the_window_is_the_cohorts_eight_days_in_london_time() -> None:
    member(SENIOR, *attended(), GRANT).when(WINDOW).then(WINDOW_SET)
    candidate().when(WINDOW).then_nothing()


def test_nobody_has_a_window_without_access() -> None:
    member(SENIOR, *attended()).when(WINDOW).then_refused("access_not_granted")


def test_a_window_is_of_a_sitting_that_the_cohort_has() -> None:
    asked = member(SENIOR, *attended(), GRANT).when(evolve(WINDOW, sitting=9))
    asked.then_refused("window_not_scheduled")


def test_a_window_of_an_attempt_that_is_not_open_is_refused() -> None:
    candidate().when(evolve(WINDOW, attempt=2)).then_refused("attempt_not_open")


@pytest.mark.rule("3.10")
def test_a_first_sitting_is_18_to_21_months_after_the_start_with_best_practice_network() -> None:
    asked = ask.SetWindow(cohort_id=intake_id(BPN_HEADSHIP), on=DAY)
    seen = member(BPN_HEADSHIP, *attended(BPN_HEADSHIP), GRANT)
    assert seen.when(asked).facts
    seen.when(evolve(asked, sitting=2)).then_refused("window_out_of_range")


def test_a_window_moves_until_the_case_study_is_out() -> None:
    second = evolve(WINDOW, sitting=2)
    assert candidate().when(second).facts
    candidate(RELEASE).when(second).then_refused("already_released")
    sitter(SUBMIT).when(second).then_refused("already_released")


# The case study


@pytest.mark.rule("3.11")
def test_the_case_study_is_released_once_in_the_window() -> None:
    candidate().when(RELEASE).then(RELEASED)
    candidate(RELEASED).when(RELEASE).then_nothing()


@pytest.mark.rule("3.11")
def test_the_case_study_stays_unseen_outside_the_window() -> None:
    candidate().when(evolve(RELEASE, at=OPENS - INSTANT)).then_refused("window_not_open")
    candidate().when(evolve(RELEASE, at=CLOSES)).then_refused("window_closed")
    assert candidate().when(evolve(RELEASE, at=CLOSES - INSTANT)).facts


@pytest.mark.rule("4.19")
def test_a_case_study_has_2000_words_at_most_with_ucl() -> None:
    candidate().when(evolve(RELEASE, words=2_001)).then_refused("word_limit_exceeded")
    assert candidate().when(evolve(RELEASE, words=None)).facts


def test_nobody_is_given_a_case_study_without_access_or_window() -> None:
    member(SENIOR, *attended()).when(RELEASE).then_refused("access_not_granted")
    member(SENIOR, *attended(), GRANT).when(RELEASE).then_refused("window_not_open")


# The response


@pytest.mark.rule("3.11", "4.18")
@pytest.mark.parametrize("at", [OPENS, CLOSES - INSTANT])
def test_a_response_is_handed_in_from_the_first_to_the_last_instant_of_the_window(at: Any) -> None:
    sitter().when(evolve(SUBMIT, at=at)).then(evolve(SUBMITTED, at=at))


def test_a_response_answers_a_case_study_that_is_out() -> None:
    candidate().when(SUBMIT).then_refused("case_study_not_released")
    late = candidate(evolve(RELEASE, at=SUBMIT.at + INSTANT))
    late.when(SUBMIT).then_refused("case_study_not_released")
    assert candidate(evolve(RELEASE, at=SUBMIT.at)).when(SUBMIT).facts


@pytest.mark.parametrize("digest", ["", "ab" * 31, "AB" * 32, "x" * 64])
def test_a_response_is_known_by_its_sha_256_digest(digest: str) -> None:
    sitter().when(evolve(SUBMIT, sha256=digest)).then_refused("invalid_digest")


def test_a_response_that_was_recorded_as_missed_is_not_handed_in() -> None:
    sitter(MISS).when(SUBMIT).then_refused("already_missed")


@pytest.mark.rule("3.11", "4.18")
@pytest.mark.parametrize(
    ("at", "code"), [(OPENS - INSTANT, "window_not_open"), (CLOSES, "window_closed")]
)
def test_a_response_is_refused_one_microsecond_outside_the_window(at: Any, code: str) -> None:
    sitter().when(evolve(SUBMIT, at=at)).then_refused(code)


def test_one_response_is_handed_in_an_attempt() -> None:
    sitter(SUBMITTED).when(SUBMIT).then_nothing()
    sitter(SUBMITTED).when(evolve(SUBMIT, words=1_400)).then_refused("already_submitted")


def test_nobody_hands_in_without_access_or_to_an_attempt_that_is_not_open() -> None:
    member(SENIOR, *attended()).when(SUBMIT).then_refused("access_not_granted")
    sitter().when(evolve(SUBMIT, attempt=2)).then_refused("attempt_not_open")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (999, "word_limit_not_reached"),
        (1_000, None),
        (1_500, None),
        (1_501, "word_limit_exceeded"),
    ],
)
def test_a_response_keeps_to_the_word_limits(words: int, code: str | None) -> None:
    outcome = sitter(key=KIND).when(evolve(SUBMIT, words=words))
    if code:
        outcome.then_refused(code)
    else:
        outcome.then(evolve(SUBMITTED, words=words))


def test_nothing_has_fewer_words_than_none() -> None:
    sitter().when(evolve(SUBMIT, words=-1)).then_refused("words_out_of_range")
    candidate().when(evolve(RELEASE, words=-1)).then_refused("words_out_of_range")


@pytest.mark.rule("4.19")
def test_a_limit_that_may_be_higher_holds_until_a_specification_says_so() -> None:
    sitter().when(evolve(SUBMIT, words=1_501)).then_refused("word_limit_exceeded")
    assert sitter().when(evolve(SUBMIT, words=1)).facts


@pytest.mark.rule("2.4")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (1_499, "word_limit_not_reached"),
        (1_500, None),
        (2_500, None),
        (2_501, "word_limit_exceeded"),
    ],
)
def test_headship_of_2023_is_answered_in_1500_to_2500_words(words: int, code: str | None) -> None:
    at = member(DFE_HEADSHIP, *sitting(DFE_HEADSHIP))
    answer = at.when(evolve(SUBMIT, words=words))
    assert (answer.refused.code if answer.refused else None) == code


@pytest.mark.rule("3.9")
def test_a_response_of_best_practice_network_has_2500_words_at_most() -> None:
    seen = sitter(key=BPN_HEADSHIP)
    assert seen.when(evolve(SUBMIT, words=2_500)).facts
    seen.when(evolve(SUBMIT, words=2_501)).then_refused("word_limit_exceeded")


def test_a_submission_is_missed_once_the_window_has_closed() -> None:
    fact = SubmissionMissed(attempt=1, on=date(2025, 4, 10))
    sitter().when(MISS).then(fact)
    sitter(fact).when(MISS).then_nothing()
    sitter().when(evolve(MISS, on=date(2025, 4, 9))).then_refused("window_not_closed")
    member(SENIOR, *attended(), GRANT).when(MISS).then_refused("window_not_closed")


def test_a_response_that_was_handed_in_was_not_missed() -> None:
    sitter(SUBMIT).when(MISS).then_refused("already_submitted")


# Marking, moderation, result


@pytest.mark.rule("3.12")
def test_marks_for_what_participants_learn_add_up() -> None:
    sitter(SUBMIT).when(MARK).then(MARK_GIVEN)
    sitter(SUBMIT, MARK_GIVEN).when(MARK).then_nothing()


def test_there_is_nothing_to_mark_where_nothing_was_handed_in() -> None:
    sitter().when(MARK).then_refused("nothing_to_mark")
    sitter().when(evolve(MARK, attempt=0)).then_refused("attempt_not_open")
    sitter().when(evolve(MARK, attempt=2)).then_refused("attempt_not_open")


@pytest.mark.rule("3.12")
def test_no_mark_is_below_nought() -> None:
    sitter(SUBMIT).when(evolve(MARK, learn_that=-1)).then_refused("marks_out_of_range")
    sitter(SUBMIT).when(evolve(MARK, learn_how_to=-1)).then_refused("marks_out_of_range")
    assert sitter(SUBMIT).when(evolve(MARK, learn_that=0, learn_how_to=0)).facts


def test_other_marks_are_not_the_same_again() -> None:
    other = evolve(MARK, outcome=Outcome.FAILED)
    sitter(SUBMIT, MARK).when(other).then_refused("already_marked")


def test_nothing_is_marked_or_moderated_or_published_before_what_it_follows_from() -> None:
    early = evolve(MARK, on=date(2025, 4, 4))
    sitter(SUBMIT).when(early).then_refused("out_of_order")
    before = date(2025, 5, 5)
    sitter(SUBMIT, MARK).when(evolve(MODERATE, on=before)).then_refused("out_of_order")
    sitter(SUBMIT, MARK).when(evolve(PUBLISH, on=before)).then_refused("out_of_order")


@pytest.mark.rule("0.19")
def test_a_second_person_moderates_what_was_marked() -> None:
    sitter(SUBMIT, MARK).when(MODERATE).then(MODERATED)
    sitter(SUBMIT, MARK, MODERATED).when(MODERATE).then_nothing()
    own = evolve(MODERATE, moderator="m-1")
    sitter(SUBMIT, MARK).when(own).then_refused("moderator_is_marker")
    sitter(SUBMIT).when(MODERATE).then_refused("nothing_to_moderate")


def test_what_is_published_is_moderated_no_more() -> None:
    sitter(SUBMIT, MARK, PUBLISH).when(MODERATE).then_refused("already_published")


def test_the_markers_outcome_is_published_and_the_moderators_goes_before_it() -> None:
    passed = ResultPublished(attempt=1, outcome=Outcome.PASSED, on=MARKED)
    sitter(SUBMIT, MARK).when(PUBLISH).then(passed)
    sitter(SUBMIT, MARK, MODERATE).when(PUBLISH).then(evolve(passed, outcome=Outcome.FAILED))
    sitter(SUBMIT, MARK, passed).when(PUBLISH).then_nothing()


@pytest.mark.rule("0.19")
def test_a_sampled_response_waits_for_its_moderator() -> None:
    sampled = evolve(MARK, sampled=True)
    sitter(SUBMIT, sampled).when(PUBLISH).then_refused("moderation_pending")
    assert sitter(SUBMIT, sampled, MODERATE).when(PUBLISH).facts


def test_nothing_is_published_before_it_is_marked() -> None:
    sitter(SUBMIT).when(PUBLISH).then_refused("nothing_to_publish")


# Resits

FAILED = evolve(MARK, outcome=Outcome.FAILED)
RESIT = ask.OfferResit(attempt=2, on=date(2025, 6, 2))
RESIT_OFFERED = ResitOffered(attempt=2, on=date(2025, 6, 2))


def test_after_a_fail_or_a_missed_window_a_further_attempt_opens() -> None:
    sitter(SUBMIT, FAILED, PUBLISH).when(RESIT).then(RESIT_OFFERED)
    candidate(MISS).when(RESIT).then(RESIT_OFFERED)
    candidate(MISS, RESIT_OFFERED).when(RESIT).then_nothing()


def test_there_is_nothing_to_resit_after_a_pass_or_before_a_result() -> None:
    sitter(SUBMIT, MARK, PUBLISH).when(RESIT).then_refused("nothing_to_resit")
    sitter(SUBMIT, FAILED).when(RESIT).then_refused("nothing_to_resit")
    candidate(MISS).when(evolve(RESIT, attempt=3)).then_refused("nothing_to_resit")


def test_attempts_are_as_many_as_the_specification_allows() -> None:
    again = [
        RESIT,
        ask.SetWindow(attempt=2, sitting=2, cohort_id=intake_id(KIND), on=date(2025, 6, 2)),
        ask.RecordMissedSubmission(attempt=2, on=date(2025, 9, 1)),
    ]
    third = ask.OfferResit(attempt=3, on=date(2025, 9, 2))
    candidate(MISS, *again, key=KIND).when(third).then_refused("no_attempts_left")
    assert candidate(MISS, *again).when(third).facts


def test_a_resit_has_its_own_window_and_its_own_response() -> None:
    resit = [MISS, RESIT, evolve(WINDOW, attempt=2, sitting=2, on=RESIT.on)]
    opens = candidate(*resit).state.assessment.attempt(2).window.opens_at
    asked = evolve(SUBMIT, attempt=2, at=opens)
    resit.append(evolve(RELEASE, attempt=2, at=opens))
    candidate(*resit).when(asked).then(evolve(SUBMITTED, attempt=2, at=opens))
    candidate(*resit).when(evolve(asked, attempt=1)).then_refused("attempt_not_open")


# What follows from something is not dated before it


def test_nothing_is_handed_in_before_access_was_granted() -> None:
    late = [*attended(SENIOR), evolve(GRANT, on=date(2025, 6, 1))]
    member(SENIOR, *late).when(WINDOW).then_refused("access_not_granted")
    granted_on_time = member(SENIOR, *attended(SENIOR), GRANT)
    granted_on_time.when(evolve(WINDOW, on=date(2025, 3, 19))).then_refused("access_not_granted")
    granted_on_time.when(WINDOW).then(WINDOW_SET)


def test_a_resit_is_not_sat_before_it_was_offered() -> None:
    early = evolve(WINDOW, attempt=2, sitting=2, on=date(2025, 6, 1))
    candidate(MISS, RESIT).when(early).then_refused("out_of_order")
    assert candidate(MISS, RESIT).when(evolve(early, on=RESIT.on)).facts


def test_a_missed_window_stands_once_a_resit_was_offered_on_it() -> None:
    missed = candidate(MISS)
    void = ask.VoidFact(version=len(missed.facts), reason="it was handed in", on=MISS.on)
    assert missed.when(void).facts
    candidate(MISS, RESIT).when(void).then_refused("relied_on")


def test_a_participant_sits_in_a_window_of_their_own_provider() -> None:
    other = evolve(WINDOW, cohort_id=intake_id(BPN_HEADSHIP))
    member(SENIOR, *attended(SENIOR), GRANT).when(
        other, cohort=intake(BPN_HEADSHIP).state
    ).then_refused("programme_not_offered")


# The range of the first window

BPN_WINDOW = ask.SetWindow(cohort_id=intake_id(BPN_HEADSHIP), on=DAY)


def opening_on(day: date) -> Cohort:
    """Best Practice Network's intake, its first window on eight days from that one."""
    scene = intake(BPN_HEADSHIP)
    (programme, sitting), first = next(iter(scene.state.timetable.windows.items()))
    hours = window(day, add_days(day, 7))
    moved = AssessmentWindowMoved(
        programme=programme,
        sitting=sitting,
        opens_on=day,
        closes_on=add_days(day, 7),
        opens_at=hours.opens_at,
        closes_at=hours.closes_at,
        set_by=first.set_by,
        on=DAY,
    )
    return given(cohort, *scene.facts, moved, catalogue=CATALOGUE).state


@pytest.mark.rule("3.10")
@pytest.mark.parametrize(
    ("opens_on", "lawful"),
    [
        (date(2025, 4, 1), False),
        (date(2025, 4, 2), True),
        (date(2025, 7, 2), True),
        (date(2025, 7, 3), False),
    ],
)
def test_the_first_window_opens_between_18_and_21_months_after_the_start_and_no_day_beyond(
    opens_on: date, *, lawful: bool
) -> None:
    outcome = member(BPN_HEADSHIP, GRANT).when(BPN_WINDOW, cohort=opening_on(opens_on))
    if lawful:
        (fact,) = outcome.facts
        assert fact.opens_at == midnight(opens_on)
    else:
        outcome.then_refused("window_out_of_range")


# Word limits as each document has them


@pytest.mark.rule("4.19")
def test_a_case_study_of_ucl_may_have_2000_words_and_no_more() -> None:
    assert candidate().when(evolve(RELEASE, words=2_000)).facts
    candidate().when(evolve(RELEASE, words=2_001)).then_refused("word_limit_exceeded")


@pytest.mark.rule("4.19")
@pytest.mark.parametrize("key", [SENIOR, "reform/UCL/NPQLT/1"])
def test_a_response_of_ucl_may_have_1500_words_and_no_more(key: str) -> None:
    seen = member(key, *attended(key), GRANT, evolve(WINDOW_SET, cohort_id=intake_id(key)), RELEASE)
    assert seen.when(evolve(SUBMIT, words=1_500)).facts
    over = seen.when(evolve(SUBMIT, words=1_501))
    over.then_refused("word_limit_exceeded")
    assert "UCL/ETH handbook 2023, section 6" in str(over.refused)


@pytest.mark.rule("2.4")
@pytest.mark.parametrize(
    ("words", "code"),
    [
        (1_499, "word_limit_not_reached"),
        (1_500, None),
        (2_500, None),
        (2_501, "word_limit_exceeded"),
    ],
)
def test_the_department_asks_for_1500_to_2500_words(words: int, code: str | None) -> None:
    key = "reform/DfE/NPQH/1"
    window_set = evolve(WINDOW_SET, cohort_id=intake_id(key))
    outcome = member(key, GRANT, window_set, RELEASE).when(evolve(SUBMIT, words=words))
    if code:
        outcome.then_refused(code)
    else:
        outcome.then(evolve(SUBMITTED, words=words))


# Resits, to their end


def resat(number: int, on: date) -> list[Any]:
    """A further attempt that was missed as well."""
    return [
        ask.OfferResit(attempt=number, on=on),
        ask.SetWindow(attempt=number, sitting=number, cohort_id=intake_id(SENIOR), on=on),
        ask.RecordMissedSubmission(attempt=number, on=add_months(on, 4)),
    ]


def test_where_a_document_sets_no_limit_there_is_none() -> None:
    missed = [MISS, *resat(2, date(2025, 6, 2)), *resat(3, date(2025, 10, 2))]
    scene = candidate(*missed)
    assert scene.state.assessment.current == 3
    assert scene.when(ask.OfferResit(attempt=4, on=date(2026, 6, 1))).facts


def test_the_last_attempt_that_is_allowed_is_offered_and_no_other() -> None:
    assert candidate(MISS, key=KIND).when(RESIT).facts
    second = [
        RESIT,
        ask.SetWindow(attempt=2, sitting=2, cohort_id=intake_id(KIND), on=RESIT.on),
        ask.RecordMissedSubmission(attempt=2, on=date(2025, 9, 1)),
    ]
    third = ask.OfferResit(attempt=3, on=date(2025, 9, 2))
    refused = candidate(MISS, *second, key=KIND).when(third)
    refused.then_refused("no_attempts_left", "no_attempts_left")
    assert "the provider's handbook" in str(refused.refused)


def test_a_resit_opens_after_the_former_window_has_closed() -> None:
    again = evolve(WINDOW, attempt=2, on=RESIT.on)
    candidate(MISS, RESIT).when(again).then_refused("window_out_of_range")
    assert candidate(MISS, RESIT).when(evolve(again, sitting=2)).facts


@pytest.mark.rule("4.15")
def test_a_resit_asks_for_access_no_second_time() -> None:
    """Engagement that sank below the threshold since shows on the view; the resit goes on."""
    let_in = [*attended(SENIOR), GRANT, WINDOW, MISS]
    seen = member(SENIOR, *let_in)
    version = next(
        at
        for at, it in enumerate(seen.facts, 1)
        if getattr(it, "component", None) == "face-to-face-1"
    )
    void = ask.VoidFact(version=version, reason="the wrong Ada", on=RESIT.on)
    sunk = member(SENIOR, *let_in, void, RESIT)
    sunk.when(ask.GrantAccess(on=RESIT.on)).then_nothing()
    assert gates.blockers(gates.access, sunk.state) == ("engagement_below_threshold",)
    assert sunk.when(evolve(WINDOW, attempt=2, sitting=2, on=RESIT.on)).facts
