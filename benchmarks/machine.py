"""How long the disk takes to say that something is on it, and which commit was measured."""

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from statistics import quantiles
from time import perf_counter

ROUNDS = 200
PAGE = bytes(4096)


def latencies(folder: Path, sync: Callable[[int], None], rounds: int = ROUNDS) -> list[float]:
    """Microseconds for appending 4 KiB and syncing them, round by round."""
    taken = []
    file = folder / "synced"
    with file.open("ab", buffering=0) as into:
        for _ in range(rounds):
            begun = perf_counter()
            into.write(PAGE)
            sync(into.fileno())
            taken.append(1e6 * (perf_counter() - begun))
    file.unlink()
    return taken


def disk(folder: Path, rounds: int = ROUNDS) -> dict[str, str]:
    """What a sync takes here: SQLite asks for `fdatasync` where there is one."""
    told = {}
    for name in ("fsync", "fdatasync"):
        if sync := getattr(os, name, None):
            tenths = quantiles(latencies(folder, sync, rounds), n=10)
            told[name] = (
                f"{tenths[4]:,.0f} µs at the median, {tenths[8]:,.0f} µs at the 90th percentile"
                f" of {rounds} rounds of 4 KiB"
            )
    return told


def commit(root: Path) -> dict[str, str]:
    """The commit that was measured; nothing where there is no git.

    Figures that are kept in `docs/` are no change of it.
    """
    try:
        head, changed = (
            subprocess.run(
                ["git", *asked], cwd=root, check=True, capture_output=True, text=True
            ).stdout.strip()
            for asked in (("rev-parse", "HEAD"), ("status", "--porcelain", "--", ":!docs"))
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    return {"commit": f"{head}, {'with changes' if changed else 'nothing changed'}"}
