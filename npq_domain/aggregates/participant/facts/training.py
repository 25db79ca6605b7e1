"""Training: how training stands: deferred, resumed, withdrawn, transferred, moved.

The class names below are the storage format: add facts, never alter them.
"""

from attrs import define

from npq_domain.decider import Fold


@define
class Training:
    """What is known of it."""


fold = Fold[Training]()
