"""What may be asked about circumstances: a claim, a decision, one effect."""

from collections.abc import Callable
from datetime import date
from typing import Any

from attrs import asdict, field, frozen

from npq_domain.aggregates.participant.commands.assessment import (
    ASSESSMENT,
    known_attempt,
    latest_attempt,
)
from npq_domain.aggregates.participant.commands.engagement import (
    ExcuseAttendance,
    excuse_attendance,
)
from npq_domain.aggregates.participant.commands.ground import (
    enrolled,
    in_order,
    once,
    refuse_bad_digest,
)
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.assessment import (
    AssessmentDeferred,
    Attempt,
    WindowExtended,
)
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    CircumstancesClaimed,
    CircumstancesDecided,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.calendar import in_london, london_day
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.errors import refusal
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse
from npq_domain.policies.windows import extended

EXCEPTIONAL = (
    "UCL/ETH handbook 2023, section 5, Engagement with the Programme: exceptional circumstances"
)
A_YEAR = 366
"""More days than that are no extension; a later window is."""

TELLS: dict[EffectKind, frozenset[str]] = {
    EffectKind.EXTEND_DAYS: frozenset({"attempt", "days"}),
    EffectKind.LATER_WINDOW: frozenset({"attempt"}),
    EffectKind.EXCUSE: frozenset({"component", "excuse"}),
    EffectKind.NONE: frozenset(),
}
"""What it takes to tell each kind of effect."""


@frozen(kw_only=True)
class ClaimCircumstances:
    """Ask for allowance to be made for what came between, with evidence by reference.

    `claim` is the provider's id. Evidence is told by where it is kept and by its digest, never by
    what it says.
    """

    claim: str
    kind: Circumstance
    since: date
    until: date
    evidence: tuple[EvidenceRef, ...]
    on: date


def claim_circumstances(command: ClaimCircumstances, it: Participant) -> Facts:
    in_order(command.on, enrolled(it).on, "enrolled")
    refuse_if(
        command.until < command.since,
        "period_out_of_order",
        f"{command.since} to {command.until} ends before it begins",
        EXCEPTIONAL,
    )
    refuse_if(
        not command.evidence,
        "evidence_missing",
        f"the claim {command.claim} names no evidence",
        EXCEPTIONAL,
    )
    for each in command.evidence:
        refuse_bad_digest(each.sha256, EXCEPTIONAL)
    fact = CircumstancesClaimed(
        claim=command.claim,
        kind=command.kind,
        since=command.since,
        until=command.until,
        evidence=command.evidence,
        on=command.on,
    )
    known = it.circumstances.claims.get(command.claim)
    yield from once(fact, known, "already_claimed", EXCEPTIONAL)


@frozen(kw_only=True)
class DecideCircumstances:
    """Decide a claim: with one effect if it is granted, with none if it is not.

    `by_panel`: a panel decided, as it has to on an extension once the window has closed.
    """

    claim: str
    granted: bool
    effect: Effect = field(factory=lambda: Effect(kind=EffectKind.NONE))
    decided_by: str
    by_panel: bool = False
    on: date


def decide_circumstances(command: DecideCircumstances, it: Participant) -> Facts:
    claimed = it.circumstances.claims.get(command.claim)
    if claimed is None:
        known = ", ".join(it.circumstances.open) or "none is open"
        because = f"there is no claim {command.claim!r}: {known}"
        raise refusal("unknown_claim", because, EXCEPTIONAL)
    fact = CircumstancesDecided(
        claim=command.claim,
        granted=command.granted,
        effect=command.effect,
        decided_by=command.decided_by,
        by_panel=command.by_panel,
        on=command.on,
    )
    decided = it.circumstances.decided.get(command.claim)
    effect: tuple[Any, ...] = ()
    if decided is None:
        in_order(command.on, claimed.on, "claimed")
        whole(command)
        effect = tuple(EFFECTS[command.effect.kind](command, claimed, it))
    yield from once(fact, decided, "already_decided", EXCEPTIONAL)
    yield from effect


def whole(command: DecideCircumstances) -> None:
    """Refuse an effect without a grant, or one that is told by too little or too much."""
    effect = command.effect
    refuse_if(
        not command.granted and effect.kind is not EffectKind.NONE,
        "effect_not_granted",
        f"{effect.kind.value} is the effect of a claim that is granted",
        EXCEPTIONAL,
    )
    told = {name for name, value in asdict(effect).items() if value is not None} - {"kind"}
    wanted = TELLS[effect.kind]
    refuse_if(
        told != wanted,
        "effect_incomplete",
        f"{effect.kind.value} is told by {', '.join(sorted(wanted)) or 'nothing more'},"
        f" not by {', '.join(sorted(told)) or 'nothing more'}",
        EXCEPTIONAL,
    )


def extend(command: DecideCircumstances, claimed: CircumstancesClaimed, it: Participant) -> Facts:
    """Make the window longer: before it has closed, or by a panel after that."""
    number, days = command.effect.attempt or 0, command.effect.days or 0
    hours = still_to_sit(it, number).hours
    if hours is None:
        because = f"attempt {number} has no window that could be longer"
        raise refusal("window_not_set", because, ASSESSMENT)
    refuse_if(
        not 1 <= days <= A_YEAR,
        "days_out_of_range",
        f"{days} days are not between 1 and {A_YEAR}",
        ASSESSMENT,
    )
    refuse_if(
        not command.by_panel and command.on >= london_day(hours.closes_at),
        "window_closed",
        f"the window closed at {in_london(hours.closes_at)};"
        f" on {command.on} it takes a panel to make it longer",
        ASSESSMENT,
    )
    yield WindowExtended(
        attempt=number,
        claim=claimed.claim,
        days=days,
        closes_at=extended(hours, days).closes_at,
        on=command.on,
    )


def put_off(command: DecideCircumstances, claimed: CircumstancesClaimed, it: Participant) -> Facts:
    """Let the attempt begin again in a later window."""
    number = command.effect.attempt or 0
    attempt = still_to_sit(it, number)
    hours, before = attempt.hours, attempt.deferred
    former = before.former_closes_at if before else None
    yield AssessmentDeferred(
        attempt=number,
        claim=claimed.claim,
        reason=claimed.kind,
        former_closes_at=hours.closes_at if hours else former,
        on=command.on,
    )


def excuse(command: DecideCircumstances, claimed: CircumstancesClaimed, it: Participant) -> Facts:
    """Excuse an absence, where the specification lets absences be excused. It stays recorded."""
    asked = ExcuseAttendance(
        component=command.effect.component or "",
        effect=command.effect.excuse or Excuse.CREDIT,
        basis=Personal(claimed.claim),
        on=command.on,
    )
    yield from excuse_attendance(asked, it)


def nothing(_: DecideCircumstances, __: CircumstancesClaimed, ___: Participant) -> Facts:
    """Leave all as it is."""
    yield from ()


EFFECTS: dict[
    EffectKind, Callable[[DecideCircumstances, CircumstancesClaimed, Participant], Facts]
] = {
    EffectKind.EXTEND_DAYS: extend,
    EffectKind.LATER_WINDOW: put_off,
    EffectKind.EXCUSE: excuse,
    EffectKind.NONE: nothing,
}


def still_to_sit(it: Participant, number: int) -> Attempt:
    """The latest attempt, if nothing has been handed in and none was passed."""
    known_attempt(it, number)
    attempt = latest_attempt(it, number)
    refuse_if(
        attempt.submitted,
        "already_submitted",
        f"attempt {number} was handed in",
        ASSESSMENT,
    )
    return attempt


DECISIONS: Decisions = {
    ClaimCircumstances: claim_circumstances,
    DecideCircumstances: decide_circumstances,
}
