"""What was measured, as text for a terminal, as JSON, and as a page of the documentation.

`python -m benchmarks.reporting docs/benchmarks.md` writes the page once more from what was kept.
"""

import os
import platform
import sqlite3
import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from importlib.metadata import version
from itertools import groupby
from pathlib import Path
from typing import Any

import msgspec
import psycopg
from attrs import frozen

from benchmarks import lawful, machine, plots, stock
from benchmarks.measuring import Figure, at_most

LIBRARIES = ("eventsourcing", "msgspec", "attrs", "cattrs", "psycopg")

HEADINGS = (
    "",
    "µs",
    "× as fast as stock",
    "× the floor's time",
    "missed / duplicated / reordered / lost",
    "aim",
)

PAGE = """\
# How fast it is

`make figures` measures all of it anew and writes this page, with its plots and, in `benchmarks/`
beside it, environments and figures as data; it takes about an hour. `make bench` prints the
figures of what stands side by side; `BENCH=--quick` is a small run, `BENCH="--json file.json"`
keeps them as data.

## What stands side by side

- **npq_domain**: `Ledger` on a `Store`. A load reads the stream, decodes it and folds a state,
  voids reckoned with. A rebuild reads the log, folds every participant, computes the rows of the
  engagement view by the policies, and writes them and the checkpoint in one transaction. The
  database packs thousands of facts into one row, asked by three threads beside the one that folds,
  and counts the log for a fourth (decision 27): Python runs in one process, the database's machine
  on whatever cores there are. *Several processes* share the participants of a rebuild; they are
  running already, and the writing is still done by one.
- **stock eventsourcing**: the same participant as an `Aggregate` with `@event` methods, on
  `JSONTranscoder`, `Repository` and the library's own recorders. Its events hold the fields of
  our facts, and as metadata the actor, the source and the command id. Its rebuild reads the
  notification log, {page} to a page, has the mapper make the events, adds them up, and then
  computes and writes by our own policies and store, so that both make equal rows (a test says
  so) and the difference lies in reading and folding. No `ProjectionRunner` feeds it, which would
  commit a transaction an event and take many times as long. *Filtered by topic* fetches the
  kinds that the view reads, as ours does; *every event* fetches all. What both share, the rows'
  making and writing, is in every rebuild's time and draws the ratio towards 1.
- **floor**: the same rows, fetched by `sqlite3` or `psycopg` as fast as the driver can (or from
  a list) and parsed by `msgspec` into dicts. It folds nothing, computes nothing, writes no view.
  It reads in one thread, row by row, which is what a library can do that asks for rows. Where it
  appends, it keeps no order of commits, which on PostgreSQL is much of the price.

Appending encodes and commits facts that are there already. One command means load, decide,
append; ours decides by the rules, stock records what it is told. Loading, folding and deciding is
all of that but the append, of a command that says what is known; its floor is to parse the same 60
facts, in hand already.

*What safety costs* is asked on SQLite: each safety alone, on a ledger that has no other, and all of
them together. None of it is a file in WAL mode that is synced at checkpoints only. Stock appends
with the settings that the base library gives its connections.

## What is fed to them

{participants:,} participants of 60 facts each, drawn from a seed by `benchmarks/lawful.py`. Every
fact was decided by the domain's own deciders. The log is in the order in which they would have
been recorded, so participants interleave. Half are UCL's, half Best Practice Network's, on NPQH
and NPQSL; some miss sessions, some are excused, one in six is corrected, some never pass. Of the
facts that the engagement view reads, 97 in 100 say the same as an earlier one, somebody else's, as
the lines of registers do. Ours keeps one of them; where none did, its rebuild would take about a
tenth longer.

## How it is measured

In one run. On each store the contenders take turns for {rounds} rounds after one that does not
count. A time is the median; a ratio is the median of the ratios within each round, because
times drift. Read the ratios, and trust no difference below a fifth.

Beside every speed of ours stands what its last round left behind, counted after the clock stopped.
*Missed* is what a reader of the log, of a view or of a state does not come by, or finds with
another value; *duplicated* is there too often; *reordered* stands after a later version of its
subject; *lost* was acknowledged and is in no stream, or a view's books do not account for it. A
rebuild's rows have no order, and a load leaves nothing behind: where a counter does not apply
stands a dash.
Engagement rows are held against stock's, all views against a ledger in memory that caught up, and
states against the history.

No stock contender has all of the views, so *rebuilding every view* is held to the floor alone:
there "stock" is the floor.

{environment}

## Figures of {day}

{tables}{plots}{tiers}{following}"""


def here() -> dict[str, str]:
    """What there is wherever it runs."""
    return {
        "CPU": f"{processor()}, {os.cpu_count()} cores",
        "Python": platform.python_version(),
        "Libraries": ", ".join(f"{name} {version(name)}" for name in LIBRARIES),
        "SQLite": f"{sqlite3.sqlite_version}, a file in WAL mode, synchronous = FULL",
    }


def environment(uri: str, folder: Path | None = None) -> dict[str, str]:
    """Where this ran, with a server or without one, and without naming the machine."""
    return here() | (served(uri) if uri else {}) | (measured(folder) if folder else {})


def served(uri: str) -> dict[str, str]:
    """How a server keeps what it is told."""
    with psycopg.connect(uri, autocommit=True) as db:
        settings = {
            name: db.execute(f"SHOW {name}".encode()).fetchall()[0][0]
            for name in ("server_version", "fsync", "synchronous_commit")
        }
    return {
        "PostgreSQL": f"{settings['server_version'].split()[0]} over a local socket,"
        f" fsync = {settings['fsync']}, synchronous_commit = {settings['synchronous_commit']}"
    }


def measured(folder: Path) -> dict[str, str]:
    """What the disk under this folder takes, what was drawn from, and which commit ran."""
    return {
        **machine.disk(folder),
        "seed": str(lawful.SEED),
        **machine.commit(Path(__file__).parents[1]),
    }


def processor() -> str:
    """The CPU's name, where the system tells it."""
    told = Path("/proc/cpuinfo")
    lines = told.read_text().splitlines() if told.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def cells(it: Figure) -> tuple[str, ...]:
    """A figure as the cells of a table."""
    return (
        it.contender,
        f"{it.microseconds:,.2f}" if it.microseconds < 100 else f"{it.microseconds:,.0f}",
        f"{it.times_stock:.1f}",
        "" if it.times_floor is None else f"{it.times_floor:.1f}",
        "" if it.counted is None else str(it.counted),
        it.aim,
    )


def printed(figures: Sequence[Figure]) -> str:
    """One job on one store, for a terminal."""
    table = [HEADINGS, *map(cells, figures)]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        "  ".join(
            cell.ljust(width) if place in (0, 5) else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in table
    ]
    first = figures[0]
    return "\n".join(
        [f"{first.store}: {first.job}, a {first.unit}", *("  " + it for it in lines), ""]
    )


Sizes = Mapping[int, Sequence[Figure]]
"""The figures of one job, by the facts in the log."""


@frozen(kw_only=True)
class Sized:
    """The figures of one job over a log of so many facts."""

    facts: int
    figures: list[Figure]


@frozen(kw_only=True)
class Kept:
    """What a run came to: all that the page says of it."""

    environment: dict[str, str]
    day: date
    participants: int
    rounds: int
    figures: list[Figure]
    sizes: list[Sized]


def data(
    figures: Iterable[Figure],
    where: dict[str, str],
    sizes: Sizes | None = None,
    *,
    participants: int,
    rounds: int,
) -> bytes:
    """Everything as JSON."""
    kept = Kept(
        environment=where,
        day=datetime.now(UTC).date(),
        participants=participants,
        rounds=rounds,
        figures=list(figures),
        sizes=[Sized(facts=facts, figures=list(those)) for facts, those in (sizes or {}).items()],
    )
    return msgspec.json.format(msgspec.json.encode(kept), indent=1)


def write(
    to: Path, figures: Sequence[Figure], where: dict[str, str], sizes: Sizes, **more: int
) -> None:
    """The page, and in a folder of its name its plots and its data."""
    beside = to.with_suffix("")
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "figures.json").write_bytes(data(figures, where, sizes, **more))
    draw(to)


def draw(to: Path) -> None:
    """The page and its plots, from the data that is kept in the folder of its name."""
    beside = to.with_suffix("")
    kept = msgspec.json.decode((beside / "figures.json").read_bytes(), type=Kept)
    drawn = plots.draw({it.facts: it.figures for it in kept.sizes}, beside)
    to.write_text(
        page(
            kept,
            page=stock.PAGE,
            plots=plotted([f"{beside.name}/{name}" for name in drawn]),
            tiers=tiers(beside / "tiers.json"),
            following=following(beside / "following.json"),
        )
    )


def plotted(names: Sequence[str]) -> str:
    """The plots; nothing where there are none."""
    if not names:
        return ""
    shown = "\n".join(f"![Cost of one fact against the size of the log]({it})" for it in names)
    return f"\n## Cost against size\n\nµs for each fact of the log, of one round each.\n\n{shown}\n"


def tiers(file: Path) -> str:
    """The table of tiers, from what `python -m benchmarks.tiers` kept; nothing where it did not."""
    if not file.exists():
        return ""
    kept = msgspec.json.decode(file.read_bytes())
    head = ("store", "tier", "stands for", "participants", "facts", "made/s", "s", "µs a fact")
    more = "| × M | × floor | MiB | aim |"
    lines = [f"| {' | '.join(head)} {more}", f"|---|---|---|{'--:|' * 8}---|"]
    for it in kept["tiers"]:
        cells = (
            *(it[name] for name in ("store", "tier", "stands_for")),
            *(f"{it[name]:,}" for name in ("participants", "facts")),
            f"{it['generated']:,.0f}" if it["generated"] else "–",
            f"{it['seconds']:,.1f}",
            f"{it['microseconds']:.2f}",
            f"{it['times_m']:.2f}",
            f"{it['times_floor']:.1f}",
            f"{it['peak_mib']:,.0f}",
            f"{at_most(1.2, it['times_m'], '× M')}, {at_most(1536, it['peak_mib'], 'MiB')}"
            if it["tier"] == LARGEST
            else "",
        )
        lines.append(f"| {' | '.join(cells)} |")
    asked = [
        f"| {it['store']} | {it['tier']} | {it['view']} | {it['participants']:,} | {it['cohort']:,}"
        f" | {it['milliseconds']:.1f} | {it['slowest']:.1f}"
        f" | {at_most(5, it['milliseconds'], 'ms') if it['tier'] == LARGEST else ''} |"
        for it in kept.get("queries", ())
    ]
    if asked:
        line = "| store | tier | view | rows | of a cohort | ms, median | ms, slowest | aim |"
        asked = ["", COHORTS, "", line, f"|---|---|---|{'--:|' * 4}---|", *asked]
    where = [f"- {name}: {what}" for name, what in kept.get("environment", {}).items()]
    return "\n".join(["", "## Tiers", "", TIERS, "", *lines, *asked, "", *where, ""])


def following(file: Path) -> str:
    """What `python -m benchmarks.following` kept, as a table; nothing where it did not."""
    if not file.exists():
        return ""
    kept = msgspec.json.decode(file.read_bytes())
    lines = ["| store | what | ours | stock | × stock | aim |", "|---|---|--:|--:|--:|---|"]
    for it in kept["results"]:
        ours, theirs = (told(it[name], it["unit"]) for name in ("ours", "stock"))
        times = f"{it['times']:.1f}" if it["times"] is not None else ""
        lines.append(
            f"| {it['store']} | {it['what']} | {ours} | {theirs} | {times} | {it['aim']} |"
        )
    where = [f"- {name}: {what}" for name, what in kept["environment"].items()]
    return "\n".join(["", "## Following", "", FOLLOWING, "", *lines, "", *where, ""])


def told(figure: float | None, unit: str) -> str:
    """A figure with its unit; nothing where there is none."""
    return "" if figure is None else f"{figure:,.1f} {unit}"


FOLLOWING = """\
How soon a view has a fact, from the end of the append to the return of `wait`, and how fast a
follower that was just started catches up (`python -m benchmarks.following`): medians. The base
library has a tenth of the backlog, a view of one number a participant, and on SQLite no runner, so
there a loop hands it each event."""

LARGEST = "XL"
"""The tier that the aims speak of."""

TIERS = """\
Lawful ledgers of `benchmarks/generate.py`, and the engagement view rebuilt in each, round by round,
by one process that has done nothing before (`python -m benchmarks.tiers`). *Made/s*: facts of the
ledger made a second, at S nearly every life decided command by command, in larger ones most of them
written again; they go in by one transaction, past the guards, so that is no speed of appending. *s*
and *µs a fact*: the median of the rounds. *× M*: against the same of tier M, just before and after,
in the same round. *× floor*: against reading and parsing the rows that the view needs, just before.
*MiB*: the most memory of the process, libraries included, a server's not. The books of each account
for every fact. XL is what all of England's NPQs since the reform come to."""

COHORTS = """\
How long `ledger.rows(view, cohort_id=…)` takes to give one cohort's rows, of 200 cohorts drawn from
all, in a view that is up to date:"""


def page(kept: Kept, **more: Any) -> str:
    """The page of the documentation."""
    titles = list(dict.fromkeys((it.job, it.unit) for it in kept.figures))
    tables = "\n".join(
        section(job, unit, [it for it in kept.figures if it.job == job]) for job, unit in titles
    )
    return PAGE.format(
        environment="\n".join(f"- {name}: {what}" for name, what in kept.environment.items()),
        day=kept.day,
        participants=kept.participants,
        rounds=kept.rounds,
        tables=tables,
        **more,
    )


def section(job: str, unit: str, figures: Sequence[Figure]) -> str:
    """One job on every store."""
    head, *more = HEADINGS
    lines = [f"### {job.capitalize()}", "", f"µs for each {unit}.", ""]
    lines += [f"| {' | '.join((head, *more))} |", "|---|--:|--:|--:|:-:|---|"]
    for store, those in groupby(figures, key=lambda it: it.store):
        for it in those:
            name, *rest = cells(it)
            lines.append(f"| {store}: {name} | {' | '.join(rest)} |")
    return "\n".join([*lines, ""])


if __name__ == "__main__":
    draw(Path(sys.argv[1]))
