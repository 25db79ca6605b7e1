"""An attendance register, one CSV file a session, into the facts of those who are on it.

Every row is accounted for: recorded, repeated, refused, or unreadable. What is wrong with the file
as a whole (its encoding, its header, a quotation without an end) refuses it before anything is
recorded; what is wrong with a row loses that row alone.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from difflib import get_close_matches
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID, uuid5

from attrs import field, frozen

from npq_adapters.inbound import asking
from npq_adapters.inbound.asking import OF_ROWS, REFUSED, REPEATED, UNREADABLE, ask, failed
from npq_adapters.inbound.reading import content, decode, short
from npq_adapters.inbound.tables import LONGEST, Row, column, misfits, rows, twice
from npq_adapters.ledger import Ledger
from npq_adapters.projecting import catch_up
from npq_domain.aggregates.cohort import cohort as cohorts
from npq_domain.aggregates.cohort.facts import Cohort
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.calendar import london_day
from npq_domain.catalogue.types import Mode
from npq_domain.commands import RecordAbsence, RecordAttendance
from npq_domain.errors import Invalid, Refused, StoredFactError, refusal
from npq_domain.identifiers import normal_trn, trn_fault
from npq_domain.personal import Personal
from npq_domain.projections import RosterRow
from npq_domain.recorded import Actor, Source

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "trn": ("trn", "teacher_reference_number", "trn_number", "teacher_ref_no"),
    "name": ("name", "full_name", "participant", "participant_name", "teacher"),
    "attended": ("attended", "present", "attendance", "status"),
    "minutes": ("minutes", "mins", "minutes_attended", "attended_minutes", "duration_minutes"),
    "mode": ("mode", "attendance_mode", "how"),
    "reason": ("reason", "absence_reason", "reason_for_absence"),
}
"""What a column is called in registers, however it is spaced and capitalised."""

YES = frozenset({"yes", "y", "true", "1", "x", "p", "present", "attended", "✓"})
NO = frozenset({"no", "n", "false", "0", "a", "absent", "missed", "did not attend"})

MODES: Mapping[str, Mode] = {
    "face_to_face": Mode.FACE_TO_FACE,
    "f2f": Mode.FACE_TO_FACE,
    "in_person": Mode.FACE_TO_FACE,
    "online": Mode.ONLINE,
    "virtual": Mode.ONLINE,
    "residential": Mode.RESIDENTIAL,
    "remote": Mode.REMOTE,
    "blended": Mode.BLENDED,
    "hybrid": Mode.BLENDED,
}

ROSTER = "roster"
TIMETABLE = "the cohort's timetable"
MINUTE = timedelta(minutes=1)
MINUTES = re.compile("[-+]?[0-9]{1,6}")


@frozen(kw_only=True)
class Entry:
    """One row as it is meant: who, and for how many minutes; `None` if all of them, 0 if absent."""

    trn: str = field(repr=False)
    minutes: int | None
    mode: Mode | None = None
    reason: str | None = field(default=None, repr=False)

    @property
    def absent(self) -> bool:
        """Whether the row tells of an absence."""
        return self.minutes == 0


@frozen(kw_only=True)
class Line:
    """What became of one row."""

    line: int
    trn: Personal[str] | None
    """As it was read, before anything was made of it."""
    participant: UUID | None = None
    outcome: str
    facts: tuple[str, ...] = ()
    code: str | None = None
    message: str | None = None


@frozen(kw_only=True)
class Report(asking.Report):
    """What became of a register, row by row."""

    cohort: UUID
    component: str
    dry_run: bool
    """Whether this is what would become of it, and nothing was recorded."""
    blank: int
    """How many lines were empty: they are no rows."""
    unused: tuple[str, ...]
    """Columns that say nothing a register is read for."""
    lines: tuple[Line, ...]


@frozen(kw_only=True)
class Header:
    """Which column is where."""

    width: int
    places: Mapping[str, int]
    unused: tuple[str, ...]

    def cells(self, row: Row) -> dict[str, str]:
        """What a row says in each column that is used, without blanks around it."""
        return {name: row.fields[at].strip() for name, at in self.places.items()}


@frozen
class Unreadable:
    """A row that says nothing that could be recorded, and why."""

    line: int
    trn: str | None = field(repr=False)
    fault: str = field(repr=False)
    """Quotes the cell at fault."""


@frozen
class Readable:
    """A row that does."""

    line: int
    trn: str = field(repr=False)
    entry: Entry


class Register(NamedTuple):
    """A whole file, read."""

    rows: tuple[Readable | Unreadable, ...]
    blank: int
    unused: tuple[str, ...]


def read_register(raw: bytes, place: str, encoding: str | None = None) -> Register:
    """Every row of a register, each as it is meant or with its fault.

    `Invalid` for a file that cannot be read at all, or whose header does not tell its columns.
    """
    found = list(rows(decode(raw, place, encoding, choice=True), place))
    while found and found[0].blank:
        found.pop(0)
    if not found:
        raise Invalid(place, ["line 1: there is no header, the file is empty"])
    first, *others = found
    header = read_header(first, place)
    filled = [row for row in others if not row.blank]
    return Register(
        rows=tuple(read_row(header, row) for row in filled),
        blank=len(others) - len(filled),
        unused=header.unused,
    )


def read_header(row: Row, place: str) -> Header:
    """The columns by their names, or `Invalid` with every fault of the header."""
    if row.fault:
        raise Invalid(place, [f"line {row.line}: {row.fault}"])
    meant = {alias: name for name, aliases in COLUMNS.items() for alias in aliases}
    names = [column(it) for it in row.fields]
    used = [(meant[name], at) for at, name in enumerate(names) if name in meant]
    unused = [name for name in names if name and name not in meant]
    faults = [*twice([name for name, _ in used]), *missing({name for name, _ in used})]
    faults += [
        f"column {short(name)} is not known: is {like[0]!r} meant?"
        for name in unused
        if (like := get_close_matches(name, COLUMNS, 1, cutoff=0.75))
    ]
    if faults:
        # Not what they are: where there is no header, the first line is somebody's.
        told = f"fields in the header: {len(names)}"
        raise Invalid(place, [f"line {row.line}: {fault}; {told}" for fault in faults])
    return Header(width=len(names), places=dict(used), unused=tuple(unused))


def missing(names: set[str]) -> Iterator[str]:
    """The columns that there have to be."""
    if "trn" not in names:
        yield "column 'trn' is missing"
    if not names & {"attended", "minutes"}:
        yield "column 'attended' or 'minutes' is missing"


def read_row(header: Header, row: Row) -> Readable | Unreadable:
    """One row as it is meant, or its fault."""
    at = header.places["trn"]
    trn = row.fields[at].strip() if at < len(row.fields) else None
    if row.fault:
        return Unreadable(row.line, trn, row.fault)
    if len(row.fields) != header.width:
        fault = f"{len(row.fields)} fields, the header has {header.width}"
        return Unreadable(row.line, trn, fault)
    cells = header.cells(row)
    if unfit := "; ".join(misfits(cells)):
        return Unreadable(row.line, trn, unfit)
    try:
        return Readable(row.line, cells["trn"], read_cells(cells))
    except ValueError as error:
        return Unreadable(row.line, trn, str(error))


def read_cells(cells: Mapping[str, str]) -> Entry:
    """What the cells of a row say together; `ValueError` names the column and its value."""
    trn = normal_trn(cells["trn"])
    if fault := trn_fault(trn):
        msg = f"trn: {fault}"
        raise ValueError(msg)
    attended, minutes = yes_or_no(cells.get("attended", "")), number(cells.get("minutes", ""))
    if attended is None and minutes is None:
        msg = "attended, minutes: neither says whether the participant was there"
        raise ValueError(msg)
    if attended is not None and minutes is not None and attended != (minutes != 0):
        msg = f"attended: {cells['attended']!r} with {minutes} minutes says two things"
        raise ValueError(msg)
    return Entry(
        trn=trn,
        minutes=0 if attended is False else minutes,
        mode=mode(cells.get("mode", "")),
        reason=cells.get("reason") or None,
    )


def yes_or_no(text: str) -> bool | None:
    """Whether somebody was there, as people write it."""
    said = text.casefold()
    if said and said not in YES | NO:
        msg = f"attended: {short(text)} is neither yes nor no"
        raise ValueError(msg)
    return said in YES if said else None


def number(text: str) -> int | None:
    """Whole minutes. A number below none is one, for the rules to refuse."""
    if text and not MINUTES.fullmatch(text):
        msg = f"minutes: {short(text)} is no whole number of minutes"
        raise ValueError(msg)
    return int(text) if text else None


def mode(text: str) -> Mode | None:
    """Where somebody took part, as people write it."""
    if text and column(text) not in MODES:
        msg = f"mode: {short(text)} is none of {', '.join(MODES)}"
        raise ValueError(msg)
    return MODES[column(text)] if text else None


def import_register(  # noqa: PLR0913 - each is a keyword that says what it is
    ledger: Ledger,
    path: str | Path,
    *,
    cohort: UUID,
    component: str,
    by: Actor,
    on: date | None = None,
    encoding: str | None = None,
    programme: str | None = None,
    dry_run: bool = False,
) -> Report:
    """Record who was at a session and who was not. Importing a register again records nothing.

    Participants are those of the cohort who bear the TRN (on `programme`, where it is given). The
    session is of the day in the cohort's timetable, or in the participant's plan, unless `on` says
    another. `dry_run` tells what would happen and records nothing. `Invalid` for a file that
    cannot be read, or a cohort that there is not.
    """
    read = read_register(content(path), str(path), encoding)
    catch_up_roster(ledger)
    importing = Importing(
        ledger=ledger.rehearsal() if dry_run else ledger,
        file=str(path),
        cohort=cohort,
        component=component,
        by=by,
        on=on,
        intake=intake(ledger, cohort),
        roster=roster(ledger, cohort, programme),
    )
    return Report(
        file=str(path),
        cohort=cohort,
        component=component,
        dry_run=dry_run,
        blank=read.blank,
        unused=read.unused,
        lines=tuple(map(importing.line, read.rows)),
    )


def intake(ledger: Ledger, subject: UUID) -> Cohort:
    """The cohort as it stands, or `Invalid` if nobody opened it."""
    try:
        found: Cohort = ledger.state(subject, cohorts)
    except Refused as refused:
        raise Invalid("--cohort", [str(refused)]) from None
    if found.intake.opened is None:
        raise Invalid("--cohort", [f"{subject} is no cohort of this ledger"])
    return found


def catch_up_roster(ledger: Ledger) -> None:
    """Bring the roster up to date and no other view, which a fact of no concern here may stop."""
    view = next(it for it in ledger.views.values() if it.name == ROSTER)
    catch_up(ledger.store, ledger.vocabulary, (view,), as_at=ledger.today())


def roster(ledger: Ledger, subject: UUID, programme: str | None) -> dict[str, list[RosterRow]]:
    """Who is in the cohort, by TRN."""
    found: dict[str, list[RosterRow]] = {}
    for row in ledger.rows(ROSTER, cohort_id=str(subject)):
        if row.trn and programme in (None, row.programme):
            found.setdefault(row.trn.reveal(), []).append(row)
    return found


@frozen(kw_only=True)
class Importing:
    """One import: what holds for every row of the register."""

    ledger: Ledger
    file: str
    cohort: UUID
    component: str
    by: Actor
    on: date | None
    intake: Cohort
    roster: Mapping[str, list[RosterRow]]

    def line(self, row: Readable | Unreadable) -> Line:
        """Record one row and tell what became of it."""
        if isinstance(row, Unreadable):
            return self.told(row, UNREADABLE, code=UNREADABLE, message=row.fault)
        found = self.roster.get(row.entry.trn, [])
        if len(found) != 1:
            return self.told(row, REFUSED, **unclear(found))
        participant = UUID(found[0].participant)
        try:
            command = self.command(found[0], row.entry)
        except Refused as refused:
            return self.told(
                row, REFUSED, participant=participant, code=refused.code, message=str(refused)
            )
        except StoredFactError as damage:
            it = failed(damage)
            return self.told(
                row, it.outcome, participant=participant, code=it.code, message=it.message
            )
        return self.asked(row, participant, command)

    def asked(
        self, row: Readable, subject: UUID, command: RecordAttendance | RecordAbsence
    ) -> Line:
        """Ask, and tell what became of it."""
        result = ask(
            self.ledger,
            subject,
            command,
            by=self.by,
            source=Source.IMPORT,
            command_id=uuid5(subject, self.told_again(command)),
        )
        said = [getattr(it.fact, "reason", None) for it in result.answer]
        if result.outcome == REPEATED and said not in ([], [getattr(command, "reason", None)]):
            because = "the absence is recorded with another reason; correct that first"
            return self.told(
                row, REFUSED, participant=subject, code="already_recorded", message=because
            )
        return self.told(
            row,
            OF_ROWS.get(result.outcome, result.outcome),
            participant=subject,
            facts=result.facts,
            code=result.code,
            message=result.message,
        )

    def told(self, row: Readable | Unreadable, outcome: str, **rest: Any) -> Line:
        """The line of the report for one row."""
        if rest.get("message"):
            rest["message"] = f"{self.file}: line {row.line}: {rest['message']}"
        trn = None if row.trn is None else Personal(row.trn[:LONGEST])
        return Line(line=row.line, trn=trn, outcome=outcome, **rest)

    def told_again(self, command: RecordAttendance | RecordAbsence) -> str:
        """What makes a row the same as before: nothing personal, so not the reason."""
        minutes = getattr(command, "minutes", "absent")
        taken = getattr(command, "mode", None)
        where = taken.value if taken else ""
        return f"register/{self.cohort}/{self.component}/{command.on}/{minutes}/{where}"

    def command(self, who: RosterRow, entry: Entry) -> RecordAttendance | RecordAbsence:
        """What a row asks for; `Refused` where neither timetable nor plan can complete it."""
        session = self.intake.timetable.session(who.programme, who.group, self.component)
        day = self.on or (london_day(session.starts_at) if session else None)
        planned = None
        if day is None or entry.minutes is None:
            state: Participant = self.ledger.state(UUID(who.participant))
            planned = state.enrolment.plan.get(self.component)
        day = day or (planned.due if planned else None)
        if day is None:
            known = [it for of, _, it in self.intake.timetable.sessions if of == who.programme]
            because = f"{self.component!r} is no session of {who.programme}'s timetable"
            because = f"{because}: {', '.join(known)}; or give --on"
            raise refusal("unknown_session", because, TIMETABLE)
        if entry.absent:
            reason = entry.reason and Personal(entry.reason)
            return RecordAbsence(component=self.component, reason=reason or None, on=day)
        minutes = entry.minutes
        if minutes is None:
            minutes = planned.minutes if planned else None
        if minutes is None and session:
            minutes = (session.ends_at - session.starts_at) // MINUTE
        if minutes is None:
            because = f"how long {self.component!r} lasts is not known: give the minutes attended"
            raise refusal("minutes_missing", because, TIMETABLE)
        return RecordAttendance(component=self.component, minutes=minutes, mode=entry.mode, on=day)


def unclear(found: list[RosterRow]) -> dict[str, str]:
    """Why nobody, or which of several, is meant by a TRN; the line of the file tells by which."""
    if not found:
        message = "trn: no participant of this cohort has it"
        return {"code": "unknown_trn", "message": message}
    several = ", ".join(sorted(row.programme for row in found))
    message = f"trn: who has it is on {several}; give --programme"
    return {"code": "ambiguous_trn", "message": message}
