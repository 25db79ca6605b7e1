"""Projects: the assessed projects of the 2017 era, from plan to published result."""

from npq_domain.decider import Decisions

DECISIONS: Decisions = {}
