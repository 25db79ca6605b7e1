"""How things look to people: cells, tables, colours. Nothing here knows where they come from."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal

from attrs import frozen
from rich import box
from rich.console import Console, ConsoleOptions, Group, RenderableType
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from npq_adapters.cli import wire
from npq_domain.calendar import LONDON

NOTHING = "–"
BAR = 10
"""Characters of a bar that is full at 100 %."""

LEAST = 16
"""Characters that running text is given at least, if it has as many."""

GAP = 2
"""Characters between two columns."""

COLOURS = {
    "green": "green",
    "on track": "green",
    "accepted": "green",
    "granted": "green",
    "passed": "green",
    "met": "green",
    "open": "green",
    "recorded": "green",
    "amber": "yellow",
    "at risk": "yellow",
    "pending": "yellow",
    "nothing": "bright_black",
    "repeated": "bright_black",
    "not decided": "bright_black",
    "red": "red",
    "unreachable": "bold red",
    "rejected": "red",
    "refused": "red",
    "contended": "yellow",
    "failed": "red",
    "missed": "red",
    "unmet": "red",
    "closed": "red",
    "invalid": "bold red",
    "unreadable": "bold red",
}
"""Words that bear a colour, wherever they stand alone in a cell."""

Justify = Literal["left", "right", "center"]


@frozen
class Column:
    """One column: its heading, what stands in it, and how it is set."""

    heading: str
    cell: Callable[[Any], RenderableType]
    justify: Justify = "left"
    ratio: int | None = None
    """Set for running text, which takes what room the others leave."""
    whole: bool = False
    """Never broken over lines or cut off: ids, figures, dates."""
    spare: int = 0
    """Set for what gives way where there is little room, the highest first."""

    @property
    def name(self) -> str:
        """The heading on one line."""
        return self.heading.replace("-\n", "-").replace("\n", " ")


@frozen
class Filled:
    """A column with its cells, how few characters it can do with, and how many it could use."""

    column: Column
    cells: Sequence[RenderableType]
    foot: RenderableType
    least: int
    most: int


@frozen
class Fitted:
    """A table that fits where it is shown: nothing is ever cut off.

    Where there is little room, columns that can be spared give way; where even that does not
    help, each row stands by itself, a value a line.
    """

    columns: Sequence[Column]
    rows: Sequence[Any]
    section: Callable[[Any], Any] | None
    foot: Sequence[RenderableType] | None

    def __rich_console__(
        self, console: Console, options: ConsoleOptions
    ) -> Iterator[RenderableType]:
        """As rich asks for it."""
        filled = list(self.filled(console, options))
        kept = spared(filled, options.max_width)
        if taken_up(kept) <= options.max_width:
            yield self.drawn(kept, options.max_width - taken_up(kept))
        else:
            yield from one_by_one(filled, len(self.rows))

    def filled(self, console: Console, options: ConsoleOptions) -> Iterator[Filled]:
        """Each column with what stands in it."""
        for number, it in enumerate(self.columns):
            cells = [it.cell(row) for row in self.rows]
            foot = self.foot[number] if self.foot else ""
            sizes = [Measurement.get(console, options, each) for each in (*cells, foot)]
            fewest = least(it, sizes)
            yield Filled(it, cells, foot, fewest, max(fewest, *(each.maximum for each in sizes)))

    def drawn(self, kept: Sequence[Filled], left: int) -> Table:
        """These columns, with a line wherever what `section` says of a row changes.

        What is left of the room goes to the columns in turn; running text takes the rest.
        """
        made = Table(
            box=box.SIMPLE_HEAD,
            show_edge=False,
            pad_edge=False,
            padding=(0, 1, 0, 0),
            header_style="bold",
            expand=any(it.column.ratio for it in kept),
            show_footer=self.foot is not None,
        )
        for it in kept:
            more = 0 if it.column.ratio else min(left, it.most - it.least)
            left -= more
            made.add_column(
                it.column.heading,
                justify=it.column.justify,
                ratio=it.column.ratio,
                min_width=it.least,
                width=None if it.column.ratio else it.least + more,
                no_wrap=it.column.whole,
                overflow="fold",
                footer=it.foot,
            )
        before: Any = None
        for number, row in enumerate(self.rows):
            now = self.section(row) if self.section else None
            if number and now != before:
                made.add_section()
            before = now
            made.add_row(*(it.cells[number] for it in kept))
        return made


def least(it: Column, sizes: Sequence[Measurement]) -> int:
    """How few characters a column can do with: all, some of running text, else a word."""
    heading = max(map(len, it.heading.split("\n")))
    most = max(each.maximum for each in sizes)
    if it.whole:
        return max(heading, most)
    if it.ratio:
        return max(heading, min(most, LEAST))
    return max(heading, *(each.minimum for each in sizes))


def taken_up(columns: Sequence[Filled]) -> int:
    """How many characters columns take up at least."""
    return sum(it.least for it in columns) + GAP * len(columns) - 1


def spared(columns: Sequence[Filled], room: int) -> Sequence[Filled]:
    """The columns that are left when those that can be spared have given way."""
    kept = list(columns)
    while taken_up(kept) > room and any(it.column.spare for it in kept):
        kept.remove(max(kept, key=lambda it: it.column.spare))
    return kept


def one_by_one(columns: Sequence[Filled], rows: int) -> Iterator[RenderableType]:
    """Each row by itself, a value a line."""
    for number in range(rows):
        made = Table.grid(padding=(0, GAP, 0, 0))
        made.add_column(no_wrap=True)
        made.add_column(overflow="fold")
        for it in columns:
            made.add_row(dim(it.column.name), it.cells[number])
        yield made
        if number < rows - 1:
            yield ""


def table(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    section: Callable[[Any], Any] | None = None,
    foot: Sequence[RenderableType] | None = None,
) -> Fitted:
    """Rows under headings, with a line wherever what `section` says of a row changes."""
    return Fitted(columns, tuple(rows), section, foot)


def titled(title: str, body: RenderableType, note: str = "") -> RenderableType:
    """A heading over something, and a blank line after it."""
    heading = Text(f"{title}  ", "bold cyan")
    heading.append(note, "dim")
    return Group(heading, indented(body))


def indented(body: RenderableType) -> Padding:
    """Something under a heading, and a blank line after it."""
    return Padding(body, (0, 0, 1, 1))


def text(value: object, style: str = "") -> Text:
    """Any value as people write it."""
    return Text(wire.printable(said(value)), style)


def said(value: object) -> str:
    """A value in words."""
    for kind, say in WORDS.items():
        if isinstance(value, kind):
            return say(value)
    return str(value)


def in_london(instant: datetime) -> str:
    """An instant as London's clocks show it."""
    return f"{instant.astimezone(LONDON):%Y-%m-%d %H:%M}"


def listed(values: Iterable[object]) -> str:
    """Several values in a row."""
    return ", ".join(said(it) for it in values) or NOTHING


WORDS: dict[type, Callable[[Any], str]] = {
    type(None): lambda _: NOTHING,
    bool: lambda it: "yes" if it else "no",
    datetime: in_london,
    date: date.isoformat,
    Enum: lambda it: str(it.value).replace("_", " "),
    tuple: listed,
}
"""By kind; the first that fits. A datetime is a date too, so it stands before it."""


def word(code: object) -> Text:
    """A code as people say it, in its colour."""
    plain = said(code).replace("_", " ")
    return text(plain, COLOURS.get(plain, "dim" if plain == NOTHING else ""))


def dim(value: object) -> Text:
    """Something that is there for those who look for it."""
    return text(value, "dim")


def tick(met: object) -> Text:
    """Yes or no at a glance."""
    return Text("✓", "bold green") if met else Text("✗", "bold red")


def count(number: int | None, style: str = "") -> Text:
    """A number of things; none is no more than a dot."""
    return text(number, style) if number else Text("·" if number == 0 else NOTHING, "dim")


def percent(basis_points: int | None, style: str = "") -> Text:
    """Hundredths of a per cent with a bar. Rounded down: 89.99 % never shows as 90."""
    if basis_points is None:
        return Text(NOTHING, "dim")
    whole, eighths = divmod(basis_points * BAR * 8 // 10_000, 8)
    bar = "█" * min(whole, BAR) + (" ▏▎▍▌▋▊▉"[eighths].strip() if whole < BAR else "")
    made = Text(f"{basis_points // 100:>3}.{basis_points % 100 // 10} % ", style)
    made.append(bar, style)
    made.append("░" * (BAR - len(bar)), "dim")
    return made


def share(part: object, whole: object) -> Text:
    """So many of so many."""
    if part is None or whole is None:
        return text(part, "" if part else "dim")
    return text(f"{part}/{whole}")


def fields(pairs: Iterable[tuple[str, object]]) -> Text:
    """Names and values in running text."""
    made = Text()
    for name, value in pairs:
        made.append_text(Text("  " if made else ""))
        made.append(f"{name.replace('_', ' ')} ", "dim")
        made.append_text(text(value))
    return made
