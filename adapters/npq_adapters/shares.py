"""The subjects in shares: by their ids, which are as good as random, so no share is far larger."""

from collections.abc import Iterator
from itertools import pairwise

from npq_adapters.store import Share

DIGITS = 4
"""How finely subjects are told apart, in hexadecimal digits of their ids."""

LAST = "\U0010ffff"
"""A text that no id comes after."""

ALL: Share = ("", LAST)


def shares(parts: int, of: Share = ALL) -> Iterator[Share]:
    """The subjects of a share, or all, in the parts that they have of so many parts of all."""
    size = 16**DIGITS
    bounds = [f"{size * part // parts:0{DIGITS}x}" for part in range(1, parts)]
    first, last = of
    yield from pairwise([first, *(it for it in bounds if first < it < last), last])


def parts_of(facts: int, at_once: int) -> int:
    """Into how many parts a log is cut, none of them longer than about so many facts."""
    return max(1, -(-facts // at_once))
