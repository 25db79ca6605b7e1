"""The measure of a tier counts what it says, and says when anything is missing."""

from collections.abc import Iterator
from contextlib import ExitStack, closing

import pytest
from attrs import evolve

from benchmarks import generate, tiers
from benchmarks.servers import SERVERS
from benchmarks.tiers import Where
from npq_adapters.opening import open_store

PEOPLE = 20


@pytest.fixture(params=SERVERS, scope="module")
def small(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Where]:
    """A ledger of the smallest tier, with fewer people, on each store."""
    base = tmp_path_factory.mktemp("tiers")
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        tier = evolve(generate.TIERS["S"], participants=PEOPLE, years=(2023,))
        patch.setitem(generate.TIERS, "S", tier)
        uri = SERVERS[request.param](stack, base)
        where = Where(store=request.param, tier="S", base=base, uri=uri)
        assert tiers.made(where)
        yield where


def test_a_tier_tells_its_facts_its_rows_and_what_they_took(small: Where) -> None:
    found = tiers.measured(small, small, 1, 3e4)
    with closing(open_store(small.url)) as store:
        assert found.facts == generate.length(store) == len(list(store.scan()))
    assert (found.store, found.tier, found.participants) == (small.store, "S", PEOPLE)
    assert (found.rows, found.generated) == (PEOPLE, 3e4)
    assert found.microseconds == pytest.approx(1e6 * found.seconds / found.facts)
    assert 0.1 < found.times_m < 10
    assert found.times_floor > 0
    assert found.peak_mib > 10
    line = tiers.told(evolve(found, times_m=1.004))
    assert line.startswith(f"{small.store:<11}S        {PEOPLE} participants")
    assert "30,000 made a second" in line
    assert "1.00 of M's" in line


def test_the_rows_of_cohorts_are_asked_for_and_counted(small: Where) -> None:
    each = list(tiers.queried(small))
    assert [(it.store, it.view, it.participants) for it in each] == [
        (small.store, "engagement", PEOPLE),
        (small.store, "eligibility", PEOPLE),
    ]
    assert all(0 < it.cohort <= PEOPLE and it.milliseconds <= it.slowest for it in each)


def test_a_ledger_that_is_there_is_not_made_again(small: Where) -> None:
    with closing(open_store(small.url)) as store:
        before = list(store.scan())
    assert tiers.made(small) is None
    with closing(open_store(small.url)) as store:
        assert list(store.scan()) == before
