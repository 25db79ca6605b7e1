"""A whole life of a participant, of which one call fails: for every call, in either way."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from functools import cache, partial
from random import Random
from typing import Any
from uuid import UUID

from attrs import evolve, frozen

from npq_adapters import Ledger
from npq_domain import commands as ask
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.errors import StoreUnavailable
from npq_domain.testing.intakes import preparations
from tests.aggregates.ground import (
    MARKED,
    OPENS,
    SENIOR,
    START,
    attended,
    enrolled,
    intake_id,
    member,
    sitting,
    spec,
)
from tests.faults.fault import Fault, Loss
from tests.faults.writing import OFFICE, new_id


@cache
def life() -> tuple[Any, ...]:
    """From the registration to the award. A register is corrected on the way: two facts at once."""
    attendance = next(it for it in attended() if isinstance(it, ask.RecordAttendance))
    right = evolve(attendance, on=attendance.on + timedelta(days=1))
    version = len(member(SENIOR, attendance).facts)
    return (
        *enrolled(),
        attendance,
        ask.CorrectFact(version=version, replacement=right, reason="misread", on=right.on),
        *(it for it in sitting() if it != attendance),
        ask.SubmitResponse(words=1_500, sha256="ab" * 32, at=OPENS + timedelta(days=3)),
        ask.MarkResponse(
            marker="m-1", learn_that=12, learn_how_to=15, outcome=Outcome.PASSED, on=MARKED
        ),
        ask.PublishResult(on=MARKED),
        ask.AwardQualification(on=date(2025, 5, 20)),
    )


BEGINNING = len(enrolled()) + 2
"""The commands of a life up to the correction."""


@frozen(kw_only=True)
class Answered:
    """How one command went."""

    raised: bool
    applied: bool
    """Whether it had its effect although it raised."""
    wrong: tuple[str, ...]
    """What is there neither as before nor as after the command, in words."""


@frozen(kw_only=True)
class Lived:
    """How a life went of which one call was lost."""

    calls: int
    """Calls of the store, or of its driver, in the whole life."""
    raised: bool
    """Whether a command, or the opening of the ledger, raised for it."""
    applied: bool
    """Whether the command that raised had its effect all the same."""
    wrong: tuple[str, ...]


def prepare(ledger: Ledger) -> None:
    """Record the intake that participants enrol in."""
    for command in preparations(spec(SENIOR), "autumn 2023", START):
        ledger.handle(intake_id(SENIOR), command, by=OFFICE)


def live(
    witness: Ledger, opened: Callable[[], Ledger], fault: Fault, dice: Random, length: int
) -> Lived:
    """Ask each command of a life until it is answered; look what is there after a failure."""
    subject = new_id(dice)
    raised, ledger = opening(opened)
    with ledger:
        answers = [ask_on(ledger, witness, subject, it, new_id(dice)) for it in life()[:length]]
    wrong = [it for each in answers for it in each.wrong]
    if told(witness, subject) != list(whole(length)):
        wrong.append("the whole life is not as it is without a failure")
    return Lived(
        calls=fault.calls,
        raised=raised or any(it.raised for it in answers),
        applied=any(it.applied for it in answers),
        wrong=tuple(f"{fault}: {it}" for it in wrong),
    )


def ask_on(
    ledger: Ledger, witness: Ledger, subject: UUID, command: Any, command_id: UUID
) -> Answered:
    """Ask, and if that fails ask again under the same id; meanwhile and afterwards, look."""
    ask_it = partial(ledger.handle, subject, command, by=OFFICE, command_id=command_id)
    before, found = told(witness, subject), None
    try:
        answer = ask_it()
    except StoreUnavailable:
        found = told(witness, subject)
        answer = ask_it()
    after, name = [*before, *(it.fact for it in answer)], type(command).__name__
    said = {
        f"{name}: a part of its facts is there": found not in (None, before, after),
        f"{name}: its second answer is not the first": answer.repeated is not (found == after),
        f"{name}: its facts are not there once": told(witness, subject) != after,
        f"{name}: nothing was recorded": not answer,
    }
    return Answered(
        raised=found is not None,
        applied=answer.repeated,
        wrong=tuple(it for it, so in said.items() if so),
    )


def opening(opened: Callable[[], Ledger]) -> tuple[bool, Ledger]:
    """Open a ledger, at the second attempt if need be; whether there was need."""
    try:
        return False, opened()
    except StoreUnavailable:
        return True, opened()


def told(ledger: Ledger, subject: UUID) -> list[Any]:
    history = ledger.history(subject)
    assert [it.version for it in history] == [*range(1, len(history) + 1)]
    return [it.fact for it in history]


@cache
def whole(length: int) -> tuple[Any, ...]:
    """The facts of a life of which nothing fails, by the deciders alone."""
    return member(SENIOR, *life()[len(enrolled()) : length]).facts


def lives(
    witness: Ledger,
    opened: Callable[[], Ledger],
    fault: Fault,
    dice: Random,
    length: int | None = None,
) -> Iterator[Lived]:
    """A life, or so many commands of it, once in peace; then with each of its calls lost."""
    length = length or len(life())
    fault.lose(Loss.REPLY, 0)
    peaceful = live(witness, opened, fault, dice, length)
    yield peaceful
    for loss in Loss:
        for number in range(1, peaceful.calls + 1):
            fault.lose(loss, number)
            yield live(witness, opened, fault, dice, length)
