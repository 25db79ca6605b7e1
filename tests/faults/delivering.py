"""One command, delivered several times at once: from threads, and from several processes."""

from collections import Counter
from collections.abc import Callable, Iterable
from concurrent.futures import Executor, ThreadPoolExecutor
from functools import cache, partial
from itertools import chain
from random import Random
from time import monotonic_ns, sleep

from msgspec.structs import replace

from npq_adapters import Ledger, open_ledger
from tests.faults.lists import Answered, Asked, Entry
from tests.faults.writing import Ground, answered, asking, handle, new_id, patiently

AT_ONCE = 10_000_000
"""Nanoseconds from the call to the moment at which all deliver."""

TIMES = range(2, 11)
"""How often a command is delivered."""

Deliver = Callable[[Asked, int], list[Entry]]


@cache
def kept(url: str) -> Ledger:
    """The process's own ledger at an address, for as long as it lives."""
    return open_ledger(url)


def deliver(ledger: Ledger, on: Ground, asked: Asked, times: int, at: int) -> list[Entry]:
    """Ask from so many threads at that nanosecond; what each asked and was told."""

    def once(_: int) -> list[Entry]:
        sleep(max(0, at - monotonic_ns()) / 1e9)
        now = replace(asked, at=monotonic_ns())
        return [now, answered(on, asked, patiently(partial(handle, ledger, asked)))]

    with ThreadPoolExecutor(times) as threads:
        return list(chain.from_iterable(threads.map(once, range(times))))


def deliver_here(on: Ground, asked: Asked, times: int, at: int) -> list[Entry]:
    """The same, in a process that opens the ledger for itself."""
    return deliver(kept(on.url), on, asked, times, at)


def deliver_everywhere(
    crew: Executor, processes: int, on: Ground, asked: Asked, times: int
) -> list[Entry]:
    """Ask so many times at once, from processes that share them out."""
    at = monotonic_ns() + AT_ONCE
    shares = [len(range(n, times, processes)) for n in range(processes)]
    under_way = [crew.submit(deliver_here, on, asked, share, at) for share in shares if share]
    return [entry for it in under_way for entry in it.result()]


def rounds(on: Ground, to: Deliver, dice: Random, times: Iterable[int]) -> list[Entry]:
    """A new command each time; every other corrects what the one before recorded, in two facts."""
    history: list[Entry] = []
    version = None
    for number in times:
        asked = asking(on.subjects[0], new_id(dice), version)
        entries = to(asked, number)
        [places] = {it.places for it in entries if isinstance(it, Answered)}
        version = places[-1] + on.before if version is None else None
        history += entries
    return history


def first_answers(history: Iterable[Entry]) -> Counter[str]:
    """How often each command was answered with facts that were recorded just then."""
    return Counter(it.command for it in history if isinstance(it, Answered) and not it.repeated)
