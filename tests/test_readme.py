"""The README's program does what the README says."""

import re
import subprocess
import sys
from pathlib import Path

README = Path(__file__).parents[1] / "README.md"


def test_the_readme_program_prints_what_the_readme_shows(tmp_path: Path) -> None:
    program, printed = re.findall(
        r"```python\n(.*?)```\n\n```\n(.*?)```", README.read_text("utf-8"), re.DOTALL
    )[0]
    run = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout == printed


def test_the_readme_names_only_files_that_are_there() -> None:
    linked = re.findall(r"\]\((?!https?:)([^)#]+)\)", README.read_text("utf-8"))
    assert [it for it in linked if not (README.parent / it).exists()] in (
        [],
        ["docs/benchmarks.md"],
    )
