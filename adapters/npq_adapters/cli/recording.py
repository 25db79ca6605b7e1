"""`record` and `import`: commands and files, into the ledger."""

import getpass
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import click
from rich.console import RenderableType
from rich.text import Text

from npq_adapters.cli import exits, options, tables, wire
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.inbound import applications, cohorts, commands, registers
from npq_adapters.inbound.asking import CONTENDED, FAILED, INVALID, REFUSED, UNREADABLE
from npq_domain.recorded import Actor

ENDS = {
    REFUSED: exits.REFUSED,
    INVALID: exits.BAD_INPUT,
    UNREADABLE: exits.BAD_INPUT,
    FAILED: exits.INTEGRITY,
    CONTENDED: exits.UNAVAILABLE,
}
"""Which outcomes keep a run from ending well."""


class By(click.ParamType[Actor]):
    """Who asks, as role:id."""

    name = "role:id"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> Actor:
        """Take a text apart at its first colon."""
        if isinstance(value, Actor):
            return value
        role, colon, name = value.partition(":")
        if not (role and colon and name):
            self.fail(f"{value!r} reads ROLE:ID, as in provider:j.doe", param, ctx)
        return Actor(role=role, id=name)


def me() -> Actor:
    """Who runs this program, as the machine knows them."""
    with suppress(OSError, KeyError, ImportError):  # some containers know nobody
        return Actor(role="provider", id=getpass.getuser())
    return Actor(role="provider", id="unknown")


by = click.option(
    "--by", type=By(), default=me, metavar="ROLE:ID", help="Who asks; else provider:you."
)


@click.command()
@click.argument("file")
@click.option("--by", type=By(), metavar="ROLE:ID", help="Who asks, where a line does not say.")
@hand_session
def record(session: Session, *, file: str, by: Actor | None) -> int:
    """Ask the commands of FILE, one a line.

    A file called - is standard input. There is one JSON result a line, with --json and without;
    a line that is refused or cannot be read, or whose history cannot be, stops no later one.
    """
    counted: Counter[str] = Counter()
    one_line = exits.in_lines(as_json=session.json)
    with one_line, opened(file) as lines, session.ledger() as ledger:
        for result in commands.record(ledger, lines, default_by=by):
            wire.write_line(result)
            counted[result["outcome"]] += 1
    if not session.json:
        session.err.print(summed_up(counted))
    return worst(counted)


@contextmanager
def opened(file: str) -> Iterator[Iterator[bytes]]:
    """The lines of a file, or of standard input where it is called `-`."""
    if file == "-":
        yield commands.lines_of(sys.stdin.buffer)
        return
    with Path(file).open("rb") as source:
        yield commands.lines_of(source)


def worst(outcomes: Iterable[str]) -> int:
    """How a run ends in which these things happened; most weighs what asking again may mend."""
    return max((ENDS.get(it, exits.DONE) for it in outcomes), default=exits.DONE)


def summed_up(counted: Mapping[str, int]) -> Text:
    """How many lines there were of each outcome."""
    total = sum(counted.values())
    said = Text(f"{total} line" if total == 1 else f"{total} lines")
    for outcome, number in counted.items():
        said.append(", " if ":" in said.plain else ": ")
        said.append(f"{number} {outcome}", tables.COLOURS.get(outcome, ""))
    return said


@click.group(name="import")
def bring_in() -> None:
    """Take in a file as providers get it.

    Every row is accounted for, and a second time records nothing.
    """


@bring_in.command(name="applications")
@click.argument("file")
@click.option("--provider", metavar="P", help="Whose page it is, if the ledger cannot tell.")
@click.option("--on", type=options.DAY, metavar="D", help="The day of what has changed since.")
@by
@hand_session
def import_applications(
    session: Session, *, file: str, provider: str | None, on: date | None, by: Actor
) -> int:
    """Take in a page of DfE's API v3 npq-applications."""
    with session.ledger() as ledger:
        report = applications.import_applications(ledger, file, by=by, provider=provider, on=on)
    return told(session, report)


@bring_in.command(name="cohort")
@click.argument("file")
@by
@hand_session
def import_cohort(session: Session, *, file: str, by: Actor) -> int:
    """Take in an intake with its sessions and windows, as TOML."""
    with session.ledger() as ledger:
        report = cohorts.import_cohort(ledger, file, by=by)
    return told(session, report)


@bring_in.command(name="register")
@click.argument("file")
@click.option("--cohort", required=True, type=options.SUBJECT, metavar="ID", help="Its cohort.")
@click.option("--component", required=True, metavar="ID", help="Which session it is of.")
@click.option("--programme", metavar="P", help="Whose session, where several have one of that id.")
@click.option("--on", type=options.DAY, metavar="D", help="The day, if not the timetable's.")
@click.option("--encoding", metavar="E", help="If it is not UTF-8: cp1252, utf-16, …")
@click.option("--dry-run", is_flag=True, help="Tell what would become of each row; record nothing.")
@by
@hand_session
def import_register(  # noqa: PLR0913 - the options, by their names
    session: Session,
    *,
    file: str,
    cohort: UUID,
    component: str,
    programme: str | None,
    on: date | None,
    encoding: str | None,
    dry_run: bool,
    by: Actor,
) -> int:
    """Take in an attendance register, as CSV."""
    with session.ledger() as ledger:
        report = registers.import_register(
            ledger,
            file,
            cohort=cohort,
            component=component,
            by=by,
            on=on,
            encoding=encoding,
            programme=programme,
            dry_run=dry_run,
        )
    return told(session, report)


def told(session: Session, report: Any) -> int:
    """Tell what became of a file, and how the run ends."""
    session.answer(report.as_json(), *shown(report))
    return worst(it.outcome for it in report.lines)


def shown(report: Any) -> Iterable[RenderableType]:
    """A report for people: its totals, and each line that did not end well with its reason."""
    yield summary(report)
    if lost := [it for it in report.lines if it.outcome in ENDS]:
        yield tables.indented(tables.table(LOST, lost))


def summary(report: Any) -> Text:
    """How many rows there were and what became of them."""
    said = Text(f"{Path(report.file).name}  ", "bold")
    said.append(f"{len(report.lines)} read", "bold")
    for outcome, number in report.totals.items():
        said.append(", ")
        said.append(f"{number} {outcome}", tables.COLOURS.get(outcome, "") if number else "dim")
    if getattr(report, "dry_run", False):
        said.append("  dry run: nothing was recorded", "bold yellow")
    if cohort := getattr(report, "cohort", None):
        said.append(f"  cohort {cohort}", "dim")
    if because := getattr(report, "because", None):
        said.append(f"  provider {report.provider}: {because}", "dim")
    return said


def place_of(line: Any) -> str:
    """Where in its file a line of a report stands."""
    return str(getattr(line, "place", None) or f"line {line.line}")


def reason_of(line: Any) -> str:
    """Why a line did not end well, without the place, which has a column of its own."""
    return str(line.message or line.code).partition(f"{place_of(line)}: ")[2] or str(line.message)


LOST = (
    Column("where", lambda it: tables.dim(place_of(it)), whole=True),
    Column("outcome", lambda it: tables.word(it.outcome), whole=True),
    Column("code", lambda it: tables.text(it.code), whole=True),
    Column("why", lambda it: tables.text(reason_of(it)), ratio=1),
)
