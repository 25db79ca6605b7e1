"""What a process of its own does that a test has started beside others.

Processes come from where the library is loaded already, and need no more than this module. They
wait for one another, so that what they do is done at one moment.
"""

from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Barrier
from uuid import UUID

from attrs import frozen

from npq_adapters import Ledger, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row, Table
from npq_domain import commands as ask
from npq_domain.errors import Conflict, Refused
from npq_domain.recorded import Actor

PATIENCE = 60.0
"""Seconds for which a process waits until all are there."""

# Who migrates


@frozen
class Short:
    subject: str
    number: int


SHORT = Table("short", Short, ("subject",))


def migrating(together: Barrier, url: str, subject: str) -> None:
    """Make a schema where there is none, maybe, and write a row of a log and one of a view."""
    with closing(open_store(url)) as store:
        together.wait(PATIENCE)
        store.migrate([SHORT])
        store.append([Row(subject, 1, "a", b"{}")])
        with store.views(write=True) as views:
            views.put(SHORT, [Short(subject, 1)])


# Who reserves funded places

OFFICE = Actor(role="provider", id="office")
HUB = UUID(int=7)
DAY = date(2023, 9, 1)
NOW = datetime(2023, 9, 4, 12, tzinfo=UTC)
EACH = 5


def reserve(ledger: Ledger, participant: int) -> str:
    """What became of one participant's place; who finds the cohort contended asks again."""
    command = ask.ReserveFundedPlace(programme="NPQSL", participant=UUID(int=participant), on=DAY)
    while True:
        try:
            ledger.handle(HUB, command, by=OFFICE, command_id=UUID(int=1000 + participant))
        except Refused as refused:
            return refused.code
        except Conflict:
            continue
        return "reserved"


def reserving(together: Barrier, url: str, first: int, file: Path) -> None:
    """Ask for places from the first participant on, and write down the answers."""
    with closing(open_ledger(url, clock=lambda: NOW)) as ledger:
        together.wait(PATIENCE)
        answers = [reserve(ledger, it) for it in range(first, first + EACH)]
    file.write_text("\n".join(answers))
