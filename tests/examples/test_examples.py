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
    "dfe_npqh_2023.py": (
        "refused: 2023-06-02 is before the registration with DfE of 2023-06-05",
        "2025-03-31  104 hours of study; the page asks for 78 to 156 by now",
        "refused: the response has 1499 words, 1500 at least",
        "refused: not done yet: group-coaching, face-to-face",
        "2025-06-06  Amina holds the NPQH",
    ),
    "bpn_leadership.py": (
        "in all          90 hours: 5,400 minutes, 90 % of them 4,860",
        "in all         104 hours: 6,240 minutes, 90 % of them 5,616",
        "in all         116 hours: 6,960 minutes, 90 % of them 6,264",
        "refused: engagement 6240/6960 minutes against 90 %",
        "6,600/6,960 minutes, 94.82 %",
    ),
    "ucl_plans.py": (
        "1,020/1,140 minutes, 89.47 %; by a count 5/6, 83.3 %",
        "1,650/1,770 minutes, 93.22 %; by a count 7/8, 87.5 %",
        "1,380/1,770 minutes, 77.96 %; by a count 7/8, 87.5 %",
        "1,770/1,770 minutes, 100.00 %; 4 check-ins of 4",
    ),
    "ehco.py": (
        "refused: 5 years of headship; below 5 are asked for",
        "refused: assessed by nothing: what is support ends without an",
        "refused: EHCO is of the kind support",
    ),
    "your_own_projection.py": (
        "Who met their mentor when, seen from 1 March 2024",
        "          1  2024-02-05          25\n          1  2023-11-06         116\n",
    ),
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
