"""What is owed to the people in the ledger, from the command line."""

import json
import sqlite3
from base64 import b64encode
from contextlib import closing
from pathlib import Path

import pytest

from npq_adapters.cli import exits
from npq_domain.personal import ERASED
from tests.adapters.cli.conftest import ADA, BOB, Run, intake, jsonl, line

WHY = ("--basis", "no-longer-necessary", "--reason", "asked in writing")
ASKED = ("erase", ADA, *WHY)


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return tmp_path / "keys.json"


@pytest.fixture
def sealed(run: Run, keys: Path, url: str) -> Run:
    """The small intake in a sealed ledger."""

    def ran(*args: object, **env: str | None) -> object:
        return run(*args, **{"NPQ_KEYS": str(keys), **env})

    assert run("--keys", keys, "init").code == 0
    assert run("record", "-", given=jsonl(intake()), NPQ_KEYS=str(keys)).code == 0
    return ran  # type: ignore[return-value]


def test_init_makes_the_file_of_keys_and_no_other_verb_does(run: Run, tmp_path: Path) -> None:
    missing = tmp_path / "missing.json"
    assert run("--keys", missing, "show", "roster").code == exits.UNAVAILABLE
    assert not missing.exists()
    assert run("--keys", missing, "init").code == 0
    assert missing.stat().st_mode & 0o777 == 0o600


def test_a_sealed_ledger_without_keys_is_refused_by_saying_how_to_give_them(sealed: Run) -> None:
    ran = sealed("show", "roster", NPQ_KEYS=None)
    assert ran.code == exits.BAD_INPUT
    assert "this ledger is sealed" in ran.err
    assert "--keys FILE, or NPQ_KEYS" in ran.err


def test_keys_may_be_named_before_the_verb_after_it_or_in_the_environment(
    sealed: Run, keys: Path
) -> None:
    assert sealed("--keys", keys, "show", "roster", NPQ_KEYS=None).code == 0
    assert sealed("show", "roster", "--keys", keys, NPQ_KEYS=None).code == 0
    assert sealed("show", "roster").code == 0


def test_keys_come_from_a_variable_too(run: Run) -> None:
    one = {"NPQ_KEYS": "env:OURS", "OURS": f"k1={b64encode(bytes(32)).decode()}"}
    assert run("init", **one).code == 0
    assert run("record", "-", given=jsonl(intake()), **one).code == 0
    two = {**one, "OURS": f"k2={b64encode(bytes(range(32))).decode()} {one['OURS']}"}
    found = run("--json", "rotate-keys", **two).json
    assert (found["current"], found["rewrapped"], found["old"]) == ("k2", 3, ["k1"])
    alone = {**one, "OURS": two["OURS"].split()[0]}
    assert "Byron" in run("show", "roster", **alone).out
    assert run("show", "roster", **one).code == exits.UNAVAILABLE


def test_somebody_is_erased_and_the_report_says_what_waits(sealed: Run) -> None:
    ran = sealed(*ASKED)
    assert ran.code == 0
    said = " ".join(ran.out.split())
    assert f"{ADA} is erased: fact 9 of it says so." in said
    assert "Done now: the data key was destroyed" in said
    assert "Waits: backups and copies of the ledger made before now" in said
    assert "Byron" not in sealed("show", "roster").out
    assert ERASED in sealed("history", ADA).out
    again = sealed("--json", *ASKED).json
    assert (again["repeated"], again["version"]) == (True, 9)


def test_an_erasure_is_refused_under_a_hold(sealed: Run, run: Run, keys: Path) -> None:
    held = line(ADA, "PlaceLegalHold", hold="7", reason="Ada sues", on="2024-01-01")
    assert run("record", "-", given=jsonl([held]), NPQ_KEYS=str(keys)).code == 0
    ran = sealed("--json", *ASKED)
    assert ran.code == exits.REFUSED
    assert ran.json["error"]["code"] == "under_legal_hold"
    assert "sues" not in ran.out


def test_in_a_ledger_in_the_clear_an_erasure_is_refused_by_saying_why(npq_with: Run) -> None:
    ran = npq_with("--json", *ASKED)
    assert (ran.code, ran.json["error"]["code"]) == (exits.REFUSED, "not_sealed")
    assert "there is no key to destroy" in ran.err
    assert npq_with("rotate-keys").code == exits.BAD_INPUT


def test_somebody_is_found_by_a_trn_that_no_command_line_shows(
    sealed: Run, run: Run, keys: Path
) -> None:
    ran = run("--json", "person", "--trn", given="1234567\n", NPQ_KEYS=str(keys))
    assert ran.json["person"]["participants"] == [str(ADA)]
    for wrong in ("7654321\n", ""):
        lost = run("person", "--trn", given=wrong, NPQ_KEYS=str(keys))
        assert lost.code == exits.BAD_INPUT
        assert "7654321" not in lost.out + lost.err
    assert sealed("person").code == exits.BAD_INPUT
    assert sealed("person", ADA, "--trn").code == exits.BAD_INPUT


def test_everything_held_about_a_person_is_told_in_json_and_to_people(sealed: Run) -> None:
    found = sealed("--json", "subject-access", ADA).json
    [held] = found["held"]
    assert held["subject"] == str(ADA)
    assert [it["version"] for it in held["facts"]] == list(range(1, 9))
    assert held["facts"][0]["data"]["name"] == "Ada [bold]Byron"
    assert held["facts"][0]["data"]["trn"] == "1234567"
    assert held["facts"][7]["data"]["reason"] == "Ada was ill"
    assert {"roster", "engagement", "eligibility", "enrolments", "people"} <= held["views"].keys()
    assert held["views"]["roster"][0]["name"] == "Ada [bold]Byron"
    assert [it["run"] for it in held["index"]] == ["2023a"]
    shown = sealed("subject-access", ADA).out
    for told in ("Ada [bold]Byron", "1234567", "Ada was ill", "Grace Hopper", "Roster"):
        assert told in shown
    assert "Bob" not in shown + json.dumps(found)


def test_the_answer_goes_to_two_files_that_their_owner_alone_reads(
    sealed: Run, tmp_path: Path
) -> None:
    ran = sealed("--json", "subject-access", ADA, "--out", tmp_path / "ada")
    files = [tmp_path / "ada.json", tmp_path / "ada.txt"]
    assert ran.json == {"written": [str(it) for it in files]}
    assert [it.stat().st_mode & 0o777 for it in files] == [0o600, 0o600]
    assert json.loads(files[0].read_text())["held"][0]["subject"] == str(ADA)
    assert "Ada [bold]Byron" in files[1].read_text()
    assert sealed(*ASKED).code == 0
    assert sealed("subject-access", ADA, "--out", tmp_path / "ada").code == 0
    assert not [it for it in files if "Byron" in it.read_text()]
    assert ERASED in files[1].read_text()


def test_an_answer_is_given_from_a_ledger_in_the_clear_as_well(npq_with: Run) -> None:
    assert "Ada [bold]Byron" in npq_with("subject-access", ADA).out


def test_a_cohort_is_no_person(sealed: Run) -> None:
    ran = sealed("subject-access", "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b09")
    assert ran.code == exits.BAD_INPUT


def test_old_keys_are_dropped_when_that_is_asked_for(sealed: Run, keys: Path) -> None:
    first = sealed("--json", "rotate-keys").json
    assert len(first["old"]) == 1
    second = sealed("--json", "rotate-keys", "--drop-old").json
    assert (len(second["dropped"]), second["old"]) == (2, [])
    assert list(json.loads(keys.read_text())["keys"]) == [second["current"]]
    assert "Bob" in sealed("show", "roster").out
    assert "are wrapped by" in sealed("rotate-keys").out


def test_a_key_file_that_others_may_read_stops_every_verb(sealed: Run, keys: Path) -> None:
    keys.chmod(0o644)
    ran = sealed("show", "roster")
    assert ran.code == exits.BAD_INPUT
    assert "others may read it" in ran.err


def test_the_table_of_the_roster_holds_seals(sealed: Run, url: str) -> None:
    assert "Byron" in sealed("show", "roster", "--where", "name=Ada [bold]Byron").out
    assert "Byron" in sealed("show", "roster", "--format", "csv").out
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as database:
        names = [name for (name,) in database.execute("SELECT name FROM view_roster")]
    assert len(names) == 2
    assert all(it.startswith("sealed:1:name:") for it in names)


def test_a_register_is_taken_in_by_trn_in_a_sealed_ledger(sealed: Run, tmp_path: Path) -> None:
    register = tmp_path / "register.csv"
    register.write_text("trn,attended\n1234567,yes\n7777777,yes\n")
    cohort = sealed("--json", "show", "intakes").json[0]["cohort_id"]
    asked = ("import", "register", register, "--cohort", cohort, "--component", "plg-2")
    ran = sealed("--json", *asked, "--on", "2023-12-07")
    told = [(it["outcome"], it["code"]) for it in ran.json["lines"]]
    assert told[1] == ("refused", "unknown_trn")
    assert told[0][1] != "unknown_trn"
    assert "7777777" not in ran.err
    assert BOB
