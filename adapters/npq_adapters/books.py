"""What the engine keeps of its own work: what it covered, what it set aside, what it built anew.

These are tables beside those of the views, written in the same transactions.
"""

from datetime import date, datetime

from attrs import frozen

from npq_adapters.store import Table
from npq_domain.errors import NAME, as_told


def shown(name: str) -> str:
    """A stored name as the books have it: all texts that are no names are one."""
    return as_told(NAME, name)


@frozen(kw_only=True)
class Covered:
    """How many facts of a name a view has behind it, up to its checkpoint.

    Those applied, those ignored and those in quarantine are all that the log has of that name.
    """

    view: str
    name: str
    applied: int
    """Folded into rows, or taken out of them by a void."""
    ignored: int
    """Passed over, because the view reads no such facts."""


@frozen(kw_only=True)
class Quarantined:
    """A fact that a tolerant view went on without: where it stands, and what hinders, no value."""

    view: str
    position: int
    subject: str
    version: int
    name: str
    error: str
    """The class of the error."""


@frozen(kw_only=True)
class Rebuilt:
    """One swap of a view's rows for rows made anew from the whole log."""

    view: str
    number: int
    """1 for the first."""
    rebuilt_at: datetime
    position: int
    as_at: date
    rows: int
    digest: str | None
    """SHA-256 of the rows in the order of their keys, in hex; `None`: not compared."""
    compared_with: str | None
    """The digest of the rows that stood there before, of the same place; `None`: not compared."""
    differences: int | None
    """How many values differed."""


COVERAGE = Table("coverage", Covered, ("view", "name"))
QUARANTINE = Table("quarantine", Quarantined, ("view", "position"))
REBUILDS = Table("rebuilds", Rebuilt, ("view", "number"))

BOOKS = (COVERAGE, QUARANTINE, REBUILDS)
