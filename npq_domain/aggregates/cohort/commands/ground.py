"""What decisions of several chapters take for granted, or refuse over."""

from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.cohort.facts.groups import Group
from npq_domain.aggregates.cohort.facts.intake import CohortOpened, ProgrammeOffered
from npq_domain.decider import refuse_if
from npq_domain.errors import Refused, Requirement

COHORTS = "UCL/ETH handbook 2023, section 4, Cohorts"
GROUPS = "BPN leadership NPQs 2023, Local Groups, Nationwide Delivery"


def refusal(code: str, because: str, source: str) -> Refused:
    """One unmet requirement, as the error to raise."""
    return Refused(Requirement(code=code, met=False, because=because, source=source))


def opened(it: Cohort) -> CohortOpened:
    """The intake, if it is open: `cohort_not_opened`, `cohort_closed`."""
    if it.intake.opened is None:
        raise refusal("cohort_not_opened", "no such cohort was opened", COHORTS)
    refuse_if(
        it.intake.closed,
        "cohort_closed",
        f"{it.intake.opened.name} was closed"
        f" on {it.intake.closed.on if it.intake.closed else None}",
        COHORTS,
    )
    return it.intake.opened


def offered(it: Cohort, programme: str) -> ProgrammeOffered:
    """What the open intake offers of a programme, or `programme_not_offered`."""
    name = opened(it).name
    found = it.intake.programmes.get(programme)
    if found is None:
        raise refusal("programme_not_offered", f"{name} does not offer {programme}", COHORTS)
    return found


def planned(it: Cohort, group: str) -> Group:
    """A delivery group of the open intake, or `unknown_group`."""
    name = opened(it).name
    found = it.groups.group(group)
    if found.planned is None:
        raise refusal("unknown_group", f"{name} has no delivery group {group!r}", GROUPS)
    return found
