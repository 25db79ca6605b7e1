"""The catalogue: looked up by name and day, loaded from TOML files, one set of which is shipped."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from itertools import count, islice
from os import PathLike
from pathlib import Path

from attrs import field, frozen

from npq_domain.calendar import add_days
from npq_domain.catalogue import checks, schedules, sheets
from npq_domain.catalogue.funding import FundingPolicy, Series, TargetedSupportPolicy
from npq_domain.catalogue.rules import DatedRule, RetentionRule
from npq_domain.catalogue.sheets import Sheet
from npq_domain.catalogue.types import (
    Assignment,
    BankHolidays,
    Document,
    Framework,
    FundingCohort,
    Partnership,
    Programme,
    Provider,
    Schedule,
    Scholarship,
    Specification,
)
from npq_domain.errors import Invalid

SATURDAY = 5
"""As `date.weekday` counts."""


@frozen(kw_only=True, eq=False)
class Catalogue:
    """What is offered, by whom, under which rules. Immutable; every lookup is a dictionary's."""

    documents: tuple[Document, ...]
    frameworks: tuple[Framework, ...]
    funding_policies: tuple[FundingPolicy, ...]
    programmes: tuple[Programme, ...]
    providers: tuple[Provider, ...]
    scholarships: tuple[Scholarship, ...]
    funding_cohorts: tuple[FundingCohort, ...]
    schedules: tuple[Schedule, ...]
    assignments: tuple[Assignment, ...]
    partnerships: tuple[Partnership, ...]
    bank_holidays: tuple[BankHolidays, ...]
    retention: tuple[RetentionRule, ...]
    rules: tuple[DatedRule, ...]
    specifications: tuple[Specification, ...]
    targeted_support_policies: tuple[TargetedSupportPolicy, ...]
    sheets: tuple[tuple[str, Sheet], ...] = field(repr=False)
    """The files it was read from: name and content."""
    _programmes: dict[str, Programme] = field(init=False, repr=False)
    _specifications: dict[str, Specification] = field(init=False, repr=False)
    _versions: dict[tuple[str, str], list[Specification]] = field(init=False, repr=False)
    _frameworks: dict[str, Framework] = field(init=False, repr=False)
    _funding_cohorts: dict[str, FundingCohort] = field(init=False, repr=False)
    _schedules: dict[tuple[str, str], Schedule] = field(init=False, repr=False)
    _partnerships: dict[tuple[str, str], Partnership] = field(init=False, repr=False)
    _bank_holidays: dict[date, str] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Index everything once."""
        versions: dict[tuple[str, str], list[Specification]] = {}
        for it in sorted(self.specifications, key=lambda it: it.version, reverse=True):
            versions.setdefault((it.provider, it.programme), []).append(it)
        by_name = {name: it for it in self.programmes for name in checks.names(it)}
        object.__setattr__(self, "_programmes", by_name)
        object.__setattr__(self, "_specifications", {it.key: it for it in self.specifications})
        object.__setattr__(self, "_versions", versions)
        object.__setattr__(self, "_frameworks", {it.id: it for it in self.frameworks})
        cohorts = {name: it for it in self.funding_cohorts for name in checks.names(it)}
        object.__setattr__(self, "_funding_cohorts", cohorts)
        by_place = {(it.cohort, it.identifier): it for it in self.schedules}
        object.__setattr__(self, "_schedules", by_place)
        partners = {(it.provider, it.cohort): it for it in self.partnerships}
        object.__setattr__(self, "_partnerships", partners)
        closed = {day.on: day.name for it in self.bank_holidays for day in it.days}
        object.__setattr__(self, "_bank_holidays", closed)

    def programme(self, name: str) -> Programme | None:
        """The programme of a short code, an alias or DfE's course identifier; `None` if none."""
        return self._programmes.get(name)

    def provider(self, name: str) -> Provider | None:
        """The provider of an id; `None` if there is none."""
        return next((it for it in self.providers if it.id == name), None)

    def specification(self, key: str) -> Specification | None:
        """The specification of a key, `framework/provider/programme/version`; `None` if none."""
        return self._specifications.get(key)

    def specification_for(self, provider: str, programme: str, on: date) -> Specification | None:
        """The highest version in force for registrations on that day; `None` if there is none.

        `programme` may be any name of it. Where a specification bears no days of its own, those
        of its framework hold.
        """
        known = self.programme(programme)
        versions = self._versions.get((provider, known.code), []) if known else []
        return next((it for it in versions if self.in_force(it, on)), None)

    def funding_cohort(self, name: str) -> FundingCohort | None:
        """DfE's cohort of an id or an alias, such as 2023a or 2023; `None` if there is none."""
        return self._funding_cohorts.get(name)

    def schedule(self, cohort: str, identifier: str) -> Schedule | None:
        """A schedule of a funding cohort, by DfE's identifier; `None` if it has none such."""
        known = self.funding_cohort(cohort)
        return self._schedules.get((known.id, identifier)) if known else None

    def schedule_on(self, cohort: str, group: str, day: date) -> Schedule | None:
        """The schedule that an application of a course group falls into when accepted on a day."""
        known = self.funding_cohort(cohort)
        if known is None:
            return None
        decides = (it for it in self.assignments if schedules.covers(it, known.id, group, day))
        named = next((it.schedules for it in decides), ())
        found = (self.schedule(known.id, identifier) for identifier in named)
        return next((it for it in found if it and group in it.groups), None)

    def partners(self, provider: str, cohort: str) -> Partnership | None:
        """Whom a provider may name as delivery partner in a funding cohort; `None`: not known."""
        known = self.funding_cohort(cohort)
        return self._partnerships.get((provider, known.id)) if known else None

    def bank_holiday(self, on: date) -> str | None:
        """The bank holiday of that day; `None` on any other, and in a year that is not known."""
        return self._bank_holidays.get(on)

    def working_day(self, on: date) -> bool:
        """Whether schools and offices are open on that day, but for their own holidays."""
        return on.weekday() < SATURDAY and self.bank_holiday(on) is None

    def working_days_after(self, on: date, days: int) -> date:
        """The last of so many working days that follow a day."""
        ahead = (add_days(on, it) for it in count(1))
        return next(islice(filter(self.working_day, ahead), days - 1, None))

    def rule(self, name: str, on: date, framework: str) -> DatedRule | None:
        """A dated rule, if it holds on that day for participants of a framework."""
        known = self.dated_rule(name)
        return known if known and known.holds(on, framework) else None

    def dated_rule(self, name: str) -> DatedRule | None:
        """The dated rule of a name, whether it holds or not; `None` if there is none."""
        return next((it for it in self.rules if it.id == name), None)

    def offered(self, programme: str, on: date) -> bool:
        """Whether a programme, by any name of it, is open to registrations on that day."""
        known = self.programme(programme)
        return known is not None and within(known.first_offered, on, known.last_offered)

    def funding_policy(self, on: date, series: Series = Series.SERVICE) -> FundingPolicy | None:
        """The policy that decides registrations of that day; `None` before there was one."""
        return next(
            (
                it
                for it in self.funding_policies
                if it.series is series and within(it.valid_from, on, it.valid_until)
            ),
            None,
        )

    def funding_policy_called(self, name: str) -> FundingPolicy | None:
        """The policy of an id, as verdicts bear it; `None` if there is none."""
        return next((it for it in self.funding_policies if it.id == name), None)

    def targeted_support_policy(self, on: date) -> TargetedSupportPolicy | None:
        """The policy of targeted support for registrations of that day; `None` if there is none."""
        policies = self.targeted_support_policies
        return next((it for it in policies if within(it.valid_from, on, it.valid_until)), None)

    def last_offered(self, it: Specification) -> date | None:
        """The day on which its programme or its framework closed; `None` while neither has."""
        programme = self.programme(it.programme)
        days = (self._frameworks[it.framework].last_offered, programme and programme.last_offered)
        return min((day for day in days if day), default=None)

    def in_force(self, it: Specification, on: date) -> bool:
        era = self._frameworks[it.framework]
        return within(it.valid_from or era.first_offered, on, it.valid_until or era.last_offered)


def within(first: date | None, on: date, last: date | None) -> bool:
    """Whether a day lies between two others, both included; `None` is no bound."""
    return (first is None or first <= on) and (last is None or on <= last)


def load(*paths: str | PathLike[str], on_top_of: Catalogue | None = None) -> Catalogue:
    """Read TOML files, or every TOML file in folders; what `on_top_of` holds stays beside them.

    Nothing is overridden: a specification that an enrolment may have pinned never changes, so a
    name that is there already is a fault. Raises `Invalid` with every fault that was found.
    """
    found = [it for path in paths for it in named(path)]
    return build(found, on_top_of.sheets if on_top_of else ())


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with this library, read on first use."""
    return build(toml_files(files("npq_domain.catalogue") / "data", ""), ())


def toml_files(path: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """Each TOML file at or under a path, with the name to call it by, in order of names."""
    if not path.is_dir():
        yield name, path
        return
    for it in sorted(path.iterdir(), key=lambda it: it.name):
        if it.is_dir() or it.name.endswith(".toml"):
            yield from toml_files(it, f"{name}/{it.name}" if name else it.name)


def named(path: str | PathLike[str]) -> list[tuple[str, Traversable]]:
    """The TOML files that a path names; a folder without any is refused, for it is a slip."""
    found = list(toml_files(Path(path), str(path)))
    if not found:
        raise Invalid(str(path), ["no TOML file in this folder"])
    return found


def build(
    found: Iterable[tuple[str, Traversable]], base: tuple[tuple[str, Sheet], ...]
) -> Catalogue:
    """Read, check and join files; a file that cannot be read spares the others no check."""
    read, faults = list(base), list[checks.Fault]()
    for name, file in found:
        try:
            read.append((name, sheets.read(file, name)))
        except Invalid as error:
            faults += [(name, fault) for fault in error.faults]
    # References to what an unreadable file would have held are no faults of their own.
    refuse(faults)
    refuse(list(checks.check(read)))
    return Catalogue(
        documents=tuple(it for _, sheet in read for it in sheet.document),
        frameworks=tuple(it for _, sheet in read for it in sheet.framework),
        funding_policies=tuple(it for _, sheet in read for it in sheet.funding_policy),
        programmes=tuple(it for _, sheet in read for it in sheet.programme),
        providers=tuple(it for _, sheet in read for it in sheet.provider),
        scholarships=tuple(it for _, sheet in read for it in sheet.scholarship),
        funding_cohorts=tuple(it for _, sheet in read for it in sheet.funding_cohort),
        schedules=tuple(it for _, sheet in read for it in sheet.schedule),
        assignments=tuple(it for _, sheet in read for it in sheet.assignment),
        partnerships=tuple(it for _, sheet in read for it in sheet.partnership),
        bank_holidays=tuple(it for _, sheet in read for it in sheet.bank_holidays),
        retention=tuple(it for _, sheet in read for it in sheet.retention),
        rules=tuple(it for _, sheet in read for it in sheet.rule),
        specifications=tuple(it for _, sheet in read for it in sheet.specification),
        targeted_support_policies=tuple(
            it for _, sheet in read for it in sheet.targeted_support_policy
        ),
        sheets=tuple(read),
    )


def refuse(faults: list[checks.Fault]) -> None:
    """Raise what was found, under the file's name, or with each file's if there are several."""
    places = {file for file, _ in faults}
    if len(places) == 1:
        raise Invalid(places.pop(), [fault for _, fault in faults])
    if faults:
        raise Invalid("catalogue", [f"{file}: {fault}" for file, fault in faults])
