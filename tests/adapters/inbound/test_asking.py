"""Asking one command of many: what becomes of those whose subject others keep writing to."""

import json
from pathlib import Path
from typing import Any

import pytest

from npq_adapters import Ledger
from npq_adapters.cli import exits, recording
from npq_adapters.inbound.applications import import_applications
from npq_adapters.inbound.commands import record
from npq_adapters.store import Row, Store, VersionTaken
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.catalogue import shipped
from npq_domain.projections import VIEWS
from tests.adapters.inbound.house import NOW, OFFICE, application, intake, memory, page, subject


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
        "unreadable": 0,
    }


def test_what_may_be_mended_by_asking_again_weighs_most() -> None:
    assert recording.worst(["recorded", "refused", "invalid", "contended"]) == exits.UNAVAILABLE
    assert recording.worst(["recorded", "refused", "unreadable"]) == exits.BAD_INPUT
