"""What decisions of several chapters take for granted, or refuse over."""

from datetime import date

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.groups import Group
from npq_domain.aggregates.cohort.facts.intake import CohortOpened, ProgrammeOffered
from npq_domain.decider import refuse_if
from npq_domain.errors import refusal

COHORTS = "UCL/ETH handbook 2023, section 4, Cohorts"
GROUPS = "BPN leadership NPQs 2023, Local Groups, Nationwide Delivery"


def known(it: Cohort) -> CohortOpened:
    """The intake, open or closed, or `cohort_not_opened`."""
    if it.intake.opened is None:
        raise refusal("cohort_not_opened", "no such cohort was opened", COHORTS)
    return it.intake.opened


def opened(it: Cohort, on: date) -> CohortOpened:
    """The intake, if it is open on a day: `cohort_not_opened`, `out_of_order`, `cohort_closed`."""
    intake = known(it)
    refuse_if(
        on < intake.on,
        "out_of_order",
        f"{on} is before {intake.name} was opened, on {intake.on}",
        COHORTS,
    )
    if closed := it.intake.closed:
        raise refusal("cohort_closed", f"{intake.name} was closed on {closed.on}", COHORTS)
    return intake


def offered(it: Cohort, programme: str, on: date) -> ProgrammeOffered:
    """What the open intake offers of a programme, or `programme_not_offered`."""
    name = opened(it, on).name
    found = it.intake.programmes.get(programme)
    if found is None:
        raise refusal("programme_not_offered", f"{name} does not offer {programme}", COHORTS)
    return found


def planned(it: Cohort, group: str, on: date) -> Group:
    """A delivery group of the open intake, or `unknown_group`."""
    name = opened(it, on).name
    found = it.groups.group(group)
    if found.planned is None:
        raise refusal("unknown_group", f"{name} has no delivery group {group!r}", GROUPS)
    return found


def running(it: Cohort, group: str, on: date, programme: str | None = None) -> Group:
    """A group that is not cancelled, and of the programme if one is asked for.

    Raises `unknown_group` or `group_cancelled`.
    """
    found = planned(it, group, on)
    refuse_if(
        found.cancelled,
        "group_cancelled",
        f"delivery group {group!r} was cancelled",
        GROUPS,
    )
    own = found.planned.programme if found.planned else None
    refuse_if(
        programme is not None and own != programme,
        "unknown_group",
        f"delivery group {group!r} is one of {own}, not of {programme}",
        GROUPS,
    )
    return found
