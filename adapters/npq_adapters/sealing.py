"""Personal values under seal: a key for each subject, wrapped by one that is kept elsewhere.

AES-256-GCM, with the subject, the version and name of the fact and the path of the field as
associated data: a value that was moved, or of which a bit was changed, does not open. The opened
keys of some thousand subjects stay in this process's memory; that one was destroyed by another
process is told by the subject's own facts, and by the table of keys where a view is read.
"""

import secrets
from base64 import b64decode, b64encode
from collections.abc import Collection, Iterable, Iterator
from datetime import date
from functools import cache
from typing import Any, Self

import attrs
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from npq_adapters.kept import INDEX, KEYS, OF_INDEX, DataKey, is_sealed
from npq_adapters.keys import Index, KeyStore, Wrapped
from npq_adapters.store import Store, Stored, Views
from npq_domain.errors import Invalid, Place, SealBroken, refusal
from npq_domain.personal import ERASED, SEAL, Personal, Sealed, finder
from npq_domain.personal import seal as seal_each

SIZE = 256
"""Bits of a data key."""
NONCE = 12
KEPT_OPEN = 4096
"""The keys of how many subjects a process keeps opened."""
FEW = 50
"""Up to so many keys are read one by one, more of them with the whole table."""


def bound_to(subject: str) -> bytes:
    """What the wrapping of a data key is bound to."""
    return f"npq data key of {subject}".encode()


def bound_at(subject: str, version: int, name: str, path: str) -> bytes:
    """What a sealed value is bound to; none of these has a blank in it."""
    return f"{subject} {version} {name} {path}".encode()


class Sealing:
    """The seals of one ledger."""

    def __init__(
        self, store: Store, keys: KeyStore, erasing: Collection[str], *, keep: bool = True
    ) -> None:
        """Take the store with the wrapped keys, and who can unwrap them."""
        self.keys, self._erasing = keys, frozenset(erasing)
        self.index: Index | None = None
        self._store, self._keep = store, keep
        self._opened: dict[str, AESGCM] = {}
        self._erased: set[str] = set()

    @property
    def erasing(self) -> Collection[str]:
        return self._erasing

    def rehearsal(self) -> Self:
        return type(self)(self._store, self.keys, self._erasing, keep=False)

    def seal(self, subject: str, version: int, name: str, fact: Any) -> bool:
        def sealed(path: str, value: str) -> str:
            nonce = secrets.token_bytes(NONCE)
            bound = bound_at(subject, version, name, path)
            data = nonce + self._to_seal(subject).encrypt(nonce, value.encode(), bound)
            return f"{path}:{b64encode(data).decode()}"

        return seal_each(fact, sealed)

    def open(self, it: Sealed) -> str:
        cipher, head = self._to_open(it), f"{SEAL}{it.path}:"
        if cipher is None:
            return ERASED
        if not it.text.startswith(head):
            raise broken(it, "was not sealed for this field")
        bound = bound_at(it.subject, it.version, it.name, it.path)
        encoded = it.text[len(head) :]
        try:
            data = b64decode(encoded, validate=True)
            if b64encode(data).decode() != encoded:  # its last character has bits to spare
                raise broken(it, "does not open")
            return cipher.decrypt(data[:NONCE], data[NONCE:], bound).decode()
        except (InvalidTag, ValueError):
            raise broken(it, "does not open") from None

    def notice(self, subject: str, rows: Iterable[Stored]) -> None:
        if subject not in self._erased and any(row.name in self._erasing for row in rows):
            self._forget(subject)

    def make_ready(self, subject: str) -> None:
        if subject not in self._opened and subject not in self._erased:
            row = self._row(subject)
            if row:
                self._enter(row)

    def open_rows(self, rows: Iterable[Any]) -> list[Any]:
        rows = list(rows)
        self._refresh({it.subject for row in rows for it in seals(row)})
        return [self._opened_row(row) for row in rows]

    def destroy(self, subject: str, on: date) -> None:
        self._forget(subject)
        if not self._keep:
            return
        with self._store.views(write=True) as tables:
            there = tables.read(KEYS, {"subject": subject})
            if not there or there[0].wrapped:
                gone = DataKey(subject=subject, key_id="", wrapped="", erased_on=on)
                tables.put(KEYS, [gone])
            mine = tables.read(INDEX, {"subject": subject})
            tables.remove(INDEX, [(it.token,) for it in mine])

    def index_key(self) -> bytes:
        """The key of the index."""
        with self._store.views() as tables:
            return self.index_key_in(tables)

    def index_key_in(self, tables: Views) -> bytes:
        """The key of the index, as it is in a transaction."""
        return unwrapped(self.keys, tables.read(KEYS, {"subject": OF_INDEX})[0])

    def key_id(self, subject: str) -> str | None:
        """Which key wraps a subject's; `None` where it has none, or had."""
        row = self._row(subject)
        return row.key_id or None if row else None

    def forget_opened(self) -> None:
        """Let go of every opened key: they are opened again when they are needed."""
        self._opened.clear()

    def _to_open(self, it: Sealed) -> AESGCM | None:
        if it.subject in self._erased:
            return None
        found = self._opened.get(it.subject)
        if found is None:
            row = self._row(it.subject)
            if row is None:
                raise broken(it, "has no key: its subject's is missing")
            found = self._enter(row)
        return found

    def _to_seal(self, subject: str) -> AESGCM:
        found = None if subject in self._erased else self._opened.get(subject)
        if found is None:
            found = self._enter(self._row(subject) or self._made(subject))
        if found is None:
            because = f"the key of {subject} was destroyed: nothing personal is recorded any more"
            raise refusal("personal_data_erased", because, "UK GDPR, Article 17: right to erasure")
        return found

    def _row(self, subject: str) -> DataKey | None:
        with self._store.views() as tables:
            return row_of(tables, subject)

    def _made(self, subject: str) -> DataKey:
        """A key for a subject that has none, unless another process makes it first."""
        made = wrapped(self.keys, subject, AESGCM.generate_key(SIZE))
        if not self._keep:
            return made
        with self._store.views(write=True) as tables:
            there = row_of(tables, subject)
            if there is None:
                tables.put(KEYS, [made])
            return there or made

    def _enter(self, row: DataKey) -> AESGCM | None:
        """Open a key and keep it opened; `None` where it was destroyed."""
        if not row.wrapped:
            self._forget(row.subject)
            return None
        if len(self._opened) >= KEPT_OPEN:
            self._opened.clear()
        found = AESGCM(unwrapped(self.keys, row))
        self._opened[row.subject] = found
        return found

    def _forget(self, subject: str) -> None:
        self._erased.add(subject)
        self._opened.pop(subject, None)

    def _refresh(self, subjects: Collection[str]) -> None:
        """Have the keys of these subjects at hand as they are by now."""
        if not subjects:
            return
        with self._store.views() as tables:
            if len(subjects) > FEW:
                rows = [it for it in tables.read(KEYS, {}) if it.subject in subjects]
            else:
                rows = [it for each in subjects if (it := row_of(tables, each))]
        for it in rows:
            if not it.wrapped or it.subject not in self._opened:
                self._enter(it)

    def _opened_row(self, row: Any) -> Any:
        found = {
            name: Personal(self.open(value.sealed))
            for name, value in personal_columns(row)
            if value is not None and value.sealed
        }
        return attrs.evolve(row, **found) if found else row


def personal_columns(row: Any) -> Iterator[tuple[str, Personal[str] | None]]:
    """The personal values of a view's row, by column."""
    kind: Any = type(row)
    yield from ((name, getattr(row, name)) for name in columns(kind))


@cache
def columns(kind: Any) -> tuple[str, ...]:
    """The personal columns of a row class."""
    return tuple(it.name for it in attrs.fields(kind) if finder(it.type))


def seals(row: Any) -> Iterator[Sealed]:
    """The seals in a view's row."""
    yield from (it.sealed for _, it in personal_columns(row) if it is not None and it.sealed)


def new_index_key() -> bytes:
    """A key for the index."""
    return AESGCM.generate_key(SIZE)


def row_of(tables: Views, subject: str) -> DataKey | None:
    """The key of a subject, if it has or had one."""
    return next(iter(tables.read(KEYS, {"subject": subject})), None)


def wrapped(keys: KeyStore, subject: str, key: bytes) -> DataKey:
    """A key as it is stored: wrapped by the current key of those."""
    key_id, data = keys.wrap(key, bound_to(subject))
    text = b64encode(data).decode()
    return DataKey(subject=subject, key_id=key_id, wrapped=text, erased_on=None)


def unwrapped(keys: KeyStore, row: DataKey) -> bytes:
    """A stored key again; `WrongKey` where those keys do not open it."""
    return keys.unwrap(Wrapped(row.key_id, b64decode(row.wrapped)), bound_to(row.subject))


def broken(it: Sealed, why: str) -> SealBroken:
    """Say which value does not open, and never what it holds."""
    place = Place(position=it.position, subject=it.subject, version=it.version, name=it.name)
    return SealBroken(place, f"the personal value {it.path} {why}")


PLAIN_LEDGER = (
    "this ledger holds personal values in the clear, and keys were given. Sealing is chosen when a"
    " ledger is made, before its first fact: make one with npq init --keys, or open this without"
)


def begin(store: Store, keys: KeyStore) -> None:
    """Make a ledger without facts a sealed one; `Invalid` where it has some in the clear."""
    with store.views(write=True) as tables:
        if row_of(tables, OF_INDEX) is not None:
            return
        if store.head():
            raise Invalid("keys", [PLAIN_LEDGER])
        tables.put(KEYS, [wrapped(keys, OF_INDEX, new_index_key())])


def sealing_of(store: Store, keys: KeyStore, erasing: Collection[str]) -> Sealing:
    """What seals and opens in a ledger; `Invalid` where nothing is sealed, else `WrongKey`."""
    sealing = Sealing(store, keys, erasing)
    if not is_sealed(store):
        raise Invalid("keys", [PLAIN_LEDGER])
    sealing.index_key()
    return sealing
