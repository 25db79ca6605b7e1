"""`npq backup`."""

import re
from pathlib import Path

from tests.adapters.cli.conftest import ADA, Run


def test_a_copy_answers_as_the_ledger_does(npq_with: Run, tmp_path: Path) -> None:
    to = tmp_path / "copy.db"
    ran = npq_with("--json", "backup", to)
    assert (ran.code, ran.json["backup"], ran.json["bytes"]) == (0, str(to), to.stat().st_size)
    theirs, ours = (
        npq_with("--json", "history", ADA, NPQ_LEDGER=f"sqlite:///{tmp_path}/{name}").json
        for name in ("ledger.db", "copy.db")
    )
    assert theirs == ours


def test_progress_goes_to_standard_error(npq_with: Run, tmp_path: Path) -> None:
    ran = npq_with("backup", tmp_path / "copy.db")
    assert ran.code == 0
    assert re.fullmatch(r"(copying: \d+ of \d+ pages, [\d,]+ pages/s.*\n)+", ran.err)
    assert ran.out.startswith("Copied up to position ")


def test_a_file_that_is_there_is_left_alone(npq_with: Run, tmp_path: Path) -> None:
    (tmp_path / "copy.db").write_text("kept")
    ran = npq_with("backup", tmp_path / "copy.db")
    assert (ran.code, ran.out) == (2, "")
    assert "a backup overwrites none" in ran.err
    assert (tmp_path / "copy.db").read_text() == "kept"


def test_of_memory_there_is_no_backup(run: Run, tmp_path: Path) -> None:
    ran = run("--json", "backup", tmp_path / "copy.db", NPQ_LEDGER="memory:")
    assert (ran.code, ran.json["error"]["code"]) == (2, "invalid")
