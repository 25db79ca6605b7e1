"""Personal values: names, TRNs, e-mails and free text, which never show by accident.

In a sealed ledger a personal value is stored as a text that begins with `SEAL`, which says which
field it was sealed for and can be opened by the key of its subject alone. What seals and opens is
given by whoever keeps the ledger: here is only where in a fact the personal values are.
"""

import types
from collections.abc import Callable, Hashable, Iterator
from functools import cache
from typing import Any, Generic, TypeVar, Union, cast, get_args, get_origin

import attrs
import msgspec

T = TypeVar("T")

REDACTED = "•••"

ERASED = "[erased]"
"""What a value reads whose key was destroyed."""

SEAL = "sealed:1:"
"""What every sealed value begins with. No value that is to be sealed may."""


class Sealed(msgspec.Struct, frozen=True):
    """A personal value under seal, and the place that it was sealed for."""

    text: str
    position: int
    subject: str
    version: int
    name: str
    """The stored name of its fact."""
    path: str
    """The path of its field within the fact."""
    opener: "Callable[[Sealed], str] | None" = None

    def open(self) -> str:
        """What it says, or `ERASED`."""
        if self.opener is None:
            msg = f"{self.name} of {self.subject}: {self.path} is sealed, and no key is at hand"
            raise LookupError(msg)
        return self.opener(self)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and self.written() == other.written()

    def __hash__(self) -> int:
        return hash(self.written())

    def __reduce__(self) -> Any:
        """Sent to another process without what opens it."""
        return Sealed, (*self._place(), None)

    def __repr__(self) -> str:
        return REDACTED

    def _place(self) -> tuple[Any, ...]:
        return self.text, self.position, self.subject, self.version, self.name, self.path

    def written(self) -> str:
        """The text with its place, for a view to hold: its row is not the fact's."""
        return " ".join(map(str, self._place()))

    @classmethod
    def read(cls, written: str) -> "Sealed":
        """What `written` gave."""
        text, position, subject, version, name, path = written.split(" ")
        return cls(text, int(position), subject, int(version), name, path)


class Personal(Generic[T]):
    """A value that belongs to a person: repr, str, format, errors and logs show `•••`.

    One whose key was destroyed shows `[erased]`, and reveals as that.

    >>> name = Personal("Ada Byron")
    >>> f"{name}", name.reveal()
    ('•••', 'Ada Byron')
    """

    __slots__ = ("_value",)

    def __init__(self, value: T | Sealed) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself: call this only where the value has to leave, and nowhere else."""
        value = self._value
        return cast("T", value.open()) if isinstance(value, Sealed) else value

    @property
    def sealed(self) -> Sealed | None:
        """The seal it is under; `None` for a value in the clear."""
        return self._value if isinstance(self._value, Sealed) else None

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Personal) or self._value == other._value:
            return isinstance(other, Personal)
        return self._opens() and other._opens() and bool(self.reveal() == other.reveal())

    def _opens(self) -> bool:
        """Whether there is something to open it with, if it is sealed."""
        return self.sealed is None or self.sealed.opener is not None

    def __hash__(self) -> int:
        return hash(self.reveal())

    def __repr__(self) -> str:
        return ERASED if self._value == ERASED else REDACTED

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return repr(self)


def personal(value: str | Personal[str]) -> Personal[str]:
    """Wrap a plain text; one that is wrapped already stays as it is."""
    return value if isinstance(value, Personal) else Personal(value)


def maybe_personal(value: str | Personal[str] | None) -> Personal[str] | None:
    """Wrap a plain text, or keep `None`."""
    return None if value is None else personal(value)


def is_personal(kind: Any) -> bool:
    """Whether a type is `Personal[…]`."""
    origin: Any = get_origin(kind)
    return origin is Personal


Found = Iterator[tuple[str, Personal[str]]]
"""Personal values, each with the path of its field."""

Find = Callable[[Any, str], Found]
"""From a value and the path to it to the personal values within."""


@cache
def finder(kind: Hashable) -> Find | None:
    """What finds the personal values in what is of a type; `None` where there can be none."""
    args = get_args(kind)
    if is_personal(kind):
        return found_here
    if get_origin(kind) in (types.UnionType, Union):
        return optional(args)
    if get_origin(kind) is tuple:
        return in_each(finder(args[0]))
    return in_fields(kind) if isinstance(kind, type) and attrs.has(kind) else None


def found_here(value: Any, path: str) -> Found:
    """A personal value, or one that may be missing and is not."""
    yield path, value


def optional(arms: tuple[Any, ...]) -> Find | None:
    """What may be missing."""
    inner = next((each for each in map(finder, arms) if each), None)
    if inner is None:
        return None
    return lambda value, path: iter(()) if value is None else inner(value, path)


def in_each(inner: Find | None) -> Find | None:
    """Several of a kind, told apart by their number."""
    if inner is None:
        return None

    def find(values: Any, path: str) -> Found:
        for number, value in enumerate(values):
            yield from inner(value, f"{path}.{number}")

    return find


def in_fields(kind: Any) -> Find | None:
    """The fields of an attrs class."""
    found = [(it.name, finder(it.type)) for it in attrs.fields(kind)]
    inner = [(name, within) for name, within in found if within]
    if not inner:
        return None

    def find(value: Any, path: str) -> Found:
        for name, within in inner:
            yield from within(getattr(value, name), f"{path}.{name}" if path else name)

    return find


def finder_of(it: Any) -> Find | None:
    """What finds the personal values in what is of the same type."""
    kind: Any = type(it)
    return finder(kind)


def personal_values(it: Any) -> Found:
    """Every personal value in a fact, with the path of its field, as in `evidence.uri`."""
    find = finder_of(it)
    return find(it, "") if find else iter(())


# What follows changes the values of a fact in place. It is for whoever has just made the fact from
# bytes and has shown it to nobody yet: to make a second one would double the price of reading.


def seal(it: Any, sealed: Callable[[str, str], str]) -> bool:
    """Put under seal what is personal in a fact; whether there was anything.

    `sealed` makes the text to store from the path of a field and its value.
    """
    found = list(personal_values(it))
    for path, value in found:
        value._value = SEAL + sealed(path, value.reveal())  # noqa: SLF001 - see above
    return bool(found)


def place(
    find: Find,
    it: Any,
    position: int,
    subject: str,
    version: int,
    name: str,
    opener: Callable[[Sealed], str] | None,
) -> None:
    """Tell the sealed values of a fact that was read where they were found, and what opens them.

    Where there is something to open them with, all of them are taken for sealed.
    """
    for path, value in find(it, ""):
        text = cast("str", value._value)  # noqa: SLF001 - see above
        if opener is not None or str.startswith(text, SEAL):
            value._value = Sealed(  # noqa: SLF001
                text, position, subject, version, name, path, opener
            )


def open_all(it: Any) -> None:
    """Open the sealed values of a fact that was read, so that it needs no key any more."""
    for _, value in personal_values(it):
        value._value = value.reveal()  # noqa: SLF001 - see above


def at_rest(value: Any) -> str:
    """A personal value as a view holds it: sealed as it is in the log, where the ledger is."""
    if not isinstance(value, Personal):
        msg = f"a view holds plain values, not {type(value).__name__}"
        raise TypeError(msg)
    text: str = value.sealed.written() if value.sealed else value.reveal()
    return text


def from_rest(text: str) -> Personal[str]:
    """A personal value as a view held it."""
    return Personal(Sealed.read(text) if text.startswith(SEAL) else text)
