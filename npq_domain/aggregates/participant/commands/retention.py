"""What may be asked about keeping and erasing personal data."""

from collections.abc import Callable
from datetime import date
from functools import wraps
from typing import Any

from attrs import field, frozen

from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.ground import in_order, registered
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.retention import (
    ErasureBasis,
    LegalHoldPlaced,
    LegalHoldReleased,
    PersonalDataErased,
)
from npq_domain.catalogue import Catalogue
from npq_domain.decider import Decisions, Facts, refuse_if, require
from npq_domain.personal import Personal, personal, personal_values

ERASURE = "UK GDPR, Article 17: right to erasure"
LONGEST = 200


@frozen(kw_only=True)
class PlaceLegalHold:
    """Keep everything of this person's: `hold` is what the hold is called by."""

    hold: str
    reason: Personal[str] = field(converter=personal)
    on: date


def place_legal_hold(command: PlaceLegalHold, it: Participant) -> Facts:
    registered(it)
    refuse_blank("hold", command.hold)
    if command.hold in it.retention.holds:
        return
    if known := it.retention.released.get(command.hold):
        in_order(command.on, known.on, "released")
    yield LegalHoldPlaced(hold=command.hold, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class ReleaseLegalHold:
    """Let a hold stand no longer; others may."""

    hold: str
    reason: Personal[str] = field(converter=personal)
    on: date


def release_legal_hold(command: ReleaseLegalHold, it: Participant) -> Facts:
    registered(it)
    known = it.retention.holds.get(command.hold)
    if known is None:
        refuse_if(
            command.hold not in it.retention.released,
            "no_such_hold",
            f"no legal hold {command.hold[:LONGEST]!r} was placed",
            gates.HOLDS,
        )
        return
    in_order(command.on, known.on, "placed")
    yield LegalHoldReleased(hold=command.hold, reason=command.reason, on=command.on)


@frozen(kw_only=True)
class ErasePersonalData:
    """Destroy the key of what is personal here, for good. `reason` names nobody: it stays."""

    basis: ErasureBasis
    reason: str
    on: date


def erase_personal_data(
    command: ErasePersonalData, it: Participant, *, catalogue: Catalogue, sealed: bool
) -> Facts:
    registered(it)
    if it.retention.erased:
        return
    refuse_blank("reason", command.reason)
    refuse_if(
        not sealed,
        "not_sealed",
        "this ledger holds personal values in the clear, in facts that are never changed:"
        " there is no key to destroy. A ledger made with keys can erase",
        ERASURE,
    )
    require(*gates.erasure(it, catalogue.retention, command.on))
    yield PersonalDataErased(
        basis=command.basis,
        reason=command.reason,
        retention=tuple(rule.id for rule in catalogue.retention),
        on=command.on,
    )


def refuse_blank(name: str, text: str) -> None:
    """Refuse what says nothing, or more than a line: `reason_missing`."""
    refuse_if(
        not text.strip() or len(text) > LONGEST or not text.isprintable(),
        "reason_missing",
        f"{name}: say it in 1 to {LONGEST} printable characters, these are {len(text)}",
        ERASURE,
    )


def unless_erased(decide: Callable[..., Facts]) -> Callable[..., Facts]:
    """The same decision, but nothing personal is recorded of who was erased.

    What says nothing personal goes on: a claim may still be paid, or clawed back.
    """

    @wraps(decide)
    def decided(command: Any, it: Participant, **needed: Any) -> Facts:
        for fact in decide(command, it, **needed):
            refuse_if(
                it.retention.erased and any(True for _ in personal_values(fact)),
                "personal_data_erased",
                "what is personal here was erased"
                f" on {it.retention.erased and it.retention.erased.on},"
                f" and {type(fact).__name__} holds personal values",
                ERASURE,
            )
            yield fact

    return decided


DECISIONS: Decisions = {
    PlaceLegalHold: place_legal_hold,
    ReleaseLegalHold: release_legal_hold,
    ErasePersonalData: erase_personal_data,
}
