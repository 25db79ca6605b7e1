"""`funding`: the policies that say whose fees DfE pays, and tables of cases held against them."""

import csv
import io
import sys
from collections.abc import Iterable, Iterator
from datetime import date

import attrs
import click
from rich.console import RenderableType
from rich.text import Text

from npq_adapters.cli import options, tables, wire
from npq_adapters.cli.recording import worst
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.showing import csv_cell
from npq_adapters.cli.tables import Column
from npq_adapters.inbound.funding_cases import Line, Report, assess_cases, policy_called
from npq_adapters.inbound.reading import content
from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Condition, FundingRow

HEADING = [it.name for it in attrs.fields(Line)]


@click.group()
def funding() -> None:
    """Hold cases against DfE's funding policies, of any day."""


@funding.command()
@click.argument("policy", required=False)
@hand_session
def policies(session: Session, policy: str | None) -> None:
    """List the policies; of one POLICY, every row with its clause."""
    known = session.catalogue or shipped()
    if policy is None:
        found = sorted(known.funding_policies, key=lambda it: (it.series.value, it.valid_from))
        body = tables.table(POLICIES, found, section=lambda it: it.series)
        session.answer(found, tables.titled("Funding policies", body))
        return
    one = policy_called(known, policy)
    numbered = list(enumerate(one.rows, start=1))
    session.answer(one, tables.titled(one.title, tables.table(ROWS, numbered), one.source))


@funding.command()
@click.argument("file")
@click.option(
    "--policy", metavar="ID", help="Hold all cases against this one: npq funding policies."
)
@click.option(
    "--on", type=options.DAY, metavar="D", help="The day of registration, if no column on says it."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    help="csv by default; it has a ' before texts that begin as formulas do.",
)
@click.option("--encoding", metavar="E", help="If it is not UTF-8: cp1252, utf-16, …")
@hand_session
def assess(
    session: Session,
    *,
    file: str,
    policy: str | None,
    on: date | None,
    form: str | None,
    encoding: str | None,
) -> int:
    """Assess the cases of FILE, as CSV, one a row: the code, and the row that decided.

    A file called - is standard input. Columns are the fields of a case; programme and in_england
    there have to be, and what is empty is not known. A row that cannot be read stops no other.
    """
    if session.json and form not in {None, "json"}:
        msg = f"--json and --format {form} ask for two forms at once"
        raise click.UsageError(msg)
    if policy and on:
        msg = "--policy and --on both say which policy"
        raise click.UsageError(msg)
    raw = sys.stdin.buffer.read() if file == "-" else content(file)
    report = assess_cases(
        session.catalogue or shipped(), raw, file, policy=policy, on=on, encoding=encoding
    )
    form = form or ("json" if session.json else "csv")
    if form == "json":
        wire.write(report.as_json())
    elif form == "csv":
        write_csv(report.lines)
    else:
        session.out.print(tables.titled("Funding", tables.table(CASES, report.lines)))
    if form != "json":
        session.err.print(summed_up(report))
    return worst(it.outcome for it in report.lines)


def write_csv(lines: Iterable[Line]) -> None:
    """For spreadsheets, as RFC 4180 has it."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(HEADING)
    writer.writerows([csv_cell(getattr(it, name)) for name in HEADING] for it in lines)
    sys.stdout.buffer.write(text.getvalue().encode())  # as bytes: its line ends stay what they are
    sys.stdout.buffer.flush()


def summed_up(report: Report) -> Text:
    """How many rows there were, and what became of them."""
    said = Text(f"{len(report.lines)} read", "bold")
    for outcome, count in report.totals.items():
        said.append(f", {count} {outcome}", "" if count else "dim")
    return said


CASES = (
    Column("line", lambda it: tables.text(it.line), "right", whole=True),
    Column("case", lambda it: tables.text(it.id)),
    Column("programme", lambda it: tables.text(it.programme), whole=True),
    Column("policy", lambda it: tables.text(it.policy), whole=True),
    Column("row", lambda it: tables.text(it.row), "right", whole=True),
    Column(
        "code", lambda it: tables.text(it.code, "green" if it.eligible else "yellow"), whole=True
    ),
    Column("why", lambda it: tables.text(it.message), ratio=1),
)

POLICIES = (
    Column("id", lambda it: tables.text(it.id, "bold"), whole=True),
    Column("series", lambda it: tables.text(it.series.value), whole=True),
    Column("from", lambda it: tables.text(it.valid_from), whole=True),
    Column("until", lambda it: tables.text(it.valid_until), whole=True),
    Column("rows", lambda it: tables.text(len(it.rows)), "right", whole=True),
    Column("title", lambda it: tables.text(it.title), ratio=1),
)

ROWS = (
    Column("row", lambda it: tables.text(it[0]), "right", whole=True),
    Column("where", lambda it: tables.text(condition(it[1])), ratio=3),
    Column("code", lambda it: coded(outcome(it[1]), it[1]), whole=True),
    Column("source", lambda it: tables.dim(it[1].source), ratio=2),
)


def coded(code: str | None, it: Line | FundingRow) -> RenderableType:
    """A code, by whether it makes eligible."""
    return tables.text(code, "green" if it.eligible else "yellow")


def outcome(row: FundingRow) -> str | None:
    """What a row says."""
    return row.code.value if row.code else row.refused


def condition(row: FundingRow) -> str:
    """A row's condition on a line."""
    named = [*clauses(row.when, "is"), *clauses(row.other_than, "is not")]
    return "; ".join(named) or "anything else"


def clauses(of: Condition, verb: str) -> Iterator[str]:
    """What a condition names, field by field."""
    for it in attrs.fields(Condition):
        value = getattr(of, it.name)
        if value is not None:
            yield f"{it.name.replace('_', ' ')} {verb} {tables.said(value)}"
