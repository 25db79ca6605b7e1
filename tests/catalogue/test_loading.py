"""Reading a catalogue: what is well formed is taken as it stands, and a slip never passes."""

import re
import shutil
import tomllib
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_domain.catalogue import load, shipped
from npq_domain.errors import Invalid, NpqError

DATA = files("npq_domain.catalogue") / "data"

ONE = """\
[[document]]
id = "Paper"
title = "A paper"
publisher = "Someone"

[[framework]]
id = "era"
title = "An era"
assessed_by = "words"
source = "Paper, page 1"

[[provider]]
id = "P"
name = "A provider"
active = true
source = "Paper, page 1"

[[programme]]
code = "NPQX"
title = "NPQ for X"
kind = "npq"
audience = "Anyone"
source = "Paper, page 1"

[[specification]]
framework = "era"
provider = "P"
programme = "NPQX"
version = 1
source = "Paper, page 2"
components = [
    { id = "day", title = "Day", activity = "event", minutes = 60, starts = "09:00", ends = "10:00", source = "Paper, page 2" },
]

[specification.duration]
least = 12
most = 18
source = "Paper, page 3"

[specification.engagement]
strategy = "total_minutes"
threshold_percent = 90
gate = "both"
source = "Paper, page 3"

[specification.assessment]
kind = "case_study"
source = "Paper, page 4"
"""  # noqa: E501


def refused(path: Path, name: str | None = None) -> Invalid:
    with pytest.raises(Invalid) as info:
        load(path)
    assert info.value.place == (name or str(path))
    assert isinstance(info.value, NpqError)
    return info.value


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "one.toml"
    path.write_text(ONE, encoding="utf-8")
    return path


def test_a_single_file_is_a_catalogue(sheet: Path) -> None:
    it = load(sheet)
    assert [each.key for each in it.specifications] == ["era/P/NPQX/1"]
    assert [each.id for each in it.documents] == ["Paper"]


def test_the_shipped_files_load_from_a_folder_to_the_same_catalogue() -> None:
    with as_file(DATA) as folder:
        again = load(folder)
    assert again.specifications == shipped().specifications
    assert again.programmes == shipped().programmes
    assert again.providers == shipped().providers


def test_what_is_shipped_is_read_once() -> None:
    assert shipped() is shipped()


def test_a_file_on_top_adds_to_what_is_there(sheet: Path) -> None:
    it = load(sheet, on_top_of=shipped())
    assert len(it.specifications) == len(shipped().specifications) + 1
    assert it.programme("NPQX") is not None
    assert it.programme("NPQH") == shipped().programme("NPQH")
    assert shipped().programme("NPQX") is None


def test_a_file_on_top_may_refer_to_what_is_there(tmp_path: Path) -> None:
    path = tmp_path / "next.toml"
    path.write_text(
        """\
        [[specification]]
        framework = "reform"
        provider = "UCL"
        programme = "NPQH"
        version = 2
        source = "UCL/ETH handbook 2023, section 6"
        assessment = { kind = "case_study", source = "UCL/ETH handbook 2023, section 6" }
        """,
        encoding="utf-8",
    )
    assert load(path, on_top_of=shipped()).specification("reform/UCL/NPQH/2") is not None
    assert "there is no framework 'reform'" in str(refused(path))


def test_a_specification_on_top_never_replaces_one(tmp_path: Path) -> None:
    path = tmp_path / "reform-ucl.toml"
    with as_file(DATA / "specifications" / "reform-ucl.toml") as original:
        shutil.copy(original, path)
    with pytest.raises(Invalid) as info:
        load(path, on_top_of=shipped())
    assert info.value.faults[0] == (
        "$.specification[0]: specification 'reform/UCL/NPQLL/1' is there already,"
        " at specifications/reform-ucl.toml $.specification[0]"
    )


@pytest.mark.parametrize(
    ("was", "becomes", "faults"),
    [
        (
            "threshold_percent",
            "threshold_per_cent",
            [
                "$.specification[0].engagement.threshold_percent: is missing",
                (
                    "$.specification[0].engagement.threshold_per_cent: no such key, with value 90;"
                    " threshold_percent is meant?"
                ),
            ],
        ),
        (
            "threshold_percent = 90",
            'threshold_percent = "90"',
            ["$.specification[0].engagement.threshold_percent: '90' is not a whole number"],
        ),
        (
            "threshold_percent = 90",
            "threshold_percent = 90.0",
            ["$.specification[0].engagement.threshold_percent: 90.0 is not a whole number"],
        ),
        (
            "threshold_percent = 90",
            "threshold_percent = true",
            ["$.specification[0].engagement.threshold_percent: True is not a whole number"],
        ),
        (
            "threshold_percent = 90",
            "threshold_percent = 101",
            ["$.specification[0].engagement.threshold_percent: 101 is more than 100"],
        ),
        (
            "threshold_percent = 90",
            "threshold_percent = 0",
            ["$.specification[0].engagement.threshold_percent: 0 is too small"],
        ),
        (
            'gate = "both"',
            'gate = "door"',
            ["$.specification[0].engagement.gate: 'door' is none of access, award, both"],
        ),
        ("active = true", "active = 1", ["$.provider[0].active: 1 is not true or false"]),
        ('code = "NPQX"', "code = 7", ["$.programme[0].code: 7 is not text"]),
        (
            'kind = "npq"\n',
            'kind = "npq"\naliases = "NPQY"\n',
            ["$.programme[0].aliases: 'NPQY' is not an array"],
        ),
        (
            'kind = "npq"\n',
            'kind = "npq"\naliases = ["NPQY", 5]\n',
            ["$.programme[0].aliases[1]: 5 is not text"],
        ),
        (
            'kind = "npq"\n',
            'kind = "npq"\nfirst_offered = "2020-01-01"\n',
            ["$.programme[0].first_offered: '2020-01-01' is not a day"],
        ),
        (
            'kind = "npq"\n',
            'kind = "npq"\nfirst_offered = 2022-01-01\nlast_offered = 2021-01-01\n',
            ["$.programme[0].first_offered: 2022-01-01 is more than last_offered, 2021-01-01"],
        ),
        (
            'kind = "npq"\n',
            'kind = "npq"\nsupersedes = ["NPQY"]\n',
            ["$.programme[0].supersedes: there is no programme 'NPQY'"],
        ),
        (
            "least = 12",
            "least = 19",
            ["$.specification[0].duration.least: 19 is more than most, 18"],
        ),
        (
            "minutes = 60",
            "minutes = -60",
            [
                "$.specification[0].components[0].minutes: -60 is too small",
                ("$.specification[0].components[0].minutes: -60, but from 09:00 to 10:00 it is 60"),
            ],
        ),
        (
            '"09:00"',
            '"9.00"',
            [
                (
                    "$.specification[0].components[0].starts:"
                    " '9.00' is not a time of day such as '09:30'"
                )
            ],
        ),
        (
            'provider = "P"',
            'provider = "Q"',
            ["$.specification[0].provider: there is no provider 'Q'"],
        ),
        (
            "Paper, page 3",
            "Pages, page 3",
            [
                f"$.specification[0].{it}.source: 'Pages, page 3'"
                " is not the id of a document, a comma and a clause"
                for it in ("duration", "engagement")
            ],
        ),
        (
            "Paper, page 4",
            "Paper, ",
            [
                (
                    "$.specification[0].assessment.source: 'Paper, '"
                    " is not the id of a document, a comma and a clause"
                )
            ],
        ),
        (
            'title = "A paper"',
            'title = " "',
            ["$.document[0].title: ' ' says nothing; leave the key out"],
        ),
        (
            "[[document]]",
            "[[documents]]",
            [
                (
                    "$.documents: no such key, with value "
                    "[{'id': 'Paper', 'title': 'A paper', 'publisher': 'Someone'}];"
                    " document is meant?"
                )
            ],
        ),
        (
            "[[document]]",
            "[document]",
            [
                (
                    "$.document: {'id': 'Paper', 'title': 'A paper', 'publisher': 'Someone'}"
                    " is not an array"
                )
            ],
        ),
        (
            "[specification.assessment]\n",
            "[[specification.assessment]]\n",
            [
                (
                    "$.specification[0].assessment:"
                    " [{'kind': 'case_study', 'source': 'Paper, page 4'}] is not a table"
                )
            ],
        ),
    ],
)
def test_a_slip_is_refused_by_its_path(
    sheet: Path, was: str, becomes: str, faults: list[str]
) -> None:
    sheet.write_text(ONE.replace(was, becomes), encoding="utf-8")
    assert list(refused(sheet).faults) == faults


def test_all_slips_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.toml").write_text(ONE.replace('"npq"', '"n"').replace("= 90", '= ""'))
    (tmp_path / "b.toml").write_text("[[provider]]\nid =\n")
    faults = refused(tmp_path, "catalogue").faults
    assert faults == (
        f"{tmp_path}/a.toml: $.programme[0].kind: 'n' is none of npq, support",
        (
            f"{tmp_path}/a.toml: $.specification[0].engagement.threshold_percent:"
            " '' is not a whole number"
        ),
        f"{tmp_path}/b.toml: Invalid value (at line 2, column 5)",
    )


def test_names_may_be_used_only_once(sheet: Path) -> None:
    programme = ONE[ONE.index("[[programme]]") : ONE.index("[[specification]]")]
    other = programme.replace('"NPQX"', '"NPQY"\naliases = ["NPQX"]')
    sheet.write_text(ONE + programme + other, encoding="utf-8")
    assert list(refused(sheet).faults) == [
        f"$.programme[{index}]: programme 'NPQX' is there already, at {sheet} $.programme[0]"
        for index in (1, 2)
    ]


def test_a_name_may_not_be_twice_in_one_entry(sheet: Path) -> None:
    sheet.write_text(ONE.replace('kind = "npq"\n', 'kind = "npq"\naliases = ["NPQX"]\n'))
    assert list(refused(sheet).faults) == [
        f"$.programme[0]: programme 'NPQX' is there already, at {sheet} $.programme[0]"
    ]


def test_component_ids_are_unique(sheet: Path) -> None:
    (line,) = re.findall(r"^    \{.*\n", ONE, re.MULTILINE)
    sheet.write_text(ONE.replace(line, line + line))
    assert list(refused(sheet).faults) == ["$.specification[0].components: id 'day' is there twice"]


def test_an_alternative_stands_in_for_something(sheet: Path) -> None:
    sheet.write_text(
        ONE
        + """
[[specification.alternatives]]
mode = "distance"
title = "From afar"
source = "Paper, page 5"
components = [{ id = "night", title = "Night", activity = "event", source = "Paper, page 5" }]
"""
    )
    assert list(refused(sheet).faults) == [
        "$.specification[0].alternatives[0].components: there is no 'night' to stand in for"
    ]


BOM = r"begins with a byte order mark; save as UTF-8 without one \(at line 1, column 1\)"


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"[[document]\n", r".* \(at line 1, column 1\d\)"),
        (b"x = 1\nx = 2\n", r".* \(at line 2, column \d\)"),
        (b'x = "a\x00"\n', r".*x00.* \(at line 1, column 7\)"),
        (b"x = 1\n\n\xe9 = 2\n", r"not UTF-8: byte 0xe9 \(at line 3\)"),
        (
            b"\xef\xbb\xbfx = 1\n",
            BOM,
        ),
        (
            "x = 1\n".encode("utf-16"),
            BOM,
        ),
        (b"x = " + b"[" * 20_000, ".*nested.*"),
    ],
    ids=["syntax", "twice", "nul", "latin-1", "bom", "utf-16", "deep"],
)
def test_malformed_toml_is_refused_by_its_line(tmp_path: Path, raw: bytes, fault: str) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(raw)
    (found,) = refused(path).faults
    assert re.fullmatch(fault, found)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "none.toml"
    assert list(refused(path).faults) == ["No such file or directory"]


def test_a_folder_without_toml_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing")
    assert list(refused(tmp_path).faults) == ["no TOML file in this folder"]


KEY = re.compile(r"^(\w+) =|[{,] (\w+) =|^\[+(?:\w+\.)*(\w+)\]", re.MULTILINE)


def shipped_texts() -> dict[str, str]:
    with as_file(DATA) as folder:
        return {it.name: it.read_text("utf-8") for it in sorted(folder.rglob("*.toml"))}


TEXTS = shipped_texts()
KEYS = {key for text in TEXTS.values() for found in KEY.findall(text) for key in found if key}


@st.composite
def misspelt(draw: st.DrawFn) -> tuple[str, int, int, str]:
    """A shipped file, from where to where in it a key stands, and that key with a letter more."""
    name = draw(st.sampled_from(sorted(TEXTS)))
    found = draw(st.sampled_from(list(KEY.finditer(TEXTS[name]))))
    group = found.lastindex or 0
    at = draw(st.integers(0, len(found[group])))
    wrong = found[group][:at] + draw(st.sampled_from("aehstx")) + found[group][at:]
    start, end = found.span(group)
    return name, start, end, f"{wrong}_" if wrong in KEYS else wrong


def paths(value: Any, key: str, path: str = "$") -> Iterator[str]:
    if isinstance(value, dict):
        for name, inside in value.items():
            if name == key:
                yield f"{path}.{name}"
            yield from paths(inside, key, f"{path}.{name}")
    elif isinstance(value, list):
        for index, inside in enumerate(value):
            yield from paths(inside, key, f"{path}[{index}]")


def expected_place(text: str, wrong: str) -> str:
    """How the fault begins; a misspelt header may leave TOML that is no longer well formed."""
    try:
        (path,) = paths(tomllib.loads(text), wrong)
    except tomllib.TOMLDecodeError as error:
        return str(error)
    return f"{path}: no such key, with value "


@given(misspelt())
@settings(deadline=None)
def test_any_misspelt_key_in_any_shipped_file_is_refused_by_file_and_path(
    tmp_path_factory: pytest.TempPathFactory, slip: tuple[str, int, int, str]
) -> None:
    name, start, end, wrong = slip
    text = TEXTS[name][:start] + wrong + TEXTS[name][end:]
    file = tmp_path_factory.mktemp("slip") / name
    file.write_text(text, encoding="utf-8")
    error = refused(file)
    assert any(fault.startswith(expected_place(text, wrong)) for fault in error.faults)
    assert all(line.startswith(f"{file}: ") for line in str(error).splitlines())


@given(st.binary(max_size=200))
def test_any_bytes_load_or_are_refused(
    tmp_path_factory: pytest.TempPathFactory, raw: bytes
) -> None:
    path = tmp_path_factory.mktemp("bytes") / "any.toml"
    path.write_bytes(raw)
    with suppress(Invalid):
        assert not load(path).specifications


def test_a_day_is_one_bank_holiday(sheet: Path) -> None:
    begins = '[[bank_holidays]]\nid = "2019"\nsource = "Paper, page 1"\ndays = ['
    monday, friday = (f'{{ on = 2019-04-{day}, name = "Easter" }}' for day in (22, 19))
    sheet.write_text(f"{ONE}{begins}{monday}, {friday}]\n", encoding="utf-8")
    assert load(sheet).bank_holiday(date(2019, 4, 22)) == "Easter"
    sheet.write_text(f"{ONE}{begins}{monday}, {monday}]\n", encoding="utf-8")
    assert list(refused(sheet).faults) == ["$.bank_holidays[0].days: 2019-04-22 is there twice"]
