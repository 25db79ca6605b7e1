"""What has to hold between the entries of a catalogue, beyond the type of each."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import attrs

from npq_domain.catalogue import claims, funding_checks, schedules
from npq_domain.catalogue.funding import (
    Condition,
    FundingPolicy,
    FundingRow,
    TargetedSupportPolicy,
    TargetedSupportRow,
)
from npq_domain.catalogue.rules import DatedRule, RetentionRule
from npq_domain.catalogue.sheets import Sheet
from npq_domain.catalogue.types import (
    AssessmentKind,
    AssessmentRule,
    Assignment,
    BankHolidays,
    ComponentSpec,
    DeclarationRule,
    EngagementRule,
    Framework,
    FundingCohort,
    GroupRule,
    LearningTime,
    Partnership,
    Programme,
    ProjectSpec,
    Provider,
    Schedule,
    School,
    Scope,
    Span,
    Specification,
    WindowRule,
    WordRule,
)

Sheets = Iterable[tuple[str, Sheet]]
"""Each file's name and what it holds."""
Fault = tuple[str, str]
"""A file's name, and `path: what is wrong` in it."""
Names = dict[tuple[str, str], str]
"""Of each kind, every name that something goes by, and its own: the first of them."""

RANGES: dict[type, tuple[str, str]] = {
    Assignment: ("first", "last"),
    Schedule: ("applies_from", "applies_to"),
    Framework: ("first_offered", "last_offered"),
    FundingPolicy: ("valid_from", "valid_until"),
    LearningTime: ("weekly_least", "weekly_most"),
    Programme: ("first_offered", "last_offered"),
    Span: ("least", "most"),
    Specification: ("valid_from", "valid_until"),
    TargetedSupportPolicy: ("valid_from", "valid_until"),
    TargetedSupportRow: ("pupils_least", "pupils_most"),
    WindowRule: ("months_least", "months_most"),
    WordRule: ("least", "most"),
}
REFERENCES: dict[type, dict[str, str]] = {
    Assignment: {
        "groups": "course group",
        "cohorts": "funding_cohort",
        "schedules": "identifier of a schedule",
    },
    Schedule: {"groups": "course group", "cohort": "funding_cohort"},
    Programme: dict.fromkeys(("supersedes", "leads_on_to", "same_course_as"), "programme"),
    Provider: {"managed_by": "provider"},
    Partnership: {"provider": "provider", "cohort": "funding_cohort"},
    DatedRule: {"frameworks": "framework"},
    Specification: {it: it for it in ("framework", "provider", "programme")},
}
"""Which field names an entry of which kind."""
MAY_BE_NONE_AT_ALL = ("leadership_behaviours",)
EVERYTHING = 100
"""Per cent."""
LIFETIME = 100
"""Years."""
CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d", re.ASCII)


def names(entry: Any) -> tuple[str, ...]:
    """Under which names an entry is looked up."""
    if isinstance(entry, Programme):
        own = (entry.code, *entry.aliases, entry.course_identifier)
        return tuple(it for it in own if it is not None)
    if isinstance(entry, FundingCohort):
        return (entry.id, *entry.aliases)
    if isinstance(entry, Schedule):
        return (f"{entry.cohort}/{entry.identifier}",)
    if isinstance(entry, Assignment):
        return ()
    return (entry.key if isinstance(entry, Specification) else entry.id,)


def check(sheets: Sheets) -> Iterator[Fault]:
    """Every fault in these files together."""
    taken: dict[tuple[str, str], str] = {}
    own: Names = {}
    everything = [(file, path, kind, it) for file, sheet in sheets for path, kind, it in top(sheet)]
    for file, path, kind, entry in everything:
        for name in names(entry):
            if first := taken.get((kind, name)):
                yield file, f"{path}: {kind} {name!r} is there already, at {first}"
            else:
                taken[kind, name] = f"{file} {path}"
                own[kind, name] = names(entry)[0]
        own |= other_names(entry)
    documents = tuple(f"{name}, " for kind, name in taken if kind == "document")
    for file, path, _, entry in everything:
        for where, it in parts(entry, path):
            found = (*check_part(it), *check_references(it, own), *check_source(it, documents))
            yield from ((file, f"{where}{fault}") for fault in found)
    yield from funding_checks.check((file, path, it) for file, path, _, it in everything)


def other_names(entry: Any) -> Names:
    """What an entry makes a name of that is none of its own."""
    if isinstance(entry, Schedule):
        return {("identifier of a schedule", entry.identifier): entry.identifier}
    if isinstance(entry, Programme) and entry.group:
        return {("course group", entry.group): entry.group}
    return {}


def top(sheet: Sheet) -> Iterator[tuple[str, str, Any]]:
    """Path, kind and value of each entry of a file."""
    for kind in attrs.fields(Sheet):
        for index, entry in enumerate(getattr(sheet, kind.name)):
            yield f"$.{kind.name}[{index}]", kind.name, entry


def parts(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """The value and everything inside it that has fields, each with its path."""
    if isinstance(value, tuple):
        for index, it in enumerate(value):
            yield from parts(it, f"{path}[{index}]")
    elif attrs.has(type(value)):
        yield path, value
        for it in attrs.fields(type(value)):
            yield from parts(getattr(value, it.name), f"{path}.{it.name}")


def check_part(it: Any) -> Iterator[str]:
    """What is wrong with one table by itself."""
    for name, value in ((each.name, getattr(it, each.name)) for each in attrs.fields(type(it))):
        if isinstance(value, str) and not value.strip():
            yield f".{name}: {value!r} says nothing; leave the key out"
        if type(value) is int and value < (0 if name in MAY_BE_NONE_AT_ALL else 1):
            yield f".{name}: {value} is too small"
    low, high = RANGES.get(type(it), (None, None))
    if low is not None and high is not None:
        least, most = getattr(it, low), getattr(it, high)
        if least is not None and most is not None and least > most:
            yield f".{low}: {least} is more than {high}, {most}"
    if special := SPECIAL.get(type(it)):
        yield from special(it)


def check_references(it: Any, own: Names) -> Iterator[str]:
    """Names of entries that are not there, or are there under another: aliases are for readers."""
    for field, kind in REFERENCES.get(type(it), {}).items():
        value = getattr(it, field)
        for name in value if isinstance(value, tuple) else (value,):
            known = name if name is None else own.get((kind, name))
            if known is None and name is not None:
                yield f".{field}: there is no {kind} {name!r}"
            elif known != name:
                yield f".{field}: {name!r} is another name of {kind} {known!r}; {known!r} is meant"


def check_source(it: Any, documents: tuple[str, ...]) -> Iterator[str]:
    """A source is a document of the catalogue, a comma, and the clause in it."""
    source = getattr(it, "source", None)
    if source is not None and not any(
        source.startswith(begins) and source[len(begins) :].strip() for begins in documents
    ):
        yield f".source: {source!r} is not the id of a document, a comma and a clause"


def check_percent(it: EngagementRule) -> Iterator[str]:
    """A threshold is at most everything."""
    if it.threshold_percent > EVERYTHING:
        yield f".threshold_percent: {it.threshold_percent} is more than {EVERYTHING}"


def check_times(it: ComponentSpec) -> Iterator[str]:
    """Usual times are clock times, and as far apart as the component is long."""
    times = {"starts": it.starts, "ends": it.ends}
    wrong = {name: at for name, at in times.items() if at is not None and not CLOCK.fullmatch(at)}
    for name, at in wrong.items():
        yield f".{name}: {at!r} is not a time of day such as '09:30'"
    if it.starts is not None and it.ends is not None and not wrong:
        between = minute(it.ends) - minute(it.starts)
        if between != it.minutes:
            yield f".minutes: {it.minutes}, but from {it.starts} to {it.ends} it is {between}"


def minute(at: str) -> int:
    """The minute of the day."""
    hours, minutes = at.split(":")
    return 60 * int(hours) + int(minutes)


def check_days(it: BankHolidays) -> Iterator[str]:
    """A day is one bank holiday, not two."""
    for each in repeated([f"{day.on}" for day in it.days]):
        yield f".days: {each} is there twice"


def check_components(it: Specification) -> Iterator[str]:
    """Component ids are unique, and an alternative stands in only for what is there."""
    ids = [each.id for each in it.components]
    for each in repeated(ids):
        yield f".components: id {each!r} is there twice"
    for index, other in enumerate(it.alternatives):
        theirs = [each.id for each in other.components]
        for each in repeated(theirs):
            yield f".alternatives[{index}].components: id {each!r} is there twice"
        for each in theirs:
            if each not in ids:
                yield f".alternatives[{index}].components: there is no {each!r} to stand in for"


def check_projects(it: AssessmentRule) -> Iterator[str]:
    """There are projects where they are what is assessed, each under an id of its own."""
    if (it.kind is AssessmentKind.PROJECTS) is not bool(it.projects):
        yield f".projects: {len(it.projects)} of them, where the kind is {it.kind.value}"
    for each in repeated([each.id for each in it.projects]):
        yield f".projects: id {each!r} is there twice"


def check_project(it: ProjectSpec) -> Iterator[str]:
    """A board is asked only if there is one, a placement only where the project has one."""
    for name in ("board_before_implementation", "feedback"):
        if getattr(it, name) and it.board is None:
            yield f".{name}: whose board is not said"
    placed = it.scope is Scope.PLACEMENT_SCHOOL
    asked = {
        "contrast": it.contrast,
        "placement_days_least": it.placement_days_least is not None,
        "board": it.board is School.PLACEMENT,
    }
    for name in (name for name, needs in asked.items() if needs and not placed):
        yield f".{name}: asks for a placement, where the scope is {it.scope.value}"


def repeated(values: list[str]) -> list[str]:
    """Every value that occurs more than once."""
    return sorted({it for it in values if values.count(it) > 1})


def check_years(it: RetentionRule) -> Iterator[str]:
    """Nothing is kept for longer than anybody lives."""
    if it.years > LIFETIME:
        yield f".years: {it.years} is more than {LIFETIME}"


SPECIAL: dict[type, Callable[[Any], Iterator[str]]] = {
    Assignment: schedules.check_assignment,
    DeclarationRule: claims.check_declaration_rule,
    Partnership: claims.check_partnership,
    FundingCohort: schedules.check_cohort,
    GroupRule: schedules.check_group_rule,
    Schedule: schedules.check_schedule,
    AssessmentRule: check_projects,
    BankHolidays: check_days,
    ComponentSpec: check_times,
    Condition: funding_checks.check_condition,
    EngagementRule: check_percent,
    ProjectSpec: check_project,
    RetentionRule: check_years,
    FundingPolicy: funding_checks.check_rows,
    FundingRow: funding_checks.check_row,
    TargetedSupportPolicy: funding_checks.check_sums,
    Specification: check_components,
}
