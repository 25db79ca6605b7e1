"""Views whose making is slow, or ends the process that makes them: what befalls workers."""

import os
import signal
from itertools import count
from pathlib import Path
from time import sleep

from npq_domain.projections.projection import Projection, Seen
from tests.adapters.club import Member, ScoreRow, member, score_row

TRAP = "NPQ_TEST_TRAP"
"""Where a worker looks for a file: who takes it away dies of it. No other process has this."""

made = count(1)


def mortal_row(it: Member, seen: Seen) -> ScoreRow | None:
    if TRAP in os.environ and next(made) >= 3 and taken(Path(os.environ[TRAP])):
        os.kill(os.getpid(), signal.SIGKILL)
    return score_row(it, seen)


def doomed_row(it: Member, seen: Seen) -> ScoreRow | None:
    if TRAP in os.environ:
        os.kill(os.getpid(), signal.SIGKILL)
    return score_row(it, seen)


def slow_row(it: Member, seen: Seen) -> ScoreRow | None:
    if TRAP in os.environ:
        sleep(0.2)
    return score_row(it, seen)


def taken(trap: Path) -> bool:
    try:
        trap.unlink()
    except FileNotFoundError:
        return False
    return True


mortal = Projection(
    name="mortal", row_type=ScoreRow, decider=member, parts=("score",), row=mortal_row
)
doomed = Projection(
    name="doomed", row_type=ScoreRow, decider=member, parts=("score",), row=doomed_row
)
slow = Projection(name="slow", row_type=ScoreRow, decider=member, parts=("score",), row=slow_row)

MORTAL = (mortal, doomed, slow)
