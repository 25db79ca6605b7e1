"""What holds of every lawful life, whatever was drawn."""

from typing import Any

from hypothesis import event, given
from hypothesis import strategies as st

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.catalogue import shipped
from npq_domain.history import live
from npq_domain.testing import Past, laws
from npq_domain.testing.intakes import cohort_lives
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import participant_lives
from npq_domain.testing.values import commands
from npq_domain.testing.variants import with_variants

CATALOGUE = with_variants(shipped())
CASES = tuple(it for it in CATALOGUE.specifications if it.engagement)

participants = participant_lives(CATALOGUE)
measured = participant_lives(CATALOGUE, CASES, most=80)
cohorts = cohort_lives(CATALOGUE)
long = participant_lives(
    CATALOGUE,
    [it for it in CASES if it.provider == "BPN" and it.version == 1],
    least=50,
    most=80,
)
"""Where engagement guards the award alone, so that some pass who are not to be awarded."""
everybody: st.SearchStrategy[Life[Any]] = st.one_of(participants, cohorts)


@given(life=everybody)
def test_replay_is_deterministic(life: Life[Any]) -> None:
    laws.replay_is_deterministic(life)


@given(life=everybody)
def test_a_refused_command_appends_nothing(life: Life[Any]) -> None:
    laws.a_refusal_appends_nothing(life)


@given(life=everybody)
def test_every_command_may_be_asked_again(life: Life[Any]) -> None:
    laws.a_retry_is_silent(life)


def anything_is_asked(life: Life[Any], asked: st.DataObject) -> None:
    """Commands of any kind, each at some point of a life, its beginning and its end included."""
    pasts = [Past(decider=life.past.decider), *(after for _, _, after in laws.each_command(life))]
    for past in [life.past, *asked.draw(st.lists(st.sampled_from(pasts), min_size=5, max_size=5))]:
        command = asked.draw(commands(*past.decider.decisions))
        laws.a_decision_changes_nothing(past, command, life.besides)


@given(life=participant_lives(CATALOGUE, most=40), asked=st.data())
def test_any_command_is_answered_or_refused_with_reasons(
    life: Life[Participant], asked: st.DataObject
) -> None:
    anything_is_asked(life, asked)


@given(life=cohorts, asked=st.data())
def test_any_command_to_a_cohort_is_answered_or_refused_with_reasons(
    life: Life[Any], asked: st.DataObject
) -> None:
    anything_is_asked(life, asked)


@given(life=measured)
def test_engagement_keeps_within_bounds(life: Life[Participant]) -> None:
    for _, _, after in laws.each_command(life):
        laws.engagement_keeps_within_bounds(after.state)


@given(life=measured)
def test_what_is_attainable_rises_only_by_grace(life: Life[Participant]) -> None:
    laws.what_is_attainable_rises_only_by_grace(life)


@given(life=long)
def test_an_award_rests_on_engagement_and_a_pass(life: Life[Participant]) -> None:
    refused = any(it.refused == "award_conditions_unmet" for it in life.steps)
    event(f"awarded: {life.state.award.awarded is not None}, refused: {refused}")
    laws.an_award_rests_on_engagement_and_a_pass(life)


@given(life=measured)
def test_a_response_is_handed_in_with_access_and_in_time(life: Life[Participant]) -> None:
    event(f"handed in: {any(it.submitted for it in life.state.assessment.attempts.values())}")
    laws.a_response_is_handed_in_with_access_and_in_time(life)


@given(life=participants)
def test_a_funded_place_is_as_the_cohort_allows(life: Life[Participant]) -> None:
    event(f"funding: {life.state.funding.mode}, place: {life.state.funding.place}")
    laws.a_funded_place_is_as_the_cohort_allows(life)


@given(life=long)
def test_a_claim_has_one_effect_at_most(life: Life[Participant]) -> None:
    for it in life.state.circumstances.decided.values():
        event(f"decided: {it.effect.kind.value}")
    laws.a_claim_has_one_effect_at_most(life)


@given(life=long)
def test_the_latest_result_is_in_force(life: Life[Participant]) -> None:
    results = [type(it).__name__ for it in life.state.assessment.results]
    event(f"results: {', '.join(results) or 'none'}")
    laws.the_latest_result_is_in_force(life)


@given(life=long)
def test_access_is_not_taken_from_who_used_it(life: Life[Participant]) -> None:
    event(f"revoked: {life.state.assessment.revoked is not None}")
    laws.access_is_not_taken_from_who_used_it(life)


@given(life=cohorts)
def test_funded_places_keep_to_the_cap(life: Life[Any]) -> None:
    for before, step, after in laws.each_command(life):
        laws.funded_places_keep_to_the_cap(before.state, step, after.state)


@given(life=measured)
def test_to_void_a_record_is_as_if_it_had_never_been(life: Life[Participant]) -> None:
    for _, _, after in laws.each_command(life):
        laws.a_void_undoes(after)


@given(life=measured, order=st.randoms(use_true_random=False))
def test_engagement_depends_on_the_set_of_facts_and_not_on_their_order(
    life: Life[Participant], order: Any
) -> None:
    standing = [it.fact for it in live(life.past.history, life.past.decider.void)]
    order.shuffle(standing)
    laws.order_does_not_matter(life.state, life.past.decider.replay(standing))


@given(life=measured)
def test_what_was_voided_stays_in_the_history(life: Life[Participant]) -> None:
    past = Past(decider=life.past.decider)
    for _, step, after in laws.each_command(life):
        assert after.facts == (*past.facts, *step.facts)
        past = after
    assert len(life.past.history) == len(life.facts)


@given(life=measured)
def test_training_changes_only_as_it_may(life: Life[Participant]) -> None:
    event(f"gaps: {len(life.state.training.gaps)}, {life.state.training.status.value}")
    laws.training_changes_as_it_may(life)
    for _, _, after in laws.each_command(life):
        laws.a_status_has_its_gap(after.state)


@given(life=measured)
def test_a_deferral_takes_nothing_from_the_plan_that_is_credited(life: Life[Participant]) -> None:
    for _, _, after in laws.each_command(life):
        laws.a_gap_takes_nothing_that_is_credited(after.state)
