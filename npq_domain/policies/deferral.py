"""What a deferral does to a plan: what fell due in the gap leaves it, and the rest may move.

UCL's public policy and Best Practice Network's let a deferred participant return to a later
cohort with the credit of before. Neither says what becomes of the sessions in between; see
`docs/decisions/0011-training.md` for why they leave the denominator.
"""

from collections.abc import Iterable, Mapping
from datetime import date

from attrs import evolve, frozen

from npq_domain.calendar import LAST_DAY
from npq_domain.policies.engagement import NOTHING, Credit, PlannedComponent

Gap = tuple[date, date]
"""The first day of a deferral, and the day on which it ended, which is not part of it."""

Plan = tuple[PlannedComponent, ...]


@frozen(kw_only=True)
class Moved:
    """The day on which a component falls due in a later cohort."""

    component: str
    due: date


def plan(
    planned: Plan, moved: Iterable[Moved], gaps: Iterable[Gap], credits: Mapping[str, Credit]
) -> Plan:
    """The plan as it stands: on a later cohort's days, and without what the gaps took out of it.

    What is credited stays, whenever it fell due: credit is carried. A gap that has not ended
    takes nothing: nobody knows yet what it will have been.
    """
    later = {it.component: it.due for it in moved}
    ended = [(first, end) for first, end in gaps if end < LAST_DAY]
    if not later and not ended:
        return planned
    on_days = (on_its_day(it, later.get(it.id)) for it in planned)
    return tuple(it for it in on_days if not (in_gap(it, ended) and not credited(it, credits)))


def on_its_day(it: PlannedComponent, day: date | None) -> PlannedComponent:
    """A component on the day that a later cohort gives it, if it does.

    One that is spread over a window opens on that day, and is open for as long as before.
    """
    if day is None:
        return it
    if it.opening is None:
        return evolve(it, due=day)
    last = day + (it.opening.last - it.opening.first)
    return evolve(it, due=last, opening=evolve(it.opening, first=day, last=last))


def in_gap(it: PlannedComponent, gaps: Iterable[Gap]) -> bool:
    """Whether a component fell due while training was deferred."""
    return it.due is not None and any(first <= it.due < end for first, end in gaps)


def credited(it: PlannedComponent, credits: Mapping[str, Credit]) -> bool:
    """Whether anything is credited to a component."""
    credit = credits.get(it.id, NOTHING)
    return credit.minutes > 0 or credit.excuse is not None
