"""`init`, `grants`, `backup`, `rebuild`: the schema, who may use it, a copy, views made anew."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from time import monotonic
from typing import Any

import attrs
import click
from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from npq_adapters import backup as make_backup
from npq_adapters import clusters, migrate
from npq_adapters import grants as granting
from npq_adapters.cli import exits, tables
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.committing import ANOTHER, APART, Swapped
from npq_adapters.crew import AT_ONCE
from npq_domain.errors import NpqError
from npq_domain.projections import VIEWS

STEPS = 10
"""How many lines of progress there are where there is no terminal."""


@click.command()
@hand_session
def init(session: Session) -> None:
    """Make the ledger's schema.

    Brings an older one to this version, and puts back what guards the log where it is gone. No
    other verb changes the schema. With --keys, what is personal is stored under seal from the first
    fact on; a file of keys that is not there is made.
    """
    migrate(session.address, keys=session.key_store(make=True))
    session.answer({"initialised": True}, Text("The ledger is ready.", "green"))


@click.command(epilog="Run them as the owner: npq … grants --writer NAME | psql …")
@click.option("--writer", metavar="NAME", help="Records facts and keeps the views.")
@click.option("--reader", metavar="NAME", help="Reads the views alone.")
@click.option("--auditor", metavar="NAME", help="Reads the facts and the views.")
@hand_session
def grants(session: Session, /, **given: str | None) -> None:
    """Print the SQL that lets roles use a PostgreSQL ledger.

    Nothing is executed and no role is made. What a later `init` makes, it grants itself.
    """
    roles = {role: name for role, name in given.items() if name}
    if not roles:
        msg = "name a role: --writer, --reader or --auditor"
        raise click.UsageError(msg)
    statements = [f"{it};" for it in granting(session.address, roles)]
    session.answer({"sql": statements})
    if not session.json:  # a name must not be broken where a line of a table would be
        session.out.print("\n".join(statements), soft_wrap=True)


@click.command()
@click.argument("file", type=click.Path(path_type=Path))
@hand_session
def backup(session: Session, file: Path) -> None:
    """Copy the ledger to FILE, a new one.

    Facts and views are those of one moment, and others write on meanwhile. The copy is checked
    throughout, and only its owner may read it. For ledgers in an SQLite file.
    """
    with progress(session.err, "copying", of="pages") as tell:
        position = make_backup(session.address, file, on_progress=tell)
    size = file.stat().st_size
    session.answer(
        {"backup": str(file), "position": position, "bytes": size},
        Text(f"Copied up to position {position} to {file}: {size:,} bytes.", "green"),
    )


@click.command(epilog=f"Views: {', '.join(it.name for it in VIEWS)}.")
@click.argument(
    "view", type=click.Choice([it.name for it in VIEWS]), required=False, metavar="[VIEW]"
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    metavar="N",
    help="Share the work among N processes. It pays beyond half a million facts.",
)
@click.option(
    "--dask",
    metavar="URL",
    help="Share it among the workers of a Dask cluster, as tcp://host:8786; all, or N of them.",
)
@click.option(
    "--at-once",
    type=click.IntRange(min=1),
    default=AT_ONCE,
    metavar="FACTS",
    help=f"Of a longer log, make some participants after the others: saves memory. [{AT_ONCE:,}]",
)
@click.option(
    "--compare",
    is_flag=True,
    help="Make it anew as of where it stands, and show every value that was not so. Exit 3 if any;"
    " 4 if there is one that could not be compared just now.",
)
@hand_session
def rebuild(
    session: Session,
    view: str | None,
    *,
    workers: int | None,
    dask: str | None,
    at_once: int,
    compare: bool,
) -> int:
    """Make VIEW, or every view, anew.

    It is made from the whole log; readers see the old one until the new one is there. The swap
    and what came of the comparison are kept with the ledger.
    """
    names = [view] if view else [it.name for it in VIEWS]
    began, swapped = monotonic(), list[Swapped]()
    try:
        with (
            session.ledger() as ledger,
            hands(dask, workers) as (executor, number),
            progress(session.err, "rebuilding") as tell,
        ):
            ledger.rebuild(
                names,
                on_progress=tell,
                on_swap=swapped.append,
                workers=number,
                executor=executor,
                at_once=at_once,
                compare=compare,
            )
    except NpqError as error:  # old rows that differed are gone: who asks again finds none
        if not swapped:
            raise
        names, seconds = [it.rebuilt.view for it in swapped], monotonic() - began
        if not session.json:
            tell_swapped(session, {}, names, swapped, seconds=seconds, compare=compare)
            raise
        write = partial(
            tell_swapped, session, names=names, swapped=swapped, seconds=seconds, compare=compare
        )
        return exits.told(error, as_json=True, write=write)
    tell_swapped(session, {}, names, swapped, seconds=monotonic() - began, compare=compare)
    if any(it.differences or it.uncompared == ANOTHER for it in swapped):
        return exits.INTEGRITY
    return exits.UNAVAILABLE if any(it.uncompared == APART for it in swapped) else exits.DONE


def tell_swapped(
    session: Session,
    more: dict[str, Any],
    names: Sequence[str],
    swapped: Sequence[Swapped],
    *,
    seconds: float,
    compare: bool,
) -> None:
    """Say which views were made anew, and what came of comparing; to programs, more with it."""
    document = {"rebuilt": names, "seconds": round(seconds, 3), "swaps": [*map(of_swap, swapped)]}
    session.answer(
        document | more,
        Text(f"Rebuilt {', '.join(names)} in {seconds:.1f} s.", "green"),
        *(compared(it) for it in swapped if compare),
    )


@contextmanager
def hands(dask: str | None, workers: int | None) -> Iterator[tuple[Executor | None, int]]:
    """Who does the work, and how many: those of a cluster, or processes on this machine."""
    if dask is None:
        yield None, workers or 1
        return
    with clusters.dask(dask, workers) as (executor, number):
        yield executor, number


def of_swap(it: Swapped) -> dict[str, Any]:
    """A swap and its differences, for programs."""
    told = {"differing": it.differences, "uncompared": it.uncompared}
    return attrs.asdict(it.rebuilt) | told


DIFFERENCES = (
    tables.Column("key", lambda it: tables.text(", ".join(map(str, it.key))), whole=True),
    tables.Column("column", lambda it: tables.text(it.column)),
    tables.Column("before", lambda it: tables.text(it.before), ratio=1),
    tables.Column("now", lambda it: tables.text(it.after), ratio=1),
)


def compared(it: Swapped) -> RenderableType:
    """What came of comparing a view with itself made anew."""
    made = it.rebuilt
    note = f"{made.rows} rows as of position {made.position}, digest {(made.digest or '')[:12]}"
    if it.uncompared:
        return tables.titled(made.view, Text(it.uncompared, "yellow"), note)
    if not it.differences:
        return tables.titled(made.view, Text("no difference", "green"), note)
    return tables.titled(made.view, tables.table(DIFFERENCES, it.differences), note)


@contextmanager
def progress(
    err: Console, doing: str, *, of: str = "facts"
) -> Iterator[Callable[[int, int], None]]:
    """Where to tell how far it is: a bar on a terminal, else a line now and then."""
    if not err.is_terminal:
        yield in_lines(err, doing, of)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        task, began = bar.add_task(doing, total=None, rate=""), monotonic()

        def tell(done: int, total: int) -> None:
            rate = per_second(done, monotonic() - began, of)
            bar.update(task, completed=done, total=total, rate=rate)

        yield tell


def in_lines(err: Console, doing: str, of: str) -> Callable[[int, int], None]:
    """Progress for a log file: a line at each tenth."""
    told, began = -1, monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal told
        step = STEPS * done // total if total else STEPS
        if step > told:
            told, gone = step, monotonic() - began
            left = f", {gone * (total - done) / done:.0f} s left" if 0 < done < total else ""
            rate = f", {per_second(done, gone, of)}" if done else ""
            err.print(f"{doing}: {done} of {total} {of}{rate}{left}")

    return tell


def per_second(done: int, seconds: float, of: str) -> str:
    """How fast it goes."""
    return f"{done / max(seconds, 1e-3):,.0f} {of}/s"
