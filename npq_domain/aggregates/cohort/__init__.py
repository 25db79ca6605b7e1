"""One intake: what it offers, when it meets, when it is assessed, and its funded places."""

from npq_domain.aggregates.cohort.commands import DECISIONS
from npq_domain.aggregates.cohort.facts import FOLDS, Cohort
from npq_domain.decider import Decider

cohort = Decider(name="cohort", initial=Cohort, folds=FOLDS, decisions=DECISIONS)
