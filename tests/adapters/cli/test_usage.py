"""How `npq` is run: its ledger, its output, its ends."""

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.adapters.cli.conftest import ADA, Run, intake, jsonl

FULL = Path("/dev/full")
Start = Callable[..., "subprocess.Popen[bytes]"]


def test_without_a_ledger_it_says_how_to_give_one(run: Run) -> None:
    ran = run("show", "engagement", NPQ_LEDGER=None)
    assert (ran.code, ran.out) == (2, "")
    assert "--ledger sqlite:///provider.db" in ran.err
    assert "NPQ_LEDGER" in ran.err


def test_a_ledger_that_was_not_initialised_is_unavailable(run: Run, tmp_path: object) -> None:
    ran = run("--ledger", f"sqlite:///{tmp_path}/other.db", "show", "engagement")
    assert (ran.code, ran.out) == (4, "")
    assert "npq init" in ran.err


def test_init_may_be_run_again(run: Run) -> None:
    assert [run("init").code, run("init", "--json").json] == [0, {"initialised": True}]


def test_what_is_no_address_is_wrong_usage(run: Run) -> None:
    ran = run("--ledger", "mysql://x", "init")
    assert ran.code == 2
    assert "mysql" in ran.err


def test_the_option_before_the_verb_or_after_it_beats_the_environment(
    run: Run, url: str, tmp_path: object
) -> None:
    elsewhere = f"sqlite:///{tmp_path}/nowhere.db"
    for args in (["--ledger", elsewhere, "rebuild"], ["rebuild", "--ledger", elsewhere]):
        assert run(*args).code == 4
        assert run(*[url if it == elsewhere else it for it in args], NPQ_LEDGER=elsewhere).code == 0


def test_json_is_asked_for_before_the_verb_or_after_it(run: Run) -> None:
    before, after = run("--json", "catalogue", "NPQH"), run("catalogue", "NPQH", "--json")
    assert before.json == after.json
    assert run("--json", "import", "cohort", "no.toml").json.keys() == {"error"}
    assert run("import", "cohort", "no.toml", "--json").json.keys() == {"error"}


@pytest.mark.parametrize(
    ("args", "code", "name"),
    [
        (("fly",), 2, "usage_error"),
        (("show", "nothing"), 2, "usage_error"),
        (("history", "not-a-uuid"), 2, "usage_error"),
        (("history", ADA), 2, "invalid"),
        (("record", "no-such-file.jsonl"), 2, "file_error"),
        (("--ledger", "sqlite:///no/such/folder.db", "rebuild"), 4, "not_initialised"),
    ],
)
def test_an_error_is_one_json_document_too(
    run: Run, args: tuple[object, ...], code: int, name: str
) -> None:
    ran = run("--json", *args)
    assert ran.code == code
    assert ran.json["error"]["code"] == name
    assert ran.err.startswith("npq: ")


def test_redirected_output_has_no_colours(npq_with: Run) -> None:
    for args in (("show", "engagement"), ("history", ADA), ("explain", ADA), ("catalogue",)):
        assert "\x1b" not in npq_with(*args).out


def test_help_names_every_verb(run: Run) -> None:
    shown = run("--help").out
    verbs = {"init", "demo", "commands", "facts", "catalogue", "record", "import", "history"}
    assert {it for it in verbs | {"show", "explain", "rebuild"} if f"  {it} " not in shown} == set()


def test_grants_are_printed_one_to_a_line_and_not_executed(run: Run) -> None:
    url = "postgresql://owner@nowhere.invalid/db?schema=ledger"
    asked = ("--ledger", url, "grants", "--writer", "app", "--auditor", "audit")
    ran = run(*asked)
    assert (ran.code, ran.err) == (0, "")
    statements = ran.out.splitlines()
    assert statements == run("--json", *asked).json["sql"]
    assert all(it.startswith("GRANT ") and it.endswith(";") for it in statements)
    assert {it.rpartition(" TO ")[2] for it in statements} == {'"app";', '"audit";'}


def test_grants_are_for_somebody_and_on_postgresql(run: Run, tmp_path: Path) -> None:
    ran = run("--ledger", "postgresql://owner@host/db", "grants")
    assert (ran.code, "name a role: --writer, --reader or --auditor" in ran.err) == (2, True)
    ran = run("--ledger", f"sqlite:///{tmp_path}/x.db", "grants", "--writer", "app")
    assert (ran.code, "only a PostgreSQL ledger has roles" in ran.err) == (2, True)


def test_without_the_extra_it_says_what_to_install() -> None:
    program = "import sys; sys.modules['rich'] = None; from npq_adapters.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert done.returncode == 2
    assert done.stderr == "npq: rich is not installed: pip install 'npq_domain[cli]'\n"


def test_commands_come_through_a_pipe_in_utf_8_whatever_the_locale(started: Start) -> None:
    given = jsonl(intake()).replace("Ada", "Zoë").encode()
    out, err = started("--json", "record", "-").communicate(given)
    assert b'"outcome":"recorded"' in out.splitlines()[0]
    assert err == b""
    out, _ = started("show", "roster").communicate()
    assert "Zoë" in out.decode()


def test_an_interrupt_ends_quietly_and_keeps_what_was_recorded(started: Start) -> None:
    running = started("record", "-")
    assert running.stdin
    assert running.stdout
    running.stdin.write(jsonl(intake()).encode())
    running.stdin.flush()
    running.stdout.readline()
    running.send_signal(signal.SIGINT)
    _, err = running.communicate()
    assert (running.returncode, b"Traceback" in err) == (130, False)
    out, _ = started("--json", "show", "intakes").communicate()
    assert b"Autumn 2023" in out


@pytest.mark.parametrize(
    "args",
    [
        ("facts", "--json"),
        ("facts",),
        ("catalogue",),
        ("init",),
        ("--help",),
        ("show", "--help"),
        ("--version",),
        ("--json", "fly"),
    ],
    ids=" ".join,
)
def test_a_reader_that_leaves_is_no_fault(started: Start, args: tuple[str, ...]) -> None:
    running = started(*args)
    assert running.stdout
    running.stdout.close()
    running.stdout = None
    _, err = running.communicate()
    assert running.returncode == 141
    assert err == b"" or args == ("--json", "fly")


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
@pytest.mark.parametrize(
    "args", [("--json", "facts"), ("facts",), ("--json", "show", "intakes"), ("--json", "fly")]
)
def test_a_disk_that_is_full_is_told_in_one_line(started: Start, args: tuple[str, ...]) -> None:
    with FULL.open("wb") as full:
        running = started(*args, out=full)
        _, err = running.communicate()
    assert running.returncode == 2
    if "fly" not in args:
        assert err == b"npq: No space left on device\n"
    assert b"Traceback" not in err
    assert b"Exception ignored" not in err


@pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")
def test_a_disk_that_is_full_stops_recording(started: Start, run: Run) -> None:
    with FULL.open("wb") as full:
        running = started("--json", "record", "-", out=full)
        _, err = running.communicate(jsonl(intake()).encode())
    assert (running.returncode, err) == (2, b"npq: No space left on device\n")
    assert len(run("--json", "show", "intakes").json) == 1, "what was recorded is kept"
