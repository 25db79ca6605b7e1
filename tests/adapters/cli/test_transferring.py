"""`transfer`: a history handed over, and taken in."""

import json
from pathlib import Path
from typing import Any

import pytest

from npq_adapters import migrate
from npq_domain.identifiers import participant_subject
from npq_domain.projections import VIEWS
from tests.adapters.cli.conftest import ADA, APPLICATIONS, BOB, Run
from tests.conftest import Backend

HEIR = participant_subject("LLSE", APPLICATIONS["ada"])


@pytest.fixture
def elsewhere(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Another provider's ledger."""
    if request.param == "memory":
        return "memory:"
    url: str = f"sqlite:///{tmp_path}/other.db"
    if request.param == "postgres":
        other: Backend = request.getfixturevalue("postgres")
        other.migrate(views=VIEWS)
        return other.url
    migrate(url)
    return url


on_every_store = pytest.mark.parametrize(
    "elsewhere", ["memory", "sqlite", "postgres"], indirect=True
)


@on_every_store
def test_a_history_is_handed_over_to_another_provider_s_ledger(
    npq_with: Run, tmp_path: Path, elsewhere: str
) -> None:
    file = tmp_path / "ada.json"
    on = ("--on", "2024-05-01")
    out = npq_with("--json", "transfer", "export", ADA, file, "--to", "LLSE", *on)
    assert (out.code, out.err) == (0, "")
    assert out.json == {
        "exported": str(ADA),
        "facts": 8,
        "sha256": json.loads(file.read_text())["sha256"],
        "handed_over_to": "LLSE",
    }
    args = ("transfer", "import", file, "--provider", "LLSE", *on)
    into = npq_with("--json", *args, NPQ_LEDGER=elsewhere)
    assert into.json == {
        "subject": str(HEIR),
        "predecessor": str(ADA),
        "facts": 8,
        "sha256": out.json["sha256"],
        "repeated": False,
    }
    if elsewhere != "memory:":
        again = npq_with("--json", *args, NPQ_LEDGER=elsewhere)
        assert again.json == into.json | {"repeated": True}
        history = npq_with("--json", "history", HEIR, NPQ_LEDGER=elsewhere).json["facts"]
        assert [it["version"] for it in history] == list(range(1, 10))


def test_without_a_provider_the_history_is_copied_and_goes_on(
    npq_with: Run, tmp_path: Path
) -> None:
    before = npq_with("--json", "history", ADA).out
    assert npq_with("transfer", "export", ADA, tmp_path / "ada.json").code == 0
    assert npq_with("--json", "history", ADA).out == before


def test_a_file_of_personal_values_is_for_its_owner_alone(npq_with: Run, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    npq_with("transfer", "export", ADA, file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert "1234567" in file.read_text()


def test_a_file_that_was_changed_is_refused_with_the_version(npq_with: Run, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    npq_with("transfer", "export", ADA, file)
    document: Any = json.loads(file.read_text())
    document["facts"][4]["envelope"]["fact"]["on"] = "2023-01-01"
    file.write_text(json.dumps(document))
    ran = npq_with("--json", "transfer", "import", file, "--provider", "LLSE")
    assert ran.code == 2
    assert ran.json["error"]["code"] == "invalid"
    assert "$.facts[4]: version 5" in ran.json["error"]["message"]


def test_people_are_told_what_was_done(npq_with: Run, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    kept = npq_with("transfer", "export", ADA, file).out
    assert "Wrote 8 facts" in kept
    assert "The participant stays here" in kept
    args = ("transfer", "import", file, "--provider", "LLSE")
    assert f"Took in 8 facts; the participant is {HEIR} here." in npq_with(*args).out
    assert "Taken in before; the participant is" in npq_with(*args).out


def test_what_a_rule_forbids_ends_the_run_with_1_and_writes_no_file(
    npq_with: Run, tmp_path: Path
) -> None:
    file = tmp_path / "bob.json"
    ran = npq_with("--json", "transfer", "export", BOB, file, "--to", "LLSE")
    assert (ran.code, ran.json["error"]["code"]) == (1, "not_accepted")
    assert not file.exists()


def test_a_provider_that_nobody_knows_is_handed_nobody(npq_with: Run, tmp_path: Path) -> None:
    file = tmp_path / "ada.json"
    on = ("--on", "2024-05-01")
    out = npq_with("--json", "transfer", "export", ADA, file, "--to", "NOBODY", *on)
    assert (out.code, out.json["error"]["code"]) == (1, "unknown_provider")
    assert not file.exists()
    npq_with("transfer", "export", ADA, file)
    into = npq_with("--json", "transfer", "import", file, "--provider", "NOBODY", *on)
    assert (into.code, into.json["error"]["code"]) == (1, "unknown_provider")


def test_who_is_handed_over_and_where_they_come_from_are_asked_for(
    npq_with: Run, tmp_path: Path
) -> None:
    file = tmp_path / "ada.json"
    assert npq_with("transfer", "import", file, "--provider", "LLSE").code == 2
    npq_with("transfer", "export", ADA, file)
    assert npq_with("transfer", "import", file).code == 2
    ran = npq_with("--json", "transfer", "import", file, "--provider", "UCL")
    assert (ran.code, ran.json["error"]["code"]) == (1, "already_registered")
