"""The keys that wrap data keys: what a ledger asks of whoever keeps them, elsewhere."""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, NamedTuple, Protocol, Self

from npq_adapters.store import Stored
from npq_domain.errors import NpqError, StoreUnavailable
from npq_domain.personal import Sealed

ENVIRONMENT = "env:"
"""What begins an address that names a variable of the environment; any other names a file."""


class Wrapped(NamedTuple):
    """A data key that only the key of that id opens."""

    key_id: str
    data: bytes


class KeyStore(Protocol):
    """Whoever keeps the wrapping keys. A key management service fits: it has these verbs.

    `wrap` and `unwrap` are its encrypt and decrypt, `bound_to` its encryption context (additional
    authenticated data): what is wrapped for one subject must not open for another. A ledger calls
    `unwrap` once for each subject that a process reads, and keeps the opened key in memory.
    """

    @property
    def current(self) -> str:
        """The id of the key that wraps now. It is stored beside what it wraps."""

    @property
    def old(self) -> frozenset[str]:
        """The ids of the keys that it has besides, for what was wrapped before."""

    def wrap(self, key: bytes, bound_to: bytes) -> Wrapped:
        """Wrap a key of 32 bytes by the current key; `KeysUnavailable` if it cannot be reached."""

    def unwrap(self, wrapped: Wrapped, bound_to: bytes) -> bytes:
        """The key again; `WrongKey` where no key fits, `KeysUnavailable` as above."""

    def renew(self) -> str:
        """Make another key current where this store makes keys; the id of the current one."""

    def drop(self) -> frozenset[str]:
        """Destroy every key but the current one, where this store can; which were destroyed."""


class Seals(Protocol):
    """What a ledger seals personal values by, and opens them again."""

    @property
    def erasing(self) -> Collection[str]:
        """The stored names of the facts that say that a subject's key is to be destroyed."""

    @property
    def index(self) -> "Index | None":
        """Where whose a number is, is entered; `None` while it is rehearsed."""

    def seal(self, subject: str, version: int, name: str, fact: Any) -> bool:
        """Seal what is personal in a fact that nobody else holds; whether there was anything."""

    def open(self, it: Sealed) -> str:
        """What a sealed value says, or `ERASED`; `SealBroken` for any that is not as it was."""

    def notice(self, subject: str, rows: Iterable[Stored]) -> None:
        """Open nothing more of a subject whose rows say that it was erased, by whatever process."""

    def make_ready(self, subject: str) -> None:
        """Have a subject's key at hand, so that what is given out opens later, too."""

    def open_rows(self, rows: Iterable[Any]) -> list[Any]:
        """The rows of a view with their personal values opened, as the keys are by now."""

    def destroy(self, subject: str, on: date) -> None:
        """Destroy the key of a subject, for good. Harmless where it was done before."""

    def rehearsal(self) -> Self:
        """The same, but keys that are made are kept nowhere."""


class Index(Protocol):
    """Where a ledger enters whose a number is."""

    @property
    def telling(self) -> Collection[type]:
        """The kinds of fact after which it is to be asked."""

    def find(self, trn: str, known: "Holds") -> Iterable[str]:
        """Whose a number is by now: the index says who it may be, their facts whether it is."""

    def claim(self, subject: str, state: Any, still: "Holds", now: datetime) -> None:
        """Enter a subject before its facts are recorded; `Refused` where another has its place."""


class Holds(Protocol):
    """Asks a ledger for what is known of a subject."""

    def __call__(self, subject: str, /) -> Any:
        """Its state by now."""


class KeysUnavailable(StoreUnavailable):
    """The keys cannot be reached: no file, no variable, no answer."""


class WrongKey(NpqError):
    """No key of this store opens what is wrapped: another store's, or a key that was dropped."""


def keys_at(address: str, *, make: bool = False) -> KeyStore:
    """The keys in a file, or in a variable: `env:NAME`. `make` makes a file that is not there.

    Raises `KeysUnavailable` where there are none, `Invalid` for a file that others may read or
    that holds no keys, and `StoreUnavailable` without the extra `keys`.
    """
    try:
        # An optional extra: whoever keeps names in the clear need not have the ciphers.
        from npq_adapters import keystores  # noqa: PLC0415
    except ModuleNotFoundError as absent:
        msg = f"{absent.name} is not installed: pip install 'npq_domain[keys]'"
        raise StoreUnavailable(msg) from absent
    if address.startswith(ENVIRONMENT):
        return keystores.EnvironmentKeyStore(address.removeprefix(ENVIRONMENT))
    return keystores.FileKeyStore(address, make=make)
