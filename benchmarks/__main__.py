"""`python -m benchmarks`: measure, print, and keep the figures where asked."""

import argparse
import gc
import tempfile
from concurrent.futures import Executor, ProcessPoolExecutor
from contextlib import ExitStack
from multiprocessing import get_context
from pathlib import Path

from benchmarks import costs, jobs, reporting
from benchmarks.measuring import Figure, measure
from benchmarks.servers import server

QUICK = jobs.Size(participants=100, rounds=3)
FULL = jobs.Size(participants=2_500, rounds=5)
"""Tier M: 150,000 facts."""
QUICK_SIZES = (20, 50, 100)
FULL_SIZES = (100, 400, 1_000, 2_500, 6_000)
"""Participants whose logs the plots are drawn from."""


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    ask.add_argument("--quick", action="store_true", help="a small run of under a minute")
    ask.add_argument("--json", type=Path, help="write the figures to this file as well")
    ask.add_argument("--write", type=Path, help="write the documentation's page to this file")
    ask.add_argument("--store", choices=jobs.PLACES, action="append", help="only this store")
    ask.add_argument("--dir", type=Path, help="where the databases go while this runs")
    return ask.parse_args()


def main() -> None:
    asked = arguments()
    size = QUICK if asked.quick else FULL
    with (
        tempfile.TemporaryDirectory(prefix="npq-benchmarks-", dir=asked.dir) as folder,
        server(Path(folder)) as uri,
        ProcessPoolExecutor(jobs.PROCESSES, mp_context=get_context("spawn")) as crew,
    ):
        where = reporting.environment(uri, Path(folder))
        print(*(f"{name}: {what}" for name, what in where.items()), "", sep="\n")
        them = jobs.corpus(size)
        gc.collect()
        gc.freeze()  # the histories are ours: no contender's garbage collection shall walk them
        figures = []
        for kind in asked.store or jobs.PLACES:
            with jobs.contenders(kind, Path(folder), uri, them.log) as on:
                for job in jobs.jobs(on, them, crew):
                    found = measure(kind, job, size.rounds)
                    print(reporting.printed(found), flush=True)
                    figures += found
        if not asked.store or "SQLite" in asked.store:
            with ExitStack() as stack:
                for job in costs.jobs(stack, Path(folder), them.histories):
                    found = measure("SQLite", job, size.rounds)
                    print(reporting.printed(found), flush=True)
                    figures += found
        sizes: dict[int, list[Figure]] = {}
        if asked.write:
            for people in QUICK_SIZES if asked.quick else FULL_SIZES:
                some = jobs.corpus(jobs.Size(participants=people, rounds=1))
                sizes[len(some.log)] = sized(some, asked.store, Path(folder), uri, crew)
    more = {"participants": size.participants, "rounds": size.rounds}
    if asked.json:
        asked.json.write_bytes(reporting.data(figures, where, sizes, **more))
    if asked.write:
        reporting.write(asked.write, figures, where, sizes, **more)


def sized(
    them: jobs.Corpus, stores: list[str] | None, base: Path, uri: str, crew: Executor
) -> list[Figure]:
    """The engagement rebuild over a log of this size, on each store that has a file or a server."""
    folder = base / f"of {len(them.log)}"
    folder.mkdir()
    found = []
    for kind in ("SQLite", "PostgreSQL"):
        if not stores or kind in stores:
            with jobs.contenders(kind, folder, uri, them.log) as on:
                found += measure(kind, jobs.rebuilding(on, them, crew), rounds=1)
    return found


if __name__ == "__main__":
    main()
