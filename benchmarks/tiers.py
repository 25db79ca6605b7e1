"""`python -m benchmarks.tiers`: a view of a whole ledger, from one hub to England since the reform.

Each tier's ledger is made by `benchmarks.generate`, in SQLite. Each rebuild runs in a process of
its own that has done nothing before, so that the peak of its memory is its own; so does the floor,
which reads the rows that the view needs and has msgspec parse them. Every rebuild's books have to
account for every fact, and the view has to have a row for everybody who joined a cohort.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import median
from time import perf_counter
from typing import Any

import attrs
import msgspec
from attrs import frozen

from benchmarks import floor, generate, machine, reporting
from npq_adapters import open_ledger
from npq_adapters.coverage import tallies
from npq_adapters.folding import Folding
from npq_adapters.opening import open_store
from npq_adapters.projecting import rebuild, table
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.projections import VIEWS
from npq_domain.projections.eligibility import eligibility
from npq_domain.projections.engagement import engagement

SEED = 1
ASKED = 200
"""How often a cohort's rows are asked for."""
NOW = datetime.combine(generate.SEEN_FROM, datetime.min.time(), UTC)


@frozen(kw_only=True)
class Tier:
    """What came of one tier."""

    tier: str
    stands_for: str
    participants: int
    facts: int
    generated: float | None
    """Facts a second when the ledger was made; none if it was there already."""
    seconds: float
    """Of the rebuild: the median of the rounds."""
    microseconds: float
    """For each fact of the log."""
    floor_microseconds: float
    peak_mib: float
    """Of the process that rebuilds, libraries included."""
    rows: int


@frozen(kw_only=True)
class Query:
    """How long it takes to be told the rows of one cohort."""

    tier: str
    view: str
    participants: int
    """Rows of the view."""
    cohort: int
    """Rows of the cohort, at the median."""
    milliseconds: float
    """At the median."""
    slowest: float


def url(file: Path) -> str:
    """The address of a ledger in a file."""
    return f"sqlite:///{file}"


def made(file: Path, tier: str) -> float | None:
    """Make a tier's ledger, unless it is there: facts a second, with all that has to be decided."""
    with closing(open_store(url(file))) as store:
        store.migrate([table(view) for view in VIEWS])
        if store.head():
            return None
        begun = perf_counter()
        written = generate.fill(store, generate.planned(generate.TIERS[tier], SEED))
        return written / (perf_counter() - begun)


# What runs in processes of their own.


@frozen(kw_only=True)
class Rebuilt:
    """One rebuild."""

    facts: int
    seconds: float
    peak_mib: float
    rows: int


def rebuilt(file: Path) -> Rebuilt:
    """Rebuild the engagement view, and look whether anything is missing."""
    with closing(open_store(url(file))) as store:
        begun = perf_counter()
        [swap] = rebuild(store, vocabulary, [engagement], as_at=generate.SEEN_FROM, now=NOW)
        seconds = perf_counter() - begun
        peak = peak_mib()
        assert all(it.covered for it in tallies(store, [engagement])), "facts are missing"
        joined = store.counts(0, store.head())[vocabulary.name(Enrolled)]
        assert swap.rebuilt.rows == joined, f"{swap.rebuilt.rows} rows of {joined}"
        return Rebuilt(facts=store.head(), seconds=seconds, peak_mib=peak, rows=swap.rebuilt.rows)


def peak_mib() -> float:
    """The most memory that this process has held; what `getrusage` tells, its parent's may be."""
    told = Path("/proc/self/status")
    for line in told.read_text(encoding="ascii").splitlines() if told.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def floored(file: Path) -> float:
    """Seconds in which the rows that the view needs are read and parsed, and nothing else."""
    names = Folding(engagement.decider, vocabulary, engagement.parts).names
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(floor.SqliteFloor(file, Path(folder) / "floor.db")) as bare,
    ):
        begun = perf_counter()
        for row in bare.scan(names):
            floor.parse(row[-1])
        return perf_counter() - begun


def alone(run: Callable[[Path], Any], file: Path) -> Any:
    """What a function comes to in a process that has done nothing before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, file).result()


# What is measured.


def measured(tier: str, file: Path, rounds: int) -> Tier:
    """One tier: its ledger is made, then the rebuild and the floor in turn."""
    generated = alone(partial(made, tier=tier), file)
    runs, floors = [], []
    for number in range(rounds):
        floors.append(alone(floored, file))
        runs.append(alone(rebuilt, file))
        print(f"  {tier}, round {number + 1}: {runs[-1]}", file=sys.stderr, flush=True)
    facts, seconds = runs[0].facts, median(it.seconds for it in runs)
    return Tier(
        tier=tier,
        stands_for=generate.TIERS[tier].stands_for,
        participants=generate.TIERS[tier].participants,
        facts=facts,
        generated=generated,
        seconds=seconds,
        microseconds=1e6 * seconds / facts,
        floor_microseconds=1e6 * median(floors) / facts,
        peak_mib=max(it.peak_mib for it in runs),
        rows=runs[0].rows,
    )


def queried(tier: str, file: Path) -> Iterator[Query]:
    """Cohorts that are drawn from all of them, asked for one after the other."""
    with open_ledger(url(file), clock=lambda: NOW) as ledger:
        ledger.catch_up([engagement.name, eligibility.name])
        for view in (engagement, eligibility):
            rows = ledger.rows(view)
            cohorts = sorted({it.cohort_id for it in rows if it.cohort_id})
            participants = len(rows)
            del rows
            taken, sizes = asked(ledger, view.name, Random(SEED).choices(cohorts, k=ASKED))
            yield Query(
                tier=tier,
                view=view.name,
                participants=participants,
                cohort=int(median(sizes)),
                milliseconds=median(taken),
                slowest=max(taken),
            )


def asked(ledger: Any, view: str, cohorts: Sequence[str]) -> tuple[list[float], list[int]]:
    """Milliseconds for each cohort's rows, and how many they are."""
    taken, sizes = [], []
    for cohort in cohorts:
        begun = perf_counter()
        found = ledger.rows(view, cohort_id=cohort)
        taken.append(1e3 * (perf_counter() - begun))
        sizes.append(len(found))
    return taken, sizes


# The command.


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.tiers", description=__doc__)
    ask.add_argument("--tier", choices=generate.TIERS, action="append", help="only this tier")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--json", type=Path, help="write the figures to this file as well")
    ask.add_argument("--dir", type=Path, help="where the ledgers are kept, to be used again")
    return ask.parse_args()


def told(found: Sequence[Tier]) -> Iterator[str]:
    """The tiers as lines."""
    of_m = next((it.microseconds for it in found if it.tier == "M"), None)
    for it in found:
        made = f", {it.generated:,.0f} made a second," if it.generated else ""
        beside = f", {it.microseconds / of_m:.2f} of M's" if of_m else ""
        yield (
            f"{it.tier:<3}{it.participants:>8,} participants{it.facts:>11,} facts{made}"
            f"{it.seconds:>9.2f} s, {it.microseconds:.2f} µs a fact{beside};"
            f" {it.microseconds / it.floor_microseconds:.2f} of the floor's;"
            f" {it.peak_mib:,.0f} MiB at the peak, {it.rows:,} rows"
        )


def main() -> None:
    ask = arguments()
    tiers, queries = list[Tier](), list[Query]()
    with tempfile.TemporaryDirectory(prefix="npq-tiers-") as folder:
        for tier in ask.tier or generate.TIERS:
            file = (ask.dir or Path(folder)) / f"{tier}.db"
            tiers.append(measured(tier, file, ask.rounds))
            queries += queried(tier, file)
    print(*told(tiers), sep="\n")
    for it in queries:
        print(
            f"{it.tier}: {it.cohort} of {it.participants:,} rows of {it.view}"
            f" in {it.milliseconds:.2f} ms, {it.slowest:.2f} at the slowest"
        )
    if ask.json:
        whole = {
            "environment": reporting.here()
            | {"seed": str(SEED)}
            | machine.commit(Path(__file__).parents[1]),
            "tiers": [attrs.asdict(it) for it in tiers],
            "queries": [attrs.asdict(it) for it in queries],
        }
        ask.json.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))


if __name__ == "__main__":
    main()
