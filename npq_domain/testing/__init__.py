"""What tests of this domain are written with, ours and those of whoever embeds it.

`given(participant, *before).when(command).then(*facts)` tells an example. `lives` draws whole
lawful histories, `values` single commands and facts of every kind; `laws` states what has to
hold of each. `clock` has fixed instants. Needs the extra `testing`, except for the examples.
"""

from npq_domain.testing.past import Past
from npq_domain.testing.scenes import Outcome, Scene, given

__all__ = ["Outcome", "Past", "Scene", "given"]
