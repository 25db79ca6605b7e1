"""Examples in three steps: given what has happened, when this is asked, then that follows.

>>> from npq_domain import cohort
>>> from npq_domain.commands import CloseCohort
>>> from datetime import date
>>> given(cohort).when(CloseCohort(on=date(2024, 1, 8))).then_refused("cohort_not_opened")
"""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from difflib import ndiff
from typing import Any, Generic, TypeVar

import attrs
from attrs import field, frozen

from npq_domain.catalogue import shipped
from npq_domain.decider import Decider
from npq_domain.errors import Refused
from npq_domain.personal import REDACTED, Personal
from npq_domain.testing.past import Past

S = TypeVar("S")


def given(
    decider: Decider[S], *before: Any, now: datetime | None = None, **besides: Any
) -> "Scene[S]":
    """A subject to whom this has happened: facts as they are, commands by what follows from them.

    `besides` are what decisions ask for by keyword (`catalogue`, else the shipped one; `sealed`,
    else true; `cohort`, the state of the one that is joined); `now` is the time of asking, else
    each command's own day. A command that is refused here raises its `Refused`.
    """
    if "catalogue" not in besides:
        besides["catalogue"] = shipped()
    besides.setdefault("sealed", True)
    past = Past(decider=decider)
    for it in before:
        asked = type(it) in decider.decisions
        past = past.after(*past.decide(it, besides, now)) if asked else past.after(it)
    return Scene(past=past, now=now, besides=besides)


@frozen(kw_only=True)
class Scene(Generic[S]):
    """What has happened, before something is asked."""

    past: Past[S]
    now: datetime | None = None
    besides: Mapping[str, Any] = field(factory=dict, repr=False)

    @property
    def state(self) -> S:
        """What is known by now."""
        return self.past.state

    @property
    def facts(self) -> tuple[Any, ...]:
        """What has happened by now."""
        return self.past.facts

    def when(self, command: Any, *, now: datetime | None = None, **besides: Any) -> "Outcome":
        """Ask; `now` and `besides` go before those of `given`."""
        try:
            facts = self.past.decide(command, {**self.besides, **besides}, now or self.now)
        except Refused as refused:
            return Outcome(command=command, refused=refused)
        return Outcome(command=command, facts=facts)


@frozen(kw_only=True)
class Outcome:
    """What came of a command."""

    command: Any
    facts: tuple[Any, ...] = ()
    refused: Refused | None = None

    def then(self, *facts: Any) -> None:
        """These facts follow, in this order and no others."""
        self._fail_if(self.refused, f"was refused as {self.refused and self.refused.code}")
        self._fail_if(self.facts != facts, f"led to other facts:\n{differences(facts, self.facts)}")

    def then_nothing(self) -> None:
        """It was so already: nothing follows, and nothing is refused."""
        self.then()

    def then_refused(self, code: str, *unmet: str) -> None:
        """It is refused under this code; `unmet`, if given, are the codes of all that is unmet."""
        if self.refused is None:
            self._fail_if(True, f"was not refused:\n{differences((), self.facts)}")  # noqa: FBT003
            return
        self._fail_if(self.refused.code != code, f"was refused as {self.refused.code}, not {code}")
        found = tuple(it.code for it in self.refused.requirements)
        self._fail_if(unmet and found != unmet, f"was refused for {found}, not for {unmet}")

    def _fail_if(self, wrong: object, what: str) -> None:
        if wrong:
            why = f"\n{self.refused}" if self.refused else ""
            msg = f"{type(self.command).__name__} {what}{why}"
            raise AssertionError(msg)


def differences(expected: Iterable[Any], found: Iterable[Any]) -> str:
    """What was expected (-) and what came (+), line by line.

    Personal values stay hidden; the same number after two of them means the same value.
    """
    seen: dict[Any, int] = {}
    before, after = ([line for it in side for line in told(it, seen)] for side in (expected, found))
    return "\n".join(ndiff(before, after))


def told(value: Any, seen: dict[Any, int], label: str = "", depth: int = 0) -> Iterator[str]:
    """A value, one line a field."""
    begin = f"{'    ' * depth}{label}"
    if attrs.has(type(value)):
        yield f"{begin}{type(value).__name__}:"
        for it in attrs.fields(type(value)):
            yield from told(getattr(value, it.name), seen, f"{it.name} = ", depth + 1)
    elif isinstance(value, tuple) and value:
        yield f"{begin}tuple of {len(value)}:"
        for it in value:
            yield from told(it, seen, "", depth + 1)
    elif isinstance(value, Personal):
        yield f"{begin}{REDACTED} ({seen.setdefault(value, len(seen) + 1)})"
    else:
        yield f"{begin}{value!r}"
