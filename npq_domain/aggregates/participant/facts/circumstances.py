"""Circumstances: what came between, what was asked for it, and what was granted.

The class names below are the storage format: add facts, never alter them.
"""

from attrs import define

from npq_domain.decider import Fold


@define
class Circumstances:
    """What is known of it."""


fold = Fold[Circumstances]()
