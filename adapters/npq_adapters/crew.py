"""Views made by several processes: each folds the subjects of its share and makes their rows.

A row depends on one subject's facts alone, so shares of subjects need no merging. Every process
reads the whole log and is given only its share of it, which costs less than to fetch subject by
subject; the rows come back to the one that asked, which commits them as ever.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, as_completed
from contextlib import closing, contextmanager
from datetime import date
from importlib import import_module
from itertools import pairwise
from multiprocessing import get_context
from typing import Any

from attrs import frozen

from npq_adapters.store import Share, Store
from npq_domain.errors import Invalid, StoreUnavailable
from npq_domain.projections.projection import Projection
from npq_domain.vocabulary import Vocabulary

DIGITS = 4
"""How finely subjects are told apart, in hexadecimal digits of their ids."""

LAST = "\U0010ffff"
"""A text that no id comes after."""

Rows = Callable[..., list[Any]]
"""`rows(store, vocabulary, view, as_at, upto, share)`: the rows of a share of the subjects."""


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

    rows: Rows
    open: Callable[[], Store]
    vocabulary: Vocabulary
    view: Named
    as_at: date
    upto: int
    share: Share

    def run(self) -> list[Any]:
        """The rows of the share, made here."""
        with closing(self.open()) as store:
            return self.rows(
                store, self.vocabulary, self.view.find(), self.as_at, self.upto, self.share
            )


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

    def rows(
        self,
        made: Rows,
        store: Store,
        vocabulary: Vocabulary,
        view: Projection[Any, Any],
        as_at: date,
        upto: int,
        report: Callable[[int], None] | None,
    ) -> Iterator[Any]:
        """Every row of a view; a store that no other process can open is read by this one."""
        opener = store.opener()
        if opener is None:
            yield from made(store, vocabulary, view, as_at, upto, None)
            return
        where = named(view)
        sent = [
            self.executor.submit(
                Errand(
                    rows=made,
                    open=opener,
                    vocabulary=vocabulary,
                    view=where,
                    as_at=as_at,
                    upto=upto,
                    share=share,
                ).run
            )
            for share in shares(self.parts)
        ]
        try:
            for number, done in enumerate(as_completed(sent), 1):
                yield from done.result()
                if report:
                    report(upto * number // self.parts)
        except BrokenExecutor:
            msg = f"a worker was lost; the rows of {view.name} are as they were"
            raise StoreUnavailable(msg) from None
        finally:
            for one in sent:
                one.cancel()


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
