"""What tests of this domain are written with, ours and those of whoever embeds it.

`given(participant, *before).when(command).then(*facts)` tells an example, of any decider.
`participants.participant_lives()` and `intakes.cohort_lives()` are Hypothesis's strategies for
whole lawful histories, `values.commands()` and `values.facts()` for single ones of every kind.
`laws` states what has to hold of each life, as functions to call. `clock` has fixed instants.

    @given(participant_lives())                  # hypothesis.given
    def test_my_view_never_shows_more_than_was_planned(life):
        assert my_row(life.state).minutes <= my_row(life.state).planned

A life has `facts`, `state`, and `steps`: each command with the facts it led to, or the code of its
refusal. `lives` is for deciders of your own: `tell` draws a life from makers of commands.
Needs the extra `testing`, except for the examples.
"""

from npq_domain.testing.past import Past
from npq_domain.testing.scenes import Outcome, Scene, given

__all__ = ["Outcome", "Past", "Scene", "given"]
