"""Workers are measured beside one process, and a run that came to other rows is no measure."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from attrs import evolve, frozen

from benchmarks import generate, lawful, scale
from npq_adapters.opening import open_store
from npq_adapters.store import Store

ASKED = Namespace(view="engagement", rounds=2)
ALONE = scale.Contender(name="alone")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A ledger of the smallest tier, with fewer people."""
    tier = evolve(generate.TIERS["S"], participants=20, years=(2023,))
    monkeypatch.setitem(generate.TIERS, "S", tier)
    with closing(open_store(scale.filled(f"sqlite:///{tmp_path / 'S.db'}", "S"))) as opened:
        yield opened


def test_every_contender_is_measured_beside_the_one_process(store: Store) -> None:
    with scale.processes(1) as pool:
        other = scale.Contender(name="a pool", executor=pool, workers=1)
        alone, several = scale.measured(store, ASKED, [ALONE, other])
    assert (alone.contender, alone.times, alone.run.workers) == ("alone", 1.0, 0.0)
    assert several.contender == "a pool"
    assert several.lowest <= several.times <= several.highest
    assert several.run.workers > 0


@frozen(kw_only=True)
class Meddler(scale.Contender):
    """Somebody else is recorded just before it rebuilds."""

    store: Store

    def cpu(self) -> float:
        [life] = lawful.lives(1)
        if not self.store.stream(str(life[0].subject)):
            self.store.append([lawful.row(it) for it in life])
        return super().cpu()


def test_a_run_that_came_to_other_rows_is_no_measure(store: Store) -> None:
    meddler = Meddler(name="a meddler", store=store)
    with pytest.raises(AssertionError, match="a meddler: the rows are not those of alone"):
        list(scale.measured(store, ASKED, [ALONE, meddler]))
