"""Where facts are kept and how they are reached: `open_ledger(url)` is the way in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from npq_adapters.ledger import Answer, Ledger, utc_now
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import Catalogue, shipped
from npq_domain.projections import VIEWS
from npq_domain.projections.projection import View

__all__ = ["Answer", "Ledger", "migrate", "open_ledger"]


def open_ledger(
    url: str,
    *,
    catalogue: Catalogue | None = None,
    views: Sequence[View] = VIEWS,
    clock: Callable[[], datetime] = utc_now,
) -> Ledger:
    """Open a ledger: `memory:`, `sqlite:///provider.db` or `postgresql://user@host/db`.

    Decides by the shipped catalogue unless given another, keeps these views, and takes the time
    from `clock`. Runs no DDL: raises `NotInitialised` where `migrate` has not been, and
    `StoreUnavailable` where the store cannot be reached. Use it in a `with`, or `close` it.
    """
    store = open_store(url)
    tables = [table(view) for view in views]
    try:
        if url == "memory:":  # it begins empty each time, and nobody else could migrate it
            store.migrate(tables)
        store.check(tables)
    except BaseException:
        store.close()
        raise
    return Ledger(
        store,
        vocabulary,
        DECIDERS,
        catalogue=shipped if catalogue is None else lambda: catalogue,
        views=views,
        clock=clock,
    )


def migrate(url: str, *, views: Sequence[View] = VIEWS) -> None:
    """Make the schema of a store, or bring it to this version; harmless where it is so already."""
    store = open_store(url)
    try:
        store.migrate([table(view) for view in views])
    finally:
        store.close()
