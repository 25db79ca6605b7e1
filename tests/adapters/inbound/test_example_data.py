"""The example data: they are what their program writes, and they tell the story they mean to."""

import sys
from collections import Counter
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from attrs import evolve

from npq_adapters import Ledger, open_ledger
from npq_adapters.inbound.applications import import_applications
from npq_adapters.inbound.cohorts import import_cohort
from npq_adapters.inbound.commands import lines_of, record
from npq_adapters.inbound.registers import import_register
from npq_domain.projections import VIEWS
from tests.adapters.inbound.house import NOW, OFFICE, memory
from tests.conftest import Backend

EXAMPLES = Path(__file__).parents[3] / "examples"
DATA = EXAMPLES / "data"
BY_HAND = ("README.md", "funding_cases.csv")
CHAPTERS = "chapters"
"""The folder of what is written by hand for the pages of docs/."""


@pytest.fixture(scope="module")
def program() -> Iterator[ModuleType]:
    """The program that writes the data."""
    spec = spec_from_file_location("make_example_data", EXAMPLES / "make_example_data.py")
    assert spec
    assert spec.loader
    module = module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    yield module
    del sys.modules[spec.name]


def test_the_files_are_what_the_program_writes(program: ModuleType) -> None:
    found = {
        str(it.relative_to(DATA)): it.read_bytes()
        for it in DATA.rglob("*")
        if it.is_file() and it.name not in BY_HAND and it.parent.name != CHAPTERS
    }
    assert found == program.files()


def recorded(ledger: Ledger, name: str) -> Counter[tuple[str, str | None]]:
    with (DATA / name).open("rb") as file:
        return Counter((it["outcome"], it["code"]) for it in record(ledger, lines_of(file)))


def outcomes(report: Any) -> Counter[tuple[str, str | None]]:
    return Counter((it.outcome, it.code) for it in report.lines)


def whole_story(ledger: Ledger) -> dict[str, Counter[tuple[str, str | None]]]:
    """Every file, in its order; what became of its lines."""
    cohort = import_cohort(ledger, DATA / "cohort.toml", by=OFFICE)
    story = {
        "applications.json": outcomes(
            import_applications(ledger, DATA / "applications.json", by=OFFICE)
        ),
        "cohort.toml": outcomes(cohort),
        "commands.jsonl": recorded(ledger, "commands.jsonl"),
        "registers": Counter(),
    }
    for path in sorted((DATA / "registers").iterdir()):
        component = path.stem.partition("-")[2]
        report = import_register(ledger, path, cohort=cohort.cohort, component=component, by=OFFICE)
        story["registers"] += outcomes(report)
    return story | {"assessment.jsonl": recorded(ledger, "assessment.jsonl")}


STORY = {
    "applications.json": {("recorded", None): 36},
    "cohort.toml": {("recorded", None): 42},
    "commands.jsonl": {
        ("recorded", None): 455,
        ("refused", "deadline_passed"): 1,
        ("refused", "endorser_not_allowed"): 2,
        ("refused", "requirement_unmet"): 3,
        ("refused", "self_endorsement"): 1,
    },
    "registers": {
        ("recorded", None): 189,
        ("repeated", None): 1,
        ("refused", "unknown_trn"): 1,
    },
    "assessment.jsonl": {
        ("recorded", None): 177,
        ("refused", "award_conditions_unmet"): 2,
        ("refused", "engagement_below_threshold"): 4,
        ("refused", "moderation_pending"): 4,
        ("refused", "window_closed"): 1,
        ("refused", "word_limit_exceeded"): 1,
    },
}


def test_the_files_lead_to_the_refusals_they_mean_and_to_no_others() -> None:
    assert whole_story(memory()) == STORY


def test_the_files_tell_of_those_whom_the_demonstration_is_to_show() -> None:
    ledger = memory()
    whole_story(ledger)
    ledger.catch_up()
    statuses = Counter(it.status for it in ledger.rows("engagement"))
    assert statuses == {"on_track": 23, "unreachable": 3, "at_risk": 1}
    applied = Counter(it.programme for it in ledger.rows("roster"))
    assert applied == {"NPQLT": 14, "NPQSL": 11, "NPQH": 11}
    assert sum(it.trn is None for it in ledger.rows("roster")) == 2


def test_everything_told_twice_is_recorded_once() -> None:
    ledger = memory()
    whole_story(ledger)
    head = ledger.store.head()
    again = whole_story(ledger)
    assert ledger.store.head() == head
    assert {outcome for lines in again.values() for outcome, _ in lines} == {
        "repeated",
        "refused",
        "nothing",
    }


def views(ledger: Ledger) -> dict[str, list[Any]]:
    ledger.catch_up()
    return {
        view.name: [
            evolve(row, as_of_position=0) if hasattr(row, "as_of_position") else row
            for row in ledger.rows(view)
        ]
        for view in VIEWS
    }


def test_every_store_comes_to_the_same_views(backend: Backend) -> None:
    expected = memory()
    whole_story(expected)
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url, clock=lambda: NOW) as ledger:
        assert whole_story(ledger) == STORY
        assert views(ledger) == views(expected)
