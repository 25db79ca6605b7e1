"""What may be asked of a participant, chapter by chapter: each command above its decision."""

from npq_domain.aggregates.participant.commands import (
    appeals,
    application,
    assessment,
    award,
    circumstances,
    corrections,
    declarations,
    engagement,
    enrolment,
    funding,
    identity,
    projects,
    training,
)
from npq_domain.decider import Decisions

DECISIONS: Decisions = {
    **identity.DECISIONS,
    **application.DECISIONS,
    **funding.DECISIONS,
    **enrolment.DECISIONS,
    **engagement.DECISIONS,
    **projects.DECISIONS,
    **assessment.DECISIONS,
    **training.DECISIONS,
    **circumstances.DECISIONS,
    **appeals.DECISIONS,
    **declarations.DECISIONS,
    **award.DECISIONS,
    **corrections.DECISIONS,
}
