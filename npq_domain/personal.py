"""Personal values: names, TRNs, e-mails and free text, which never show by accident."""

from typing import Generic, TypeVar

T = TypeVar("T")

REDACTED = "•••"


class Personal(Generic[T]):
    """A value that belongs to a person: repr, str, format, errors and logs show `•••`.

    >>> name = Personal("Ada Byron")
    >>> f"{name}", name.reveal()
    ('•••', 'Ada Byron')
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        """The value itself: call this only where the value has to leave, and nowhere else."""
        return self._value

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return REDACTED

    __str__ = __repr__

    def __format__(self, _: str) -> str:
        return REDACTED


def personal(value: str | Personal[str]) -> Personal[str]:
    """Wrap a plain text; one that is wrapped already stays as it is."""
    return value if isinstance(value, Personal) else Personal(value)


def maybe_personal(value: str | Personal[str] | None) -> Personal[str] | None:
    """Wrap a plain text, or keep `None`."""
    return None if value is None else personal(value)
