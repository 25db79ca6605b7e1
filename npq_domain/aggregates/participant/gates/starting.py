"""The gate to the programme: what is to be in place when it starts."""

from collections.abc import Iterator
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.engagement import earliest
from npq_domain.aggregates.participant.gates.ground import enrolled, words
from npq_domain.calendar import LAST_DAY
from npq_domain.errors import Requirement


def start(it: Participant, on: date = LAST_DAY) -> Iterator[Requirement]:
    """What is to be in place when the programme starts. It starts all the same; lateness shows."""
    yield enrolled(it, on)
    fact = it.enrolment.enrolled
    if fact is None or fact.support is None:
        return
    since = earliest(it.engagement.supported_since, fact.support.roles)
    due = fact.start_on if fact.support.before_start else on
    who = " or ".join(map(words, fact.support.roles))
    yield Requirement(
        code="supporter_late" if since and since <= on else "no_mentor",
        met=since is not None and since <= min(due, on),
        because=f"a {who} was assigned on {since}; the programme started on {fact.start_on}"
        if since and since <= on
        else f"no {who} is assigned",
        source=fact.support.source,
        relied_on=("SupporterAssigned",) if since and since <= on else (),
    )
