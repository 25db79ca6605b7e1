"""Threads of one process may read facts of every kind, also when nobody has read one before."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from npq_domain.aggregates import vocabulary
from tests.faults.writing import all_done, started

SAMPLES = Path(__file__).parents[1] / "stored"
THREADS, PROCESSES = 4, 8


def read_everything_at_once() -> None:
    """Runs in a process of its own, which has read nothing yet."""
    rows = [
        (it.stem, it.read_bytes())
        for it in sorted(SAMPLES.glob("*.v*.json"))
        if it.stem in vocabulary
    ]
    together = Barrier(THREADS)

    def read(_: int) -> int:
        together.wait()
        return len([vocabulary.reader(name)(state) for name, state in rows])

    with ThreadPoolExecutor(THREADS) as threads:
        assert set(threads.map(read, range(THREADS))) == {len(rows)}
        assert len(rows) > 80


def test_threads_that_read_facts_for_the_first_time_at_once_do_not_end_their_process() -> None:
    with all_done([started(read_everything_at_once) for _ in range(PROCESSES)]):
        pass
