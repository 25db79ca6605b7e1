"""Which facts of a history stand, and which were voided since.

A void leaves a fact out of replay, never out of the history. It reaches only back. Participants'
voids are not themselves voided (what they took out is recorded anew), but a log is read for what
it says: a void of a void restores, so the question is settled from the last fact to the first.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from npq_domain.recorded import Recorded

History = Sequence[Recorded[Any]]


def voided_versions(voids: Iterable[tuple[int, int]]) -> dict[int, int]:
    """Each version that is voided, with the version of the void that did it.

    `voids` pairs the version of a void with the version it voids.
    """
    gone: dict[int, int] = {}
    for version, target in sorted(voids, reverse=True):
        if target < version and version not in gone:
            gone[target] = version
    return gone


def voided(history: History, void: type | None) -> dict[int, Recorded[Any]]:
    """The void of each version that stands voided; `void` is the decider's kind of void."""
    voids = {it.version: it for it in history if type(it.fact) is void}
    gone = voided_versions((version, it.fact.version) for version, it in voids.items())
    return {version: voids[by] for version, by in gone.items()}


def live(history: History, void: type | None) -> tuple[Recorded[Any], ...]:
    """The facts that stand, voids among them, oldest first as they came."""
    gone = voided(history, void)
    return tuple(it for it in history if it.version not in gone)
