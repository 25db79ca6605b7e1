"""`init` and `rebuild`: the schema, and the views made anew."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from npq_adapters import migrate
from npq_adapters.cli.session import Session, hand_session
from npq_domain.projections import VIEWS

STEPS = 10
"""How many lines of progress there are where there is no terminal."""


@click.command()
@hand_session
def init(session: Session) -> None:
    """Make the ledger's schema.

    Brings an older one to this version. No other verb changes the schema. With --keys, what is
    personal is stored under seal from the first fact on; a file of keys that is not there is made.
    """
    migrate(session.address, keys=session.key_store(make=True))
    session.answer({"initialised": True}, Text("The ledger is ready.", "green"))


@click.command(epilog=f"Views: {', '.join(it.name for it in VIEWS)}.")
@click.argument(
    "view", type=click.Choice([it.name for it in VIEWS]), required=False, metavar="[VIEW]"
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=1,
    metavar="N",
    help="Share the work among N processes. It pays beyond some 100,000 facts.",
)
@hand_session
def rebuild(session: Session, view: str | None, workers: int) -> None:
    """Make VIEW, or every view, anew.

    It is made from the whole log; readers see the old one until the new one is there.
    """
    names = [view] if view else [it.name for it in VIEWS]
    began = monotonic()
    with session.ledger() as ledger, progress(session.err, "rebuilding") as tell:
        ledger.rebuild(names, on_progress=tell, workers=workers)
    seconds = round(monotonic() - began, 3)
    session.answer(
        {"rebuilt": names, "seconds": seconds},
        Text(f"Rebuilt {', '.join(names)} in {seconds:.1f} s.", "green"),
    )


@contextmanager
def progress(err: Console, doing: str) -> Iterator[Callable[[int, int], None]]:
    """Where to tell how far it is: a bar on a terminal, else a line now and then."""
    if not err.is_terminal:
        yield in_lines(err, doing)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, TimeRemainingColumn(), console=err, transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def in_lines(err: Console, doing: str) -> Callable[[int, int], None]:
    """Progress for a log file: a line at each tenth."""
    told = -1

    def tell(done: int, total: int) -> None:
        nonlocal told
        step = STEPS * done // total if total else STEPS
        if step > told:
            told = step
            err.print(f"{doing}: {done} of {total}")

    return tell
