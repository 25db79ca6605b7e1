"""`show`: a view as a table for people, as JSON or as CSV for programs."""

import csv
import io
import sys
import types
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, Union, get_args, get_origin

import attrs
import click
from attrs import frozen
from rich.console import Console, RenderableType

from npq_adapters.books import Quarantined
from npq_adapters.cli import layouts, options, tables, wire
from npq_adapters.cli.session import Session, hand_session
from npq_adapters.cli.tables import Column
from npq_adapters.ledger import Ledger
from npq_domain.errors import Invalid, NotPermitted
from npq_domain.personal import Personal, is_personal
from npq_domain.projections import VIEWS, View, roster

BY_NAME = {view.name: view for view in VIEWS}

FORMULAS = ("=", "+", "-", "@", "\t", "\r")
"""With these begins what spreadsheets run."""

MOST = 5
"""How many places are told in a line."""

TRUE_AND_FALSE = {"true": True, "yes": True, "false": False, "no": False}

READERS: Mapping[type, Callable[[str], Any]] = {
    str: str,
    int: int,
    bool: lambda text: TRUE_AND_FALSE[text.lower()],
    date: date.fromisoformat,
    datetime: datetime.fromisoformat,
}
"""How the text of a condition becomes a column's value."""


@frozen
class Condition:
    """A column has a value; a column of several values has it among them."""

    column: str
    value: Any
    among: bool

    def holds(self, row: Any) -> bool:
        """Whether it does in this row."""
        held = shown_value(row, self.column)
        return self.value in held if self.among else bool(held == self.value)


@click.command(epilog=f"Views: {', '.join(BY_NAME)}.")
@click.argument("view", type=click.Choice(list(BY_NAME)), metavar="VIEW")
@click.option("--cohort", type=options.SUBJECT, metavar="ID", help="Only those of this cohort.")
@click.option(
    "--where",
    "conditions",
    multiple=True,
    metavar="COLUMN=VALUE",
    help="Only rows with this value, as in status=at_risk; repeated: with all of them.",
)
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv"]),
    help="table by default; json and csv have every column, and csv a ' before texts that"
    " begin as formulas do.",
)
@click.option("--wide", is_flag=True, help="Every column in the table, too.")
@click.option(
    "--as-at",
    type=options.DAY,
    metavar="D",
    help="Seen from that day; the view stays so until it is next brought up to date.",
)
@hand_session
def show(
    session: Session,
    *,
    view: str,
    cohort: Any,
    conditions: tuple[str, ...],
    form: str | None,
    wide: bool,
    as_at: date | None,
) -> None:
    """Show VIEW, brought up to date; as it stands to who may only read."""
    if session.json and form not in {None, "json"}:
        msg = f"--json and --format {form} ask for two forms at once"
        raise click.UsageError(msg)
    form = form or ("json" if session.json else "table")
    found = BY_NAME[view]
    wanted = [condition(found, it) for it in conditions]
    if cohort:
        wanted.append(condition(found, f"cohort_id={cohort}"))
    with session.ledger() as ledger:
        bring_up_to_date(session.err, ledger, found, as_at)
        tell_left_out(session.err, ledger.quarantined(found))
        rows = select(ledger, found, wanted)
        known = names(ledger) if form == "table" else {}
    if form == "csv":
        write_csv(found, rows)
    elif form == "json":
        wire.write(rows, show=wire.reveal)
    else:
        session.out.print(shown(found, rows, known, session.out.width, wide=wide))


def bring_up_to_date(err: Console, ledger: Ledger, view: View, as_at: date | None) -> None:
    """Bring a view and the names beside it up to date, or say on standard error where it stands.

    `NotPermitted` where a day was asked for: no other can be shown as if it were that one.
    """
    try:
        ledger.catch_up((view.name, roster.name), as_at=as_at)
    except NotPermitted as refused:
        if as_at:
            raise
        with ledger.store.views() as views:
            at = views.checkpoint(view.name)
        stands = f"position {at.position}, seen from {at.as_at}" if at else "never made"
        err.print(f"As it stands ({stands}), not brought up to date: {refused}", style="yellow")


def tell_left_out(err: Console, facts: Sequence[Quarantined]) -> None:
    """Say on standard error which facts a view goes on without."""
    if facts:
        places = ", ".join(str(it.position) for it in facts[:MOST])
        more = f" and {len(facts) - MOST} more" if len(facts) > MOST else ""
        err.print(
            f"Left out, because it cannot be applied: position {places}{more} of the log."
            " `npq check` tells of each.",
            style="yellow",
        )


def condition(view: View, text: str) -> Condition:
    """A condition as it is written; `Invalid` for what the view does not have."""
    column, equals, value = text.partition("=")
    known = {it.name: it.type for it in columns_of(view)}
    if not equals:
        raise Invalid("--where", [f"{text!r} reads COLUMN=VALUE, as in status=at_risk"])
    if column not in known:
        raise Invalid("--where", [f"{view.name} has no column {column!r}: {', '.join(known)}"])
    kind, optional, among = taken_apart(known[column])
    if optional and not value:
        return Condition(column, None, among=False)
    try:
        return Condition(column, READERS[kind](value), among)
    except (ValueError, KeyError):
        raise Invalid("--where", [f"{column}: {value!r} is no {kind.__name__}"]) from None


def shown_value(row: Any, column: str) -> Any:
    """A column's value for whoever asked for the view: personal values are what a roster is for."""
    value = getattr(row, column)
    return value.reveal() if isinstance(value, Personal) else value


def columns_of(view: View) -> Iterable[Any]:
    """The columns of a view, as fields of its row class."""
    row_type: Any = view.row_type
    found: Iterable[Any] = attrs.fields(row_type)
    return found


def taken_apart(kind: Any) -> tuple[type, bool, bool]:
    """A column's plain type, whether it may be empty, and whether it holds several."""
    optional = get_origin(kind) in (types.UnionType, Union)
    if optional:
        kind = get_args(kind)[0]
    if is_personal(kind):
        kind = str
    among = get_origin(kind) is tuple
    return (get_args(kind)[0] if among else kind), optional, among


def select(ledger: Ledger, view: View, wanted: Iterable[Condition]) -> list[Any]:
    """The rows on which all conditions hold. Views are small: the whole is read and sifted."""
    return [row for row in ledger.rows(view) if all(it.holds(row) for it in wanted)]


def names(ledger: Ledger) -> dict[str, str]:
    """Who each participant is. Names are for people's eyes, so only tables have them."""
    return {
        row.participant: row.name.reveal() if row.name else tables.NOTHING
        for row in ledger.rows(roster)
    }


def shown(
    view: View,
    rows: Sequence[Any],
    known: Mapping[str, str],
    width: int,
    *,
    wide: bool = False,
    most: int | None = None,
) -> RenderableType:
    """A view's table under its heading; of more rows than `most`, those that come first."""
    layout = layouts.LAYOUTS.get(view.name)
    if layout is None or wide:
        return tables.titled(view.name.capitalize(), tables.table(every(view), rows), rows_in(rows))
    ordered = sorted(rows, key=lambda row: layout.order(row, known))
    columns = layout.columns(ordered, known, width)
    body = tables.table(columns, ordered[:most], section=layout.section)
    note = layout.note(ordered)
    if most is not None and len(ordered) > most:
        note += f"; here are {most}"
    return tables.titled(view.name.capitalize(), body, note)


def rows_in(rows: Sequence[Any]) -> str:
    """How many there are."""
    return f"{len(rows)} row{'' if len(rows) == 1 else 's'}"


def every(view: View) -> list[Column]:
    """All columns of a view, one as good as another."""
    return [plain_column(it.name) for it in columns_of(view)]


def plain_column(name: str) -> Column:
    """A column that shows a field as it is."""
    return Column(name, lambda row: tables.text(shown_value(row, name)))


def write_csv(view: View, rows: Sequence[Any]) -> None:
    """For spreadsheets, as RFC 4180 has it: a heading, CRLF, quotes where they are needed."""
    columns = [it.name for it in columns_of(view)]
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    writer.writerows([csv_cell(shown_value(row, name)) for name in columns] for row in rows)
    sys.stdout.buffer.write(text.getvalue().encode())  # as bytes: its line ends stay what they are
    sys.stdout.buffer.flush()


def csv_cell(value: object) -> str:
    """A value in one cell; several are parted by semicolons, and what is unknown is empty."""
    if isinstance(value, str):
        return no_formula(value)
    if value is None:
        return ""
    if isinstance(value, tuple):
        return no_formula("; ".join(map(str, value)))
    if isinstance(value, bool):
        return str(value).lower()
    return value.isoformat() if isinstance(value, date) else str(value)


def no_formula(text: str) -> str:
    """A text that no spreadsheet runs: a name may begin with what makes a cell a formula."""
    return f"'{text}" if text.startswith(FORMULAS) else text
