"""The measure of a tier counts what it says, and says when anything is missing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from attrs import evolve

from benchmarks import generate, tiers
from benchmarks.tiers import Kept
from npq_adapters.opening import open_store

PEOPLE = 20


@pytest.fixture(params=tiers.BASES, scope="module")
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Kept]:
    """A ledger of the smallest tier, with fewer people, on each store."""
    base = tmp_path_factory.mktemp("tiers")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        tier = evolve(generate.TIERS["S"], participants=PEOPLE, years=(2023,))
        patch.setitem(generate.TIERS, "S", tier)
        uri = tiers.BASES[request.param](stack, base)
        kept = Kept(store=request.param, tier="S", base=base, uri=uri)
        assert tiers.made(kept)
        yield kept


def test_a_tier_tells_its_facts_its_rows_and_what_they_took(small: Kept) -> None:
    found = tiers.measured(small, 1)
    with closing(open_store(small.url)) as store:
        assert found.facts == generate.length(store) == len(list(store.scan()))
    assert (found.store, found.tier, found.participants) == (small.store, "S", PEOPLE)
    assert (found.rows, found.generated) == (PEOPLE, None)
    assert found.microseconds == pytest.approx(1e6 * found.seconds / found.facts)
    assert found.peak_mib > 10
    elsewhere = evolve(found, store="another", microseconds=2 * found.microseconds)
    line, other = tiers.told([evolve(found, tier="M"), evolve(elsewhere, tier="L")])
    assert line.startswith(f"{small.store:<11}M        {PEOPLE} participants")
    assert "1.00 of M's" in line
    assert "of M's" not in other


def test_the_rows_of_cohorts_are_asked_for_and_counted(small: Kept) -> None:
    each = list(tiers.queried(small))
    assert [(it.store, it.view, it.participants) for it in each] == [
        (small.store, "engagement", PEOPLE),
        (small.store, "eligibility", PEOPLE),
    ]
    assert all(0 < it.cohort <= PEOPLE and it.milliseconds <= it.slowest for it in each)


def test_a_ledger_that_is_there_is_not_made_again(small: Kept) -> None:
    with closing(open_store(small.url)) as store:
        before = list(store.scan())
    assert tiers.made(small) is None
    with closing(open_store(small.url)) as store:
        assert list(store.scan()) == before
