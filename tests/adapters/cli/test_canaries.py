"""No name, TRN, e-mail or free text gets into a log, an error or a page that nobody asked it for.

Every verb is run with the root logger at DEBUG, in earnest and into every kind of fault, with a
canary in every personal value.
"""

import io
import json
import logging
import sqlite3
import traceback
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from npq_adapters import keys_at, migrate, open_ledger
from npq_adapters.cli.npq import VERBS, npq
from npq_domain.errors import NpqError
from tests.adapters.cli.conftest import jsonl, line
from tests.adapters.sealed import ADA, BOB, CANARIES, COHORT, ME, life, live
from tests.adapters.sealed import intake as cohort_opened

NAME, TRN, EMAIL = CANARIES["name"], CANARIES["trn"], CANARIES["email"]
ALL = {**CANARIES, "typed": "canary typed here", "more": "canaria@elsewhere.example"}

PAGES = (
    ("init",),
    ("commands",),
    ("commands", "ErasePersonalData"),
    ("facts",),
    ("catalogue",),
    ("history", ADA),
    ("history", ADA, "--known-at", "2031-06-02T00:00:00Z"),
    ("explain", ADA),
    ("person", ADA),
    ("person", "--trn"),
    ("declarations", ADA),
    ("rebuild",),
    ("rebuild", "roster"),
    ("rotate-keys",),
    ("check",),
    *(("show", view) for view in ("people", "enrolments", "engagement", "funding")),
)
"""Pages that show nothing personal, as tables that name nobody or as JSON."""

ASKED_FOR = (
    ("show", "roster"),
    ("show", "eligibility"),
    ("history", ADA, "--reveal"),
    ("person", ADA, "--reveal"),
    ("subject-access", ADA),
)
"""Pages that are there to show names: their logs and errors show none all the same."""

FAULTY = (
    ("history", "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b09"),
    ("explain", COHORT),
    ("erase", ADA, "--basis", "objection", "--reason", ""),
    ("show", "roster", "--where", f"trn={TRN}x"),
    ("show", "roster", "--where", "nobody"),
    ("funding", "no-such-file.csv"),
    ("grants", "--writer", "nobody"),
    ("import", "register", "no-such-file.csv", "--cohort", COHORT, "--component", "plg-1"),
)

SAME_TRN = line(BOB, "VerifyTrn", trn=TRN, on="2024-01-01")

LINES = (
    line(ADA, "ChangeName", name=ALL["typed"] * 20, on="2024-01-01"),
    line(ADA, "ChangeName", name={"is": ALL["typed"]}, on="2024-01-01"),
    line(ADA, "ChangeName", name=[ALL["typed"]], on="2024-01-01"),
    line(ADA, "ChangeName", nam=ALL["typed"], on="2024-01-01"),
    line(ADA, "ChangeName", name=ALL["typed"] + "\0", on="2024-01-01"),
    line(ADA, "ChangeName", name="sealed:1:" + ALL["typed"], on="2024-01-01"),
    line(ADA, "VoidFact", version=99, reason=ALL["typed"], on="2024-01-01"),
    SAME_TRN,
    line(BOB, "Endorse", role="headteacher", name="Bob", on="2024-01-01"),
    line(BOB, "PlaceLegalHold", hold="1", reason=ALL["typed"], on="2999-01-01"),
    f'{{"subject": "{ADA}", "command": "ChangeName", "data": {{"name": "{NAME}"',
)

REGISTER = f"trn,attended,reason\n{TRN},yes,\n9{TRN[1:]},no,{ALL['typed']}\n"

Logs = Callable[[], str]


@pytest.fixture
def logs() -> Iterator[Logs]:
    """Everything that anybody logs meanwhile."""
    root, text = logging.getLogger(), io.StringIO()
    handler, level = logging.StreamHandler(text), root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield text.getvalue
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "postgres":
        found: str = request.getfixturevalue("postgres_url")
        return found
    return f"sqlite:///{tmp_path}/canaries.db"


@pytest.fixture(params=["sealed", "in the clear"])
def settings(request: pytest.FixtureRequest, place: str, tmp_path: Path) -> dict[str, str]:
    """A ledger with canaries in it, and how to open it."""
    path = tmp_path / "keys.json"
    keys = keys_at(str(path), make=True) if request.param == "sealed" else None
    migrate(place, keys=keys)
    with open_ledger(place, keys=keys) as ledger:
        live(ledger)
    return {"NPQ_LEDGER": place, **({"NPQ_KEYS": str(path)} if keys else {})}


def ran(settings: dict[str, str], *args: Any, given: str = "") -> tuple[str, str]:
    """Run a verb: what it printed, and all that it said of faults."""
    result = CliRunner(env={"COLUMNS": "200", **settings}).invoke(
        npq, list(map(str, args)), input=given
    )
    fault = result.exception
    told = "" if fault is None else "".join(traceback.format_exception(fault))
    return result.stdout, f"{result.stderr}{told}{fault!r}"


def found(text: str) -> list[str]:
    """The canaries in a text."""
    return [name for name, it in ALL.items() if it in text]


def test_no_page_that_names_nobody_shows_a_canary(settings: dict[str, str], logs: Logs) -> None:
    for args in PAGES:
        for form in ((), ("--json",)):
            names = args[0] == "show" and not form  # tables for people have names
            out, err = ran(settings, *form, *args, given=f"{TRN}\n")
            assert found(err) == [], args
            assert names or found(out) == [], args
    assert found(logs()) == []


def test_what_is_asked_for_by_name_is_printed_and_logged_nowhere(
    settings: dict[str, str], logs: Logs, tmp_path: Path
) -> None:
    for args in ASKED_FOR:
        out, err = ran(settings, *args, given=f"{TRN}\n")
        assert found(out), args
        assert found(err) == [], args
    files: tuple[tuple[Any, ...], ...] = (
        ("transfer", "export", ADA, tmp_path / "ada.json"),
        ("transfer", "export", ADA, tmp_path / "ada.json", "--to", "LLSE", "--on", "2030-01-01"),
        ("transfer", "import", tmp_path / "ada.json", "--provider", "LLSE", "--on", "2030-01-01"),
        ("subject-access", ADA, "--out", tmp_path / "held"),
        ("backup", tmp_path / "copy.db"),
    )
    for each in files:
        out, err = ran(settings, *each)
        assert found(out + err) == [], each
    assert found(logs()) == []


def test_no_fault_shows_a_canary(settings: dict[str, str], logs: Logs, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text(REGISTER)
    taken = ("import", "register", register, "--cohort", COHORT, "--component", "plg-1")
    for args in (*FAULTY, taken):
        out, err = ran(settings, *args)
        assert found(err) == [], args
        assert args is taken or found(out) == [], args
    for each in LINES:
        out, err = ran(settings, "record", "-", given=jsonl([each]))
        assert '"recorded"' not in out or each == SAME_TRN, each  # sealed alone, that is refused
        assert found(out + err) == [], each
    assert found(logs()) == []


def test_no_damage_to_what_is_stored_shows_a_canary(settings: dict[str, str], logs: Logs) -> None:
    if not settings["NPQ_LEDGER"].startswith("sqlite"):
        pytest.skip("damage is done to a file")
    with closing(sqlite3.connect(settings["NPQ_LEDGER"].removeprefix("sqlite:///"))) as database:
        for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'"):
            database.execute(f"DROP TRIGGER {name}")
        damage = {"fact": {"name": NAME, "email": EMAIL, "trn": [TRN]}}
        database.execute(
            "UPDATE stored_events SET state = ? WHERE originator_id = ? AND originator_version = 1",
            (json.dumps(damage).encode(), str(ADA)),
        )
        database.commit()
    for args in (*PAGES, *ASKED_FOR, ("erase", ADA, "--basis", "objection", "--reason", "x")):
        out, err = ran(settings, *args, given=f"{TRN}\n")
        assert found(out + err) == [], args
    assert found(logs()) == []


def test_no_error_of_the_library_shows_a_canary_down_to_its_causes(
    settings: dict[str, str], logs: Logs
) -> None:
    keys = settings.get("NPQ_KEYS")
    said = [repr(it) for it in life()]
    with open_ledger(settings["NPQ_LEDGER"], keys=keys_at(keys) if keys else None) as ledger:
        for command in (*life(), *cohort_opened()):
            for subject in (ADA, BOB, COHORT):
                try:
                    ledger.handle(subject, command, by=ME)
                except NpqError as error:
                    said += traceback.format_exception(error)
                    said.append(repr(error.__dict__))
        said += [repr(ledger.history(ADA)), str(ledger.state(ADA)), repr(ledger.rows("roster"))]
    assert len(said) > 40
    assert found("".join(said)) == []
    assert found(logs()) == []


def test_every_verb_is_among_those_that_are_searched() -> None:
    searched = {str(args[0]) for args in (*PAGES, *ASKED_FOR, *FAULTY)}
    besides = {"record", "transfer", "backup"}  # in tests of their own
    assert {it.name for it in VERBS} == searched | besides | {
        "demo",
        "follow",
    }  # its own data; no end
