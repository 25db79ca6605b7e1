"""Processes that ask commands of participants, and write down what they asked and were told.

What a process noted is in the file's cache the moment `note` returns, so a kill -9 takes none of
it back. A command is noted before it is asked and again after `handle` has returned: what stands
between the two is unanswered, and may have had its effect or not.
"""

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from multiprocessing import get_context
from multiprocessing.context import ForkServerProcess
from multiprocessing.forkserver import ensure_running
from pathlib import Path
from random import Random
from time import monotonic, monotonic_ns, sleep
from typing import Any, TypeVar
from uuid import UUID

import msgspec
from attrs import frozen

from npq_adapters import Answer, Ledger, open_ledger
from npq_domain import commands as ask
from npq_domain.catalogue.types import Activity
from npq_domain.errors import Conflict, StoreUnavailable
from npq_domain.recorded import Actor, Recorded
from npq_domain.testing.intakes import preparations
from tests.aggregates.ground import SENIOR, START, enrolled, intake_id, spec
from tests.faults.lists import Answered, Asked, Entry, Read, Values

T = TypeVar("T")

OFFICE = Actor(role="provider", id="o.1")
STUDIED = START
UNIT = next(it.id for it in spec(SENIOR).components if it.activity is Activity.STUDY)
STUDY, VOID = "participant.study-recorded.v1", "participant.fact-voided.v1"

PATIENCE = 60.0
"""Seconds for which a process asks again what was not answered."""

ENTRIES: msgspec.json.Decoder[Entry] = msgspec.json.Decoder(Entry)

NURSERY = get_context("forkserver")
"""Where processes come from: each begins with the modules loaded and with nothing open."""


def started(work: Callable[..., object], *given: Any) -> ForkServerProcess:
    """A process at this work."""
    nurse()
    process = NURSERY.Process(target=work, args=given, daemon=True)
    process.start()
    return process


def nurse() -> None:
    """Have the nursery running. It is told by its environment alone where modules are found."""
    program = sys.modules["__main__"].__spec__  # which every process imports, too
    loaded = [__name__, "npq_adapters.postgres", *([program.name] if program else [])]
    NURSERY.set_forkserver_preload(loaded)
    before = os.environ.get("PYTHONPATH")
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, sys.path))
    try:
        ensure_running()
    finally:
        if before is None:
            del os.environ["PYTHONPATH"]
        else:
            os.environ["PYTHONPATH"] = before


@contextmanager
def all_done(processes: Sequence[ForkServerProcess]) -> Iterator[None]:
    """Wait until all have ended well; whatever happens, none is left."""
    try:
        yield
        for it in processes:
            it.join()
            assert it.exitcode == 0, f"{it.name} ended with {it.exitcode}"
    finally:
        for it in processes:
            if it.is_alive():
                it.kill()
            it.join()


@frozen(kw_only=True)
class Ground:
    """A ledger with participants who are enrolled, each after so many facts, and nothing else."""

    url: str
    subjects: tuple[UUID, ...]
    before: int

    def values(self, history: Iterable[Recorded[Any]]) -> Values:
        """What a participant's list holds."""
        return tuple(value(it.command_id, it.name) for it in history if it.version > self.before)


def value(command_id: UUID, name: str) -> str:
    """A fact as a value of a list: no other fact is of this command and bears this name."""
    return f"{command_id} {name}"


def ground(url: str, dice: Random, participants: int) -> Ground:
    """Enrol so many new participants in a ledger that is there."""
    subjects = tuple(new_id(dice) for _ in range(participants))
    with open_ledger(url) as ledger:
        return enrol(ledger, url, subjects)


def enrol(ledger: Ledger, url: str, subjects: tuple[UUID, ...]) -> Ground:
    for command in preparations(spec(SENIOR), "autumn 2023", START):
        ledger.handle(intake_id(SENIOR), command, by=OFFICE)
    before = 0
    for subject in subjects:
        answers = [ledger.handle(subject, command, by=OFFICE) for command in enrolled()]
        before = sum(map(len, answers))
    return Ground(url=url, subjects=subjects, before=before)


def new_id(dice: Random) -> UUID:
    return UUID(int=dice.getrandbits(128), version=4)


@frozen(kw_only=True)
class Task:
    """What one process asks: so many commands, or without end, to participants drawn by lot."""

    ground: Ground
    log: Path
    seed: int
    commands: int | None = None
    corrections: float = 0.3
    """The share of commands that lead to two facts: a void and what should have stood there."""
    reads: float = 0.0
    """How often a participant's history is read before a command."""


def write(task: Task) -> None:
    """Ask, and note it. Runs in a process of its own."""
    dice = Random(task.seed)
    mine: defaultdict[UUID, list[int]] = defaultdict(list)
    with noting(task.log) as note, patiently(partial(open_ledger, task.ground.url)) as ledger:
        for _ in range(task.commands) if task.commands is not None else count():
            subject = dice.choice(task.ground.subjects)
            if dice.random() < task.reads:
                note(read(ledger, task.ground, subject))
            corrected = mine[subject].pop() if corrects(task, dice, mine[subject]) else None
            asked = asking(subject, new_id(dice), corrected)
            note(asked)
            answer = patiently(partial(handle, ledger, asked))
            note(answered(task.ground, asked, answer))
            mine[subject].append(answer[-1].version)


def corrects(task: Task, dice: Random, mine: Sequence[int]) -> bool:
    return dice.random() < task.corrections and bool(mine)


def asking(subject: UUID, command_id: UUID, corrected: int | None = None) -> Asked:
    """A command as it is noted: `about` is the version that it corrects, if it does."""
    names = [STUDY] if corrected is None else [VOID, STUDY]
    return Asked(
        list=str(subject),
        command=str(command_id),
        values=tuple(value(command_id, name) for name in names),
        at=monotonic_ns(),
        about=corrected,
    )


def handle(ledger: Ledger, asked: Asked) -> Answer:
    """Ask what was noted, under the id that was noted."""
    study = ask.RecordStudy(component=UNIT, minutes=1, ref=asked.command, on=STUDIED)
    command: Any = study
    if asked.about is not None:
        command = ask.CorrectFact(
            version=asked.about, replacement=study, reason="misread", on=STUDIED
        )
    return ledger.handle(UUID(asked.list), command, by=OFFICE, command_id=UUID(asked.command))


def patiently(attempt: Callable[[], T]) -> T:
    """Try until the store is there and has answered."""
    until = monotonic() + PATIENCE
    while True:
        try:
            return attempt()
        except (Conflict, StoreUnavailable):
            if monotonic() > until:
                raise
        sleep(0.02)


def answered(ground: Ground, asked: Asked, answer: Answer) -> Answered:
    return Answered(
        command=asked.command,
        places=tuple(it.version - ground.before for it in answer),
        repeated=answer.repeated,
        at=monotonic_ns(),
    )


def read(ledger: Ledger, ground: Ground, subject: UUID) -> Read:
    begun = monotonic_ns()
    values = ground.values(ledger.history(subject))
    return Read(list=str(subject), values=values, begun=begun, ended=monotonic_ns())


@contextmanager
def noting(path: Path) -> Iterator[Callable[[Entry], None]]:
    """Add lines to a file, each in one call of the system's."""
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        yield lambda entry: assert_whole(os.write(file, line := line_of(entry)), line)
    finally:
        os.close(file)


def line_of(entry: Entry) -> bytes:
    return msgspec.json.encode(entry) + b"\n"


def assert_whole(written: int, line: bytes) -> None:
    assert written == len(line)


def noted(paths: Iterable[Path]) -> list[Entry]:
    """What all processes noted."""
    return [ENTRIES.decode(line) for path in paths for line in lines(path)]


def lines(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines() if path.exists() else []


def stored(ledger: Ledger, ground: Ground) -> Mapping[str, Values]:
    """The lists as they are now. Their versions count from 1 without a gap, or nothing is read."""
    found = {}
    for subject in ground.subjects:
        history = ledger.history(subject)
        assert [it.version for it in history] == [*range(1, len(history) + 1)], subject
        found[str(subject)] = ground.values(history)
    return found
