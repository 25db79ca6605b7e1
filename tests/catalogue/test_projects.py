"""Projects in a specification: what contradicts itself is refused at load."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from npq_domain.catalogue import load, shipped
from npq_domain.catalogue.types import Scope
from npq_domain.errors import Invalid

HEAD = """
[[specification]]
framework = "2017"
provider = "OLP"
programme = "NPQH"
version = 9
source = "OLP NPQH page, introduction"
[specification.assessment]
kind = "{kind}"
source = "OLP NPQH page, Assessment"
"""
PROJECT = """
[[specification.assessment.projects]]
id = "task"
title = "A task"
scope = "{scope}"
source = "OLP NPQH page, Assessment"
"""


def faults(text: str, folder: Path) -> Iterator[str]:
    """What is wrong with a file of this text beside the shipped catalogue."""
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    try:
        load(file, on_top_of=shipped())
    except Invalid as invalid:
        yield from invalid.faults


WHERE = "$.specification[0].assessment.projects"


@pytest.mark.parametrize(
    ("scope", "more", "told"),
    [
        ("placement_school", 'board = "placement"\nfeedback = true\ncontrast = true', []),
        ("own_school", 'board = "home"\nfeedback = true', []),
        ("own_school", "feedback = true", [".feedback: whose board is not said"]),
        (
            "own_school",
            "board_before_implementation = true",
            [".board_before_implementation: whose board is not said"],
        ),
        (
            "own_school",
            "contrast = true",
            [".contrast: asks for a placement, where the scope is own_school"],
        ),
        (
            "team",
            "placement_days_least = 9",
            [".placement_days_least: asks for a placement, where the scope is team"],
        ),
        (
            "team",
            'board = "placement"',
            [".board: asks for a placement, where the scope is team"],
        ),
        (
            "planet",
            "",
            [f".scope: 'planet' is none of {', '.join(it.value for it in Scope)}"],
        ),
    ],
)
def test_a_project_that_contradicts_itself_is_refused(
    scope: str, more: str, told: list[str], tmp_path: Path
) -> None:
    text = HEAD.format(kind="projects") + PROJECT.format(scope=scope) + more
    assert list(faults(text, tmp_path)) == [f"{WHERE}[0]{it}" for it in told]


@pytest.mark.parametrize(
    ("kind", "projects", "told"),
    [
        ("projects", 0, ": 0 of them, where the kind is projects"),
        ("case_study", 1, ": 1 of them, where the kind is case_study"),
        ("projects", 2, ": id 'task' is there twice"),
    ],
)
def test_there_are_projects_where_they_are_assessed_and_nowhere_else(
    kind: str, projects: int, told: str, tmp_path: Path
) -> None:
    text = HEAD.format(kind=kind) + PROJECT.format(scope="team") * projects
    assert list(faults(text, tmp_path)) == [f"{WHERE}{told}"]
