"""Attendance registers: every row is accounted for, whatever it holds."""

import csv
import io
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters import Ledger
from npq_adapters.inbound.registers import Report, import_register, read_register
from npq_adapters.inbound.tables import rows
from npq_domain import Invalid, Personal
from npq_domain.aggregates.participant.facts.engagement import AbsenceRecorded, AttendanceRecorded
from npq_domain.catalogue.types import Mode
from npq_domain.commands import CancelSession, VoidFact
from tests.adapters.inbound.house import COHORT, OFFICE, faults_of, intake, memory, subject, write

ADA, BEN, CEM = "0743795", "1234567", "7654321"
HEADER = "trn,name,attended,minutes,mode,reason\n"


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An intake with three people in it."""
    opened = memory()
    intake(opened, tmp_path, {1: ADA, 2: BEN, 3: CEM})
    return opened


def register(
    ledger: Ledger, folder: Path, content: str | bytes, component: str = "plg-1", **rest: Any
) -> Report:
    path = write(folder / "register.csv", content)
    return import_register(ledger, path, cohort=COHORT, component=component, by=OFFICE, **rest)


def told(report: Report) -> list[tuple[int, str, str | None]]:
    """Line, outcome and code of each row."""
    return [(it.line, it.outcome, it.code) for it in report.lines]


def last(ledger: Ledger, number: int) -> Any:
    return ledger.history(subject(number))[-1].fact


def test_presence_and_absence_are_recorded_on_the_day_of_the_session(
    ledger: Ledger, tmp_path: Path
) -> None:
    content = (
        f"{HEADER}{ADA},Ada,yes,180,face_to_face,\n{BEN},Ben,no,0,,unwell\n{CEM},Cem,yes,,online,\n"
    )
    report = register(ledger, tmp_path, content)
    day = date(2023, 11, 22)
    assert last(ledger, 1) == AttendanceRecorded(
        component="plg-1", minutes=180, mode=Mode.FACE_TO_FACE, on=day
    )
    assert last(ledger, 2) == AbsenceRecorded(component="plg-1", reason=Personal("unwell"), on=day)
    assert last(ledger, 3) == AttendanceRecorded(
        component="plg-1", minutes=180, mode=Mode.ONLINE, on=day
    )
    nothing_else = {"refused": 0, "contended": 0, "failed": 0, "unreadable": 0}
    assert report.totals == {"recorded": 3, "repeated": 0} | nothing_else
    assert report.as_json()["lines"][0] == {
        "line": 2,
        "trn": ADA,
        "participant": str(subject(1)),
        "outcome": "recorded",
        "facts": ["participant.attendance-recorded.v1"],
        "code": None,
        "message": None,
    }


def test_a_group_that_meets_on_its_own_day_is_recorded_on_that_day(tmp_path: Path) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {1: ADA}, group="north")
    register(ledger, tmp_path, f"trn,attended\n{ADA},yes\n")
    assert last(ledger, 1).on == date(2023, 11, 23)


def test_a_day_that_is_given_is_the_day(ledger: Ledger, tmp_path: Path) -> None:
    register(ledger, tmp_path, f"trn,attended\n{ADA},yes\n", "plg-2", on=date(2024, 1, 24))
    assert last(ledger, 1) == AttendanceRecorded(
        component="plg-2", minutes=180, mode=None, on=date(2024, 1, 24)
    )


def test_a_session_without_a_day_is_refused_with_what_there_is(
    ledger: Ledger, tmp_path: Path
) -> None:
    [line] = register(ledger, tmp_path, f"trn,attended\n{ADA},yes\n", "plg-9").lines
    assert (line.outcome, line.code) == ("refused", "unknown_session")
    assert line.message == (
        f"{tmp_path / 'register.csv'}: line 2: 'plg-9' is no session of NPQLT's timetable:"
        " induction, plg-1, plg-1, welcome; or give --on (the cohort's timetable)"
    )


def test_what_has_no_minutes_in_the_plan_lasts_as_long_as_its_session(
    ledger: Ledger, tmp_path: Path
) -> None:
    register(ledger, tmp_path, f"trn,attended\n{ADA},yes\n", "welcome")
    assert last(ledger, 1).minutes == 75


def test_what_has_no_minutes_anywhere_asks_for_them(ledger: Ledger, tmp_path: Path) -> None:
    day = date(2023, 10, 9)
    cancel = CancelSession(programme="NPQLT", component="welcome", reason="no room", on=day)
    ledger.handle(COHORT, cancel, by=OFFICE)
    report = register(ledger, tmp_path, f"trn,attended\n{ADA},yes\n", "welcome", on=day)
    assert told(report) == [(2, "refused", "minutes_missing")]
    with_minutes = register(ledger, tmp_path, f"trn,minutes\n{ADA},60\n", "welcome", on=day)
    assert told(with_minutes) == [(2, "recorded", None)]


def test_importing_a_register_again_records_nothing(ledger: Ledger, tmp_path: Path) -> None:
    content = f"{HEADER}{ADA},Ada,yes,180,,\n{BEN},Ben,no,,,unwell\n"
    register(ledger, tmp_path, content)
    head = ledger.store.head()
    again = register(ledger, tmp_path, content)
    nothing_else = {"refused": 0, "contended": 0, "failed": 0, "unreadable": 0}
    assert again.totals == {"recorded": 0, "repeated": 2} | nothing_else
    assert ledger.store.head() == head


def test_importing_again_does_not_bring_back_what_was_voided(
    ledger: Ledger, tmp_path: Path
) -> None:
    content = f"trn,attended\n{ADA},yes\n"
    register(ledger, tmp_path, content)
    version = ledger.history(subject(1))[-1].version
    void = VoidFact(version=version, reason=Personal("wrong person"), on=date(2023, 12, 1))
    ledger.handle(subject(1), void, by=OFFICE)
    assert register(ledger, tmp_path, content).totals["repeated"] == 1
    assert ledger.state(subject(1)).engagement.sessions == {}


def test_a_row_that_comes_twice_is_recorded_once(ledger: Ledger, tmp_path: Path) -> None:
    row = f"{ADA},Ada,yes,180,,\n"
    assert told(register(ledger, tmp_path, HEADER + row + row)) == [
        (2, "recorded", None),
        (3, "repeated", None),
    ]


def test_a_row_that_says_otherwise_than_before_needs_a_correction(
    ledger: Ledger, tmp_path: Path
) -> None:
    content = f"{HEADER}{ADA},,yes,180,,\n{ADA},,yes,90,,\n{BEN},,no,,,ill\n{BEN},,no,,,cover\n"
    assert told(register(ledger, tmp_path, content)) == [
        (2, "recorded", None),
        (3, "refused", "already_recorded"),
        (4, "recorded", None),
        (5, "refused", "already_recorded"),
    ]


def test_a_trn_is_read_as_people_write_it(ledger: Ledger, tmp_path: Path) -> None:
    content = f"trn,attended\n743795,yes\nRP12/34567,yes\n {CEM} ,yes\n"
    report = register(ledger, tmp_path, content)
    assert report.totals["recorded"] == 3
    assert [it.trn for it in report.lines] == [
        Personal("743795"),
        Personal("RP12/34567"),
        Personal(CEM),
    ]


def test_a_trn_that_nobody_or_more_than_one_has_is_refused_by_its_line(
    tmp_path: Path,
) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {1: ADA, 2: ADA})
    report = register(ledger, tmp_path, f"trn,attended\n9999999,yes\n{ADA},yes\n")
    assert told(report) == [(2, "refused", "unknown_trn"), (3, "refused", "ambiguous_trn")]
    path = tmp_path / "register.csv"
    assert [it.message for it in report.lines] == [
        f"{path}: line 2: trn: no participant of this cohort has it",
        f"{path}: line 3: trn: who has it is on NPQLT, NPQLT; give --programme",
    ]


ROWS: list[tuple[str, str, str]] = [
    (f"{ADA},,yes,181,,", "refused", "181 minutes of 180 possible for plg-1 (the plan of the"),
    (f"{ADA},,yes,-1,,", "refused", "-1 minutes of 180 possible for plg-1 (the plan of the"),
    ("123,,yes,180,,", "unreadable", "trn: '123' has 3 digits, a TRN has 7"),
    ("0000000,,yes,180,,", "unreadable", "trn: '0000000' is nobody's TRN"),
    ("٠٧٤٣٧٩٥,,yes,180,,", "unreadable", "trn: '٠٧٤٣٧٩٥' has characters other than the digits"),
    (",Ada,yes,180,,", "unreadable", "trn: '' has 0 digits, a TRN has 7"),
    (f"{ADA},,maybe,180,,", "unreadable", "attended: 'maybe' is neither yes nor no"),
    (f"{ADA},,,,,", "unreadable", "attended, minutes: neither says whether"),
    (f"{ADA},,no,180,,", "unreadable", "attended: 'no' with 180 minutes says two things"),
    (f"{ADA},,yes,0,,", "unreadable", "attended: 'yes' with 0 minutes says two things"),
    (f"{ADA},,yes,3h,,", "unreadable", "minutes: '3h' is no whole number of minutes"),
    (f"{ADA},,yes,{'9' * 5000},,", "unreadable", "minutes: '999999999999999999"),
    (f"{ADA},,yes,180,by post,", "unreadable", "mode: 'by post' is none of face_to_face, f2f"),
    (f"{ADA},,yes,180,", "unreadable", "5 fields, the header has 6"),
    (f"{ADA},,yes,180,,,,", "unreadable", "8 fields, the header has 6"),
    (f'{ADA},"Ada"x,yes,180,,', "unreadable", "text after a closing quotation mark: 'x'"),
    (f"{ADA},A\0da,yes,180,,", "unreadable", "name: 'A\\x00da' has a NUL"),
    (f"{ADA},{'x' * 200_000},yes,180,,", "unreadable", "name: 'xxxxxxxxxxxxxxx"),
]


@pytest.mark.parametrize(("row", "outcome", "message"), ROWS, ids=[it[2][:40] for it in ROWS])
def test_a_bad_row_is_told_by_line_field_and_value_and_loses_itself_alone(
    ledger: Ledger, tmp_path: Path, row: str, outcome: str, message: str
) -> None:
    report = register(ledger, tmp_path, f"{HEADER}{BEN},,yes,180,,\n{row}\n{CEM},,yes,180,,\n")
    assert [it.outcome for it in report.lines] == ["recorded", outcome, "recorded"]
    [bad] = [it for it in report.lines if it.code]
    assert (bad.message or "").startswith(f"{tmp_path / 'register.csv'}: line 3: {message}")
    assert len(bad.message or "") < 400


@pytest.mark.parametrize("row", [f"{ADA},Ada Byron,yes", f'{ADA},"Ada"x,yes,180,,unwell'])
def test_a_broken_row_shows_none_of_the_cells_that_are_not_at_fault(
    ledger: Ledger, tmp_path: Path, row: str
) -> None:
    [line] = register(ledger, tmp_path, f"{HEADER}{row}\n").lines
    message = line.message or ""
    assert [it for it in (ADA, "Ada", "Byron", "yes", "180", "unwell") if it in message] == []


def test_rows_that_are_read_show_nobody_by_accident() -> None:
    shown = repr(read_register(f"{HEADER}{ADA},Ada,no,,,unwell\n123,,yes,,,\n".encode(), "r.csv"))
    assert [it for it in (ADA, "Ada", "unwell", "123") if it in shown] == []


GOOD = f"trn,attended\n{ADA},yes\n"

FILES: list[tuple[bytes, str]] = [
    (b"", "line 1: there is no header, the file is empty"),
    (
        b"name,attended\n",
        "line 1: column 'trn' is missing; fields in the header: 2",
    ),
    (
        b"trn,name\n",
        "line 1: column 'attended' or 'minutes' is missing; fields in the header: 2",
    ),
    (
        b"trn,attended,TRN\n",
        "line 1: column 'trn' comes twice; fields in the header: 3",
    ),
    (
        b"trn,attended,minuets\n",
        ("line 1: column 'minuets' is not known: is 'minutes' meant?; fields in the header: 3"),
    ),
    (
        b'trn,attended\n1,yes\n2,"yes\n3,no\n',
        "line 3, field 2: a quotation begins and never ends",
    ),
    (b'"trn', "line 1, field 1: a quotation begins and never ends"),
    (
        "trn,attended\n1,né\n".encode("cp1252"),
        (
            "line 2: byte 0xe9 at offset 16 is not UTF-8 but looks like cp1252:"
            " save it as UTF-8, or give --encoding cp1252"
        ),
    ),
    (
        GOOD.encode("utf-16"),
        (
            "line 1: byte 0xff at offset 0 is not UTF-8 but looks like utf-16:"
            " save it as UTF-8, or give --encoding utf-16"
        ),
    ),
    (
        GOOD.encode("utf-16-le"),
        (
            "line 1: byte 0x00 at offset 1 is not UTF-8 but looks like utf-16-le:"
            " save it as UTF-8, or give --encoding utf-16-le"
        ),
    ),
]


@pytest.mark.parametrize(("raw", "fault"), FILES, ids=[it[1][:40] for it in FILES])
def test_a_file_that_cannot_be_read_is_refused_before_anything_is_recorded(
    ledger: Ledger, tmp_path: Path, raw: bytes, fault: str
) -> None:
    head = ledger.store.head()
    with pytest.raises(Invalid) as error:
        register(ledger, tmp_path, raw)
    assert str(error.value) == f"{tmp_path / 'register.csv'}: {fault}"
    assert ledger.store.head() == head


@pytest.mark.parametrize(
    ("encoding", "given"),
    [("utf-8-sig", None), ("utf-16", "utf-16"), ("cp1252", "windows-1252"), ("utf-8", "UTF8")],
)
def test_a_file_in_a_known_encoding_is_read(
    ledger: Ledger, tmp_path: Path, encoding: str, given: str | None
) -> None:
    content = f"trn,name,attended,reason\n{ADA},Zoë,no,née à Nîmes\n".encode(encoding)
    assert register(ledger, tmp_path, content, encoding=given).totals["recorded"] == 1
    assert last(ledger, 1).reason == Personal("née à Nîmes")


def test_an_encoding_that_there_is_not_is_refused_with_those_there_are(
    ledger: Ledger, tmp_path: Path
) -> None:
    with pytest.raises(Invalid, match=r"--encoding: 'rot13' is none of utf-8, utf-16, "):
        register(ledger, tmp_path, GOOD, encoding="rot13")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_lines_may_end_and_fields_may_be_separated_as_spreadsheets_do_it(
    ledger: Ledger, tmp_path: Path, separator: str, end: str
) -> None:
    lines = [["trn", "name", "attended"], [ADA, f'"Byron{separator} Ada ""Countess"""', "yes"]]
    content = end.join(separator.join(line) for line in lines)
    assert told(register(ledger, tmp_path, content)) == [(2, "recorded", None)]


def test_columns_have_many_names_and_those_of_no_use_are_told(
    ledger: Ledger, tmp_path: Path
) -> None:
    content = f"School,Teacher reference number,Present ,Minutes-attended\nA,{ADA},Y,180\n"
    report = register(ledger, tmp_path, content)
    assert (report.totals["recorded"], report.unused) == (1, ("school",))


def test_blank_lines_are_no_rows(ledger: Ledger, tmp_path: Path) -> None:
    report = register(ledger, tmp_path, f"\n\ntrn,attended\n\n{ADA},yes\n , \n,\n")
    assert (told(report), report.blank) == ([(5, "recorded", None)], 3)


def test_a_rehearsal_tells_what_would_happen_and_records_nothing(
    ledger: Ledger, tmp_path: Path
) -> None:
    content = f"{HEADER}{ADA},,yes,180,,\n{ADA},,yes,180,,\n{BEN},,yes,999,,\n9999999,,yes,,,\n"
    head = ledger.store.head()
    rehearsed = register(ledger, tmp_path, content, dry_run=True)
    assert ledger.store.head() == head
    done = register(ledger, tmp_path, content)
    assert rehearsed.dry_run
    assert rehearsed.lines == done.lines
    assert [it.outcome for it in done.lines] == ["recorded", "repeated", "refused", "refused"]


def test_a_cohort_that_there_is_not_is_refused(ledger: Ledger, tmp_path: Path) -> None:
    path = write(tmp_path / "register.csv", GOOD)
    for wrong, because in (
        (UUID(int=9), f"{UUID(int=9)} is no cohort of this ledger"),
        (subject(1), f"{subject(1)} is a participant"),
    ):
        with pytest.raises(Invalid) as error:
            import_register(ledger, path, cohort=wrong, component="plg-1", by=OFFICE)
        assert str(error.value).startswith(f"--cohort: {because}")


@given(
    raw=st.binary(max_size=200) | st.text(max_size=100).map(lambda it: f"trn,mins\n{it}".encode())
)
def test_whatever_the_bytes_there_is_a_register_or_a_named_fault(raw: bytes) -> None:
    faults = faults_of(lambda: read_register(raw, "register.csv"))
    assert all(it.startswith("register.csv: ") for it in faults)


@given(st.lists(st.lists(st.text(alphabet='a,"\r\n ;', max_size=4), min_size=2), min_size=1))
def test_what_a_spreadsheet_writes_is_read_as_it_was(table: list[list[str]]) -> None:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL).writerows([["trn", "mins"], *table])
    found = list(rows(text.getvalue(), "register.csv"))
    assert [it.fields for it in found[1:]] == [tuple(it) for it in table]
    assert {it.fault for it in found} == {None}


CELLS = st.sampled_from(
    [ADA, BEN, "743795", "9999999", "yes", "no", "180", "-3", "", " ", '"', "é\0"]
)


@settings(max_examples=40, deadline=None)
@given(table=st.lists(st.lists(CELLS, min_size=1, max_size=5), max_size=8))
def test_every_row_is_accounted_for_and_none_is_recorded_twice(
    tmp_path_factory: pytest.TempPathFactory, table: list[list[str]]
) -> None:
    folder = tmp_path_factory.mktemp("in")
    ledger = memory()
    intake(ledger, folder, {1: ADA, 2: BEN})
    text = io.StringIO()
    csv.writer(text).writerows([["trn", "attended", "minutes"], *table])
    report = register(ledger, folder, text.getvalue())
    assert sum(report.totals.values()) == len(report.lines)
    assert len(report.lines) + report.blank == len(table)
    head = ledger.store.head()
    again = register(ledger, folder, text.getvalue())
    assert (again.totals["recorded"], ledger.store.head()) == (0, head)
    assert again.totals["repeated"] == report.totals["recorded"] + report.totals["repeated"]
