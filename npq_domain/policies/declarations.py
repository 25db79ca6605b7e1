"""Declarations: the states DfE's service keeps them in, the ways between, and what is due when."""

from collections.abc import Collection
from datetime import date
from enum import Enum
from functools import cache

from attrs import frozen

from npq_domain.catalogue.types import DeclarationType, Schedule


class DeclarationState(Enum):
    """Where a declaration stands with DfE: the wire values, also read with underscores."""

    SUBMITTED = "submitted"
    ELIGIBLE = "eligible"
    PAYABLE = "payable"
    PAID = "paid"
    INELIGIBLE = "ineligible"
    VOIDED = "voided"
    AWAITING_CLAWBACK = "awaiting-clawback"
    CLAWED_BACK = "clawed-back"

    @classmethod
    def _missing_(cls, value: object) -> "DeclarationState | None":
        """DfE's schema has awaiting_clawback, its service sends awaiting-clawback."""
        dashed = value.replace("_", "-") if isinstance(value, str) else value
        return next((it for it in cls if it.value == dashed), None)


State = DeclarationState

WAYS: dict[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.ELIGIBLE, State.INELIGIBLE, State.VOIDED}),
    State.ELIGIBLE: frozenset({State.PAYABLE, State.VOIDED}),
    State.PAYABLE: frozenset({State.PAID, State.VOIDED, State.ELIGIBLE}),
    State.PAID: frozenset({State.AWAITING_CLAWBACK}),
    State.INELIGIBLE: frozenset({State.VOIDED}),
    State.VOIDED: frozenset(),
    State.AWAITING_CLAWBACK: frozenset({State.CLAWED_BACK}),
    State.CLAWED_BACK: frozenset(),
}
"""From each state, the states that may come next: DFE npq-registration, declarations: states."""

LIVE = frozenset({State.SUBMITTED, State.ELIGIBLE, State.PAYABLE, State.PAID})
"""DfE pays for it, or may still. What is out of these never comes back, whatever is reported."""

REFUNDED = frozenset({State.VOIDED, State.AWAITING_CLAWBACK, State.CLAWED_BACK})
"""Taken back."""


@cache
def reachable(since: State) -> frozenset[State]:
    """Every state that a declaration can come to, by one step or by several."""
    found: set[State] = set()
    ahead = [since]
    while ahead:
        more = WAYS[ahead.pop()] - found
        found |= more
        ahead += more
    return frozenset(found)


def expected(known: State, told: State) -> bool:
    """Whether DfE's own rules have a way from the state that is known to the one that is told.

    Between two looks a declaration may take several steps.
    """
    return told is known or told in reachable(known)


@frozen(kw_only=True)
class Due:
    """A declaration that is still to be made, and by when DfE expects it, if it says so."""

    type: DeclarationType
    on: date | None

    def overdue(self, as_at: date) -> bool:
        """Whether that day has passed: late, and never too late."""
        return self.on is not None and self.on < as_at


def due(schedule: Schedule, declared: Collection[DeclarationType]) -> tuple[Due, ...]:
    """Every type of a schedule that is not declared, in the schedule's order.

    The dates are advisory: one page of DfE's guidance says that its service refuses what misses
    them, another that it does not, and it does not. Source: DFE npq-registration, API guidance:
    schedules and milestone dates; schedules and milestones for all courses.
    """
    dates = {it.type: it.on for it in schedule.milestones}
    return tuple(
        Due(type=it, on=dates.get(it)) for it in schedule.declaration_types if it not in declared
    )
