"""Circumstances: what came between, what was asked for it, and what was granted.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum

from attrs import Factory, define, frozen

from npq_domain.decider import Fold
from npq_domain.personal import Personal
from npq_domain.policies.engagement import Excuse


class Circumstance(Enum):
    """What came between, and no more: whatever there is to tell stays with the evidence."""

    HEALTH = "health"
    BEREAVEMENT = "bereavement"
    FAMILY = "family"
    WORK = "work"
    TECHNICAL = "technical"
    OTHER = "other"


class EffectKind(Enum):
    """What a decision does for the participant: one of these, and never two."""

    EXTEND_DAYS = "extend_days"
    LATER_WINDOW = "later_window"
    EXCUSE = "excuse"
    NONE = "none"


@frozen(kw_only=True)
class EvidenceRef:
    """Where a piece of evidence is kept, and its digest: what it says is not written down here."""

    kind: str
    uri: Personal[str]
    sha256: str


@frozen(kw_only=True)
class Effect:
    """The one effect of a decision, and what it takes to tell it: the rest is `None`."""

    kind: EffectKind
    attempt: int | None = None
    days: int | None = None
    component: str | None = None
    excuse: Excuse | None = None


@frozen(kw_only=True)
class CircumstancesClaimed:
    """The participant asked for allowance to be made, with evidence."""

    claim: str
    """The provider's id of the claim."""
    kind: Circumstance
    since: date
    until: date
    """First and last day of the circumstances; the last may be an expectation."""
    evidence: tuple[EvidenceRef, ...]
    on: date


@frozen(kw_only=True)
class CircumstancesDecided:
    """A claim was decided, with one effect or none."""

    claim: str
    granted: bool
    effect: Effect
    decided_by: str
    by_panel: bool
    """Whether a panel decided, as it has to once the window has closed."""
    on: date


@define
class Circumstances:
    """What was claimed, and how it was decided."""

    claims: dict[str, CircumstancesClaimed] = Factory(dict)
    decided: dict[str, CircumstancesDecided] = Factory(dict)

    @property
    def open(self) -> tuple[str, ...]:
        """The claims that wait for a decision."""
        return tuple(it for it in self.claims if it not in self.decided)


fold = Fold[Circumstances]()


@fold.on(CircumstancesClaimed)
def _(it: Circumstances, fact: CircumstancesClaimed) -> None:
    it.claims[fact.claim] = fact


@fold.on(CircumstancesDecided)
def _(it: Circumstances, fact: CircumstancesDecided) -> None:
    it.decided[fact.claim] = fact
