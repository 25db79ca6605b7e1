"""Which codes a rule may refuse with, where, and in what words: `docs/refusals.md`.

`python -m tests.coverage.refusals` writes it; `--check` says what is wrong and writes nothing. The
codes are read from the sources: every function that takes a `code` is called with one.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

from attrs import define, frozen

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "refusals.md"
SOURCES = ("npq_domain", "adapters/npq_adapters")
CODE, BECAUSE = "code", "because"

HEAD = """# The codes of refusals

A command that a rule refuses raises `Refused`; its `code` is stable, and so are those of its
requirements. The message shows the values at fault (here `…`) and the source of the rule. Made by
`make coverage` from the sources; the suite fails when a code is reached by no test.

| Code | Refused in | Because |
|---|---|---|
"""


@define
class Taking:
    """A function that takes a code: its parameters, and what it says if it is not told."""

    names: list[str]
    says: str = "…"


@frozen
class Refusal:
    """One place in the sources that names a code."""

    code: str
    file: str
    because: str


@cache
def trees(folder: str) -> dict[str, ast.Module]:
    """Every module below a folder, by its path from the root."""
    files = sorted((ROOT / folder).rglob("*.py"))
    return {str(it.relative_to(ROOT)): ast.parse(it.read_text("utf-8")) for it in files}


def sources() -> Iterator[tuple[str, ast.Module]]:
    """Every module of the library, but what it gives to tests."""
    for folder in SOURCES:
        for file, tree in trees(folder).items():
            if not file.startswith("npq_domain/testing"):
                yield file, tree


@cache
def functions() -> tuple[tuple[str, ast.FunctionDef], ...]:
    """Every function of the library, with its file."""
    every = ((file, it) for file, tree in sources() for it in ast.walk(tree))
    return tuple((file, it) for file, it in every if isinstance(it, ast.FunctionDef))


def taking() -> dict[str, Taking]:
    """What a call has to say to each that takes a code, by its name."""
    found = {it: Taking([]) for it in ("Requirement", "Refused")}
    for _, it in functions():
        names = [each.arg for each in it.args.args]
        if CODE in [*names, *(each.arg for each in it.args.kwonlyargs)]:
            found[it.name] = Taking(names)
    for _, it in functions():
        for given in calls(it, found) if it.name in found else ():
            if isinstance(given.get(CODE), ast.Name):  # it hands its own code on
                found[it.name].says = worded(given.get(BECAUSE), assigned(it))
    return found


def calls(it: ast.FunctionDef, known: dict[str, Taking]) -> Iterator[dict[str, ast.expr]]:
    """The arguments of each call, within a function, of one that takes a code."""
    for node in ast.walk(it):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
            continue
        if called := known.get(node.func.id):
            given = dict(zip(called.names, node.args, strict=False))
            given |= {each.arg: each.value for each in node.keywords if each.arg}
            yield {"says": ast.Constant(called.says), **given}


def refusals() -> Iterator[Refusal]:
    """Every place that names a code."""
    known = taking()
    for file, it in functions():
        for given in calls(it, known):
            because = worded(given.get(BECAUSE, given["says"]), assigned(it))
            for code in constants(given.get(CODE)):
                yield Refusal(code, file, because)


def constants(node: ast.expr | None) -> Iterator[str]:
    """The codes that an argument may be."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.IfExp):
        yield from constants(node.body)
        yield from constants(node.orelse)


def assigned(it: ast.FunctionDef) -> dict[str, ast.expr]:
    """What each name stands for that a function assigns once."""
    found: dict[str, list[ast.expr]] = {}
    for node in ast.walk(it):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            found.setdefault(node.targets[0].id, []).append(node.value)
    return {name: values[0] for name, values in found.items() if len(values) == 1}


def worded(node: ast.expr | None, known: dict[str, ast.expr]) -> str:
    """A message as it is written, with `…` for what it shows."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(worded(it, known) for it in node.values)
    if isinstance(node, ast.IfExp):
        return f"{worded(node.body, known)} / {worded(node.orelse, known)}"
    if isinstance(node, ast.Name) and node.id in known:
        return worded(known[node.id], {})
    return "…"


def texts() -> set[str]:
    """Every text that a test writes down."""
    return {
        node.value
        for tree in trees("tests").values()
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def unreached(found: Iterable[Refusal]) -> list[str]:
    """The codes that no test speaks of."""
    return sorted({it.code for it in found} - texts())


def table(found: Iterable[Refusal]) -> str:
    """The whole document."""
    by_code: dict[str, list[Refusal]] = {}
    for it in found:
        by_code.setdefault(it.code, []).append(it)
    return HEAD + "".join(line(code, those) for code, those in sorted(by_code.items()))


def line(code: str, those: list[Refusal]) -> str:
    """One code: where it is refused with, and in what words."""
    files = dict.fromkeys(it.file for it in those)
    where = "<br>".join(f"[{Path(it).stem}](../{it})" for it in sorted(files))
    why = [it for it in dict.fromkeys(it.because for it in those) if it.strip("… /")]
    return f"| `{code}` | {where} | {'<br>'.join(map(cell, sorted(why))) or '…'} |\n"


def cell(text: str) -> str:
    """A text that stands in a cell."""
    return " ".join(text.split()).replace("|", "\\|").replace("_", "\\_")


def main(arguments: list[str]) -> int:
    """Write the table, or check it."""
    found = list(refusals())
    wrong = [f"{it}: no test is about this code" for it in unreached(found)]
    made = table(found)
    if "--check" not in arguments:
        TABLE.write_text(made, "utf-8")
    elif not TABLE.exists() or TABLE.read_text("utf-8") != made:
        wrong.append("docs/refusals.md is out of date: `make coverage` writes it")
    print("\n".join(wrong) or f"{len({it.code for it in found})} codes, each reached by a test")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
