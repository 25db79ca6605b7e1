"""What may be asked of a participant, chapter by chapter: each command above its decision."""

from npq_domain.aggregates.participant.commands import (
    application,
    assessment,
    award,
    corrections,
    engagement,
    enrolment,
    identity,
)
from npq_domain.decider import Decisions

DECISIONS: Decisions = {
    **identity.DECISIONS,
    **application.DECISIONS,
    **enrolment.DECISIONS,
    **engagement.DECISIONS,
    **assessment.DECISIONS,
    **award.DECISIONS,
    **corrections.DECISIONS,
}
