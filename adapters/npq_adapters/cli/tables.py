"""How things look to people: cells, tables, colours. Nothing here knows where they come from."""

from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Literal

from attrs import frozen
from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from npq_adapters.cli import wire
from npq_domain.calendar import LONDON

NOTHING = "–"
BAR = 10
"""Characters of a bar that is full at 100 %."""

LEAST = 24
"""Characters that running text is given at least."""

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


def table(
    columns: Sequence[Column],
    rows: Iterable[Any],
    *,
    section: Callable[[Any], Any] | None = None,
    foot: Sequence[RenderableType] | None = None,
) -> Table:
    """Rows under headings, with a line wherever what `section` says of a row changes."""
    made = Table(
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
        padding=(0, 1, 0, 0),
        header_style="bold",
        expand=any(it.ratio for it in columns),
        show_footer=foot is not None,
    )
    for number, it in enumerate(columns):
        made.add_column(
            it.heading,
            justify=it.justify,
            ratio=it.ratio,
            min_width=LEAST if it.ratio else None,
            no_wrap=it.whole,
            overflow="fold",
            footer=foot[number] if foot else "",
        )
    before: Any = None
    for number, row in enumerate(rows):
        now = section(row) if section else None
        if number and now != before:
            made.add_section()
        before = now
        made.add_row(*(it.cell(row) for it in columns))
    return made


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
