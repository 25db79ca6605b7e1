"""Where facts are kept and how they are reached: `open_ledger(url)` is the way in."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path

from npq_adapters import kept
from npq_adapters.connections import BUDGET, Budget
from npq_adapters.keys import KeyStore, Seals, keys_at
from npq_adapters.ledger import Answer, Ledger, utc_now
from npq_adapters.opening import in_memory, open_store
from npq_adapters.projecting import table
from npq_adapters.store import Store, Table
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant.facts.retention import PersonalDataErased
from npq_domain.catalogue import Catalogue, shipped
from npq_domain.errors import Invalid
from npq_domain.projections import VIEWS
from npq_domain.projections.projection import View

__all__ = [
    "Answer",
    "KeyStore",
    "Ledger",
    "backup",
    "grants",
    "keys_at",
    "migrate",
    "open_ledger",
]


def open_ledger(
    url: str,
    *,
    catalogue: Catalogue | None = None,
    views: Sequence[View] = VIEWS,
    clock: Callable[[], datetime] = utc_now,
    keys: KeyStore | None = None,
    budget: float = BUDGET,
) -> Ledger:
    """Open a ledger: `memory:`, `sqlite:///provider.db` or `postgresql://user@host/db`.

    Decides by the shipped catalogue unless given another, keeps these views, and takes the time
    from `clock`. Use it in a `with`, or `close` it. Threads may share it, each call has a
    connection of its own; after a fork, parent and child may go on with it, if no call was under
    way in another thread.

    A call that has waited `budget` seconds in all, for a connection, for a lock, for the server
    or for its turn on a contended subject, fails.

    A ledger that was made with `keys` opens with them, and no other does: `keys_at` finds them.

    Runs no DDL. Raises `Invalid` for what is no address of a store, for no budget, and for keys
    that are missing or superfluous, `WrongKey` for those of another ledger, `NotInitialised` where
    `migrate` has not been, and `StoreUnavailable` where the store cannot be reached or the
    driver is not installed.
    """
    allowed = Budget(budget)
    store = open_store(url, allowed)
    tables = [table(view) for view in views]
    try:
        if part := in_memory(store):
            refuse_to_forget_keys(store, part, keys)
            make(part, tables, keys)
        store.check(tables)
        seals = sealed_by(store, keys)
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
        seals=seals,
    )


def migrate(
    url: str,
    *,
    views: Sequence[View] = VIEWS,
    budget: float = BUDGET,
    keys: KeyStore | None = None,
) -> None:
    """Make the schema of a store, or bring it to this version; harmless where it is so already.

    With `keys`, what is personal in a new ledger is stored under seal, from its first fact on:
    `Invalid` for a ledger that has facts in the clear.

    What guards the log is put back where somebody took it off or altered it: facts that were
    changed meanwhile stay as they are, and `check` tells what is wrong with them.

    Several processes may ask at once: one does it, the others find it done. A view whose rows
    are of another shape now is made empty, to be built by the next `catch_up`. Raises `Invalid`
    for what is no address of a store, `NotInitialised` for a ledger that a later version made,
    and `StoreUnavailable` where the store cannot be reached or written to within `budget` seconds.
    """
    store = open_store(url, Budget(budget))
    try:
        make(store, [table(view) for view in views], keys)
    finally:
        store.close()


def make(store: Store, tables: Sequence[Table], keys: KeyStore | None) -> None:
    """Make a store's schema, sealed from the beginning where there are keys."""
    store.migrate(tables)
    if keys is not None:
        from npq_adapters import sealing  # noqa: PLC0415 - needs the extra `keys`

        sealing.begin(store, keys)


def refuse_to_forget_keys(store: Store, part: Store, keys: KeyStore | None) -> None:
    """Refuse to seal facts that stay by data keys that go: nothing would open them again."""
    if keys is not None and part is not store:
        because = "the data keys would be gone when it is closed: give the module a file for views"
        raise Invalid("keys", [because])


def sealed_by(store: Store, keys: KeyStore | None) -> Seals | None:
    """What a ledger seals by and enters TRNs in: neither, where it is in the clear."""
    if keys is None:
        kept.refuse_without_keys(store)
        return None
    from npq_adapters import sealing, trns  # noqa: PLC0415 - needs the extra `keys`

    seals = sealing.sealing_of(store, keys, vocabulary.names([PersonalDataErased]))
    seals.index = trns.TrnIndex(store, seals)
    return seals


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
