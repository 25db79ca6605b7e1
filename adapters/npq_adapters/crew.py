"""Views made by several processes: each folds the subjects of its share and makes their rows.

A row depends on one subject's facts alone, so shares of subjects need no merging. Every process
fetches its own share of the log; the rows come back to the one that asked, which commits them as
ever. A share that is made twice, because a worker was lost or slow, is taken once.
"""

import hashlib
import socket
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import (
    BrokenExecutor,
    CancelledError,
    Executor,
    ProcessPoolExecutor,
    ThreadPoolExecutor,
    as_completed,
)
from contextlib import closing, contextmanager
from datetime import date
from functools import cache
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from attrs import evolve, frozen

import npq_adapters
import npq_domain
from npq_adapters.committing import blaming, table
from npq_adapters.making import Pass, Projections, Work, made
from npq_adapters.store import Packing, Share, Store
from npq_domain.errors import Invalid, StoreUnavailable
from npq_domain.projections.projection import Projection
from npq_domain.vocabulary import Vocabulary

DIGITS = 4
"""How finely subjects are told apart, in hexadecimal digits of their ids."""

AT_ONCE = 3_000_000
"""About how many facts of the log a process makes rows of at a time: some 0.7 GB, with the rows."""

LAST = "\U0010ffff"
"""A text that no id comes after."""


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


def edition(views: Iterable[Named]) -> str:
    """A digest of this library's code, as this process has it installed, and of the views' modules.

    What modules of others import is not in it. Every file is read once: when it is replaced, a
    process goes on with what it has in memory.
    """
    digest = hashlib.sha256(digest_of_library())
    for name in sorted({it.module for it in views}):
        digest.update(digest_of_module(name))
    return digest.hexdigest()[:12]


@cache
def digest_of_library() -> bytes:
    """What stands in the files of this library."""
    digest = hashlib.sha256()
    for package in (npq_domain, npq_adapters):
        folder = Path(str(package.__file__)).parent
        for path in sorted(folder.rglob("*.py"), key=lambda it: it.relative_to(folder).parts):
            digest.update(f"{path.relative_to(folder).as_posix()}\0".encode() + path.read_bytes())
    return digest.digest()


@cache
def digest_of_module(name: str) -> bytes:
    """What stands in the file of a module, if it has one."""
    file = getattr(import_module(name), "__file__", None)
    code = Path(file).read_bytes() if file else b""
    return hashlib.sha256(f"{name}\0".encode() + code).digest()


@frozen(kw_only=True)
class Errand:
    """What one process is sent to do."""

    open: Callable[[], Store]
    vocabulary: Vocabulary
    views: tuple[Named, ...]
    as_at: date
    upto: int
    share: Share
    edition: str
    rebuild: UUID
    """Of one rebuild: an engine that keeps results by what was asked never gives an older one."""

    def run(self) -> Work:
        """The rows of the share, made here."""
        if (here := edition(self.views)) != self.edition:
            msg = (
                f"the worker on {socket.gethostname()} has another edition of npq_domain, or of the"
                f" views, ({here}) than the process that asks ({self.edition}): install the same"
            )
            raise StoreUnavailable(msg)
        over = Pass(
            vocabulary=self.vocabulary,
            views=[it.find() for it in self.views],
            as_at=self.as_at,
            upto=self.upto,
        )
        with closing(self.open()) as store:
            work = made(store, over, self.share)
            blaming(
                store,
                tuple(over.maker.readings.values()),
                lambda: [(work, self.upto)],
                lambda: make_ready(store, over.views, work),
            )
            return evolve(work, marks=frozenset({store.mark(self.upto)}))


def make_ready(store: Store, some: Projections, work: Work) -> None:
    """Put the rows of views in the shape in which they are written."""
    with store.views() as views:
        for view in some:
            it = work.views[view.name]
            it.ready, it.rows = views.ready(table(view), it.there), {}


def shares(parts: int) -> Iterator[Share]:
    """All subjects, in so many shares: their ids are as good as random."""
    size = 16**DIGITS
    bounds = ["", *(f"{size * part // parts:0{DIGITS}x}" for part in range(1, parts)), LAST]
    yield from pairwise(bounds)


@frozen
class Crew:
    """Processes to make views by.

    Each is given one part of the work, for every part goes through the whole log; there are more
    parts only where one would be longer than about `at_once` facts.
    """

    executor: Executor
    workers: int
    at_once: int = AT_ONCE

    def made(self, store: Store, it: Pass, report: Callable[[int], None] | None) -> Work:
        """Every row of some views; a store that no other process can open is read by this one."""
        opener = store.opener()
        if opener is None:
            return Alone(self.at_once).made(store, it, report)
        rebuild, views = uuid4(), tuple(map(named, it.views))
        errands = [
            Errand(
                open=opener,
                vocabulary=it.vocabulary,
                views=views,
                as_at=it.as_at,
                upto=it.upto,
                share=share,
                edition=edition(views),
                rebuild=rebuild,
            )
            for share in shares(max(self.workers, parts_of(it.upto, self.at_once)))
        ]
        names = ", ".join(view.name for view in it.views)
        with self.sent(errands, names) as done:
            # Not before all are sent: a worker may be a fork, and would take the connection along.
            counts = store.counts(0, it.upto)
            return evolve(joined(done, it.upto, len(errands), report), counts=counts)

    @contextmanager
    def sent(self, errands: Iterable[Errand], names: str) -> Iterator[Iterator[Work]]:
        """What the errands come to, as they are done; who has not begun by the end need not."""
        sent = []
        try:
            sent += [self.executor.submit(it.run) for it in errands]
            yield (it.result() for it in as_completed(sent))
        except lost_by_executors():
            msg = f"a worker was lost; the rows of {names} are as they were"
            raise StoreUnavailable(msg) from None
        finally:
            for one in sent:
                one.cancel()


def lost_by_executors() -> tuple[type[Exception], ...]:
    """What executors raise when workers are gone: those of Python, and Dask's where it is used."""
    dask = sys.modules.get("distributed.scheduler")
    its_own = (dask.KilledWorker, dask.NoValidWorkerError) if dask else ()
    return (BrokenExecutor, CancelledError, *its_own)


def parts_of(facts: int, at_once: int) -> int:
    """Into how many parts a log is cut, none of them longer than about so many facts."""
    return -(-facts // at_once)


@frozen
class Alone:
    """The asking process: of a log longer than `at_once`, it makes some subjects after the others.

    Each time it goes through the log, so less memory takes more time (docs/scale.md).
    """

    at_once: int = AT_ONCE

    def made(self, store: Store, it: Pass, report: Callable[[int], None] | None) -> Work:
        """Every row of some views."""
        parts = parts_of(it.upto, self.at_once)
        with counting(store, it.upto) as counted:
            if parts <= 1:
                work = made(store, it, None, report)
            else:
                each = (made(store, it, share) for share in shares(parts))
                work = joined(each, it.upto, parts, report)
            return evolve(work, counts=counted())


@contextmanager
def counting(store: Store, upto: int) -> Iterator[Callable[[], Mapping[str, int]]]:
    """What gives the count of the facts of each name: a database counts them meanwhile."""
    if not isinstance(store, Packing):
        counts = store.counts(0, upto)
        yield lambda: counts
        return
    with ThreadPoolExecutor(1, "npq-counts") as other:
        yield other.submit(store.counts, 0, upto).result


ALONE = Alone()
"""Who makes views where nobody else is asked to."""


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
def crew(workers: int, executor: Executor | None, at_once: int = AT_ONCE) -> Iterator[Crew | Alone]:
    """So many of an executor's workers, or so many new processes, or this one where it is enough.

    New processes begin from nothing (`spawn`): a fork would take along locks that other threads
    hold. So a program that asks for workers has its own `if __name__ == "__main__"`.
    """
    if workers < 1:
        raise Invalid("workers", [f"{workers}: at least one does the work"])
    if at_once < 1:
        raise Invalid("at_once", [f"{at_once}: it takes one fact at least"])
    if executor is not None:
        yield Crew(executor, workers, at_once)
    elif workers == 1:
        yield Alone(at_once)
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            yield Crew(pool, workers, at_once)
