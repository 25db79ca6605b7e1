"""`hold`, `erase`, `rotate-keys` and `subject-access`: what is owed to the people in the ledger."""

from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click
import msgspec
from rich.console import Console, RenderableType
from rich.text import Text

from npq_adapters.access import Access, Held, subject_access
from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.auditing import entry, laid_out
from npq_adapters.cli.recording import by
from npq_adapters.cli.session import WIDTH, Session, hand_session
from npq_adapters.cli.transferring import keep
from npq_domain.aggregates.participant.facts.retention import ErasureBasis
from npq_domain.errors import StoreUnavailable
from npq_domain.recorded import Actor

if TYPE_CHECKING:
    from npq_adapters.erasure import Erased, Rotated

BASES = [it.value for it in ErasureBasis]


def erasing() -> ModuleType:
    """What changes keys, which needs the extra `keys`: without it, nothing was ever sealed."""
    try:
        from npq_adapters import erasure  # noqa: PLC0415
    except ModuleNotFoundError as absent:
        msg = f"{absent.name} is not installed: pip install 'npq_domain[keys]'"
        raise StoreUnavailable(msg) from absent
    return erasure


@click.command()
@options.subject
@click.option(
    "--basis",
    type=click.Choice(BASES),
    required=True,
    help="The ground in Article 17(1) of the UK GDPR.",
)
@click.option("--reason", required=True, metavar="TEXT", help="Kept for good: name nobody in it.")
@click.option("--on", type=options.DAY, metavar="D", help="The day of the decision; else today.")
@by
@hand_session
def erase(
    session: Session, *, subject: UUID, basis: str, reason: str, on: date | None, by: Actor
) -> None:
    """Erase what is personal of SUBJECT, for good.

    Records the decision, destroys the subject's key, and says what waits for backups and key
    rotation. Refused under a legal hold or a retention rule, and in a ledger in the clear. Asked
    again, it completes what was left.
    """
    with session.ledger() as ledger:
        found = erasing().erase(
            ledger,
            subject,
            basis=ErasureBasis(basis),
            reason=reason,
            by=by,
            on=on or ledger.today(),
        )
    session.answer(found, *erased(found))


def erased(found: "Erased") -> Iterator[RenderableType]:
    """An erasure for people."""
    said = "was erased before" if found.repeated else "is erased"
    yield Text(f"{found.subject} {said}: fact {found.version} of it says so.", "green")
    yield from listed("Done now:", found.done)
    yield from listed("Waits:", found.waits, "yellow")
    yield from listed("Not erased, though of the same person:", map(str, found.others), "yellow")


def listed(heading: str, those: Any, style: str = "") -> Iterator[RenderableType]:
    """Lines under a heading; nothing where there are none."""
    if lines := [Text(f"  {it}", style) for it in those]:
        yield Text(heading, "bold")
        yield from lines


@click.command(name="rotate-keys")
@click.option(
    "--drop-old",
    is_flag=True,
    help="Destroy every older key: no backup made until now opens any more.",
)
@hand_session
def rotate_keys(session: Session, *, drop_old: bool) -> None:
    """Wrap every data key by a new key, and key the index of TRNs anew.

    With keys in a file, a new one is made. With keys in the environment, put a new one first, run
    this, and take the old one out.
    """
    with session.ledger() as ledger:
        found = erasing().rotate(ledger, drop_old=drop_old)
    session.answer(found, *rotated(found))


def rotated(found: "Rotated") -> Iterator[RenderableType]:
    """A change of keys for people."""
    yield Text(
        f"{found.rewrapped} data keys are wrapped by {found.current} now;"
        f" {found.indexed} entries of the index were made anew.",
        "green",
    )
    yield from listed("Taken out of the index:", map(str, found.unindexed))
    yield from listed("Erasures that were completed:", map(str, found.completed))
    yield from listed("Destroyed:", found.dropped)
    yield from listed("Still there, for backups made before now:", found.old, "yellow")


@click.command(name="subject-access")
@options.subject
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE",
    help="Write FILE.json and FILE.txt, which their owner alone may read, and show nothing.",
)
@hand_session
def access(session: Session, *, subject: UUID, out: Path | None) -> None:
    """Show everything held about the person whose SUBJECT this is.

    In each of their applications here, in the clear: every fact, every row of a view.
    """
    with session.ledger() as ledger:
        found = subject_access(ledger, subject)
    document = plain(found)
    if out is None:
        session.answer(document, *readable(found))
        return
    files = {out.with_name(f"{out.name}.{it}") for it in ("json", "txt")}
    encoded = msgspec.json.format(msgspec.json.encode(document), indent=2)
    keep(out.with_name(f"{out.name}.json"), encoded + b"\n")
    keep(out.with_name(f"{out.name}.txt"), printed(readable(found)).encode())
    session.answer(
        {"written": sorted(map(str, files))},
        Text(f"Wrote {', '.join(sorted(map(str, files)))}.", "green"),
    )


def plain(found: Access) -> dict[str, Any]:
    """The answer for programs, in the clear."""
    return {
        "on": found.on.isoformat(),
        "person": wire.plain(found.person, wire.reveal),
        "held": [
            {
                "subject": str(it.subject),
                "erased_on": wire.plain(it.erased_on),
                "facts": [wire.plain(entry(each, wire.reveal)) for each in it.facts],
                "views": wire.plain(it.views, wire.reveal),
                "index": wire.plain(it.index),
            }
            for it in found.held
        ],
    }


def readable(found: Access) -> Sequence[RenderableType]:
    """The answer for people, in the clear."""
    return [Text(f"Everything held on {found.on}", "bold"), *shown(found)]


def shown(found: Access) -> Iterator[RenderableType]:
    """Each application: its facts, then the rows of the views."""
    for it in found.held:
        yield laid_out(it.subject, it.facts, wire.reveal, roomy=True)
        yield Text(indexed(it))
        for name, rows in it.views.items():
            for row in rows:
                yield tables.titled(name.capitalize(), Text("\n".join(fields(row))), "")


def indexed(it: Held) -> str:
    """Whether the index of TRNs has an entry, and whether it was erased."""
    gone = f"What is personal was erased on {it.erased_on}. " if it.erased_on else ""
    return f"{gone}The index of TRNs has {len(it.index) or 'no'} entry for it."


def fields(row: Any) -> Iterator[str]:
    """The columns of a row, one a line; those that are empty are left out."""
    for name, value in wire.plain(row, wire.reveal).items():
        if value not in (None, []):
            yield f"{name.replace('_', ' ')}: {value}"


def printed(parts: Sequence[RenderableType]) -> str:
    """What people see, as plain text."""
    console = Console(
        file=StringIO(), width=WIDTH, markup=False, highlight=False, emoji=False, no_color=True
    )
    with console.capture() as captured:
        for each in parts:
            console.print(each)
    return captured.get()
