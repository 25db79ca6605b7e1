"""DfE's schedules: on which days an assignment holds, and what has to hold of its tables."""

import re
from collections.abc import Iterator
from datetime import date

from npq_domain.catalogue.types import (
    Assignment,
    DeclarationType,
    FundingCohort,
    GroupRule,
    Schedule,
)

COHORT = re.compile(r"20\d\d[a-z]", re.ASCII)
DAY_OF_YEAR = re.compile(r"(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)


def covers(it: Assignment, cohort: str, group: str, day: date) -> bool:
    """Whether the row decides for a course group of a funding cohort on a day."""
    return (
        group in it.groups
        and (not it.cohorts or cohort in it.cohorts)
        and (it.first is None or it.first <= day)
        and (it.last is None or day <= it.last)
        and comes_round(it.yearly_first, it.yearly_last, day)
    )


def comes_round(first: str | None, last: str | None, day: date) -> bool:
    """Whether a day of any year lies between two days of the year, the new year between or not."""
    if first is None or last is None:
        return True
    at = f"{day:%m-%d}"
    return first <= at <= last if first <= last else at >= first or at <= last


def check_assignment(it: Assignment) -> Iterator[str]:
    """Days of the year are such, and come in pairs; a row is for somebody and names something."""
    for name in ("groups", "schedules"):
        if not getattr(it, name):
            yield f".{name}: names none"
    days = {"yearly_first": it.yearly_first, "yearly_last": it.yearly_last}
    yield from check_days(days)
    if (it.yearly_first is None) != (it.yearly_last is None):
        missing = next(name for name, value in days.items() if value is None)
        yield f".{missing}: is missing; the other is there"


def check_group_rule(it: GroupRule) -> Iterator[str]:
    """Both are days of the year."""
    yield from check_days({"deadline": it.deadline, "confirmed_from": it.confirmed_from})


def check_days(days: dict[str, str | None]) -> Iterator[str]:
    """What is not a day of the year."""
    for name, value in days.items():
        if value is not None and not DAY_OF_YEAR.fullmatch(value):
            yield f".{name}: {value!r} is not a day of the year such as '12-26'"


def confirmable_from(rule: GroupRule, deadline: date) -> date | None:
    """From when groups can be confirmed after that deadline; `None` where the rule is silent."""
    if f"{deadline:%m-%d}" != rule.deadline:
        return None
    month, day = map(int, rule.confirmed_from.split("-"))
    later = rule.confirmed_from <= rule.deadline
    return date(deadline.year + later, month, day)


def check_cohort(it: FundingCohort) -> Iterator[str]:
    """A cohort is called by its contract year and a lower-case letter."""
    if not COHORT.fullmatch(it.id):
        yield f".id: {it.id!r} is not a year and a letter such as '2026a'"


def check_schedule(it: Schedule) -> Iterator[str]:
    """It is for somebody, something is declared, each once; so are milestones, after the start."""
    for name in ("groups", "declaration_types"):
        several = getattr(it, name)
        if not several:
            yield f".{name}: names none"
        if len(set(several)) < len(several):
            yield f".{name}: names one twice"
    seen: set[DeclarationType] = set()
    for index, each in enumerate(it.milestones):
        place = f".milestones[{index}]"
        if each.type not in it.declaration_types:
            yield f"{place}.type: {each.type.value} is not declared in this schedule"
        if each.type in seen:
            yield f"{place}.type: {each.type.value} is there twice"
        if each.on < it.applies_from:
            yield f"{place}.on: {each.on} is before the schedule applies, from {it.applies_from}"
        seen.add(each.type)
