"""Makers of commands about declarations, for the lives of participants."""

from typing import Any
from uuid import UUID

from npq_domain import commands as ask
from npq_domain.aggregates.participant import standing
from npq_domain.aggregates.participant.commands.declarations import Evidence
from npq_domain.aggregates.participant.evidence import SUPPORTING
from npq_domain.aggregates.participant.facts.declarations import OutcomeState
from npq_domain.aggregates.participant.gates import declaring
from npq_domain.calendar import add_days, midnight
from npq_domain.catalogue.types import DeclarationType, EvidenceKind, Kind
from npq_domain.personal import Personal
from npq_domain.policies.declarations import DeclarationState, due
from npq_domain.testing.lives import Maker
from npq_domain.testing.participants.plots import Tale


def ids(tale: Tale) -> list[UUID]:
    """The ids of every declaration, and one of none."""
    return [*tale.it.declarations.made, UUID(int=len(tale.it.declarations.made) + 1)]


def declare(tale: Tale) -> Any:
    kind = tale.one_of([*ahead(tale)[:1], *ahead(tale)[:1], *DeclarationType])
    on, application = tale.later(), tale.it.application.registered
    schedule = standing.terms(tale.it)
    first = schedule.applies_from if schedule else on
    day = max(tale.one_of([tale.day, tale.day, first, add_days(first, -1)]), add_days(on, -700))
    ends = bool(application and application.terms.kind is Kind.NPQ)
    asks = kind is DeclarationType.COMPLETED and ends
    return ask.Declare(
        id=tale.one_of(ids(tale)[-1:] * 5 + ids(tale)),
        type=kind,
        declared_at=midnight(day),
        has_passed=tale.one_of([True, True, False, None]) if asks else None,
        delivery_partner=tale.one_of([None, "ETH"]),
        statement_deadline=tale.one_of([None, add_days(on, 20), add_days(on, -1)]),
        evidence=evidence(tale, kind),
        on=max(on, first) if tale.number(1, 5) > 1 else on,
    )


def ahead(tale: Tale) -> list[DeclarationType]:
    """What is still to be declared."""
    schedule = standing.terms(tale.it)
    declared = {it.type for it in tale.it.declarations.live}
    return [it.type for it in due(schedule, declared)] if schedule else []


def evidence(tale: Tale, kind: DeclarationType) -> tuple[Evidence, ...]:
    """What the provider's rule asks for, if it is there, and now and then something else."""
    rule = declaring.own_rule(tale.it)
    wanted = [*(rule.kinds(kind) if rule else ()), *tale.one_of([(), (), tuple(EvidenceKind)])]
    found = []
    for each in wanted:
        versions = [
            version
            for version, fact in enumerate(tale.past.facts, 1)
            if isinstance(fact, SUPPORTING[each])
        ]
        if versions:
            found.append(Evidence(version=tale.one_of(versions), kind=each))
    return tuple(found)


def rename_partner(tale: Tale) -> Any:
    return ask.ChangeDeliveryPartner(
        id=tale.one_of(ids(tale)),
        delivery_partner=tale.one_of(["ETH", "KTH"]),
        secondary_delivery_partner=tale.one_of([None, "ETH"]),
        on=tale.later(),
    )


def take_back(tale: Tale) -> Any:
    on = tale.later()
    return ask.VoidDeclaration(
        id=tale.one_of(ids(tale)),
        reason=Personal("a slip"),
        statement_deadline=tale.one_of([None, add_days(on, 20), add_days(on, -1)]),
        on=on,
    )


def hear(tale: Tale) -> Any:
    return ask.ReportDeclarationState(
        id=tale.one_of(ids(tale)),
        state=tale.one_of(list(DeclarationState)),
        statement=tale.one_of([None, "s-1", "s-2"]),
        on=tale.later(),
    )


def tell_outcome(tale: Tale) -> Any:
    on = tale.later()
    return ask.ReportOutcome(
        state=tale.one_of(list(OutcomeState)),
        completion_date=add_days(on, tale.number(-3, 1)),
        on=on,
    )


DECLARING: tuple[Maker, ...] = (
    declare, declare, declare, take_back, hear, tell_outcome, rename_partner,
)  # fmt: skip


def deal_with_dfe(tale: Tale) -> Any:
    """Something about declarations: mostly a claim."""
    return tale.one_of(DECLARING)(tale)
