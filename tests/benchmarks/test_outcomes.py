"""Beside every speed stands what was left behind, and what is damaged is counted."""

from contextlib import closing
from pathlib import Path

import attrs
import msgspec

from benchmarks import jobs, lawful, machine, outcomes, plots, reporting
from benchmarks.following import Result
from benchmarks.measuring import OURS, Figure
from npq_adapters.ledger import Ledger
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import shipped
from npq_domain.projections.engagement import engagement

FACTS = {("a", 1), ("a", 2), ("b", 1)}


def test_a_log_that_has_all_once_and_in_order_has_nothing_wrong() -> None:
    assert str(outcomes.logged(FACTS, FACTS, sorted(FACTS))) == "0 / 0 / 0 / 0"


def test_a_damaged_log_is_counted() -> None:
    log = [("a", 2), ("a", 1), ("a", 2)]
    assert str(outcomes.logged(FACTS, FACTS - {("b", 1)}, log)) == "1 / 1 / 1 / 1"


def test_a_fact_that_nobody_acknowledged_is_one_too_many() -> None:
    assert outcomes.logged(FACTS, FACTS, [*sorted(FACTS), ("b", 2)]).duplicated == 1


def test_a_state_that_differs_is_missed_and_the_rest_does_not_apply() -> None:
    assert str(outcomes.loaded([(1, 1), (1, 2)])) == "1 / – / – / –"


def test_a_view_that_lacks_a_row_or_has_another_is_counted() -> None:
    them = jobs.corpus(jobs.Size(participants=3, rounds=1))
    with closing(open_store("memory:")) as store:
        store.migrate([table(engagement)])
        store.append([lawful.row(it) for it in them.log])
        ledger = Ledger(store, vocabulary, DECIDERS, catalogue=shipped, views=(engagement,))
        ledger.rebuild(as_at=lawful.SEEN_FROM)
        rows = jobs.rows(store)
        for wanted, counted in (
            (rows, "0 / 0 / – / 0"),
            ([*rows, "one more"], "1 / 0 / – / 0"),
            (rows[1:], "0 / 1 / – / 0"),
        ):
            found = outcomes.rebuilt(store, [engagement], {"engagement": wanted})
            assert str(found) == counted


def test_every_sync_is_told_with_its_median_and_percentile(tmp_path: Path) -> None:
    told = machine.disk(tmp_path, rounds=5)
    assert "90th percentile of 5 rounds of 4 KiB" in told["fsync"]
    assert not list(tmp_path.iterdir())


def test_where_there_is_no_git_no_commit_is_told(tmp_path: Path) -> None:
    assert machine.commit(tmp_path) == {}


def figure(store: str) -> Figure:
    return Figure(
        store=store,
        job="rebuilding",
        unit="fact",
        contender=OURS,
        microseconds=2,
        times_stock=1,
        times_floor=1,
        aim="",
        counted=outcomes.Counted(missed=0, duplicated=0, lost=0),
    )


def test_the_same_figures_draw_the_same_plot(tmp_path: Path) -> None:
    sizes = {60: [figure("SQLite")], 120: [figure("SQLite")]}
    assert plots.draw(sizes, tmp_path) == ["sqlite.svg"]
    first = (tmp_path / "sqlite.svg").read_bytes()
    plots.draw(sizes, tmp_path)
    assert (tmp_path / "sqlite.svg").read_bytes() == first


def test_the_page_has_counts_plots_tiers_and_following_where_there_are_any(tmp_path: Path) -> None:
    beside, to = tmp_path / "page", tmp_path / "page.md"
    beside.mkdir()
    tier = {
        "store": "SQLite",
        "tier": "M",
        "stands_for": "a provider",
        "participants": 10,
        "facts": 600,
        "generated": 31_000,
        "seconds": 2,
        "microseconds": 3.5,
        "times_m": 1.004,
        "times_floor": 1.96,
        "peak_mib": 90,
    }
    query = {
        "store": "SQLite",
        "tier": "M",
        "view": "engagement",
        "participants": 10,
        "cohort": 3,
        "milliseconds": 1.25,
        "slowest": 2.5,
    }
    measured = [tier, tier | {"generated": None}, tier | {"tier": "XL", "times_m": 1.25}]
    queries = [query, query | {"tier": "XL"}]
    kept = {"environment": {"CPU": "one"}, "tiers": measured, "queries": queries}
    (beside / "tiers.json").write_bytes(msgspec.json.encode(kept))
    caught = Result(
        store="SQLite", what="caught up", ours=1500, stock=100, unit="/s", aim="≥ 15: missed"
    )
    results = [attrs.evolve(caught, times=14.96), attrs.evolve(caught, ours=None, aim="")]
    followed = {"environment": {"CPU": "two"}, "results": results}
    (beside / "following.json").write_bytes(msgspec.json.encode(followed))
    figures = [figure("SQLite")]
    reporting.write(to, figures, {"CPU": "one"}, {60: figures}, participants=1, rounds=1)
    page = to.read_text()
    assert "| SQLite: npq_domain | 2.00 | 1.0 | 1.0 | 0 / 0 / – / 0 |  |" in page
    assert "(page/sqlite.svg)" in page
    assert "| M | a provider | 10 | 600 | 31,000 | 2.0 | 3.50 | 1.00 | 2.0 | 90 |  |" in page
    assert "| M | a provider | 10 | 600 | – | 2.0 | 3.50 | 1.00 | 2.0 | 90 |  |" in page
    assert "| 3.50 | 1.25 | 2.0 | 90 | ≤ 1.2 × M: missed, ≤ 1536 MiB: reached |" in page
    assert "| SQLite | M | engagement | 10 | 3 | 1.2 | 2.5 |  |" in page
    assert "| SQLite | XL | engagement | 10 | 3 | 1.2 | 2.5 | ≤ 5 ms: reached |" in page
    caught_up = "| SQLite | caught up |"
    assert f"{caught_up} 1,500.0 /s | 100.0 /s | 15.0 | ≥ 15: missed |" in page
    assert f"{caught_up}  | 100.0 /s |  |  |" in page
    assert page.endswith("\n- CPU: two\n")
    data = msgspec.json.decode((beside / "figures.json").read_bytes())
    assert (data["environment"], data["sizes"][0]["facts"]) == ({"CPU": "one"}, 60)
    to.unlink()
    reporting.draw(to)
    assert to.read_text() == page
