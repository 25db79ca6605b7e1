"""Award: the qualification, and what comes with it.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.decider import Fold
from npq_domain.personal import Personal


@frozen(kw_only=True)
class QualificationAwarded:
    """The NPQ was awarded, on this basis."""

    basis: tuple[str, ...]
    """The conditions as they stood, in words."""
    on: date


@frozen(kw_only=True)
class AwardRevoked:
    """The award was taken back."""

    reason: Personal[str]
    on: date


@frozen(kw_only=True)
class MastersCreditReported:
    """A university reported credits towards a master's degree."""

    university: str
    credits: int
    on: date


@define
class Award:
    """Whether the qualification is held."""

    awarded: QualificationAwarded | None = None
    revoked: AwardRevoked | None = None
    credits: dict[str, int] = Factory(dict)


fold = Fold[Award]()


@fold.on(QualificationAwarded)
def _(it: Award, fact: QualificationAwarded) -> None:
    it.awarded, it.revoked = fact, None


@fold.on(AwardRevoked)
def _(it: Award, fact: AwardRevoked) -> None:
    it.awarded, it.revoked = None, fact


@fold.on(MastersCreditReported)
def _(it: Award, fact: MastersCreditReported) -> None:
    it.credits[fact.university] = fact.credits
