"""Asking one command of many: what becomes of those whose subject others keep writing to."""

import json
from pathlib import Path
from typing import Any

import pytest

from npq_adapters import Ledger
from npq_adapters.cli import exits, recording
from npq_adapters.inbound.applications import import_applications
from npq_adapters.inbound.commands import record
from npq_adapters.inbound.registers import import_register
from npq_adapters.store import Row, Store, VersionTaken
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import shipped
from npq_domain.projections import VIEWS
from tests.adapters.inbound.house import (
    COHORT,
    NOW,
    OFFICE,
    application,
    intake,
    memory,
    page,
    subject,
    write,
)


class Contended:
    """A store in which somebody else is always first."""

    def __init__(self, store: Store) -> None:
        self.store = store

    def append(self, rows: list[Row]) -> None:
        raise VersionTaken(rows[0].subject)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


@pytest.fixture
def contended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """An intake with one person in it, to whom nobody gets through."""
    monkeypatch.setattr("npq_adapters.ledger.LONGEST_PAUSE", 0.0)
    ledger = memory()
    intake(ledger, tmp_path, {1: "0743795"})
    store: Any = Contended(ledger.store)
    return Ledger(store, vocabulary, DECIDERS, catalogue=shipped, views=VIEWS, clock=lambda: NOW)


def test_a_line_whose_subject_stays_contended_is_to_be_asked_again(contended: Ledger) -> None:
    data = {"component": "plg-1", "minutes": 180, "on": "2023-11-22"}
    asked = {"subject": str(subject(1)), "command": "RecordAttendance", "data": data}
    [answer] = record(contended, [json.dumps(asked)], default_by=OFFICE)
    assert (answer["outcome"], answer["code"]) == ("contended", "conflict")
    assert recording.worst([answer["outcome"]]) == exits.UNAVAILABLE


def test_an_application_whose_subject_stays_contended_is_to_be_asked_again(
    contended: Ledger, tmp_path: Path
) -> None:
    path = page(tmp_path / "p.json", application(2))
    report = import_applications(contended, path, by=OFFICE, provider="UCL")
    assert [(it.outcome, it.code) for it in report.lines] == [("contended", "conflict")]
    assert report.totals == {
        "recorded": 0,
        "repeated": 0,
        "refused": 0,
        "contended": 1,
        "failed": 0,
        "unreadable": 0,
    }


def test_a_register_goes_on_past_a_history_that_cannot_be_read(tmp_path: Path) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {1: "0743795", 2: "1234567"})
    damaged = Row(str(subject(1)), 7, "participant.attendance-recorded.v1", b'{"fact": "secret"}')
    ledger.store.append([damaged])
    register = write(tmp_path / "r.csv", "trn,attended\n0743795,yes\n1234567,yes\n")
    report = import_register(ledger, register, cohort=COHORT, component="plg-1", by=OFFICE)
    assert [it.outcome for it in report.lines] == ["failed", "recorded"]
    said = report.lines[0].message
    assert said is not None
    assert said.startswith(f"{register}: line 2: ")
    assert said.endswith(f"version 7 of {subject(1)}")
    assert recording.worst(it.outcome for it in report.lines) == exits.INTEGRITY


def test_a_page_goes_on_past_a_history_that_cannot_be_read(tmp_path: Path) -> None:
    ledger = memory()
    both = page(tmp_path / "p.json", application(1), application(2))
    import_applications(ledger, both, by=OFFICE, provider="UCL")
    damaged = Row(str(subject(1)), 3, "participant.attendance-recorded.v1", b'{"fact": "secret"}')
    ledger.store.append([damaged])
    report = import_applications(ledger, both, by=OFFICE, provider="UCL")
    told = [(it.outcome, it.code) for it in report.lines]
    assert told == [("failed", "stored_fact_error"), ("repeated", None)]


def test_what_may_be_mended_by_asking_again_weighs_most() -> None:
    assert recording.worst(["recorded", "refused", "invalid", "contended"]) == exits.UNAVAILABLE
    assert recording.worst(["recorded", "refused", "unreadable"]) == exits.BAD_INPUT
