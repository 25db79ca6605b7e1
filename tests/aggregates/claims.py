"""What the examples of declarations are about: one participant in one of DfE's cohorts."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.declarations import DeclarationMade
from npq_domain.calendar import midnight
from npq_domain.catalogue.types import (
    DeclarationRule,
    DeclarationType,
    EvidenceKind,
    EvidenceRule,
    Partnership,
)
from npq_domain.policies.declarations import DeclarationState
from npq_domain.testing import Scene, given
from tests.aggregates.ground import CATALOGUE, SENIOR, enrolled, intake, spec

LITERACY = "reform/UCL/NPQLL/1"
STRICT = "reform/UCL/NPQSL/98"
"""NPQSL as a provider might run it that declares in order, on evidence, and of none who is away."""

OURS = "npq_domain, our own rule: declarations follow their order and rest on evidence"
RULE = DeclarationRule(
    in_order=True,
    active=True,
    evidence=(
        EvidenceRule(type=DeclarationType.STARTED, kinds=(EvidenceKind.TRAINING_EVENT_ATTENDED,)),
        EvidenceRule(
            type=DeclarationType.RETAINED_1,
            kinds=(
                EvidenceKind.TRAINING_EVENT_ATTENDED,
                EvidenceKind.SELF_STUDY_MATERIAL_COMPLETED,
            ),
        ),
    ),
    source=OURS,
)
PARTNERS = Partnership(
    provider="UCL",
    cohort="2024a",
    partners=("Exchange Teaching Hub", "Another Hub"),
    source="npq_domain, our own rule: partners of these examples",
)
RULES = evolve(
    CATALOGUE,
    specifications=(
        *CATALOGUE.specifications,
        evolve(spec(SENIOR), version=98, declarations=RULE),
    ),
    partnerships=(PARTNERS,),
)

STARTED, FIRST, SECOND, COMPLETED = DeclarationType
ONE, TWO, THREE, FOUR, FIVE = (UUID(int=number) for number in range(1, 6))
APPLIES = midnight(date(2023, 10, 1))
"""From when the schedule npq-leadership-autumn of cohort 2023 applies."""
DAY = date(2023, 11, 24)
NOON = datetime(2023, 11, 24, 12, tzinfo=UTC)
LATER = date(2025, 5, 6)
SPRING = datetime(2025, 5, 2, 9, tzinfo=UTC)


def declared(key: str = SENIOR, *more: Any, cohort: str | None = "2023a", **told: Any) -> list[Any]:
    """What is asked until somebody is enrolled whose application is in one of DfE's cohorts."""
    asked = [
        evolve(it, funding_cohort=cohort, **told) if isinstance(it, ask.ReceiveRegistration) else it
        for it in enrolled(key.replace("/98", "/1"))
    ]
    if key == STRICT:
        asked = [
            evolve(it, specification=key) if isinstance(it, ask.ReceiveRegistration) else it
            for it in asked
            if not isinstance(it, ask.Enrol)
        ]
    return [*asked, *more]


def somebody(key: str = SENIOR, *more: Any, **told: Any) -> Scene[Participant]:
    """Somebody accepted, and what is given besides."""
    at = intake(key.replace("/98", "/1")).state
    return given(participant, *declared(key, *more, **told), catalogue=RULES, cohort=at)


def claim(**other: Any) -> ask.Declare:
    """A claim that the participant has started."""
    return evolve(ask.Declare(id=ONE, type=STARTED, declared_at=NOON, on=DAY), **other)


def made(**other: Any) -> DeclarationMade:
    """The fact that follows."""
    fact = DeclarationMade(
        id=ONE,
        type=STARTED,
        participant_id="p-1",
        provider="UCL",
        programme="NPQSL",
        course_identifier="npq-senior-leadership",
        funding_cohort="2023a",
        schedule="npq-leadership-autumn",
        delivery_partner=None,
        secondary_delivery_partner=None,
        has_passed=None,
        evidence=(),
        claimed_on=DAY,
        at=NOON,
    )
    return evolve(fact, **other)


def completion(**other: Any) -> ask.Declare:
    """A claim that the course is completed, and passed."""
    return claim(
        **{"id": FOUR, "type": COMPLETED, "declared_at": SPRING, "has_passed": True, "on": LATER}
        | other
    )


def heard(state: str, declaration: UUID = ONE, on: date = DAY) -> ask.ReportDeclarationState:
    return ask.ReportDeclarationState(id=declaration, state=DeclarationState(state), on=on)
