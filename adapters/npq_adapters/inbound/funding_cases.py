"""A table of funding cases, as CSV: each row held against a policy, and each accounted for."""

import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date
from difflib import get_close_matches
from enum import Enum
from functools import lru_cache, partial
from types import UnionType
from typing import Any, get_args, get_origin

import attrs
from attrs import field, frozen

from npq_adapters.inbound.asking import REFUSED, UNREADABLE
from npq_adapters.inbound.reading import decode, one_of, plain, short
from npq_adapters.inbound.tables import Row, column, misfits, rows, twice
from npq_domain.catalogue import Catalogue
from npq_domain.catalogue.funding import FundingPolicy, Institution, Series
from npq_domain.errors import Invalid
from npq_domain.policies.funding import FIELDS, FundingCase, deciding

ASSESSED = "assessed"
OUTCOMES = (ASSESSED, REFUSED, UNREADABLE)
"""What can become of a row; every row is one of these."""

CASE = attrs.fields_dict(FundingCase)
LABEL, DAY, PROGRAMME = "id", "on", "programme"
COLUMNS = (LABEL, DAY, *CASE)
"""What a file may say: whose case it is in its own words, the day of registration, the case."""
REQUIRED = (PROGRAMME, "in_england")
"""Without these nothing is decided, and there is no guessing them."""

TRUE_AND_FALSE = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}
NUMBER = re.compile("[0-9]{1,4}")
DIFFERENT = 4_096
"""Of so many texts of a column it is remembered what they mean."""

UNKNOWN = [None if CASE[it].default is attrs.NOTHING else CASE[it].default for it in FIELDS]
"""A case of which nothing is said, as values in the order of the policies' fields."""
AT = {name: place for place, name in enumerate((*FIELDS, DAY))}
"""Where a row's values stand: those of the case, and the day after them."""
TYPE, INSTITUTION = AT["establishment_type"], AT["institution"]

Reader = Callable[[str], Any]


@frozen(kw_only=True)
class Line:
    """What became of one row."""

    line: int
    id: str | None = None
    on: date | None = None
    programme: str | None = None
    policy: str | None = None
    row: int | None = None
    """The row of the policy that decided, counted from 1."""
    code: str
    eligible: bool | None = None
    outcome: str = ASSESSED
    source: str | None = None
    """The clause of the row that decided."""
    message: str | None = None


@frozen(kw_only=True)
class Report:
    """What became of a file, row by row."""

    file: str
    blank: int
    """How many lines were empty: they are no rows."""
    unused: tuple[str, ...]
    """Columns that say nothing a case is read for."""
    lines: tuple[Line, ...]

    @property
    def totals(self) -> dict[str, int]:
        """How many rows there are of each outcome; together they are all rows."""
        counted = Counter(it.outcome for it in self.lines)
        return {outcome: counted[outcome] for outcome in OUTCOMES}

    @property
    def codes(self) -> dict[str, int]:
        """How many rows there are of each code, the most frequent first."""
        return dict(Counter(it.code for it in self.lines).most_common())

    def as_json(self) -> dict[str, Any]:
        """The report as JSON can tell it."""
        more = {"read": len(self.lines), "totals": self.totals, "codes": self.codes}
        return {**plain(self), **more}


def assess_cases(
    catalogue: Catalogue,
    raw: bytes,
    place: str,
    *,
    policy: str | None = None,
    on: date | None = None,
    encoding: str | None = None,
) -> Report:
    """Hold every row against the policy of that id, or the one in force on the row's day.

    The day is the row's own, in the column `on`; else the argument. `Invalid` for a file that
    cannot be read, whose header does not tell its columns, or for a policy that there is not.
    """
    chosen = policy_called(catalogue, policy) if policy else None
    found = list(rows(decode(raw, place, encoding, choice=True), place))
    while found and found[0].blank:
        found.pop(0)
    if not found:
        raise Invalid(place, ["line 1: there is no header, the file is empty"])
    first, *others = found
    sheet = read_header(first, place, catalogue)
    filled = [row for row in others if not row.blank]
    assessing = Assessing(
        place=place, catalogue=catalogue, sheet=sheet, policy=chosen, on=on, by_day={}
    )
    return Report(
        file=place,
        blank=len(others) - len(filled),
        unused=sheet.unused,
        lines=tuple(map(assessing.line, filled)),
    )


def policy_called(catalogue: Catalogue, name: str) -> FundingPolicy:
    """The policy of that id, or `Invalid` with those there are."""
    found = catalogue.funding_policy_called(name)
    if found is None:
        ids = ", ".join(it.id for it in catalogue.funding_policies)
        raise Invalid("--policy", [f"{short(name)} is no funding policy; there are {ids}"])
    return found


@frozen(kw_only=True)
class Sheet:
    """Which column is where, and what reads it."""

    width: int
    label: int | None
    columns: tuple[tuple[str, int, int, Reader], ...]
    """Name, where it stands in the file, where among a row's values, and what reads it."""
    unused: tuple[str, ...]


def read_header(row: Row, place: str, catalogue: Catalogue) -> Sheet:
    """The columns by their names, or `Invalid` with every fault of the header."""
    names = [column(it) for it in row.fields]
    unused = tuple(name for name in names if name and name not in COLUMNS)
    faults = [row.fault] if row.fault else []
    faults += twice([name for name in names if name in COLUMNS])
    faults += [f"column {name!r} is missing" for name in REQUIRED if name not in names]
    faults += [
        f"column {short(name)} is not known: is {like[0]!r} meant?"
        for name in unused
        if (like := get_close_matches(name, COLUMNS, 1, cutoff=0.75))
    ]
    if faults:
        raise Invalid(place, [f"line {row.line}: {fault}" for fault in faults])
    return Sheet(
        width=len(names),
        label=names.index(LABEL) if LABEL in names else None,
        columns=tuple(
            (name, at, AT[name], reader(name, catalogue))
            for at, name in enumerate(names)
            if name in AT
        ),
        unused=unused,
    )


def reader(name: str, catalogue: Catalogue) -> Reader:
    """What reads a column's texts, and remembers what it has read."""
    if name == PROGRAMME:
        made: Reader = partial(programme, catalogue)
    elif name == DAY:
        made = day
    else:
        kind = plain_type(CASE[name].type)
        made = READERS.get(kind) or partial(wire, kind)
    return lru_cache(maxsize=DIFFERENT)(made)


def plain_type(kind: Any) -> type:
    """A field's type, when it is known."""
    found: type = get_args(kind)[0] if get_origin(kind) is UnionType else kind
    return found


def programme(catalogue: Catalogue, text: str) -> str:
    """A programme's short code, whichever name of it is given."""
    found = catalogue.programme(text)
    if found is None:
        codes = ", ".join(it.code for it in catalogue.programmes)
        msg = f"{short(text)} is no programme; there are {codes}"
        raise ValueError(msg)
    return found.code


def day(text: str) -> date:
    """A day."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        msg = f"{short(text)} is no day such as 2024-03-01"
        raise ValueError(msg) from None


def true_or_false(text: str) -> bool:
    """Yes or no, as people write it."""
    try:
        return TRUE_AND_FALSE[text.casefold()]
    except KeyError:
        msg = f"{short(text)} is none of {', '.join(TRUE_AND_FALSE)}"
        raise ValueError(msg) from None


def number(text: str) -> int:
    """A code of DfE's register of schools."""
    if not NUMBER.fullmatch(text):
        msg = f"{short(text)} is no whole number"
        raise ValueError(msg)
    return int(text)


def wire(kind: type[Enum], text: str) -> Enum:
    """The member of that wire value."""
    return one_of(text, kind)


READERS: Mapping[type, Reader] = {bool: true_or_false, int: number}


@frozen(kw_only=True)
class Assessing:
    """One file being assessed: what holds for every row of it."""

    place: str
    catalogue: Catalogue = field(repr=False)
    sheet: Sheet = field(repr=False)
    policy: FundingPolicy | None
    on: date | None
    by_day: dict[date, FundingPolicy | None] = field(repr=False)

    def line(self, row: Row) -> Line:
        """Assess one row and tell what became of it."""
        values, faults = self.read(row)
        on = values[AT[DAY]]
        policy = self.policy or self.in_force(on)
        label = self.label(row)
        if unfit := list(misfits({LABEL: label or ""})):
            label, faults = None, [*unfit, *faults]
        if faults or policy is None:
            why = "; ".join(faults) or no_policy(on)
            return Line(
                line=row.line,
                id=label,
                on=on,
                programme=values[AT[PROGRAMME]],
                code=UNREADABLE,
                outcome=UNREADABLE,
                message=f"{self.place}: line {row.line}: {why}",
            )
        number, decides = deciding(policy, values)
        code, refused = decides.code, decides.refused or REFUSED
        lacking = f"{self.place}: line {row.line}: {refused} ({decides.source})"
        return Line(
            line=row.line,
            id=label,
            on=on,
            programme=values[AT[PROGRAMME]],
            policy=policy.id,
            row=number,
            code=code.value if code else refused,
            eligible=decides.eligible,
            outcome=ASSESSED if code else REFUSED,
            source=decides.source,
            message=None if code else lacking,
        )

    def label(self, row: Row) -> str | None:
        """Whose case it is, in the file's own words."""
        at = self.sheet.label
        return None if at is None or at >= len(row.fields) else row.fields[at].strip() or None

    def read(self, row: Row) -> tuple[list[Any], list[str]]:
        """What a row says, value by value, and what is wrong with it."""
        values = [*UNKNOWN, self.on]
        if row.fault:
            return values, [row.fault]
        if len(row.fields) != self.sheet.width:
            return values, [f"{len(row.fields)} fields, the header has {self.sheet.width}"]
        faults: list[str] = []
        for name, at, place, read in self.sheet.columns:
            text = row.fields[at].strip()
            if text:
                try:
                    values[place] = read(text)
                except ValueError as error:
                    faults += list(misfits({name: text})) or [f"{name}: {error}"]
            elif name in REQUIRED:
                faults.append(f"{name}: is empty")
        if values[TYPE] is not None and values[INSTITUTION] is Institution.NONE and not faults:
            faults.append("establishment_type: given of no institution; fill in institution")
        return values, faults

    def in_force(self, on: date | None) -> FundingPolicy | None:
        """The policy of a day."""
        if on is None:
            return None
        if on not in self.by_day:
            self.by_day[on] = self.catalogue.funding_policy(on, Series.SERVICE)
        return self.by_day[on]


def no_policy(on: date | None) -> str:
    """Why there is nothing to hold a case against."""
    if on is None:
        return "on: is empty: fill it in, or give --on or --policy"
    return f"on: {on}: no policy of DfE's service is known of that day; give --policy"
