"""Retention: what keeps personal data, and that it was erased.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date
from enum import Enum

from attrs import Factory, define, frozen

from npq_domain.decider import Fold
from npq_domain.personal import Personal


class ErasureBasis(Enum):
    """Why personal data is erased: the grounds of Article 17(1) of the UK GDPR."""

    NO_LONGER_NECESSARY = "no-longer-necessary"
    """(a): what it was collected for is done."""
    CONSENT_WITHDRAWN = "consent-withdrawn"
    """(b)."""
    OBJECTION = "objection"
    """(c)."""
    UNLAWFUL_PROCESSING = "unlawful-processing"
    """(d)."""
    LEGAL_OBLIGATION = "legal-obligation"
    """(e)."""


@frozen(kw_only=True)
class LegalHoldPlaced:
    """Nothing of this person's is erased while this hold stands."""

    hold: str
    """What it is called by: the number of a case, say."""
    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class LegalHoldReleased:
    """A hold stands no longer; others may."""

    hold: str
    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class PersonalDataErased:
    """It was decided to destroy the key of what is personal here. Nothing brings it back."""

    basis: ErasureBasis
    reason: str
    """In the clear, for it outlasts the key: it names nobody."""
    retention: tuple[str, ...]
    """The retention rules that had run out, or never began, by their ids."""
    on: date


@define
class Retention:
    """What keeps personal data, and whether it is gone."""

    holds: dict[str, LegalHoldPlaced] = Factory(dict)
    """Those that stand."""
    released: dict[str, LegalHoldReleased] = Factory(dict)
    """The last release of each."""
    erased: PersonalDataErased | None = None


fold = Fold[Retention]()


@fold.on(LegalHoldPlaced)
def _(it: Retention, fact: LegalHoldPlaced) -> None:
    it.holds[fact.hold] = fact


@fold.on(LegalHoldReleased)
def _(it: Retention, fact: LegalHoldReleased) -> None:
    it.holds.pop(fact.hold, None)
    it.released[fact.hold] = fact


@fold.on(PersonalDataErased)
def _(it: Retention, fact: PersonalDataErased) -> None:
    it.erased = fact
