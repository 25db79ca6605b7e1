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
    "npqh_2017.py": (
        "2018-06-05  refused, requirement_unmet: gateway of 2018-06-04: not ready, suitable",
        "2018-10-15  refused, outside_window: 2018-10-15 is outside the window of face-to-face-1",
        "refused, too_few_days: 8 working days of at least 9 at the placement school",
        "refused, moderation_pending: task-1, attempt 1 is in the moderation sample",
        "task-1 passed, task-2 passed; awarded on 2019-09-02; 60 credits",
    ),
    "assessments_of_2017.py": (
        "2017/OLP/NPQML/1  project passed; awarded 2019-09-02; credits 40",
        "2017/OLP/NPQSL/1  project passed; awarded 2019-09-02; credits 60",
        "2017/OLP/NPQH/1  project-1 passed, project-2 passed; awarded 2019-09-02; credits 100",
        "2017/OLP/NPQH/2  task-1 passed, task-2 passed; awarded 2019-09-02; credits 60",
        "2017/OLP/NPQEL/1  strategy passed, project passed; awarded 2019-09-02; credits 60",
        "refused, credits_out_of_range: 101 credits",
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
