"""Funding: who pays, by which policy, and on which facts that was decided."""

from npq_domain.decider import Decisions

DECISIONS: Decisions = {}
