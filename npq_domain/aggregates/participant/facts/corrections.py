"""Corrections: what was written down wrongly is passed over by replay, and never deleted.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.decider import Fold
from npq_domain.personal import Personal


@frozen(kw_only=True)
class FactVoided:
    """An earlier fact of this subject was recorded in error: it no longer counts."""

    version: int
    """The version of the fact that is voided."""
    reason: Personal[str]
    on: date


@define
class Corrections:
    """What has been voided."""

    voided: set[int] = Factory(set)


fold = Fold[Corrections]()


@fold.on(FactVoided)
def _(it: Corrections, fact: FactVoided) -> None:
    it.voided.add(fact.version)
