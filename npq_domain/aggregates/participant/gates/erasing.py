"""The gate to erasure: what obliges the provider to keep personal data."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.calendar import add_months
from npq_domain.catalogue.rules import KeptSince, RetentionRule
from npq_domain.errors import Requirement

HOLDS = "UK GDPR, Article 17(3)(e): establishment, exercise or defence of legal claims"


def erasure(it: Participant, rules: Iterable[RetentionRule], on: date) -> Iterator[Requirement]:
    """What is to be so before anything of this person's is erased, on a day."""
    holds = it.retention.holds
    names = ", ".join(f"{each.hold} of {each.on}" for each in holds.values())
    yield Requirement(
        code="under_legal_hold",
        met=not holds,
        because=f"legal hold {names} stands" if holds else "no legal hold stands",
        source=HOLDS,
        relied_on=("LegalHoldPlaced",) if holds else (),
    )
    for rule in rules:
        yield kept(it, rule, on)


def kept(it: Participant, rule: RetentionRule, on: date) -> Requirement:
    """Whether a retention rule has run out, or never began."""
    since = SINCE[rule.since](it)
    until = add_months(since, 12 * rule.years) if since else None
    return Requirement(
        code="under_retention",
        met=until is None or until <= on,
        because=f"{rule.id}: nothing was {rule.since.value}"
        if until is None
        else f"{rule.id}: {rule.says}; {rule.since.value} on {since}, kept until {until}",
        source=rule.source,
        relied_on=(rule.since.value,) if since else (),
    )


def registered_on(it: Participant) -> date | None:
    """When DfE passed the registration on."""
    return it.application.registered.on if it.application.registered else None


def accepted_on(it: Participant) -> date | None:
    """When the provider took the applicant on."""
    decision = it.application.decision
    return decision.on if isinstance(decision, ApplicationAccepted) else None


def claimed_on(it: Participant) -> date | None:
    """When money was last asked for, or DfE last said or was told anything of a claim."""
    claims = it.declarations
    days = (
        *(each.claimed_on for each in claims.made.values()),
        *(each.on for each in claims.voided.values()),
        *(each.on for each in claims.reports.values()),
        *(each.on for each in claims.outcomes),
    )
    return max(days, default=None)


def awarded_on(it: Participant) -> date | None:
    """When the qualification was awarded."""
    return it.award.awarded.on if it.award.awarded else None


SINCE: Mapping[KeptSince, Callable[[Participant], date | None]] = {
    KeptSince.REGISTERED: registered_on,
    KeptSince.ACCEPTED: accepted_on,
    KeptSince.CLAIMED: claimed_on,
    KeptSince.AWARDED: awarded_on,
}
"""From which day each rule counts."""
