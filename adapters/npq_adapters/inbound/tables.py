"""Comma-separated values, row by row: each row bears its line, and a broken one loses itself alone.

Read by hand, not by `csv`, which gives up at the first fault, does not tell where a quotation
began, and has one limit of a field's length for the whole process.
"""

import re
from collections.abc import Iterator, Mapping

from attrs import field, frozen

from npq_adapters.inbound.reading import UNFIT, short
from npq_domain.errors import Invalid

SEPARATORS = ",;\t"
"""A comma; or what spreadsheets write where the comma separates decimals."""

LONGEST = 2_000
"""Characters of one field. What is longer is no entry of a register, but a fault of the file."""

BREAK = re.compile(r"\r\n|\r|\n")
QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"')


@frozen
class Row:
    """One row, with the line on which it begins; or, in its place, what is wrong with it."""

    line: int
    fields: tuple[str, ...] = field(repr=False)
    fault: str | None = None

    @property
    def blank(self) -> bool:
        """Whether nothing is in it, as in the empty rows that spreadsheets leave behind."""
        return self.fault is None and not any(map(str.strip, self.fields))


def rows(text: str, place: str) -> Iterator[Row]:
    """Every row. `Invalid` for a quotation without an end, which takes all that follows with it."""
    separator = separator_of(text)
    bare = re.compile(rf"[^{re.escape(separator)}\r\n]*")
    at, line = 0, 1
    while at < len(text):
        fields, fault, end = row(text, at, place, (separator, bare))
        yield Row(line, tuple(fields), fault)
        line += len(BREAK.findall(text, at, end))
        at = end


def separator_of(text: str) -> str:
    """What separates the fields of the first line."""
    first = BREAK.split(text, maxsplit=1)[0]
    return next((it for it in SEPARATORS if it in first), ",")


def row(
    text: str, at: int, place: str, separated: tuple[str, re.Pattern[str]]
) -> tuple[list[str], str | None, int]:
    """The fields of the row that begins there, its fault, and where the next one begins."""
    separator, bare = separated
    rest = BREAK.search(text, at)
    stop, end = rest.span() if rest else (len(text), len(text))
    if text.find('"', at, stop) < 0:
        return text[at:stop].split(separator), None, end
    fields: list[str] = []
    while True:
        quoted = text.startswith('"', at)
        found = (QUOTED if quoted else bare).match(text, at)
        if found is None:
            began = f"line {len(BREAK.findall(text, 0, at)) + 1}, field {len(fields) + 1}"
            raise Invalid(place, [f"{began}: a quotation begins and never ends"])
        fields.append(found[1].replace('""', '"') if quoted else found[0])
        at = found.end()
        if text.startswith(separator, at):
            at += 1
            continue
        rest = BREAK.search(text, at)
        stop, end = rest.span() if rest else (len(text), len(text))
        after = short(text[at:stop].partition(separator)[0])  # other fields are not at fault
        fault = f"text after a closing quotation mark: {after}" if at < stop else None
        return fields, fault, end


def column(text: str) -> str:
    """A column's name without regard to case and spacing."""
    return "_".join(re.split(r"[\s_-]+", text.strip().casefold()))


def twice(names: list[str]) -> Iterator[str]:
    """The columns that come more than once."""
    for name in sorted({it for it in names if names.count(it) > 1}):
        yield f"column {name!r} comes twice"


def misfits(cells: Mapping[str, str]) -> Iterator[str]:
    """The cells that are too long, or hold what is no text."""
    for name, text in cells.items():
        if len(text) > LONGEST:
            yield f"{name}: {short(text)} has {len(text)} characters, {LONGEST} at most"
        if UNFIT.search(text):
            yield f"{name}: {short(text)} has a NUL"
