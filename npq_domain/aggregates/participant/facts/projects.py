"""Projects: the assessed projects of the 2017 era, from plan to published result.

The class names below are the storage format: add facts, never alter them.
"""

from attrs import define

from npq_domain.decider import Fold


@define
class Projects:
    """What is known of it."""


fold = Fold[Projects]()
