"""The gates of the journey: each a list of requirements, a file for each.

Commands refuse with those that are unmet, the eligibility view shows all of them, the explanation
prints them with what they relied on. One computation, three readers, so they cannot disagree.
"""

from npq_domain.aggregates.participant.gates.accepting import ENTRY, acceptance
from npq_domain.aggregates.participant.gates.awarding import award, outcome
from npq_domain.aggregates.participant.gates.erasing import HOLDS, erasure
from npq_domain.aggregates.participant.gates.ground import (
    ACCEPTANCE,
    AWARD,
    ENROLMENT,
    REGISTRATION,
    STATUSES,
    Gatekeeper,
    active,
    blockers,
    by,
    reached,
    share,
    unmet,
    words,
)
from npq_domain.aggregates.participant.gates.sitting import access, sat_as_a_case_study
from npq_domain.aggregates.participant.gates.starting import start
from npq_domain.aggregates.participant.gates.submitting import (
    assessed_by_projects,
    contrast,
    in_days,
    other_board,
    projects,
    schools,
    task,
    tasks,
    tasks_of,
)

GATES: dict[str, Gatekeeper] = {
    "acceptance": acceptance,
    "start": start,
    "access": access,
    "tasks": tasks,
    "award": award,
}
"""Every gate, by the name it is asked for."""

__all__ = [
    "ACCEPTANCE",
    "AWARD",
    "ENROLMENT",
    "ENTRY",
    "GATES",
    "HOLDS",
    "REGISTRATION",
    "STATUSES",
    "Gatekeeper",
    "acceptance",
    "access",
    "active",
    "assessed_by_projects",
    "award",
    "blockers",
    "by",
    "contrast",
    "erasure",
    "in_days",
    "other_board",
    "outcome",
    "projects",
    "reached",
    "sat_as_a_case_study",
    "schools",
    "share",
    "start",
    "task",
    "tasks",
    "tasks_of",
    "unmet",
    "words",
]
