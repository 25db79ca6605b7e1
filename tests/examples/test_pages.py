"""What the pages of docs/ say to type can be typed, and shows what they say."""

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from attrs import frozen
from click.testing import CliRunner

from npq_adapters.cli.npq import npq

ROOT = Path(__file__).parents[2]
PAGES = ("assessment.md", "declarations.md", "funding.md", "places.md", "training.md")
REFUSED = 1
"""How a run ends of whose lines some were refused; the page says how many."""


@frozen
class Typed:
    """A line that the page types, and the lines that it shows of the answer."""

    line: str
    shown: tuple[str, ...]


def typed(page: str) -> Iterator[Typed]:
    """Everything that a page types, in its order."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    for block in re.findall(r"```console\n(.*?)```", text, re.DOTALL):
        for each in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            line, *shown = each.splitlines()
            yield Typed(line, tuple(shown))


@pytest.mark.parametrize("page", PAGES)
def test_a_page_shows_what_is_to_be_seen(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    env = {"COLUMNS": "160"}
    for it in typed(page):
        verb, *arguments = shlex.split(it.line)
        if verb == "export":
            env |= dict(each.split("=", 1) for each in arguments)
            continue
        assert verb == "npq"
        run = CliRunner(env=env).invoke(npq, arguments)
        assert run.exit_code == (REFUSED if "refused" in "".join(it.shown) else 0), run.output
        assert [each for each in it.shown if each.strip() not in run.output] == []


def test_the_tests_on_the_page_for_testers_pass(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "testing.md").read_text("utf-8")
    (program,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    (tmp_path / "test_mine.py").write_text(program)
    run = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_mine.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 passed" in run.stdout, run.stdout
