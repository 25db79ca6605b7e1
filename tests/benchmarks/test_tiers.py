"""The measure of a tier counts what it says, and says when anything is missing."""

from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve

from benchmarks import generate, tiers
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_domain.projections import VIEWS

PEOPLE = 20


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ledger of the smallest tier, with fewer people."""
    tier = evolve(generate.TIERS["S"], participants=PEOPLE, years=(2023,))
    monkeypatch.setitem(generate.TIERS, "S", tier)
    with closing(open_store(tiers.url(tmp_path / "S.db"))) as store:
        store.migrate([table(view) for view in VIEWS])
        generate.fill(store, generate.planned(tier, tiers.SEED))
    return tmp_path / "S.db"


def test_a_tier_tells_its_facts_its_rows_and_what_they_took(small: Path) -> None:
    found = tiers.measured("S", small, 1)
    with closing(open_store(tiers.url(small))) as store:
        assert found.facts == store.head()
    assert (found.tier, found.participants, found.rows) == ("S", PEOPLE, PEOPLE)
    assert found.microseconds == pytest.approx(1e6 * found.seconds / found.facts)
    assert found.peak_mib > 10
    [line] = tiers.told([evolve(found, tier="M")])
    assert line.startswith(f"M        {PEOPLE} participants")
    assert "1.00 of M's" in line


def test_the_rows_of_cohorts_are_asked_for_and_counted(small: Path) -> None:
    each = list(tiers.queried("S", small))
    assert [(it.view, it.participants) for it in each] == [
        ("engagement", PEOPLE),
        ("eligibility", PEOPLE),
    ]
    assert all(0 < it.cohort <= PEOPLE and it.milliseconds <= it.slowest for it in each)
