"""What has happened to one subject, as a ledger of one subject would keep it: pure, in memory."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from attrs import evolve, field, frozen

from npq_domain.decider import Decider
from npq_domain.history import voided_versions
from npq_domain.recorded import Actor, Recorded, Source
from npq_domain.testing.clock import asked_on
from npq_domain.vocabulary import kebab

S = TypeVar("S")

NOBODY = UUID(int=0)
TESTER = Actor(role="test", id="test")


@frozen(kw_only=True)
class Past(Generic[S]):
    """The facts of one subject, oldest first, voids and voided ones included."""

    decider: Decider[S] = field(repr=lambda it: it.name)
    facts: tuple[Any, ...] = ()
    subject: UUID = NOBODY

    @property
    def state(self) -> S:
        """What is known after the facts that stand."""
        return self.decider.replay(self.live())

    @property
    def history(self) -> tuple[Recorded[Any], ...]:
        """Every fact in its place, recorded on the day on which it happened."""
        return tuple(
            Recorded(
                subject=self.subject,
                version=version,
                name=f"{self.decider.name}.{kebab(type(fact).__name__)}.v1",
                recorded_at=asked_on(fact),
                by=TESTER,
                source=Source.PROVIDER,
                command_id=UUID(int=version),
                fact=fact,
            )
            for version, fact in enumerate(self.facts, 1)
        )

    def without(self, version: int) -> S:
        """What would be known had the fact of that version never been recorded."""
        return self.decider.replay(self.live((len(self.facts) + 1, version)))

    def live(self, *besides: tuple[int, int]) -> Iterator[Any]:
        """The facts that stand; `besides` are more voids, as pairs of own and voided version."""
        void: Any = self.decider.void
        every = enumerate(self.facts, 1)
        voids: list[tuple[int, int]] = [(at, it.version) for at, it in every if type(it) is void]
        gone = voided_versions([*voids, *besides])
        return (it for at, it in enumerate(self.facts, 1) if at not in gone)

    def after(self, *facts: Any) -> "Past[S]":
        """The same subject later on."""
        return evolve(self, facts=(*self.facts, *facts))

    def decide(
        self, command: Any, given: Mapping[str, Any], now: datetime | None = None
    ) -> tuple[Any, ...]:
        """What follows from a command, asked on its own day unless `now` is given.

        History, and the state without a fact, are supplied; what else the decision asks for
        comes from `given`. Raises `Refused` when a rule says no.
        """
        needs = self.decider.needs(command)
        own: dict[str, Any] = {
            name: getattr(self, name) for name in ("history", "without") if name in needs
        }
        given = {**given, **own}
        if absent := sorted(needs - given.keys() - {"now"}):
            msg = f"{type(command).__name__} is decided with {', '.join(absent)}: give that too"
            raise TypeError(msg)
        return self.decider.decide(
            command, self.state, **{**given, "now": now or asked_on(command)}
        )
