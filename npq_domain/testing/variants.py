"""Specifications with rules that no shipped one has, so that those are lived through as well."""

from attrs import evolve

from npq_domain.catalogue import Catalogue, Specification
from npq_domain.catalogue.types import (
    AttemptRule,
    DeclarationRule,
    DeclarationType,
    EngagementRule,
    EvidenceKind,
    EvidenceRule,
    Gate,
    Strategy,
    WordRule,
)

SOURCE = "UCL/ETH handbook 2023, section 5, Engagement with the Programme"

RULES = {
    101: EngagementRule(
        strategy=Strategy.SESSION_COUNT,
        threshold_percent=75,
        gate=Gate.BOTH,
        catch_up=True,
        excuse=True,
        source=SOURCE,
    ),
    102: EngagementRule(
        strategy=Strategy.PER_STRAND,
        threshold_percent=80,
        gate=Gate.BOTH,
        catch_up=True,
        excuse=True,
        source=SOURCE,
    ),
    103: EngagementRule(
        strategy=Strategy.TOTAL_MINUTES,
        threshold_percent=60,
        gate=Gate.ACCESS,
        catch_up=True,
        source=SOURCE,
    ),
}
"""Engagement rules by the version under which variants bear them."""

STRICT = DeclarationRule(
    in_order=True,
    active=True,
    evidence=(
        EvidenceRule(
            type=DeclarationType.RETAINED_1, kinds=(EvidenceKind.TRAINING_EVENT_ATTENDED,)
        ),
    ),
    source="npq_domain, our own rule: declarations follow their order and rest on evidence",
)
DECLARATIONS = {101: STRICT}
"""Rules for declarations, by the version; the others have none."""


def variants(of: Specification) -> tuple[Specification, ...]:
    """The same programme under other rules, with at most two attempts."""
    assessment = evolve(
        of.assessment,
        attempts=AttemptRule(most=2, source=SOURCE),
        response=WordRule(least=1500, most=2500, source=SOURCE),
    )
    return tuple(
        evolve(
            of,
            version=version,
            engagement=rule,
            assessment=assessment,
            declarations=DECLARATIONS.get(version),
        )
        for version, rule in RULES.items()
    )


def with_variants(catalogue: Catalogue) -> Catalogue:
    """A catalogue that has these beside its own.

    None applies of itself: they are found by their keys alone, or where they are the latest.
    """
    more = [it for each in catalogue.specifications if each.engagement for it in variants(each)]
    return evolve(catalogue, specifications=(*catalogue.specifications, *more))
