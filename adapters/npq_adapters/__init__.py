"""Where facts are kept and how they are reached: `open_ledger(url)` is the way in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from npq_adapters.connections import BUDGET, Budget
from npq_adapters.ledger import Answer, Ledger, utc_now
from npq_adapters.opening import in_memory, open_store
from npq_adapters.projecting import table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import Catalogue, shipped
from npq_domain.errors import Invalid
from npq_domain.projections import VIEWS
from npq_domain.projections.projection import View

__all__ = ["Answer", "Ledger", "backup", "grants", "migrate", "open_ledger"]


def open_ledger(
    url: str,
    *,
    catalogue: Catalogue | None = None,
    views: Sequence[View] = VIEWS,
    clock: Callable[[], datetime] = utc_now,
    budget: float = BUDGET,
) -> Ledger:
    """Open a ledger: `memory:`, `sqlite:///provider.db` or `postgresql://user@host/db`.

    Decides by the shipped catalogue unless given another, keeps these views, and takes the time
    from `clock`. Use it in a `with`, or `close` it. Threads may share it, each call has a
    connection of its own; after a fork, parent and child may go on with it, if no call was under
    way in another thread.

    A call that has waited `budget` seconds in all, for a connection, for a lock, for the server
    or for its turn on a contended subject, fails.

    Runs no DDL. Raises `Invalid` for what is no address of a store or no budget,
    `NotInitialised` where `migrate` has not been, and `StoreUnavailable` where the store cannot be
    reached or the driver is not installed.
    """
    allowed = Budget(budget)
    store = open_store(url, allowed)
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
        budget=allowed,
    )


def migrate(url: str, *, views: Sequence[View] = VIEWS, budget: float = BUDGET) -> None:
    """Make the schema of a store, or bring it to this version; harmless where it is so already.

    Several processes may ask at once: one does it, the others find it done. A view whose rows
    are of another shape now is made empty, to be built by the next `catch_up`. Raises `Invalid`
    for what is no address of a store, `NotInitialised` for a ledger that a later version made,
    and `StoreUnavailable` where the store cannot be reached or written to within `budget` seconds.
    """
    store = open_store(url, Budget(budget))
    try:
        store.migrate([table(view) for view in views])
    finally:
        store.close()


def backup(
    url: str,
    to: str | Path,
    *,
    on_progress: Callable[[int, int], None] | None = None,
    budget: float = BUDGET,
) -> int:
    """Copy a ledger as `Ledger.backup` does, also one that waits for `migrate`."""
    store = open_store(url, Budget(budget))
    try:
        return store.backup(Path(to), on_progress)
    finally:
        store.close()


def grants(url: str, roles: Mapping[str, str], *, views: Sequence[View] = VIEWS) -> list[str]:
    """The SQL that gives roles of a PostgreSQL database their rights; nothing is executed.

    `roles` names a role for each of `writer`, `reader` and `auditor` that is wanted. The owner runs
    the statements after `migrate`; tables that a later `migrate` makes are granted by it.

    Raises `Invalid` for a store that knows no roles, and for a role that is none of the three.
    """
    store = open_store(url)
    try:
        made = getattr(store, "grants", None)
        if made is None:
            raise Invalid("grants", ["only a PostgreSQL ledger has roles: guard the file instead"])
        statements: list[str] = made([table(view) for view in views], roles)
    finally:
        store.close()
    return statements
