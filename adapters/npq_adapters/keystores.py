"""Two places for wrapping keys: a file that its owner alone reads, and the environment."""

import os
import secrets
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from stat import S_IMODE

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from npq_adapters.keys import KeysUnavailable, Wrapped, WrongKey
from npq_domain.errors import Invalid

FORMAT = "npq keys 1"
SIZE = 32
"""Bytes of a key: AES-256."""
NONCE = 12
ONLY_ITS_OWNER = 0o600
OTHERS = 0o077


class Keys(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a file of keys holds."""

    format: str
    current: str
    keys: dict[str, str]
    """By id, in base64."""


def wrap(keys: Mapping[str, bytes], current: str, key: bytes, bound_to: bytes) -> Wrapped:
    """Wrap a key by the current one."""
    nonce = secrets.token_bytes(NONCE)
    return Wrapped(current, nonce + AESGCM(keys[current]).encrypt(nonce, key, bound_to))


def unwrap(keys: Mapping[str, bytes], wrapped: Wrapped, bound_to: bytes) -> bytes:
    """A wrapped key again; `WrongKey` where none fits."""
    nonce, data = wrapped.data[:NONCE], wrapped.data[NONCE:]
    try:
        return AESGCM(keys[wrapped.key_id]).decrypt(nonce, data, bound_to)
    except KeyError:
        msg = f"the key {wrapped.key_id} is not among the keys that were given"
        raise WrongKey(msg) from None
    except (InvalidTag, ValueError):
        msg = f"the key {wrapped.key_id} does not open what it is said to have wrapped"
        raise WrongKey(msg) from None


def decoded(place: str, texts: Mapping[str, str]) -> dict[str, bytes]:
    """Keys from base64, each of the right size; `Invalid` names a key by its id alone."""
    found = {}
    for name, text in texts.items():
        with suppress(NotBase64, ValueError):
            found[name] = b64decode(text, validate=True)
        if len(found.get(name, b"")) != SIZE:
            raise Invalid(place, [f"the key {name!r} is not {SIZE} bytes in base64"])
    return found


class FileKeyStore:
    """Keys in a file of mode 0600, which is replaced as a whole when a key is added or dropped.

    It belongs on another disk, and into another backup, than the ledger.
    """

    def __init__(self, path: str | os.PathLike[str], *, make: bool = False) -> None:
        """Read the file; `make` makes one that is not there."""
        self._path = Path(path)
        if make and not self._path.exists():
            self._begin()
        self._read()

    @property
    def current(self) -> str:
        return self._current

    @property
    def old(self) -> frozenset[str]:
        return frozenset(self._keys) - {self._current}

    def wrap(self, key: bytes, bound_to: bytes) -> Wrapped:
        return wrap(self._keys, self._current, key, bound_to)

    def unwrap(self, wrapped: Wrapped, bound_to: bytes) -> bytes:
        if wrapped.key_id not in self._keys:
            self._read()  # another process may have added it since
        return unwrap(self._keys, wrapped, bound_to)

    def renew(self) -> str:
        self._read()
        fresh = new_key()
        self._write(next(iter(fresh)), self._keys | fresh)
        return self._current

    def drop(self) -> frozenset[str]:
        self._read()
        gone = self.old
        self._write(self._current, {self._current: self._keys[self._current]})
        return gone

    def _begin(self) -> None:
        fresh = new_key()
        document = self._document(next(iter(fresh)), fresh)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with suppress(FileExistsError):  # another process made it at the same moment
            self._put(self._path, flags, document)

    def _read(self) -> None:
        place = str(self._path)
        try:
            mode = S_IMODE(self._path.stat().st_mode)
            document = self._path.read_bytes()
        except OSError as error:
            msg = f"keys: {place}: {error.strerror}"
            raise KeysUnavailable(msg) from None
        if os.name == "posix" and mode & OTHERS:
            because = f"its mode is {mode:04o}: others may read it; chmod 600"
            raise Invalid(place, [because])
        try:
            found = msgspec.json.decode(document, type=Keys)
        except msgspec.MsgspecError:  # its message may quote what the file holds
            raise Invalid(place, ["is no file of keys"]) from None
        keys = decoded(place, found.keys)
        if found.format != FORMAT or found.current not in keys:
            raise Invalid(place, [f"is no file of keys: {FORMAT!r}, the current one among them"])
        self._current, self._keys = found.current, keys

    def _write(self, current: str, keys: Mapping[str, bytes]) -> None:
        beside = self._path.with_name(f".{self._path.name}.{secrets.token_hex(4)}")
        try:
            self._put(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, self._document(current, keys))
            beside.replace(self._path)
        except OSError as error:
            beside.unlink(missing_ok=True)
            msg = f"keys: {self._path}: {error.strerror}"
            raise KeysUnavailable(msg) from None
        self._current, self._keys = current, dict(keys)

    def _put(self, path: Path, flags: int, document: bytes) -> None:
        with os.fdopen(os.open(path, flags, ONLY_ITS_OWNER), "wb") as written:
            written.write(document)
            written.flush()
            os.fsync(written.fileno())

    def _document(self, current: str, keys: Mapping[str, bytes]) -> bytes:
        texts = {name: b64encode(key).decode() for name, key in keys.items()}
        document = msgspec.json.encode(Keys(format=FORMAT, current=current, keys=texts))
        return msgspec.json.format(document, indent=1) + b"\n"


class EnvironmentKeyStore:
    """Keys in a variable: `ID=BASE64`, several parted by blanks; the first is current.

    It makes and destroys no keys: whoever sets the variable puts another key first, has
    `npq rotate-keys` wrap everything by it, and then takes the old one out.
    """

    def __init__(self, variable: str, environment: Mapping[str, str] = os.environ) -> None:
        """Read the variable."""
        place = f"environment variable {variable}"
        texts = environment.get(variable, "").split()
        if not texts:
            msg = f"keys: {place} is not set"
            raise KeysUnavailable(msg)
        pairs = [text.partition("=") for text in texts]
        if not all(name and equals and key for name, equals, key in pairs):
            raise Invalid(place, ["reads ID=BASE64, several of them parted by blanks"])
        self._keys = decoded(place, {name: key for name, _, key in pairs})
        self._current = pairs[0][0]

    @property
    def current(self) -> str:
        return self._current

    @property
    def old(self) -> frozenset[str]:
        return frozenset(self._keys) - {self._current}

    def wrap(self, key: bytes, bound_to: bytes) -> Wrapped:
        return wrap(self._keys, self._current, key, bound_to)

    def unwrap(self, wrapped: Wrapped, bound_to: bytes) -> bytes:
        return unwrap(self._keys, wrapped, bound_to)

    def renew(self) -> str:
        return self._current

    def drop(self) -> frozenset[str]:
        return frozenset()


def new_key() -> dict[str, bytes]:
    """A key that nobody has had, under an id that says nothing."""
    return {f"k-{secrets.token_hex(6)}": AESGCM.generate_key(SIZE * 8)}
