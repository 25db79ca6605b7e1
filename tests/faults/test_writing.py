"""Eight processes at one participant, and at several: each command counts once, in one order."""

from pathlib import Path
from random import Random

import pytest

from npq_adapters import open_ledger
from tests.conftest import Backend
from tests.faults.lists import Answered, Asked, Entry, check
from tests.faults.writing import Ground, Task, all_done, ground, noted, started, stored, write

pytestmark = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)

WRITERS = 8


def written(on: Ground, folder: Path, **how: float) -> list[Entry]:
    """What eight processes noted, all of them at work at once."""
    tasks = [
        Task(ground=on, log=folder / f"{seed}.log", seed=seed, **how)  # type: ignore[arg-type]
        for seed in range(WRITERS)
    ]
    with all_done([started(write, it) for it in tasks]):
        pass
    return noted(it.log for it in tasks)


def test_of_eight_processes_each_command_to_one_participant_is_applied_once(
    made: Backend, tmp_path: Path
) -> None:
    on = ground(made.url, Random(4), participants=1)
    history = written(on, tmp_path, commands=8, corrections=0.0)
    with open_ledger(made.url) as ledger:
        [values] = stored(ledger, on).values()
    asked = [it.values[0] for it in history if isinstance(it, Asked)]
    assert (len(asked), sorted(values)) == (64, sorted(asked))


def test_histories_of_eight_processes_that_write_and_read_could_be_those_of_lists(
    made: Backend, tmp_path: Path
) -> None:
    on = ground(made.url, Random(5), participants=3)
    history = written(on, tmp_path, commands=12, reads=0.5)
    with open_ledger(made.url) as ledger:
        assert check(history, stored(ledger, on)) == []
    assert sum(isinstance(it, Answered) for it in history) == 8 * 12
