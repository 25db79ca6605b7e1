"""Hypothesis strategies for whole lawful lives, drawn from the aggregates' own state machines.

At each step a command is drawn that suits what is known by then, mostly the next one of the
usual road, now and then another; it is decided, its facts are appended, and so on. What is
refused adds nothing, as in earnest, and is kept among the steps.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, Generic, TypeVar

from attrs import define, field, frozen
from hypothesis import strategies as st

from npq_domain.calendar import add_days
from npq_domain.decider import Decider
from npq_domain.errors import Refused
from npq_domain.recorded import happened_on
from npq_domain.testing.past import Past

S = TypeVar("S")
T = TypeVar("T")


@frozen(kw_only=True)
class Step:
    """One command and what came of it: facts, or a refusal's code."""

    command: Any
    facts: tuple[Any, ...] = ()
    refused: str | None = None


@frozen(kw_only=True)
class Life(Generic[S]):
    """A subject's lawful history and the commands that it came of."""

    past: Past[S]
    steps: tuple[Step, ...]
    besides: Mapping[str, Any] = field(repr=False)
    """What decisions asked for by keyword."""

    def _repr_pretty_(self, printer: Any, _: bool) -> None:  # noqa: FBT001 - called by place
        """How Hypothesis prints it: by its commands; all else follows from them."""
        printer.text("Life of")
        for step in self.steps:
            printer.text(f"\n    {step.command!r} -> {step.refused or len(step.facts)}")

    @property
    def facts(self) -> tuple[Any, ...]:
        return self.past.facts

    @property
    def state(self) -> S:
        return self.past.state


@define(kw_only=True)
class Telling(Generic[S]):
    """A life as far as it is told: makers of commands read it, and draw what they leave open."""

    draw: st.DrawFn
    past: Past[S]
    it: S
    """What is known by now."""
    day: date
    """The day by now: the latest on which anything happened."""
    besides: Mapping[str, Any]

    def one_of(self, choices: Sequence[T]) -> T:
        """Draw one of these."""
        return choices[self.number(0, len(choices) - 1)]  # a strategy for each is made slowly

    def number(self, least: int, most: int) -> int:
        """Draw a number, both ends included."""
        return self.draw(st.integers(least, most))

    def later(self, days: int = 12) -> date:
        """Draw a day soon after."""
        return add_days(self.day, self.number(0, days))

    def try_out(self, command: Any) -> Step:
        """Decide a command and append what follows."""
        try:
            facts = self.past.decide(command, self.besides)
        except Refused as refused:
            return Step(command=command, refused=refused.code)
        if facts:
            self.past = self.past.after(*facts)
            self.it = self.past.state
            self.day = max(self.day, *map(happened_on, facts))
        return Step(command=command, facts=facts)


Maker = Callable[[Any], Any]
"""From a telling to a command; `None` when there is nothing of its kind to ask."""

Milestone = tuple[Callable[[Any], object], Maker]
"""Whether a point of the usual road is passed, and what to ask when it is not."""

ASIDES = 4
"""One command in so many leaves the usual road."""


def tell(
    telling: Telling[S],
    road: Sequence[Milestone],
    asides: Sequence[Maker],
    least: int,
    most: int,
) -> Life[S]:
    """Draw a life of so many commands, those included that are refused."""
    steps: list[Step] = []
    for _ in range(telling.number(least, most)):
        aside = telling.number(1, ASIDES) == ASIDES
        make = telling.one_of(asides) if aside else onward(telling, road)
        command = again(steps, telling) if make is None else make(telling)
        if command is not None:
            steps.append(telling.try_out(command))
    return Life(past=telling.past, steps=tuple(steps), besides=telling.besides)


def onward(telling: Telling[S], road: Sequence[Milestone]) -> Maker | None:
    """What comes next on the road, if it is not at its end."""
    return next((make for passed, make in road if not passed(telling)), None)


def again(steps: Sequence[Step], telling: Telling[S]) -> Any:
    """One of the commands so far, asked once more."""
    return telling.one_of(steps).command if steps else None


def beginning(
    draw: st.DrawFn, decider: Decider[S], day: date, besides: Mapping[str, Any]
) -> Telling[S]:
    """A life of which nothing is told yet."""
    past = Past(decider=decider)
    return Telling(draw=draw, past=past, it=past.state, day=day, besides=besides)
