"""Funding: who pays, by which policy, and on which facts that was decided.

The class names below are the storage format: add facts, never alter them.
"""

from attrs import define

from npq_domain.decider import Fold


@define
class Funding:
    """What is known of it."""


fold = Fold[Funding]()
