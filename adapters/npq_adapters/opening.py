"""From an address to a store. There is no default: a ledger is never opened by accident."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from urllib.parse import SplitResult, parse_qsl, unquote, urlencode, urlsplit, urlunsplit

from npq_adapters.connections import Budget
from npq_adapters.memory import MemoryStore
from npq_adapters.other import ModuleStore
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Store
from npq_domain.errors import Invalid, StoreUnavailable

ALLOWED = (
    '"memory:", "sqlite:///file.db" (relative), "sqlite:////directory/file.db" (absolute),'
    ' "postgresql://user@host/database", where "?schema=name" chooses a schema, or'
    ' "module:eventsourcing_name?SETTING=value", where "&views=file.db" keeps views'
)

POSTGRES_SETTINGS = frozenset(
    {
        "application_name", "channel_binding", "connect_timeout", "gssencmode", "host", "port",
        "schema", "sslcert", "sslkey", "sslmode", "sslrootcert", "target_session_attrs",
    }
)  # fmt: skip
"""What may follow the `?`: ours is `schema`, the rest is libpq's."""

IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,62}")

MODULE = re.compile(r"eventsourcing(_[a-z0-9_]+(\.[a-z0-9_]+)*|(\.[a-z0-9_]+)+)")
"""The names of persistence modules: nothing else is imported because of an address."""

BAD_ESCAPE = re.compile("%(?![0-9A-Fa-f]{2})")


def open_store(url: str, budget: Budget = Budget()) -> Store:
    """Open the store at an address. Nothing is made: `Store.migrate` makes the schema.

    Each of its calls waits within the budget; memory is never waited for.

    Raises `Invalid` for what is no address of a store, `StoreUnavailable` without the driver.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        raise _refused(url, "its host cannot be read") from None
    if parts.scheme not in OPENERS:
        raise _refused(url, f"the scheme {parts.scheme!r} is unknown" if url else "it is empty")
    if parts.fragment or "#" in url:
        raise _refused(url, 'a "#" in an address is written %23')
    return OPENERS[parts.scheme](url, parts, budget)


def _memory(url: str, _: SplitResult, __: Budget) -> Store:
    if url != "memory:":
        raise _refused(url, 'memory has no name: write "memory:"')
    return MemoryStore()


def _sqlite(url: str, parts: SplitResult, budget: Budget) -> Store:
    if parts.netloc or not url.startswith("sqlite:///"):
        raise _refused(url, "a file comes after three slashes")
    if parts.query or "?" in url:
        raise _refused(url, "a file has no settings")
    name = unquote(parts.path[1:])
    if not name or name.endswith("/") or ":memory:" in name or "\0" in name:
        raise _refused(url, "that is not the name of a file")
    return SqliteStore(Path(name), budget)


def _postgresql(url: str, parts: SplitResult, budget: Budget) -> Store:
    if "@" in parts.path + parts.query:
        why = 'in a user, a password or a setting, each of "/", "?", "#" and "@" is written as %XX'
        raise _refused(url, why)
    settings = _settings(url, parts)
    schema = settings.pop("schema", "public")
    if not IDENTIFIER.fullmatch(schema):
        raise _refused(url, f"{schema!r} is not the name of a schema")
    try:
        # An optional extra: whoever keeps to SQLite need not have the driver.
        from npq_adapters.postgres import PostgresStore  # noqa: PLC0415
    except ModuleNotFoundError as absent:
        msg = f"{absent.name} is not installed: pip install 'npq_domain[postgres]'"
        raise StoreUnavailable(msg) from absent
    address = urlunsplit(parts._replace(query=urlencode(settings)))
    try:
        return PostgresStore(address, schema, budget)
    except ValueError as fault:
        raise _refused(url, str(fault)) from None


def _module(url: str, parts: SplitResult, budget: Budget) -> Store:
    if parts.netloc or not MODULE.fullmatch(parts.path):
        raise _refused(url, "the name of a module begins with eventsourcing_ or eventsourcing.")
    settings = _plain_settings(url, parts.query)
    views = settings.pop("views", None)
    if views is not None and (not views or views.endswith("/") or ":memory:" in views):
        raise _refused(url, "views: that is not the name of a file")
    try:
        file = None if views is None else Path(views).absolute()
        return ModuleStore(parts.path, settings, file, budget)
    except ValueError as fault:
        raise _refused(url, str(fault)) from None


def _plain_settings(url: str, query: str) -> dict[str, str]:
    """Settings whose values may hold addresses: a plus is a plus."""
    pairs = [it.partition("=") for it in query.split("&") if query]
    if BAD_ESCAPE.search(query) or any(not name or not equals for name, equals, _ in pairs):
        raise _refused(url, "what follows the ? reads NAME=value&NAME=value, with & and % as %XX")
    settings = {name: unquote(value) for name, _, value in pairs}
    if len(settings) < len(pairs):
        raise _refused(url, "a setting is given twice")
    return settings


def _settings(url: str, parts: SplitResult) -> dict[str, str]:
    try:
        pairs = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _refused(url, "what follows the ? reads name=value&name=value") from None
    settings = dict(pairs)
    unknown = sorted(settings.keys() - POSTGRES_SETTINGS)
    if unknown or len(settings) < len(pairs):
        which = ", ".join(unknown) or "one given twice"
        allowed = ", ".join(sorted(POSTGRES_SETTINGS))
        raise _refused(url, f"unknown settings: {which}; there are {allowed}")
    return settings


def _refused(url: str, why: str) -> Invalid:
    return Invalid(f"ledger {shown(url)!r}", [f"{why}. Give {ALLOWED}"])


def in_memory(store: Store) -> MemoryStore | None:
    """What of a store is in memory: it begins empty each time, and nobody else could migrate it."""
    part = store.beside if isinstance(store, ModuleStore) else store
    return part if isinstance(part, MemoryStore) else None


def shown(url: str) -> str:
    """An address as far as everybody may see it: scheme, host and path, and never a password.

    Where an `@` comes after the host, what was taken for the host and the path may be part of a
    password that was not written as it has to be: then the scheme alone is shown.
    """
    try:
        parts = urlsplit(url)
    except ValueError:
        return "…"
    scheme = f"{parts.scheme}:" * bool(parts.scheme)
    # A module's settings are never shown, and have addresses among them.
    query = parts.query if parts.scheme != "module" else ""
    if "@" in parts.path + query + parts.fragment:
        return f"{scheme}…"
    slashes = "//" * url.startswith(f"{scheme}//")
    return f"{scheme}{slashes}{parts.hostname or ''}{parts.path}"


OPENERS: Mapping[str, Callable[[str, SplitResult, Budget], Store]] = {
    "memory": _memory,
    "module": _module,
    "sqlite": _sqlite,
    "postgresql": _postgresql,
}
