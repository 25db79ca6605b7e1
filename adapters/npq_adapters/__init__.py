"""Where facts are kept and how they are reached: `open_ledger(url)` is the way in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from npq_adapters.ledger import Answer, Ledger, utc_now
from npq_adapters.opening import in_memory, open_store
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
    from `clock`. Use it in a `with`, or `close` it. Threads may share it, each call has a
    connection of its own; after a fork, parent and child may go on with it, if no call was under
    way in another thread.

    Runs no DDL. Raises `Invalid` for what is no address of a store, `NotInitialised` where
    `migrate` has not been, and `StoreUnavailable` where the store cannot be reached or the
    driver is not installed.
    """
    store = open_store(url)
    tables = [table(view) for view in views]
    try:
        if part := in_memory(store):
            part.migrate(tables)
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
    """Make the schema of a store, or bring it to this version; harmless where it is so already.

    Several processes may ask at once: one does it, the others find it done. A view whose rows
    are of another shape now is made empty, to be built by the next `catch_up`. Raises `Invalid`
    for what is no address of a store, `NotInitialised` for a ledger that a later version made,
    and `StoreUnavailable` where the store cannot be reached or written to in time.
    """
    store = open_store(url)
    try:
        store.migrate([table(view) for view in views])
    finally:
        store.close()
