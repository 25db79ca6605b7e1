"""The examples are programs, and the suite runs each as a reader would."""

import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"

SAYS = {
    "register_to_outcome.py": (
        "Not accepted yet: nobody has endorsed the application",
        "A second too late: 2024-10-11T00:00:00+01:00 is not before the window closed",
        " 23  2024-12-03  participant.qualification-awarded.v1",
        "Engagement 1140/1140 minutes, on_track",
        "Outcome passed, awarded on 2024-12-03",
    ),
    "audit_a_history.py": (
        "participant.attendance-recorded.v1  voided by 15",
        "  met   engagement 1770/1770 minutes against 90 %",
        "  UNMET engagement 1380/1770 minutes against 90 %",
    ),
    "your_own_projection.py": ("1 2024-02-05 25\n1 2023-11-06 116\n",),
}


@pytest.mark.parametrize("name", sorted(it.name for it in EXAMPLES.glob("*.py")))
def test_an_example_tells_its_story(name: str, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, EXAMPLES / name],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    for told in SAYS.get(name, ()):
        assert told in run.stdout
    assert list(tmp_path.iterdir()) == [], "an example leaves nothing behind"


def test_every_story_belongs_to_an_example() -> None:
    assert SAYS.keys() <= {it.name for it in EXAMPLES.glob("*.py")}
