"""The example files: in which order they come, and how each kind is taken in."""

from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from attrs import frozen

from npq_adapters.cli import recording
from npq_adapters.inbound import applications, cohorts, commands, registers
from npq_adapters.inbound.asking import OF_ROWS
from npq_adapters.ledger import Ledger
from npq_domain.projections import intakes
from npq_domain.recorded import Actor

BY = Actor(role="provider", id="demo")

COHORT = "cohort.toml"

Paths = Sequence[Path]

LOST = frozenset(recording.ENDS)
"""The outcomes of what was asked and not recorded."""


@frozen(kw_only=True)
class Row:
    """One thing that was asked, and what became of it."""

    where: str
    what: str
    subject: str | None
    outcome: str
    code: str | None
    why: str | None

    @property
    def lost(self) -> bool:
        """Whether it was not recorded, and will not be."""
        return self.outcome in LOST


@frozen(kw_only=True)
class Step:
    """One file that was taken in, or people that were invented, row by row."""

    name: str
    file: str
    rows: tuple[Row, ...]
    subject: UUID | None = None
    """The cohort, where the file is one."""

    @property
    def counted(self) -> Counter[str]:
        """How many rows there are of each outcome."""
        return Counter(OF_ROWS.get(it.outcome, it.outcome) for it in self.rows)

    @property
    def lost(self) -> tuple[Row, ...]:
        """The rows that were not recorded."""
        return tuple(it for it in self.rows if it.lost)


Take = Callable[[Ledger, str, Paths], Step]
"""How files of one kind are taken in: into the ledger, under a name, all of them."""


def take_in(ledger: Ledger, file: str, folder: Path) -> Step:
    """One kind of example file, taken in."""
    name, take = FILES[file]
    return take(ledger, name, sorted(folder.glob(file)))


def cohort(ledger: Ledger, name: str, paths: Paths) -> Step:
    """The intake, its sessions and windows."""
    reports = [cohorts.import_cohort(ledger, path, by=BY) for path in paths]
    rows = [row(it, it.command, str(report.cohort)) for report in reports for it in report.lines]
    return Step(name=name, file=named(paths), rows=tuple(rows), subject=reports[0].cohort)


def applied(ledger: Ledger, name: str, paths: Paths) -> Step:
    """The pages of applications."""
    reports = [applications.import_applications(ledger, path, by=BY) for path in paths]
    rows = [row(it, "application", told(it.subject)) for report in reports for it in report.lines]
    return Step(name=name, file=named(paths), rows=tuple(rows))


def asked(ledger: Ledger, name: str, paths: Paths) -> Step:
    """Commands, one a line."""
    rows: list[Row] = []
    for path in paths:
        lines = path.read_bytes().splitlines()
        what = {number: command_of(each) for number, each in enumerate(lines, 1)}
        rows += [
            Row(
                where=f"line {it['line']}",
                what=what[it["line"]],
                subject=it["subject"],
                outcome=it["outcome"],
                code=it["code"],
                why=it["message"],
            )
            for it in commands.record(ledger, lines, default_by=BY)
        ]
    return Step(name=name, file=named(paths), rows=tuple(rows))


def attended(ledger: Ledger, name: str, paths: Paths) -> Step:
    """The registers, each called after its programme and its session."""
    ledger.catch_up()
    rows: list[Row] = []
    for path in paths:
        programme, _, component = path.stem.partition("-")
        for intake in ledger.rows(intakes):
            report = registers.import_register(
                ledger,
                path,
                cohort=UUID(intake.cohort_id),
                component=component,
                programme=programme,
                by=BY,
            )
            rows += [row(it, component, told(it.participant)) for it in report.lines]
    return Step(name=name, file=named(paths), rows=tuple(rows))


def row(line: Any, what: str, subject: str | None) -> Row:
    """A line of an import's report."""
    return Row(
        where=recording.place_of(line),
        what=what,
        subject=subject,
        outcome=line.outcome,
        code=line.code,
        why=recording.reason_of(line),
    )


def told(subject: UUID | None) -> str | None:
    """A subject as text, where it is known."""
    return None if subject is None else str(subject)


def command_of(raw: bytes) -> str:
    """The name of a line's command, if it can be read."""
    with suppress(msgspec.MsgspecError):
        return msgspec.json.decode(raw, type=Named).command
    return "unreadable"


class Named(msgspec.Struct):
    """So much of a line as tells its command."""

    command: str


def named(paths: Paths) -> str:
    """What the files are called."""
    return paths[0].name if len(paths) == 1 else f"{paths[0].parent.name}/ ({len(paths)} files)"


FILES: dict[str, tuple[str, Take]] = {
    COHORT: ("the intake", cohort),
    "applications.json": ("applications from DfE", applied),
    "commands.jsonl": ("forms to enrolment, study", asked),
    "registers/*.csv": ("attendance registers", attended),
    "assessment.jsonl": ("assessment and award", asked),
}
"""The example files in the order in which a provider gets them, and how each kind is taken in."""
