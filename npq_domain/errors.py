"""Everything that can go wrong, under one name: `NpqError`."""

import re
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from attrs import field, frozen


class NpqError(Exception):
    """The root of every error this library raises on purpose. Another process may be sent one."""

    def __reduce__(self) -> Any:
        return restored, (type(self), self.args, self.__dict__)


def restored(kind: type[Exception], args: tuple[Any, ...], known: dict[str, Any]) -> Exception:
    """An error as it was: its class would have it made from other things than its message."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(known)
    return error


@frozen(kw_only=True)
class Requirement:
    """One condition of a gate and how it stands: met or not, why, and which clause asks for it."""

    code: str
    met: bool
    because: str
    source: str
    relied_on: tuple[str, ...] = ()
    """What the condition was judged by, in words: components, figures, names of facts."""


class Refused(NpqError):
    """A rule says no. `requirements` holds every unmet one; `code` is stable and snake_case."""

    def __init__(self, *requirements: Requirement, code: str | None = None) -> None:
        self.requirements = requirements
        self.code = code or requirements[0].code
        super().__init__("; ".join(f"{it.because} ({it.source})" for it in requirements))


def refusal(code: str, because: str, source: str) -> Refused:
    """One unmet requirement, as the error to raise."""
    return Refused(Requirement(code=code, met=False, because=because, source=source))


class Invalid(NpqError):
    """Input that cannot be read: `faults` say where and what, one line each."""

    def __init__(self, place: str, faults: Iterable[str]) -> None:
        self.place = place
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{place}: {fault}" for fault in self.faults))


class Conflict(NpqError):
    """Others kept recording facts of this subject: still contended after the bounded retries."""


class StoreUnavailable(NpqError):
    """The store cannot be reached, opened, or written to in time."""


class NotInitialised(StoreUnavailable):
    """The store has no schema, or not the one of this version: `npq init` makes it."""


class NotPermitted(StoreUnavailable):
    """The store does not let us do that: our role has no such right, or the server only reads."""


class Behind(NpqError):
    """A view did not come as far as was asked in the time that was given."""


@frozen(kw_only=True)
class Place:
    """Where a stored fact stands. It bears no personal value, so it may be logged."""

    position: int
    subject: str
    version: int
    name: str = field(default="")


class StoredFactError(NpqError):
    """A stored row cannot be read. Shows its place, never its content."""

    def __init__(self, place: Place, why: str) -> None:
        self.place, self.why = place, why
        self.position, self.name, self.version = place.position, place.name, place.version
        self.subject: str | UUID = place.subject
        super().__init__(
            f"{why}: fact {as_told(NAME, place.name)} at position {place.position},"
            f" version {place.version} of {as_told(SUBJECT, place.subject)}"
        )


NAME = re.compile(r"[A-Za-z0-9._:-]{1,100}")
"""What may stand where a name should: whatever else does is stored content, and is not shown."""

SUBJECT = re.compile(r"[0-9a-fA-F-]{1,36}")
"""What ids are written with."""


def as_told(form: re.Pattern[str], text: object) -> str:
    """A name or an id as messages show it: `?` for a text that is none."""
    return text if isinstance(text, str) and form.fullmatch(text) else "?"


class AnotherLog(NpqError):
    """A view was made of another log than the one there: an older one was put under it.

    Its rows tell of facts that are no longer there. `rebuild` makes them of those that are.
    """

    def __init__(self, view: str, position: int, found: str = "the log has another fact") -> None:
        self.view, self.position = view, position
        super().__init__(
            f"the view {view} has read up to position {position}, but {found}: an older"
            f" backup was restored under it; `npq rebuild {view}` makes it anew"
        )


class ViewAhead(AnotherLog):
    """And that log has not even grown as far as the view has read."""

    def __init__(self, view: str, position: int, head: int) -> None:
        self.head = head
        super().__init__(view, position, f"the log ends at {head}")


class SealBroken(StoredFactError):
    """A personal value does not open: it, or what it was sealed for, is not as it was."""


class UnknownFact(StoredFactError):
    """A stored fact bears a name or a version that this vocabulary does not have."""
