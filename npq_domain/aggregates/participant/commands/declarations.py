"""Declarations: what is claimed from DfE, on which evidence, and what became of it."""

from npq_domain.decider import Decisions

DECISIONS: Decisions = {}
