"""`python -m benchmarks.tiers`: a view of a whole ledger, from one hub to England since the reform.

Each tier's ledger is made by `benchmarks.generate`, in SQLite and in PostgreSQL. Each rebuild runs
in a process of its own that has done nothing before, so that the peak of its memory is its own
(without a server's); so does the floor, which reads the rows that the view needs and has msgspec
parse them. A machine that others use drifts: so a rebuild is held against the floor just before it,
and against tier M's rebuild before and after it; a ratio is the median of the rounds' own. Every
rebuild's books have to account for every fact, and the view has to have a row for everybody who
joined a cohort.
"""

import argparse
import resource
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from multiprocessing import get_context
from pathlib import Path
from random import Random
from statistics import mean, median
from time import perf_counter
from typing import Any

import attrs
import msgspec
from attrs import frozen

from benchmarks import floor, generate, jobs, reporting
from benchmarks.servers import SERVERS, settled
from npq_adapters import open_ledger
from npq_adapters.coverage import tallies
from npq_adapters.crew import AT_ONCE, Alone
from npq_adapters.folding import Folding
from npq_adapters.opening import open_store
from npq_adapters.projecting import rebuild
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.projections.eligibility import eligibility
from npq_domain.projections.engagement import engagement

SEED = 1
ASKED = 200
"""How often a cohort's rows are asked for."""
NOW = datetime.combine(generate.SEEN_FROM, datetime.min.time(), UTC)


@frozen(kw_only=True)
class Tier:
    """What came of one tier on one store."""

    store: str
    tier: str
    stands_for: str
    participants: int
    facts: int
    generated: float | None
    """Facts a second when the ledger was made; none if it was there already."""
    seconds: float
    microseconds: float
    """For each fact of the log: the median of the rounds, as are the two ratios."""
    times_m: float
    """How many times as long as tier M's for each fact."""
    times_floor: float
    """How many times as long as the floor."""
    peak_mib: float
    """Of the process that rebuilds, libraries included: the most of all rounds."""
    rows: int


@frozen(kw_only=True)
class Query:
    """How long it takes to be told the rows of one cohort."""

    store: str
    tier: str
    view: str
    participants: int
    """Rows of the view."""
    cohort: int
    """Rows of the cohort, at the median."""
    milliseconds: float
    """At the median."""
    slowest: float


@frozen(kw_only=True)
class Where:
    """Where one tier's ledger is kept."""

    store: str
    tier: str
    base: Path
    uri: str = ""
    """Of the server, where there is one."""
    at_once: int = AT_ONCE
    """How many facts of the log a rebuild goes through at once."""

    @property
    def url(self) -> str:
        return jobs.PLACES[self.store].url(self.base, self.uri, self.tier)


def made(it: Where) -> float | None:
    """Make a tier's ledger, unless it is there: facts a second, with all that has to be decided."""
    with generate.opened(it.url) as store:
        if store.head():
            return None
        begun = perf_counter()
        written = generate.fill(store, generate.planned(generate.TIERS[it.tier], SEED))
        seconds = perf_counter() - begun
        settled(store)
        return written / seconds


# What runs in processes of their own.


@frozen(kw_only=True)
class Rebuilt:
    """One rebuild."""

    facts: int
    seconds: float
    peak_mib: float
    rows: int

    @property
    def each(self) -> float:
        """Seconds for each fact."""
        return self.seconds / self.facts


def rebuilt(it: Where) -> Rebuilt:
    """Rebuild the engagement view, and look whether anything is missing."""
    with closing(open_store(it.url)) as store:
        day, by = generate.SEEN_FROM, Alone(it.at_once)
        begun = perf_counter()
        [swap] = rebuild(store, vocabulary, [engagement], as_at=day, now=NOW, by=by)
        seconds = perf_counter() - begun
        peak = peak_mib()
        assert all(view.covered for view in tallies(store, [engagement])), "facts are missing"
        joined = store.counts(0, store.head())[vocabulary.name(Enrolled)]
        rows = swap.rebuilt.rows
        assert rows == joined, f"{rows} rows of {joined}"
        facts = generate.length(store)
        return Rebuilt(facts=facts, seconds=seconds, peak_mib=peak, rows=rows)


def peak_mib() -> float:
    """The most memory that this process has held; what `getrusage` tells, its parent's may be."""
    told = Path("/proc/self/status")
    for line in told.read_text(encoding="ascii").splitlines() if told.exists() else ():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def floored(it: Where) -> float:
    """Seconds in which the rows that the view needs are read and parsed, and nothing else."""
    names = Folding(engagement.decider, vocabulary, engagement.parts).names
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(open_store(it.url)) as store,
        closing(jobs.PLACES[it.store].floor(Path(folder), it.uri, store)) as bare,
    ):
        begun = perf_counter()
        for row in bare.scan(names):
            floor.parse(row[-1])
        return perf_counter() - begun


def alone(run: Callable[[Where], Any], it: Where) -> Any:
    """What a function comes to in a process that has done nothing before."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(run, it).result()


# What is measured.


def measured(it: Where, middle: Where, rounds: int, generated: float | None = None) -> Tier:
    """One tier's rebuild, with the floor before it and tier M's on both sides."""
    each = [one_round(it, middle) for _ in range(rounds)]
    [facts], [rows] = ({getattr(run, name) for run, *_ in each} for name in ("facts", "rows"))
    seconds = median(run.seconds for run, *_ in each)
    return Tier(
        store=it.store,
        tier=it.tier,
        stands_for=generate.TIERS[it.tier].stands_for,
        participants=generate.TIERS[it.tier].participants,
        facts=facts,
        generated=generated,
        seconds=seconds,
        microseconds=1e6 * seconds / facts,
        times_m=median(to_m for _, to_m, _ in each),
        times_floor=median(to_floor for *_, to_floor in each),
        peak_mib=max(run.peak_mib for run, *_ in each),
        rows=rows,
    )


def one_round(it: Where, middle: Where) -> tuple[Rebuilt, float, float]:
    """A rebuild, how many times as long as tier M's a fact of it took, and as the floor."""
    before, bare = alone(rebuilt, middle), alone(floored, it)
    run, after = alone(rebuilt, it), alone(rebuilt, middle)
    to_m = run.each / mean((before.each, after.each))
    print(f"  {it.store}, {it.tier}: {run}, {to_m:.2f} of M's", file=sys.stderr, flush=True)
    return run, to_m, run.seconds / bare


def queried(it: Where) -> Iterator[Query]:
    """Cohorts that are drawn from all of them, asked for one after the other."""
    with open_ledger(it.url, clock=lambda: NOW) as ledger:
        ledger.rebuild([engagement.name, eligibility.name], workers=jobs.PROCESSES)
        settled(ledger.store)
        for view in (engagement, eligibility):
            rows = ledger.rows(view)
            cohorts = sorted({row.cohort_id for row in rows if row.cohort_id})
            participants = len(rows)
            del rows
            taken, sizes = asked(ledger, view.name, Random(SEED).choices(cohorts, k=ASKED))
            yield Query(
                store=it.store,
                tier=it.tier,
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
    ask.add_argument("--store", choices=SERVERS, action="append", help="only this store")
    ask.add_argument("--rounds", type=int, default=3)
    ask.add_argument("--at-once", type=int, default=AT_ONCE, help="facts, to bound the memory")
    ask.add_argument("--json", type=Path, help="write the figures to this file as well")
    ask.add_argument("--dir", type=Path, help="where the ledgers are kept, to be used again")
    return ask.parse_args()


def told(it: Tier) -> str:
    """A tier as a line."""
    made = f", {it.generated:,.0f} made a second," if it.generated else ""
    return (
        f"{it.store:<11}{it.tier:<3}"
        f"{it.participants:>8,} participants{it.facts:>11,} facts{made}"
        f"{it.seconds:>9.2f} s, {it.microseconds:.2f} µs a fact, {it.times_m:.2f} of M's;"
        f" {it.times_floor:.2f} of the floor's;"
        f" {it.peak_mib:,.0f} MiB at the peak, {it.rows:,} rows"
    )


def main() -> None:
    ask = arguments()
    tiers, queries = list[Tier](), list[Query]()
    with tempfile.TemporaryDirectory(prefix="npq-tiers-") as folder, ExitStack() as stack:
        base = ask.dir or Path(folder)
        uris = {store: SERVERS[store](stack, base) for store in ask.store or SERVERS}
        where = reporting.environment("".join(uris.values()), base) | {"seed": str(SEED)}
        for store, uri in uris.items():
            at = {
                tier: Where(store=store, tier=tier, base=base, uri=uri, at_once=ask.at_once)
                for tier in generate.TIERS
            }
            asked = ask.tier or [*at]
            generated = {tier: alone(made, at[tier]) for tier in dict.fromkeys(("M", *asked))}
            for tier in asked:
                tiers.append(measured(at[tier], at["M"], ask.rounds, generated[tier]))
                queries += queried(at[tier])
    print(*map(told, tiers), sep="\n")
    for it in queries:
        print(
            f"{it.store}, {it.tier}: {it.cohort} of {it.participants:,} rows of {it.view}"
            f" in {it.milliseconds:.2f} ms, {it.slowest:.2f} at the slowest"
        )
    if ask.json:
        whole = {
            "environment": where,
            "tiers": [attrs.asdict(it) for it in tiers],
            "queries": [attrs.asdict(it) for it in queries],
        }
        ask.json.write_bytes(msgspec.json.format(msgspec.json.encode(whole), indent=1))


if __name__ == "__main__":
    main()
