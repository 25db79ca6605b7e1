"""`check`: the log, the views and the store looked through, and everything that is wrong told."""

from collections.abc import Iterator
from typing import Any

import click
from rich.console import RenderableType
from rich.text import Text

from npq_adapters import checking
from npq_adapters.checking import Damage, Report, Standing
from npq_adapters.cli import exits, tables, wire
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.cli.upkeep import progress
from npq_adapters.store import Guarantee


@click.command()
@hand_session
def check(session: Session) -> int:
    """Look through the whole log, the views and the store.

    Tells every row that cannot be read, by its place, and goes on; every version that is missing;
    every view that was made of another log; every fact that a view goes on without; every view
    whose books do not come to what the log has, name by name; and what the store guarantees.
    Ends with 3 if anything is wrong.
    """
    with session.ledger() as ledger, progress(session.err, "checking") as tell:
        found = checking.check(ledger, tell)
    session.answer(document(found), *shown(found))
    return exits.INTEGRITY if found.wrong else exits.DONE


def document(found: Report) -> dict[str, Any]:
    """Everything that was found, for programs."""
    told: dict[str, Any] = wire.plain(found)
    return {"wrong": found.wrong} | told


def shown(found: Report) -> Iterator[RenderableType]:
    """Everything that was found, for people."""
    yield tables.titled("Guarantees", tables.table(GUARANTEES, found.guarantees))
    note = f"the log ends at position {found.head}"
    yield tables.titled("Views", tables.table(VIEWS, found.views), note)
    if found.set_aside:
        note = "what views go on without, because it cannot be applied"
        yield tables.titled("Set aside", tables.table(SET_ASIDE, found.set_aside), note)
    if found.uncovered:
        yield tables.titled("Not covered", tables.table(UNCOVERED, found.uncovered))
    if found.damage:
        yield tables.titled("Damaged", tables.table(DAMAGE, found.damage))
    facts = f"{found.facts:,} facts of {found.subjects:,} subjects"
    if found.wrong:
        yield Text(f"{facts}; {found.wrong:,} things are wrong.", "red")
    else:
        yield Text(f"{facts}; nothing is wrong.", "green")


def held(it: Guarantee) -> Text:
    """Whether a guarantee is held; in red if it has to be and is not."""
    return tables.tick(it.held) if it.held or it.due else tables.dim(tables.NOTHING)


def standing(it: Standing) -> Text:
    """How a view stands to the log."""
    if it.position is None:
        return tables.dim("never built")
    if it.another_log:
        how = f"{it.ahead:,} ahead" if it.ahead else "of another log"
        return tables.text(f"{how}: an older backup was restored; rebuild {it.view}", "red")
    return tables.text(f"{it.behind:,} behind") if it.behind else tables.dim("up to date")


GUARANTEES = (
    Column("guarantee", lambda it: tables.text(it.name.replace("_", " ")), whole=True),
    Column("held", held, whole=True),
    Column("because", lambda it: tables.text(it.because), ratio=1),
)
VIEWS = (
    Column("view", lambda it: tables.text(it.view), whole=True),
    Column("position", lambda it: tables.text(it.position), "right", whole=True),
    Column("as at", lambda it: tables.text(it.as_at), whole=True),
    Column("stands", standing, ratio=1),
)
SET_ASIDE = (
    Column("view", lambda it: tables.text(it.view), whole=True),
    Column("position", lambda it: tables.text(it.position), "right", whole=True),
    Column("subject", lambda it: tables.text(it.subject), whole=True),
    Column("version", lambda it: tables.text(it.version), "right", whole=True),
    Column("name", lambda it: tables.text(it.name), ratio=1),
    Column("error", lambda it: tables.text(it.error), whole=True),
)
UNCOVERED = (
    Column("view", lambda it: tables.text(it.view), whole=True),
    Column("name", lambda it: tables.text(it.name), ratio=1),
    Column("in the log", lambda it: tables.count(it.logged), "right", whole=True),
    Column("applied", lambda it: tables.count(it.applied), "right", whole=True),
    Column("ignored", lambda it: tables.count(it.ignored), "right", whole=True),
    Column("set aside", lambda it: tables.count(it.quarantined), "right", whole=True),
)


def who_reads(it: Damage) -> Text:
    """The views that are concerned."""
    return tables.dim(tables.listed(it.views))


DAMAGE = (
    Column("position", lambda it: tables.text(it.position), "right", whole=True),
    Column("subject", lambda it: tables.text(it.subject), whole=True),
    Column("version", lambda it: tables.text(it.version), "right", whole=True),
    Column("name", lambda it: tables.text(it.name), ratio=1),
    Column("error", lambda it: tables.text(it.error), whole=True),
    Column("why", lambda it: tables.text(it.why), ratio=1),
    Column("views", who_reads, ratio=1),
)
