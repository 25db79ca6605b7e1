"""Views: rows made from facts, by the same folds and policies that commands are decided by."""

from npq_domain.projections.dashboard import CohortRow, cohort_dashboard
from npq_domain.projections.declarations import DeclarationsRow, declarations
from npq_domain.projections.eligibility import EligibilityRow, eligibility
from npq_domain.projections.engagement import EngagementRow, engagement
from npq_domain.projections.funding import FundingEligibilityRow, funding
from npq_domain.projections.intakes import IntakeRow, RunningRow, intakes, intakes_running
from npq_domain.projections.people import EnrolmentRow, PersonRow, enrolments, people
from npq_domain.projections.projection import Projection, Seen, Summary, View
from npq_domain.projections.roster import RosterRow, roster
from npq_domain.projections.timeline import Entry, joined, timeline

VIEWS: tuple[View, ...] = (
    engagement,
    eligibility,
    funding,
    declarations,
    roster,
    enrolments,
    people,
    intakes,
    cohort_dashboard,
    intakes_running,
)
"""Every view of the library; a summary stands after its sources."""

__all__ = [
    "VIEWS",
    "CohortRow",
    "DeclarationsRow",
    "EligibilityRow",
    "EngagementRow",
    "EnrolmentRow",
    "Entry",
    "FundingEligibilityRow",
    "IntakeRow",
    "PersonRow",
    "Projection",
    "RosterRow",
    "RunningRow",
    "Seen",
    "Summary",
    "View",
    "cohort_dashboard",
    "declarations",
    "eligibility",
    "engagement",
    "enrolments",
    "funding",
    "intakes",
    "intakes_running",
    "joined",
    "people",
    "roster",
    "timeline",
]
