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
    retention,
    training,
)
from npq_domain.aggregates.participant.commands.corrections import VoidFact
from npq_domain.aggregates.participant.commands.declarations import (
    ReportDeclarationState,
    VoidDeclaration,
)
from npq_domain.aggregates.participant.commands.retention import unless_erased
from npq_domain.aggregates.participant.commands.training import TransferOut, while_here
from npq_domain.decider import Decisions

EVERY: Decisions = {
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
    **retention.DECISIONS,
}

AFTER_TRANSFER = frozenset(
    {TransferOut, VoidFact, VoidDeclaration, ReportDeclarationState, *retention.DECISIONS}
)
"""What may be asked of a participant who has gone: the provider's own claims stay its own.

So does its own copy of what is personal.
"""

DECISIONS: Decisions = {
    kind: unless_erased(decide if kind in AFTER_TRANSFER else while_here(decide))
    for kind, decide in EVERY.items()
}
