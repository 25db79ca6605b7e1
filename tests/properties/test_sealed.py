"""The same laws through a sealed ledger, in whose lives somebody may be erased at any time."""

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import UUID

from hypothesis import given, settings

from npq_adapters import open_ledger
from npq_adapters.ledger import Ledger
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.catalogue import shipped
from npq_domain.digests import digest
from npq_domain.errors import Refused
from npq_domain.personal import ERASED, personal_values
from npq_domain.recorded import Recorded
from npq_domain.testing import clock
from npq_domain.testing.lives import Life, Step
from npq_domain.testing.participants import participant_lives, plot_of
from npq_domain.testing.past import TESTER
from npq_domain.testing.variants import with_variants
from tests.adapters.sealed import keys_in
from tests.properties.test_ledger import LATER

CATALOGUE = with_variants(shipped())
SOMEBODY = UUID(int=77)


def ask(ledger: Ledger, step: Step, command_id: UUID) -> Any:
    """Ask once: the digests of the facts, which leave out what is personal, or the refusal."""
    try:
        answer = ledger.handle(SOMEBODY, step.command, by=TESTER, command_id=command_id)
    except Refused as refused:
        return refused.code
    return [digest(it) for it in answer]


def digests(ledger: Ledger, facts: tuple[Any, ...]) -> list[str]:
    """The digests of facts that a ledger may hold."""
    return [digest(named(ledger, fact)) for fact in facts]


def named(ledger: Ledger, fact: Any) -> Recorded[Any]:
    """A fact under its name; the rest makes no difference to a digest."""
    return Recorded(
        subject=SOMEBODY,
        version=1,
        name=ledger.vocabulary.name(type(fact)),
        recorded_at=LATER,
        by=TESTER,
        source=None,  # type: ignore[arg-type]
        command_id=SOMEBODY,
        fact=fact,
    )


def told(facts: tuple[Any, ...]) -> list[str]:
    """Every personal value."""
    return [it.reveal() for fact in facts for _, it in personal_values(fact)]


@settings(max_examples=25)
@given(life=participant_lives(CATALOGUE, most=50))
def test_a_life_is_the_same_under_seal_until_somebody_is_erased(life: Life[Participant]) -> None:
    joined = plot_of(life).intake
    tick = clock.ticking(LATER)
    with (
        TemporaryDirectory() as folder,
        open_ledger(
            "memory:", catalogue=CATALOGUE, clock=tick, keys=keys_in(Path(folder))
        ) as ledger,
    ):
        for command in joined.commands:
            ledger.handle(joined.subject, command, by=TESTER)
        for number, step in enumerate(life.steps, 1):
            expected = step.refused or digests(ledger, step.facts)
            assert ask(ledger, step, UUID(int=number)) == expected
            assert ask(ledger, step, UUID(int=number)) == expected
        facts = tuple(it.fact for it in ledger.history(SOMEBODY))
        assert digests(ledger, facts) == digests(ledger, life.facts)
        if life.state.retention.erased:
            assert set(told(facts)) <= {ERASED}
        else:
            assert facts == life.facts
            assert not facts or ledger.state(SOMEBODY) == life.state
