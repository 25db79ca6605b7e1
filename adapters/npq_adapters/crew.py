"""Views made by several processes: each folds the subjects of its share and makes their rows.

A row depends on one subject's facts alone, so shares of subjects need no merging. Every process
fetches its own share of the log; the rows come back to the one that asked, which commits them as
ever.
"""

import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from datetime import date
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

from attrs import frozen

from npq_adapters.making import Projections, Work
from npq_adapters.store import Share, Store
from npq_domain.errors import Invalid, StoreUnavailable
from npq_domain.projections.projection import Projection
from npq_domain.vocabulary import Vocabulary

DIGITS = 4
"""How finely subjects are told apart, in hexadecimal digits of their ids."""

AT_ONCE = 1_000_000
"""How many facts of the log one process holds at a time: some 500 MB of them."""

LAST = "\U0010ffff"
"""A text that no id comes after."""

Make = Callable[..., Work]
"""`make(store, vocabulary, views, as_at, upto, share)`: what a share of the subjects comes to."""


@frozen(kw_only=True)
class Named:
    """Where a view is found by another process: a variable of a module."""

    module: str
    name: str

    def find(self) -> Any:
        """The view."""
        return getattr(import_module(self.module), self.name)


def named(view: Projection[Any, Any]) -> Named:
    """The variable that holds a view, in the module of its `row`; `Invalid` if there is none.

    Functions are sent to other processes by their names, and a view is made of functions.
    """
    module = view.row.__module__
    for name, value in vars(sys.modules[module]).items():
        if value is view:
            return Named(module=module, name=name)
    because = f"workers look for it among the variables of {module}, where its `row` is"
    raise Invalid(view.name, [because])


@frozen(kw_only=True)
class Errand:
    """What one process is sent to do."""

    make: Make
    open: Callable[[], Store]
    vocabulary: Vocabulary
    views: tuple[Named, ...]
    as_at: date
    upto: int
    share: Share

    def run(self) -> Work:
        """The rows of the share, made here."""
        views = [it.find() for it in self.views]
        with closing(self.open()) as store:
            return self.make(store, self.vocabulary, views, self.as_at, self.upto, self.share)


def shares(parts: int) -> Iterator[Share]:
    """All subjects, in so many shares: their ids are as good as random."""
    size = 16**DIGITS
    bounds = ["", *(f"{size * part // parts:0{DIGITS}x}" for part in range(1, parts)), LAST]
    yield from pairwise(bounds)


@frozen
class Crew:
    """Processes to make views by, and into how many parts their work is cut."""

    executor: Executor
    parts: int

    def made(
        self,
        make: Make,
        store: Store,
        vocabulary: Vocabulary,
        views: Projections,
        as_at: date,
        upto: int,
        report: Callable[[int], None] | None,
    ) -> Work:
        """Every row of some views; a store that no other process can open is read by this one."""
        opener = store.opener()
        if opener is None:
            return alone(make, store, vocabulary, views, as_at, upto, report)
        errands = [
            Errand(
                make=make,
                open=opener,
                vocabulary=vocabulary,
                views=tuple(map(named, views)),
                as_at=as_at,
                upto=upto,
                share=share,
            )
            for share in shares(self.parts)
        ]
        sent = [self.executor.submit(it.run) for it in errands]
        try:
            done = (it.result() for it in as_completed(sent))
            return joined(done, upto, len(sent), report)
        except BrokenExecutor:
            names = ", ".join(it.name for it in views)
            msg = f"a worker was lost; the rows of {names} are as they were"
            raise StoreUnavailable(msg) from None
        finally:
            for one in sent:
                one.cancel()


def alone(
    make: Make,
    store: Store,
    vocabulary: Vocabulary,
    views: Projections,
    as_at: date,
    upto: int,
    report: Callable[[int], None] | None,
) -> Work:
    """Every row of some views, made by this process: of a long log, some subjects at a time.

    Their facts are in memory while they are folded, so no more of them than `AT_ONCE`.
    """
    parts = -(-upto // AT_ONCE)
    if parts <= 1:
        return make(store, vocabulary, views, as_at, upto, None, report)
    each = (make(store, vocabulary, views, as_at, upto, share) for share in shares(parts))
    return joined(each, upto, parts, report)


def joined(
    each: Iterable[Work], upto: int, parts: int, report: Callable[[int], None] | None
) -> Work:
    """What was made of all shares together, telling as they come how many are done."""
    work = Work()
    for number, some in enumerate(each, 1):
        work.add(some)
        if report:
            report(upto * number // parts)
    return work


@contextmanager
def crew(workers: int, executor: Executor | None) -> Iterator[Crew | None]:
    """An executor given, cut into `workers` parts; or so many new processes; or none for one.

    New processes begin from nothing (`spawn`): a fork would take along locks that other threads
    hold. So a program that asks for workers has its own `if __name__ == "__main__"`.
    """
    if workers < 1:
        raise Invalid("workers", [f"{workers}: at least one does the work"])
    if executor is not None:
        yield Crew(executor, workers)
    elif workers == 1:
        yield None
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield Crew(pool, workers)
