"""The subjects in shares: by their ids, which are as good as random, so no share is far larger."""

from collections.abc import Iterator
from itertools import pairwise

from npq_adapters.store import Share

DIGITS = 4
"""How finely subjects are told apart, in hexadecimal digits of their ids."""

LAST = "\U0010ffff"
"""A text that no id comes after."""


def shares(parts: int) -> Iterator[Share]:
    """All subjects, in so many shares."""
    size = 16**DIGITS
    bounds = ["", *(f"{size * part // parts:0{DIGITS}x}" for part in range(1, parts)), LAST]
    yield from pairwise(bounds)


def parts_of(facts: int, at_once: int) -> int:
    """Into how many parts a log is cut, none of them longer than about so many facts."""
    return -(-facts // at_once)
