"""Who is who: the one view with personal values, so that the others need none.

In a sealed ledger its table holds them as the log does, under seal; whoever reads it through the
ledger sees them opened, or erased.
"""

from attrs import frozen

from npq_domain.aggregates.participant import participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.personal import Personal
from npq_domain.projections.projection import Projection, Seen


@frozen(kw_only=True)
class RosterRow:
    """One participant by name, number and cohort."""

    participant: str
    person_ref: str
    application_id: str
    provider: str
    programme: str
    cohort_id: str | None
    group: str | None
    name: Personal[str] | None
    trn: Personal[str] | None
    as_of_position: int


def row(it: Participant, seen: Seen) -> RosterRow | None:
    """The row of a participant who has registered."""
    registered, place, identity = it.application.registered, standing.joined(it), it.identity
    if registered is None:
        return None
    return RosterRow(
        participant=seen.subject,
        person_ref=registered.person_ref,
        application_id=registered.application_id,
        provider=standing.provider(it) or registered.provider,
        programme=registered.programme,
        cohort_id=str(place.cohort_id) if place else None,
        group=place.group if place else None,
        name=identity.name,
        trn=identity.trn,
        as_of_position=seen.position,
    )


roster = Projection(
    name="roster",
    row_type=RosterRow,
    decider=participant,
    parts=("identity", "application", "enrolment", "training"),
    row=row,
    tolerant=True,
    indexed=("cohort_id",),
)
