"""One person on one run of one programme at one provider."""

from npq_domain.aggregates.participant.commands import DECISIONS
from npq_domain.aggregates.participant.facts import FOLDS, Participant
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.decider import Decider

participant = Decider(
    name="participant",
    initial=Participant,
    folds=FOLDS,
    decisions=DECISIONS,
    void=FactVoided,
)
