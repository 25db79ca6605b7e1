"""Declarations: what is claimed from DfE, on which evidence, and what became of it.

The class names below are the storage format: add facts, never alter them.
"""

from attrs import define

from npq_domain.decider import Fold


@define
class Declarations:
    """What is known of it."""


fold = Fold[Declarations]()
