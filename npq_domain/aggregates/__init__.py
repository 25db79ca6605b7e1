"""The two kinds of subject whose facts are recorded, and the vocabulary of those facts."""

from npq_domain.aggregates.cohort import cohort
from npq_domain.aggregates.participant import participant
from npq_domain.vocabulary import Vocabulary

DECIDERS = (participant, cohort)

vocabulary = Vocabulary({decider.name: decider.facts for decider in DECIDERS})
