"""Timelines: the facts of one subject as an auditor reads them, and those of one person joined."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any
from uuid import UUID

import attrs
from attrs import evolve, frozen

from npq_domain.aggregates import DECIDERS
from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts.training import Training, TransferredIn
from npq_domain.calendar import london_day
from npq_domain.digests import digest
from npq_domain.history import History, live, voided
from npq_domain.recorded import Recorded

VOIDS = {it.name: it.void for it in DECIDERS}
"""The kind of fact that voids another, by kind of subject."""

Where = tuple[UUID, int]
"""A subject and a version of it."""


@frozen(kw_only=True)
class Entry:
    """One fact of a timeline, and what an auditor asks about it besides."""

    recorded: Recorded[Any]
    voided_by: Recorded[Any] | None
    spec_key: str | None
    """The specification that the participant was on by then."""
    outside: str | None
    """How its day lies outside training, as "while deferred"; `None` if within."""
    taken_over_by: tuple[UUID, ...] = ()
    """Subjects that this very fact went on under, after a transfer."""

    @property
    def where(self) -> Where:
        """Its place: no other fact has it."""
        return self.recorded.subject, self.recorded.version

    @property
    def lag_days(self) -> int:
        """Days from when it happened to when it was written down."""
        return (london_day(self.recorded.recorded_at) - self.recorded.happened_on).days

    @property
    def sha256(self) -> str:
        """The digest of what it says, by which claims refer to it."""
        return digest(self.recorded)

    @property
    def evidence(self) -> tuple[str, ...]:
        """The digests that it names itself: of documents, responses, and facts relied on."""
        return tuple(digests(self.recorded.fact))

    @property
    def policy_id(self) -> str | None:
        """The funding policy by which it was decided, where one was."""
        policy: str | None = getattr(self.recorded.fact, "policy", None)
        return policy


def digests(value: Any) -> Iterator[str]:
    """Every SHA-256 in a fact, in the order of its fields."""
    if isinstance(value, tuple):
        for each in value:
            yield from digests(each)
    elif attrs.has(type(value)):
        for it in attrs.fields(type(value)):
            within = getattr(value, it.name)
            if it.name == "sha256" and within:
                yield within
            else:
                yield from digests(within)


def timeline(history: History) -> tuple[Entry, ...]:
    """The facts of one subject as they were written down, oldest first."""
    return tuple(entries(history))


def entries(history: History) -> Iterator[Entry]:
    """Each fact with the void that took it out, if one did, and where it stands."""
    if not history:
        return
    gone = voided(history, VOIDS[kind_of(history)])
    training, specification = training_of(history), None
    for it in history:
        told: str | None = getattr(it.fact, "specification", None)
        if it.version not in gone:
            specification = told or specification
        yield Entry(
            recorded=it,
            voided_by=gone.get(it.version),
            spec_key=told or specification,
            outside=training.outside(it.happened_on),
        )


def kind_of(history: History) -> str:
    """What kind of subject these facts are of."""
    return history[0].name.partition(".")[0]


def training_of(history: History) -> Training:
    """How training stood, as these facts tell; of a cohort nothing, so that nothing is outside."""
    it, steps = Training(), participant.steps_of(["training"])
    if kind_of(history) == participant.name:
        for each in live(history, participant.void):
            for _, step in steps.get(type(each.fact), ()):
                step(it, each.fact)
    return it


def joined(histories: Iterable[History]) -> tuple[Entry, ...]:
    """One timeline of several subjects: by the day things happened, then as they were written.

    What went on under another subject after a transfer happened once, so it stands once: where it
    was written down first. It is voided if it was voided in either place. The order in which the
    histories come makes no difference.
    """
    those = [tuple(it) for it in histories if it]
    found = {it.where: it for each in those for it in timeline(each)}
    copies = originals(those, found)
    for copy in sorted(copies, key=lambda where: (str(where[0]), where[1])):
        first, again = original(copy, copies), found.pop(copy)
        it = found[first]
        found[first] = evolve(
            it,
            voided_by=it.voided_by or again.voided_by,
            taken_over_by=(*it.taken_over_by, copy[0]),
        )
    return tuple(sorted(found.values(), key=when))


def when(it: Entry) -> tuple[date, Any, str, int]:
    """The day it happened; of one day, the moment it was written down."""
    fact = it.recorded
    return fact.happened_on, fact.recorded_at, str(fact.subject), fact.version


def originals(those: Iterable[History], found: Mapping[Where, Entry]) -> dict[Where, Where]:
    """Of each fact that came by a transfer, where it was before, if that history is here, too."""
    copies: dict[Where, Where] = {}
    for history in sorted(those, key=lambda each: str(each[0].subject)):
        for it in live(history, VOIDS[kind_of(history)]):
            if isinstance(it.fact, TransferredIn):
                for version in range(1, min(it.fact.facts, it.version - 1) + 1):
                    copy, before = (it.subject, version), (it.fact.predecessor, version)
                    if copy in copies or before not in found or original(before, copies) == copy:
                        continue
                    if same(found[copy], found[before]):
                        copies[copy] = before
    return copies


def same(copy: Entry, before: Entry) -> bool:
    """Whether two facts are one, written down once, in histories of different subjects.

    What is personal makes no difference: one of the two may be erased.
    """
    it, other = copy.recorded, before.recorded
    return it.subject != other.subject and (it.command_id, it.recorded_at, copy.sha256) == (
        other.command_id,
        other.recorded_at,
        before.sha256,
    )


def original(copy: Where, copies: Mapping[Where, Where]) -> Where:
    """Where a fact was written down first, however many transfers ago."""
    where = copy
    while where in copies:
        where = copies[where]
    return where
