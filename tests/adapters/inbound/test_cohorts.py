"""Intakes as TOML: what is recorded of them, and how their faults are told."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters.inbound.cohorts import import_cohort, read_cohort
from npq_domain import Invalid
from npq_domain.catalogue.types import Mode
from npq_domain.commands import CloseCohort, RescheduleSession
from tests.adapters.inbound.house import COHORT, COHORT_TOML, OFFICE, faults_of, memory, write


def test_an_intake_is_recorded_with_all_that_is_planned_for_it(tmp_path: Path) -> None:
    ledger = memory()
    report = import_cohort(ledger, write(tmp_path / "c.toml", COHORT_TOML), by=OFFICE)
    assert (report.cohort, report.name) == (COHORT, "Autumn 2023")
    assert [(it.place, it.command, it.outcome) for it in report.lines] == [
        ("$.cohort", "OpenCohort", "recorded"),
        ("$.programme[0]", "OfferProgramme", "recorded"),
        ("$.programme[0].group[0]", "PlanDeliveryGroup", "recorded"),
        ("$.programme[0].group[0]", "ConfirmDeliveryGroup", "recorded"),
        ("$.programme[0].session[0]", "ScheduleSession", "recorded"),
        ("$.programme[0].session[1]", "ScheduleSession", "recorded"),
        ("$.programme[0].session[2]", "ScheduleSession", "recorded"),
        ("$.programme[0].session[3]", "ScheduleSession", "recorded"),
        ("$.programme[0].window[0]", "ScheduleAssessmentWindow", "recorded"),
    ]
    nothing_else = {"refused": 0, "contended": 0, "failed": 0, "unreadable": 0}
    assert report.totals == {"recorded": 9, "repeated": 0} | nothing_else


def test_importing_an_intake_again_records_nothing(tmp_path: Path) -> None:
    ledger = memory()
    path = write(tmp_path / "c.toml", COHORT_TOML)
    import_cohort(ledger, path, by=OFFICE)
    head = ledger.store.head()
    again = import_cohort(ledger, path, by=OFFICE)
    nothing_else = {"refused": 0, "contended": 0, "failed": 0, "unreadable": 0}
    assert again.totals == {"recorded": 0, "repeated": 9} | nothing_else
    assert ledger.store.head() == head


def test_importing_again_does_not_move_back_what_was_moved_since(tmp_path: Path) -> None:
    ledger = memory()
    path = write(tmp_path / "c.toml", COHORT_TOML)
    import_cohort(ledger, path, by=OFFICE)
    known = ledger.state(COHORT).timetable.session("NPQLT", None, "induction")
    moved = RescheduleSession(
        programme="NPQLT",
        component="induction",
        starts_at=known.starts_at.replace(day=19),
        ends_at=known.ends_at.replace(day=19),
        on=date(2023, 10, 2),
    )
    ledger.handle(COHORT, moved, by=OFFICE)
    assert import_cohort(ledger, path, by=OFFICE).totals["repeated"] == 9
    held = ledger.state(COHORT).timetable.session("NPQLT", None, "induction")
    assert held.starts_at == moved.starts_at


def test_a_changed_entry_is_refused_by_its_place_and_the_others_go_on(tmp_path: Path) -> None:
    ledger = memory()
    import_cohort(ledger, write(tmp_path / "1.toml", COHORT_TOML), by=OFFICE)
    path = write(tmp_path / "2.toml", COHORT_TOML.replace("2024-10-10", "2024-10-11"))
    [line] = [it for it in import_cohort(ledger, path, by=OFFICE).lines if it.code]
    assert (line.place, line.outcome, line.code) == (
        "$.programme[0].window[0]",
        "refused",
        "window_length",
    )
    assert (line.message or "").startswith(f"{path}: $.programme[0].window[0]: 2024-10-11 to ")


def test_a_closed_intake_takes_nothing_more(tmp_path: Path) -> None:
    ledger = memory()
    import_cohort(ledger, write(tmp_path / "1.toml", COHORT_TOML), by=OFFICE)
    ledger.handle(COHORT, CloseCohort(on=date(2025, 12, 1)), by=OFFICE)
    path = write(tmp_path / "2.toml", COHORT_TOML.replace('"north"', '"south"'))
    codes = {it.code for it in import_cohort(ledger, path, by=OFFICE).lines}
    assert codes == {None, "cohort_closed"}


def test_every_fault_is_told_at_once_and_nothing_is_recorded(tmp_path: Path) -> None:
    ledger = memory()
    bad = (
        COHORT_TOML.replace('season = "autumn"', 'seasn = "autumn"')
        .replace("start_on = 2023-10-09", 'start_on = "soon"')
        .replace("2023-10-18T10:00:00+01:00", "2023-10-18T10:00:00")
        .replace('mode = "online"', 'mode = "f2f"')
        .replace("closes_on = 2024-10-17\n", "")
        .replace('"reform/UCL/NPQLT/1"', '"NPQLT"')
    )
    path = write(tmp_path / "c.toml", bad)
    with pytest.raises(Invalid) as error:
        import_cohort(ledger, path, by=OFFICE)
    entry = f"{path}: $.programme[0]"
    modes = ", ".join(it.value for it in Mode)
    such = ", such as Z or +01:00"
    assert sorted(str(error.value).splitlines()) == [
        f"{path}: $.cohort.seasn: no such key, with value 'autumn'; season is meant?",
        f"{path}: $.cohort.season: is missing",
        f"{path}: $.cohort.start_on: 'soon' is not a day",
        f"{entry}.session[0].mode: 'f2f' is none of {modes}",
        f"{entry}.session[0].starts_at: 2023-10-18T10:00:00 says no offset from UTC{such}",
        f"{entry}.specification: 'NPQLT' reads not framework/provider/programme/version",
        f"{entry}.window[0].closes_on: is missing",
    ]
    assert ledger.store.head() == 0


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"[cohort", "Expected ']' at the end of a table declaration (at end of document)"),
        (b"name = 1\nname = 2", "Cannot overwrite a value (at end of document)"),
        (
            b"[cohort]\nname = '\xe9'",
            "line 2: byte 0xe9 at offset 17 is not UTF-8 but looks like cp1252: save it as UTF-8",
        ),
    ],
)
def test_a_file_that_is_no_toml_is_refused_by_name(tmp_path: Path, raw: bytes, fault: str) -> None:
    path = write(tmp_path / "c.toml", raw)
    with pytest.raises(Invalid) as error:
        import_cohort(memory(), path, by=OFFICE)
    assert str(error.value) == f"{path}: {fault}"


def test_a_file_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as error:
        import_cohort(memory(), tmp_path / "none.toml", by=OFFICE)
    assert str(error.value) == f"{tmp_path / 'none.toml'}: No such file or directory"


@given(raw=st.binary(max_size=200))
def test_whatever_the_bytes_there_is_a_cohort_or_a_named_fault(raw: bytes) -> None:
    faults = faults_of(lambda: read_cohort(raw, "cohort.toml"))
    assert all(it.startswith("cohort.toml: ") for it in faults)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_file_that_lost_or_gained_a_few_characters_is_told_or_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(COHORT_TOML)))
    long = data.draw(st.integers(0, 12))
    typed = data.draw(st.text(alphabet='0123456789abc"[]=.-:\n', max_size=3))
    mangled = COHORT_TOML[:at] + typed + COHORT_TOML[at + long :]
    path = write(tmp_path_factory.mktemp("in") / "c.toml", mangled)
    ledger = memory()
    try:
        report = import_cohort(ledger, path, by=OFFICE)
    except Invalid:
        assert ledger.store.head() == 0
        return
    assert sum(report.totals.values()) == len(report.lines)
    head = ledger.store.head()
    again = import_cohort(ledger, path, by=OFFICE)
    assert (again.totals["recorded"], ledger.store.head()) == (0, head)
