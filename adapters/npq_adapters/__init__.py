"""Where facts are kept and how they are reached: `open_ledger(url)` is the way in."""

from collections.abc import Callable, Sequence
from datetime import datetime

from npq_adapters import kept
from npq_adapters.keys import Index, KeyStore, Seals, keys_at
from npq_adapters.ledger import Answer, Ledger, utc_now
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_adapters.store import Store, Table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant.facts.retention import PersonalDataErased
from npq_domain.catalogue import Catalogue, shipped
from npq_domain.projections import VIEWS
from npq_domain.projections.projection import View

__all__ = ["Answer", "KeyStore", "Ledger", "keys_at", "migrate", "open_ledger"]


def open_ledger(
    url: str,
    *,
    catalogue: Catalogue | None = None,
    views: Sequence[View] = VIEWS,
    clock: Callable[[], datetime] = utc_now,
    keys: KeyStore | None = None,
) -> Ledger:
    """Open a ledger: `memory:`, `sqlite:///provider.db` or `postgresql://user@host/db`.

    Decides by the shipped catalogue unless given another, keeps these views, and takes the time
    from `clock`. Use it in a `with`, or `close` it. Threads may share it, each call has a
    connection of its own; after a fork, parent and child may go on with it, if no call was under
    way in another thread.

    A ledger that was made with `keys` opens with them, and no other does: `keys_at` finds them.

    Runs no DDL. Raises `Invalid` for what is no address of a store and for keys that are missing
    or superfluous, `WrongKey` for those of another ledger, `NotInitialised` where
    `migrate` has not been, and `StoreUnavailable` where the store cannot be reached or the
    driver is not installed.
    """
    store = open_store(url)
    tables = tables_of(views)
    try:
        if url == "memory:":  # it begins empty each time, and nobody else could migrate it
            make(store, tables, keys)
        store.check(tables)
        seals, index = sealed_by(store, keys)
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
        seals=seals,
        index=index,
    )


def migrate(url: str, *, views: Sequence[View] = VIEWS, keys: KeyStore | None = None) -> None:
    """Make the schema of a store, or bring it to this version; harmless where it is so already.

    With `keys`, what is personal in a new ledger is stored under seal, from its first fact on:
    `Invalid` for a ledger that has facts in the clear.

    Several processes may ask at once: one does it, the others find it done. A view whose rows
    are of another shape now is made empty, to be built by the next `catch_up`. Raises `Invalid`
    for what is no address of a store, `NotInitialised` for a ledger that a later version made,
    and `StoreUnavailable` where the store cannot be reached or written to in time.
    """
    store = open_store(url)
    try:
        make(store, tables_of(views), keys)
    finally:
        store.close()


def tables_of(views: Sequence[View]) -> list[Table]:
    """Every table beside the log: what is kept, and the views."""
    return [*kept.KEPT, *map(table, views)]


def make(store: Store, tables: Sequence[Table], keys: KeyStore | None) -> None:
    """Make a store's schema, sealed from the beginning where there are keys."""
    store.migrate(tables)
    if keys is not None:
        from npq_adapters import sealing  # noqa: PLC0415 - needs the extra `keys`

        sealing.begin(store, keys)


def sealed_by(store: Store, keys: KeyStore | None) -> tuple[Seals | None, Index | None]:
    """What a ledger seals by and enters TRNs in: neither, where it is in the clear."""
    if keys is None:
        kept.refuse_without_keys(store)
        return None, None
    from npq_adapters import sealing, trns  # noqa: PLC0415 - needs the extra `keys`

    seals = sealing.sealing_of(store, keys, vocabulary.names([PersonalDataErased]))
    return seals, trns.TrnIndex(store, seals)
