"""Timing side by side: rounds in turn, medians, and ratios within each round.

The machine is not ours alone, and it drifts. Contenders therefore take turns, round by round; a
ratio is the median of the rounds' own ratios, in which both ran within the same few seconds.
"""

import gc
from collections.abc import Callable, Mapping
from operator import truediv
from statistics import median
from time import perf_counter

from attrs import Factory, evolve, frozen

from benchmarks.outcomes import Counted

Ready = Callable[[], Callable[[], None]]
"""Makes ready what is not timed, and gives what is."""

OURS = "npq_domain"
FLOOR = "floor"


@frozen(kw_only=True)
class Job:
    """One thing to do, and how each contender does it, `units` times in a run."""

    title: str
    unit: str
    units: int
    stock: str
    """The contender that ours is to be compared with."""
    contenders: Mapping[str, Ready]
    checks: Mapping[str, Callable[[], Counted]] = Factory(dict)
    """What is counted, not timed, when a contender has run its last round."""
    times_stock: float | None = None
    """How many times as fast as stock ours is to be at least."""
    times_floor: float | None = None
    """How many times as long as the floor ours is to take at most."""


@frozen(kw_only=True)
class Figure:
    """One contender's result."""

    store: str
    job: str
    unit: str
    contender: str
    microseconds: float
    """The median, for one unit."""
    times_stock: float
    """How many times as fast as stock."""
    times_floor: float | None
    """How many times as long as the floor."""
    aim: str
    """What was aimed at and whether it was reached; empty where nothing was."""
    counted: Counted | None = None
    """What went wrong; none where nobody counted."""


def measure(store: str, job: Job, rounds: int) -> list[Figure]:
    """Run a job's contenders in turn, after one round that does not count."""
    taken: dict[str, list[float]] = {name: [] for name in job.contenders}
    counted: dict[str, Counted] = {}
    for number in range(rounds + 1):
        for name, ready in job.contenders.items():
            run = ready()
            gc.collect()
            begun = perf_counter()
            run()
            seconds = perf_counter() - begun
            if number:
                taken[name].append(1e6 * seconds / job.units)
            if number == rounds and name in job.checks:
                counted[name] = job.checks[name]()
    return [
        evolve(figure(store, job, name, taken), counted=counted.get(name))
        for name in job.contenders
    ]


def figure(store: str, job: Job, name: str, taken: Mapping[str, list[float]]) -> Figure:
    """One contender's medians."""
    own, stock, floor = taken[name], taken[job.stock], taken.get(FLOOR)
    faster = median(map(truediv, stock, own))
    longer = median(map(truediv, own, floor)) if floor else None
    return Figure(
        store=store,
        job=job.title,
        unit=job.unit,
        contender=name,
        microseconds=median(own),
        times_stock=faster,
        times_floor=longer,
        aim=aim(job, faster, longer) if name.startswith(OURS) else "",
    )


def aim(job: Job, faster: float, longer: float | None) -> str:
    """What was aimed at, and whether it was reached."""
    aims = []
    if job.times_stock:
        aims.append(at_least(job.times_stock, faster, "× stock"))
    if job.times_floor and longer is not None:
        aims.append(at_most(job.times_floor, longer, "× floor"))
    return ", ".join(aims)


def at_least(aim: float, found: float, unit: str) -> str:
    """An aim, and whether it was reached."""
    return f"≥ {aim:g} {unit}: {'reached' if found >= aim else 'missed'}"


def at_most(aim: float, found: float, unit: str) -> str:
    """An aim that is a limit, and whether it was kept."""
    return f"≤ {aim:g} {unit}: {'reached' if found <= aim else 'missed'}"
