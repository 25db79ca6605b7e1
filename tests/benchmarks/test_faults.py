"""The large form of the trials of faults tells what it counted, and fails where anything is wrong.

The trials themselves are held in small by `tests/faults/`.
"""

from pathlib import Path

from benchmarks.faults import TRIALS, Figure, Found, code, page, printed, section

RIGHT = Found(counts={"commands": 1_200, "lost": 0})
WRONG = Found(counts={"commands": 1_200, "lost": 2}, wrong=("lost: a", "lost: b"))


def figure(found: Found, what: str = "SQLite", trial: str = "contended") -> Figure:
    return Figure(trial=trial, what=what, seconds=1.6, found=found)


def test_one_wrong_thing_among_many_right_ones_ends_with_code_1() -> None:
    assert code([figure(RIGHT), figure(RIGHT)]) == 0
    assert code([figure(RIGHT), figure(WRONG), figure(RIGHT)]) == 1


def test_a_trial_prints_what_it_counted() -> None:
    assert printed(figure(WRONG)) == "contended: SQLite (2 s): commands 1,200, lost 2"


def test_a_table_has_a_line_for_each_count_and_a_column_for_each_place() -> None:
    more = Found(counts={"commands": 7, "read": 9})
    [trial] = [it for it in TRIALS if it.name == "contended"]
    lines = section(trial, [figure(RIGHT), figure(more, "memory"), figure(WRONG, trial="other")])
    assert lines.splitlines()[-5:] == [
        "|  | SQLite | memory |",
        "|---|--:|--:|",
        "| commands | 1,200 | 7 |",
        "| lost | 0 |  |",
        "| read |  | 9 |",
    ]


def test_the_page_has_every_trial_and_the_seed() -> None:
    written = page([figure(RIGHT)], {"CPU": "one"}, seed=42)
    assert [f"## {it.title}" in written for it in TRIALS] == [True] * len(TRIALS)
    assert "- seed: 42\n- CPU: one\n" in written


def test_the_page_that_is_kept_tells_of_these_trials_and_of_nothing_wrong() -> None:
    kept = (Path(__file__).parents[2] / "docs" / "faults.md").read_text()
    assert [it.title for it in TRIALS if it.what not in kept] == []
    lost = [line for line in kept.splitlines() if line.startswith(("| lost |", "| torn |"))]
    assert [set(line.split(" | ")[1:]) - {"0", "0 |"} for line in lost] == [set()] * 4
