"""Deciders: how facts fold into what is known, and what a command makes of it."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from inspect import Parameter, signature
from typing import Any, Generic, TypeVar

from attrs import define, evolve, field

from npq_domain.calendar import london_day
from npq_domain.errors import Refused, Requirement, refusal
from npq_domain.recorded import happened_on

S = TypeVar("S")
P = TypeVar("P")
F = TypeVar("F")

Facts = Iterator[object]
"""What a decision yields: the facts that follow, or none when it is already so."""

Decisions = Mapping[type, Callable[..., Facts]]
"""Which function decides which command: `(command, state, *, what it needs besides)`."""

Steps = Mapping[type, tuple[tuple[str, Callable[[Any, Any], None]], ...]]
"""For each kind of fact: the parts of the state it changes, and how."""


def require(*requirements: Requirement, code: str | None = None) -> None:
    """Pass when all are met; else `Refused` with all that are not, under `code` or the first's."""
    if unmet := [it for it in requirements if not it.met]:
        raise Refused(*unmet, code=code)


def refuse_if(refused: object, code: str, because: str, source: str) -> None:
    """Raise `Refused` with one requirement when `refused` is true."""
    if refused:
        raise refusal(code, because, source)


def says_the_same(fact: Any, known: Any) -> bool:
    """Whether a fact says what is known already, on whatever day it is said."""
    return known is not None and bool(evolve(fact, on=known.on) == known)


class Fold(Generic[P]):
    """What one part of the state keeps of the facts it reads, one small step a kind.

    A step changes its part in place: each replay builds its own, and nobody else holds it.
    Steps only keep what they are told and never fail, so facts may come in any order that
    independent facts can come in.
    """

    def __init__(self) -> None:
        self.steps: dict[type, Callable[[P, Any], None]] = {}

    def on(self, kind: type[F]) -> Callable[[Callable[[P, F], None]], Callable[[P, F], None]]:
        """Fold facts of this kind by the step that follows."""

        def enter(step: Callable[[P, F], None]) -> Callable[[P, F], None]:
            self.steps[kind] = step
            return step

        return enter


@define(kw_only=True, slots=False)
class Decider(Generic[S]):
    """A subject's whole behaviour: pure, and the same on every store."""

    name: str
    """What the subject is; the first word of its facts' names."""
    initial: Callable[[], S]
    folds: Mapping[str, Fold[Any]]
    """The fold of each part of the state, by the part's name."""
    decisions: Decisions
    void: type | None = None
    """The kind of fact by which another of the subject, its `version`, is left out of replay."""
    steps: Steps = field(init=False)
    _needs: dict[type, frozenset[str]] = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.steps = self.steps_of(self.folds)
        self._needs = {kind: keywords(decide) for kind, decide in self.decisions.items()}

    @property
    def facts(self) -> tuple[type, ...]:
        """Every kind of fact that can have happened to such a subject."""
        return tuple(self.steps)

    def steps_of(self, parts: Iterable[str]) -> Steps:
        """The steps of some parts alone: what a view needs that reads no more."""
        joined: dict[type, list[tuple[str, Callable[[Any, Any], None]]]] = {}
        for part in parts:
            for kind, step in self.folds[part].steps.items():
                joined.setdefault(kind, []).append((part, step))
        return {kind: tuple(each) for kind, each in joined.items()}

    def replay(self, facts: Iterable[object]) -> S:
        """What is known after these facts, of which the voided were left out."""
        state, steps = self.initial(), self.steps
        for fact in facts:
            for part, step in steps[type(fact)]:
                step(getattr(state, part), fact)
        return state

    def needs(self, command: object) -> frozenset[str]:
        """What the decision asks for besides command and state, by keyword."""
        return self._needs[type(command)]

    def decide(self, command: object, state: S, *, now: datetime, **given: Any) -> tuple[Any, ...]:
        """The facts that follow from asking this now; `Refused` if a rule says no.

        `given` holds what decisions may ask for by keyword (the catalogue, another subject's
        state, the history); each takes what it names.
        """
        require(not_in_future(command, now))
        given["now"] = now
        needed = {name: given[name] for name in self._needs[type(command)]}
        return tuple(self.decisions[type(command)](command, state, **needed))


def keywords(decide: Callable[..., Facts]) -> frozenset[str]:
    """The keyword-only parameters of a decision."""
    parameters = signature(decide).parameters.values()
    return frozenset(it.name for it in parameters if it.kind is Parameter.KEYWORD_ONLY)


def not_in_future(command: Any, now: datetime) -> Requirement:
    """Nothing is recorded before it has happened: the one rule that every command obeys."""
    instant: datetime | None = getattr(command, "at", None)
    day = happened_on(command)
    return Requirement(
        code="future_dated",
        met=instant <= now if instant else day <= london_day(now),
        because=f"{(instant or day).isoformat()} is still to come; now is {now.isoformat()}",
        source="only what has happened is recorded",
    )
