"""Circumstances: what came between, what was asked for it, and what was granted."""

from npq_domain.decider import Decisions

DECISIONS: Decisions = {}
