"""Every statement of the documents has a test or a reason, every code of a refusal a test."""

import os
import subprocess
import sys
from collections import Counter

import pytest
from attrs import evolve

from tests.coverage.table import ROOT, Row, Rows, Test, faults, table

ROW = Row(number="0.1", says="It is so.", source="OLP NPQH page, introduction")
BEHAVIOUR = Test("tests/aggregates/test_it.py", "test_it_is_so")
FIGURE = Test("tests/catalogue/test_figures.py", "test_the_figure")


@pytest.mark.parametrize("script", ["table", "refusals"])
def test_a_table_is_complete_and_up_to_date(script: str) -> None:
    # On its own, for the tests that run here may be but a few of those that prove something.
    outside = {name: it for name, it in os.environ.items() if not name.startswith("PYTEST_")}
    run = subprocess.run(
        [sys.executable, "-m", f"tests.coverage.{script}", "--check"],
        cwd=ROOT,
        env=outside,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stdout + run.stderr


@pytest.mark.parametrize(
    ("row", "found", "fault"),
    [
        (ROW, {"0.1": Counter({BEHAVIOUR: 1})}, None),
        (evolve(ROW, not_modelled="a benefit"), {}, None),
        (ROW, {}, "0.1: no test proves it, and no reason is given: It is so."),
        (
            ROW,
            {"0.1": Counter({FIGURE: 1})},
            "0.1: no test proves it, and no reason is given: It is so.",
        ),
        (evolve(ROW, figure=True), {"0.1": Counter({FIGURE: 1})}, None),
        (
            evolve(ROW, not_modelled="a benefit"),
            {"0.1": Counter({BEHAVIOUR: 1})},
            "0.1: is said not to be modelled, and a test proves it",
        ),
        (
            evolve(ROW, not_modelled="a benefit"),
            {"9.9": Counter({BEHAVIOUR: 1})},
            "9.9: there is no such row, and test_it_is_so is marked with it",
        ),
        (
            evolve(ROW, source="Some page, introduction"),
            {"0.1": Counter({BEHAVIOUR: 1})},
            "0.1: 'Some page, introduction' opens with no document of the catalogue",
        ),
    ],
)
def test_what_is_not_proven_or_proves_nothing_is_told(
    row: Row, found: dict[str, Counter[Test]], fault: str | None
) -> None:
    assert list(faults(Rows(row=(row,)), found)) == ([fault] if fault else [])


def test_a_row_that_is_pending_is_let_be_and_two_of_a_number_are_not() -> None:
    assert list(faults(Rows(pending=("0.1",), row=(ROW,)), {})) == []
    twice = Rows(pending=("0.1",), row=(ROW, ROW))
    assert list(faults(twice, {})) == ["0.1: there are two such rows"]


def test_the_table_says_how_many_cases_tell_of_a_row() -> None:
    made = table((ROW,), {"0.1": Counter({BEHAVIOUR: 3})})
    assert (
        "| 0.1 | It is so. | introduction | [it is so](../tests/aggregates/test_it.py) (3) |"
        in (made.splitlines())
    )
    assert "1 rows: 1 proven by tests, 0 not modelled." in made
