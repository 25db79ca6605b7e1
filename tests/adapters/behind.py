"""What somebody with rights on the database may do to a ledger behind its back."""

from typing import Any

from npq_adapters.sqlite import SqliteStore

LOG = "stored_events"


def behind_its_back(store: Any, *statements: str, values: tuple[Any, ...] = ()) -> None:
    """Run statements on the database of a store; `?` stands for a value."""
    if isinstance(store, SqliteStore):
        with store.datastore.transaction(commit=True) as cursor:
            for each in statements:
                cursor.execute(each, values)
        return
    with store.datastore.get_connection() as connection, connection.transaction():
        connection.execute(f"SET LOCAL search_path = {store.datastore.schema}")
        # As one who owns the database may: no trigger and no foreign key is asked.
        connection.execute("SET LOCAL session_replication_role = replica")
        for each in statements:
            connection.execute(each.replace("?", "%s").encode(), values or None)


def unguard(store: Any) -> None:
    """Take every trigger off the log."""
    if isinstance(store, SqliteStore):
        query = f"SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = '{LOG}'"
        with store.datastore.cursor() as cursor:
            names = [name for (name,) in cursor.execute(query).fetchall()]
        behind_its_back(store, *(f'DROP TRIGGER "{name}"' for name in names))
        return
    log = f"{store.datastore.schema}.{LOG}"
    query = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgrelid = %s::regclass"
    with store.datastore.get_connection() as connection:
        found = connection.execute(query, (log,)).fetchall()
    behind_its_back(store, *(f'DROP TRIGGER "{each["tgname"]}" ON {LOG}' for each in found))
