"""Proof that a view left nothing out: what its books say beside what the log has, name by name."""

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any

from attrs import frozen

from npq_adapters.books import COVERAGE, QUARANTINE, shown
from npq_adapters.store import Store
from npq_domain.projections.projection import Projection


@frozen(kw_only=True)
class Tally:
    """Of one name, what the log has up to a view's checkpoint, and what became of it."""

    view: str
    name: str
    logged: int
    applied: int
    ignored: int
    quarantined: int

    @property
    def covered(self) -> bool:
        """Whether every fact is accounted for."""
        return self.logged == self.applied + self.ignored + self.quarantined


def tallies(store: Store, views: Iterable[Projection[Any, Any]]) -> Iterator[Tally]:
    """Every name in the log or in the books, view by view; of a view never built, none.

    The books are read in one moment; the log up to a checkpoint does not change.
    """
    with store.views() as tables:
        stand = [(view.name, tables.checkpoint(view.name)) for view in views]
        covered, set_aside = tables.read(COVERAGE, {}), tables.read(QUARANTINE, {})
    for view, at in stand:
        if at is None:
            continue
        logged = Counter[str]()
        for name, n in store.counts(0, at.position).items():
            logged[shown(name)] += n
        mine = {it.name: it for it in covered if it.view == view}
        aside = Counter(it.name for it in set_aside if it.view == view)
        for name in sorted({*logged, *mine, *aside}):
            yield Tally(
                view=view,
                name=name,
                logged=logged[name],
                applied=mine[name].applied if name in mine else 0,
                ignored=mine[name].ignored if name in mine else 0,
                quarantined=aside[name],
            )
