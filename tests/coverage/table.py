"""Which test proves which statement of the source documents: `docs/coverage.md`.

`python -m tests.coverage.table` writes it; `--check` says what is wrong with it and writes nothing.
A test proves a row by its mark, `@pytest.mark.rule("0.10")`, or one for each of its cases by
`pytest.param(…, marks=pytest.mark.rule("0.10"))`.
"""

import contextlib
import io
import re
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import pytest
from attrs import Factory, define, frozen
from cattrs import Converter

from npq_domain.catalogue import shipped

FOLDER = Path(__file__).parent
ROOT = FOLDER.parents[1]
TABLE = ROOT / "docs" / "coverage.md"
MARK = "mark.rule("
FIGURES = "tests/catalogue/"
"""Where it is tested what the catalogue holds."""

HEAD = """# What the documents say, and which test proves it

Made by `make coverage` from [the rows](../tests/coverage/rows.toml) and the tests' `rule` marks;
the suite fails when it is out of date, and when a row has neither a test nor a reason.
A figure in brackets says how many cases of a test tell of the row.
"""

Proofs = Mapping[str, "Counter[Test]"]
"""For each number: the tests that bear it, and how many of their cases do."""


@frozen(order=True)
class Test:
    """One test function."""

    __test__ = False  # to pytest it looks like one

    file: str
    name: str

    @property
    def sentence(self) -> str:
        """Its name as it is read."""
        return self.name.rpartition(".")[2].removeprefix("test_").replace("_", " ")


@frozen(kw_only=True)
class Row:
    """One statement of a document."""

    number: str
    says: str
    source: str
    figure: bool = False
    """Whether the catalogue holds all that it says: then it takes no test of behaviour."""
    not_modelled: str | None = None

    @property
    def document(self) -> str:
        """The id of the document it is from."""
        return self.source.partition(", ")[0]


@frozen(kw_only=True)
class Rows:
    """All statements, in the order of the documents."""

    pending: tuple[str, ...] = ()
    """Numbers that nobody has to prove yet."""
    row: tuple[Row, ...]


@define
class Collector:
    """Watches pytest collect, and keeps who bears which number."""

    proofs: dict[str, "Counter[Test]"] = Factory(dict)

    @pytest.hookimpl(tryfirst=True)  # before tests are deselected: the long ones prove rows too
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        for item in items:
            test = Test(item.location[0], item.location[2].partition("[")[0])
            for number in {it for mark in item.iter_markers("rule") for it in mark.args}:
                self.proofs.setdefault(number, Counter())[test] += 1


def rows() -> Rows:
    """Every row there is."""
    told = tomllib.loads((FOLDER / "rows.toml").read_text("utf-8"))
    return Converter(forbid_extra_keys=True).structure(told, Rows)


def proofs() -> Proofs:
    """Who proves what, as pytest collects it; nothing is run."""
    files = [it for it in (ROOT / "tests").rglob("test_*.py") if MARK in it.read_text("utf-8")]
    collector, said = Collector(), io.StringIO()
    quiet = ["--collect-only", "-qq", f"--rootdir={ROOT}", "-p", "no:cacheprovider"]
    quiet.append("--assert=plain")  # what is not run need not explain itself
    with contextlib.redirect_stdout(said):
        code = pytest.main([*quiet, *map(str, sorted(files))], plugins=[collector])
    if code:
        sys.exit(f"the tests cannot be collected:\n{said.getvalue()}")
    return collector.proofs


def faults(all_rows: Rows, found: Proofs) -> Iterator[str]:
    """What is wrong with the rows, or with the marks."""
    known = all_rows.row
    numbers = [it.number for it in known]
    documents = {it.id for it in shipped().documents}
    yield from (f"{it}: there are two such rows" for it, n in Counter(numbers).items() if n > 1)
    for number in sorted(found.keys() - set(numbers)):
        bearers = ", ".join(it.name for it in sorted(found[number]))
        yield f"{number}: there is no such row, and {bearers} is marked with it"
    for it in known:
        if it.document not in documents:
            yield f"{it.number}: {it.source!r} opens with no document of the catalogue"
        if it.not_modelled and it.number in found:
            yield f"{it.number}: is said not to be modelled, and a test proves it"
        if not (it.not_modelled or it.number in all_rows.pending or proven(it, found)):
            yield f"{it.number}: no test proves it, and no reason is given: {it.says}"


def proven(it: Row, found: Proofs) -> bool:
    """Whether a test tells of the row; where a figure does not say it all, one of behaviour."""
    tests = found.get(it.number, Counter())
    return any(it.figure or not each.file.startswith(FIGURES) for each in tests)


def table(known: tuple[Row, ...], found: Proofs) -> str:
    """The whole document."""
    shown = sum(proven(it, found) for it in known)
    silent = sum(it.not_modelled is not None for it in known)
    parts = [HEAD, f"\n{len(known)} rows: {shown} proven by tests, {silent} not modelled.\n"]
    titles = {it.id: f"{it.title}, {it.publisher}" for it in shipped().documents}
    for document in dict.fromkeys(it.document for it in known):
        those = [it for it in known if it.document == document]
        parts += [
            f"\n## {document}\n\n*{titles.get(document, document)}*\n\n",
            *lines(those, found),
        ]
    return "".join(parts)


def lines(those: Iterable[Row], found: Proofs) -> Iterator[str]:
    """The rows of one document."""
    yield "| Row | Says | Section | Proven by |\n|---|---|---|---|\n"
    for it in those:
        section = it.source.partition(", ")[2]
        proof = proven_by(it, found)
        yield f"| {it.number} | {cell(it.says)} | {cell(section)} | {proof} |\n"


def proven_by(it: Row, found: Proofs) -> str:
    """The tests of a row, or why there is none."""
    if it.not_modelled:
        return f"not modelled: {cell(it.not_modelled)}"
    bearers = sorted(found.get(it.number, Counter()).items())
    return "<br>".join(link(test, cases) for test, cases in bearers) or "**nothing yet**"


def link(test: Test, cases: int) -> str:
    """A test by its sentence, with how many of its cases tell of the row."""
    told = f" ({cases})" if cases > 1 else ""
    return f"[{cell(test.sentence)}](../{test.file}){told}"


def cell(text: str) -> str:
    """A text that stands in a cell."""
    return re.sub(r"([|*_])", r"\\\1", text)


def main(arguments: list[str]) -> int:
    """Write the table, or check it."""
    known, found = rows(), proofs()
    wrong, made = list(faults(known, found)), table(known.row, found)
    for number in known.pending:
        by_now = any(it.number == number and proven(it, found) for it in known.row)
        print(f"{number}: pending{', and proven by now' if by_now else ''}")
    if "--check" not in arguments:
        TABLE.write_text(made, "utf-8")
    elif not TABLE.exists() or TABLE.read_text("utf-8") != made:
        wrong.append("docs/coverage.md is out of date: `make coverage` writes it")
    print("\n".join(wrong) or f"{len(known.row)} rows, each with a test or a reason")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
