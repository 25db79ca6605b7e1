"""What holds of declarations in every lawful life."""

from hypothesis import event, given, settings
from hypothesis import strategies as st

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade
from npq_domain.catalogue import shipped
from npq_domain.catalogue.types import DeclarationType
from npq_domain.policies.declarations import WAYS, DeclarationState, expected, reachable
from npq_domain.projections import Seen, declarations
from npq_domain.testing import laws
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import any_work, participant_lives, void
from npq_domain.testing.participants.declarations import deal_with_dfe
from npq_domain.testing.variants import with_variants

CATALOGUE = with_variants(shipped())
lives = participant_lives(
    CATALOGUE,
    [it for it in CATALOGUE.specifications if it.provider == "UCL" and it.version in {1, 101}],
    least=30,
    most=60,
    asides=(deal_with_dfe, deal_with_dfe, deal_with_dfe, any_work, void),
)


@settings(max_examples=40)
@given(life=lives)
def test_of_each_type_one_declaration_is_live_at_most(life: Life[Participant]) -> None:
    made = [it for it in life.facts if isinstance(it, DeclarationMade)]
    for step in life.steps:
        event(f"{type(step.command).__name__}: {step.refused or 'decided'}")
    event(f"declarations: {min(len(made), 3)}, voided: {bool(life.state.declarations.voided)}")
    for _, _, after in laws.each_command(life):
        laws.of_each_type_one_declaration_is_live(after.state)
        laws.evidence_holds_when_it_is_claimed(after)


@settings(max_examples=40)
@given(life=lives)
def test_what_is_not_live_never_becomes_live_again(life: Life[Participant]) -> None:
    laws.what_is_not_live_never_becomes_live_again(life)


@settings(max_examples=40)
@given(life=lives)
def test_where_order_is_asked_for_declarations_follow_it(life: Life[Participant]) -> None:
    laws.where_order_is_asked_for_declarations_follow_it(life)


@settings(max_examples=40)
@given(life=lives)
def test_the_view_counts_what_was_declared(life: Life[Participant]) -> None:
    when = max((it.happened_on for it in life.past.history), default=None)
    if when is None:
        return
    row = declarations.row(life.state, Seen(subject="p", position=1, as_at=when))
    if row is None:
        return
    known = life.state.declarations
    assert (row.made, row.live) == (len(known.made), len(known.live))
    assert len(row.states) == row.made
    assert set(row.overdue) <= set(row.due)
    assert row.due_next in {None, *row.due}
    assert not set(row.due) & {it.type.value for it in known.live}
    assert row.evidence_voided <= row.evidence


@given(since=st.sampled_from(DeclarationState), to=st.sampled_from(DeclarationState))
def test_a_state_is_expected_if_it_can_be_come_to_step_by_step(
    since: DeclarationState, to: DeclarationState
) -> None:
    assert expected(since, to) is (since is to or to in reachable(since))
    assert WAYS[since] <= reachable(since)


def test_every_type_has_its_wire_value() -> None:
    values = [it.value for it in DeclarationType]
    assert values == ["started", "retained-1", "retained-2", "completed"]
