"""One small intake for the command line to be asked about, and ways to run it."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from click.testing import CliRunner

from npq_adapters import migrate
from npq_adapters.cli.npq import npq
from npq_domain.identifiers import cohort_subject, participant_subject

COHORT = cohort_subject("UCL", "Autumn 2023")
APPLICATIONS = {
    "ada": "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01",
    "bob": "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b02",
}
ADA = participant_subject("UCL", APPLICATIONS["ada"])
BOB = participant_subject("UCL", APPLICATIONS["bob"])

SESSIONS = {
    "induction": ("2023-10-05T10:00:00+01:00", "2023-10-05T12:00:00+01:00"),
    "plg-1": ("2023-11-09T14:00:00+00:00", "2023-11-09T17:00:00+00:00"),
}


@frozen
class Ran:
    """A run of `npq`, as whoever ran it saw it."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def lines(self) -> list[Any]:
        return [json.loads(each) for each in self.out.splitlines()]


Run = Callable[..., Ran]


def line(subject: UUID, command: str, *, id: UUID | None = None, **data: Any) -> dict[str, Any]:
    """A command as `record` reads it."""
    by = {"role": "provider", "id": "j.doe"}
    asked = {"subject": str(subject), "command": command, "by": by, "data": data}
    return asked | ({"id": str(id)} if id else {})


def intake() -> Iterator[dict[str, Any]]:
    """A cohort, Ada who takes part in it, and Bob whom nobody has endorsed."""
    on = "2023-05-01"
    yield line(
        COHORT,
        "OpenCohort",
        provider="UCL",
        name="Autumn 2023",
        season="autumn",
        start_on="2023-10-02",
        funding_cohort="2023a",
        on=on,
    )
    yield line(COHORT, "OfferProgramme", specification="reform/UCL/NPQLT/1", on=on)
    for component, (starts_at, ends_at) in SESSIONS.items():
        yield line(
            COHORT,
            "ScheduleSession",
            programme="NPQLT",
            component=component,
            starts_at=starts_at,
            ends_at=ends_at,
            on=on,
        )
    people = {"Ada [bold]Byron": (ADA, "ada", "1234567"), "Bob, O'Hara": (BOB, "bob", None)}
    for name, (subject, key, trn) in people.items():
        yield line(
            subject,
            "ReceiveRegistration",
            application_id=APPLICATIONS[key],
            participant_id=APPLICATIONS[key],
            name=name,
            trn=trn,
            provider="UCL",
            programme="NPQLT",
            funding_cohort="2023a",
            on="2023-06-01",
        )
    yield line(ADA, "ReturnForm", on="2023-06-05")
    yield line(ADA, "Endorse", role="headteacher", name="Grace Hopper", on="2023-06-06")
    yield line(ADA, "Accept", on="2023-06-08")
    yield line(ADA, "Enrol", cohort_id=str(COHORT), on="2023-06-09")
    yield line(ADA, "RecordAttendance", component="induction", minutes=120, on="2023-10-05")
    yield line(ADA, "RecordAttendance", component="plg-1", minutes=180, on="2023-11-09")
    yield line(ADA, "VoidFact", version=6, reason="Ada was ill", on="2023-11-20")


def jsonl(lines: Iterator[Any] | list[Any]) -> str:
    return "".join(f"{each if isinstance(each, str) else json.dumps(each)}\n" for each in lines)


def damage(url: str, subject: UUID, version: int) -> str:
    """Write a fact that cannot be read behind the ledger's back; its name."""
    name = "participant.application-form-sent.v1"
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        broken = "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
        values = (str(subject), version, name, b'{"fact": "secret"}')
        database.execute(f"{broken} VALUES (?, ?, ?, ?)", values)
        database.commit()
    return name


@pytest.fixture
def url(tmp_path: Path) -> str:
    """An empty ledger."""
    made = f"sqlite:///{tmp_path}/ledger.db"
    migrate(made)
    return made


@pytest.fixture
def run(url: str) -> Run:
    """Run `npq` in this process, on the empty ledger unless told otherwise."""

    def ran(*args: object, given: str | bytes = "", **env: str | None) -> Ran:
        settings = {"NPQ_LEDGER": url, "COLUMNS": "160"} | env
        result = CliRunner(env=settings).invoke(npq, list(map(str, args)), input=given)
        if result.exception and not isinstance(result.exception, SystemExit):
            raise result.exception
        return Ran(result.exit_code, result.stdout_bytes.decode(), result.stderr)

    return ran


@pytest.fixture
def npq_with(run: Run) -> Run:
    """The same, with the small intake recorded."""
    recorded = run("record", "-", given=jsonl(intake()))
    assert recorded.code == 0, recorded
    return run


@pytest.fixture
def started(url: str) -> Callable[..., "subprocess.Popen[bytes]"]:
    """Start `npq` as a process of its own."""
    root = Path(__file__).parents[3]

    def start(*args: str, out: Any = subprocess.PIPE) -> "subprocess.Popen[bytes]":
        path = os.pathsep.join(map(str, (root, root / "adapters")))
        return subprocess.Popen(
            [sys.executable, "-m", "npq_adapters.cli", *args],
            env={"PATH": os.environ["PATH"], "PYTHONPATH": path, "NPQ_LEDGER": url, "LC_ALL": "C"},
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.PIPE,
        )

    return start
