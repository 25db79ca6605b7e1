"""An SQLite ledger on a disk that is full: what was acknowledged is there, the rest is not."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

FILL = """
import json, os, resource, sys
from contextlib import closing
from pathlib import Path
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row
from npq_domain.errors import StoreUnavailable

folder, kind = Path(sys.argv[1]), sys.argv[2]
FILLER = folder / "filler"
BATCH = 3

def limit(size):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def fill_up():
    if kind == "limit":
        limit(300_000)
        return
    FILLER.write_bytes(b"x" * (os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize - 300_000))

def make_room():
    if kind == "limit":
        limit(resource.RLIM_INFINITY)
    else:
        FILLER.unlink()

def rows(number):
    return [Row("one", BATCH * number + more, "a", b"x" * 5000) for more in range(1, BATCH + 1)]

def refused(ask):
    try:
        ask()
    except StoreUnavailable as error:
        return str(error)
    return None

def versions():
    return [it.version for it in store.stream("one")]

told = {}
with closing(SqliteStore(folder / "ledger.db")) as store:
    store.migrate([])
    fill_up()
    batches = 0
    while not (error := refused(lambda: store.append(rows(batches)))):
        batches += 1
    told |= {"batches": batches, "error": error, "then": versions()}
    told["again"] = [refused(lambda: store.append(rows(batches))) for _ in range(2)]
    if kind == "limit":
        limit(50_000)  # a copy has no WAL, which is what grew
    told["backup"] = refused(lambda: store.backup(folder / "copy.db"))
    told["copied"] = (folder / "copy.db").exists()
    told["still"] = versions()
    make_room()
    store.append(rows(batches))
    told["after"] = versions()
    told["head"] = store.head()
with closing(SqliteStore(folder / "ledger.db")) as store:
    told["opened"] = versions()
print(json.dumps(told))
"""

NAMESPACE = (
    "unshare",
    "--map-root-user",
    "--mount",
    "sh",
    "-c",
    'mount -t tmpfs -o size=4m none "$0" && exec "$@"',
)
"""Runs a program with a disk of four megabytes at a folder, which it alone sees."""


def mounted(folder: Path) -> list[str]:
    """What to put before a program to give it a small disk; skips where the system allows none."""
    before = [*NAMESPACE, str(folder)]
    if (
        not shutil.which("unshare")
        or subprocess.run([*before, "true"], check=False, capture_output=True).returncode
    ):
        pytest.skip("this system lets nobody mount a disk of his own")
    return before


def filled(folder: Path, kind: str) -> Any:
    """What a program saw that filled its disk and made room again."""
    before = mounted(folder) if kind == "disk" else []
    ended = subprocess.run(
        [*before, sys.executable, "-c", FILL, str(folder), kind],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    return json.loads(ended.stdout)


@pytest.mark.parametrize("kind", ["limit", "disk"])
def test_on_a_full_disk_a_batch_is_stored_whole_or_refused(tmp_path: Path, kind: str) -> None:
    told = filled(tmp_path, kind)
    facts = 3 * told["batches"]
    acknowledged = list(range(1, facts + 1))
    assert told["batches"] > 0
    assert told["then"] == acknowledged
    full = {"limit": "disk I/O error", "disk": "database or disk is full"}[kind]
    assert told["error"] == f"{tmp_path}/ledger.db: {full}"
    assert told["again"] == [told["error"]] * 2
    assert told["still"] == acknowledged
    assert (told["backup"] is not None, told["copied"]) == (True, False)
    assert (
        told["after"]
        == told["opened"]
        == [*acknowledged, *(it + len(acknowledged) for it in (1, 2, 3))]
    )
    assert told["head"] == len(told["after"])


INIT = """
import os, resource, sys
from pathlib import Path
from npq_adapters import migrate, open_ledger
from npq_domain.errors import StoreUnavailable

url = f"sqlite:///{sys.argv[1]}/ledger.db"
for size in range(0, 200_000, 20_000):
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    try:
        migrate(url)
    except StoreUnavailable as error:
        print(type(error).__name__)
resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
migrate(url)
with open_ledger(url) as ledger:
    ledger.catch_up()
print("ready")
"""


def test_init_on_a_full_disk_is_refused_and_done_when_there_is_room(tmp_path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", INIT, str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=True,
        capture_output=True,
        text=True,
    )
    *refused, last = ended.stdout.split()
    assert last == "ready"
    assert len(refused) > 2
    assert set(refused) == {"StoreUnavailable"}
