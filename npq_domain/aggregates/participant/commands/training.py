"""Training: how training stands: deferred, resumed, withdrawn, transferred, moved."""

from npq_domain.decider import Decisions

DECISIONS: Decisions = {}
