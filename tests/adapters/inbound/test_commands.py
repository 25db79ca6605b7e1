"""Commands as JSON lines: read strictly, asked one by one, each answered."""

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path
from types import UnionType
from typing import Any, Union, get_args, get_origin
from uuid import UUID

import attrs
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters import Ledger
from npq_adapters.inbound.commands import (
    COMMANDS,
    CONVERTER,
    LONGEST,
    Asked,
    Line,
    checked,
    lines_of,
    parsed,
    record,
    schema,
)
from npq_domain import Actor, Personal
from npq_domain.aggregates import DECIDERS
from npq_domain.aggregates.participant.commands.corrections import Replacement
from npq_domain.commands import CorrectFact, RecordAttendance
from npq_domain.recorded import Source
from npq_domain.vocabulary import TO_BUILTINS
from tests.adapters.inbound.house import OFFICE, faults_of, intake, memory, subject

BY = {"role": "provider", "id": "j.doe"}
ENDORSE = {"role": "headteacher", "name": "A. Head", "on": "2023-09-02"}


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    """An intake with one person in it."""
    opened = memory()
    intake(opened, tmp_path, {1: "0743795"})
    return opened


def line(command: str, data: Any, **rest: Any) -> str:
    return json.dumps(
        {"subject": str(subject(1)), "command": command, "by": BY, "data": data} | rest
    )


def attend(minutes: Any = 180, component: str = "plg-1") -> dict[str, Any]:
    return {"component": component, "minutes": minutes, "on": "2023-11-22"}


def read(text: str) -> Asked:
    return checked(parsed(text, "line 3"), "line 3", None)


def outcomes(ledger: Ledger, *lines: str | bytes) -> list[tuple[int, str, str | None]]:
    return [(it["line"], it["outcome"], it["code"]) for it in record(ledger, lines)]


def test_each_line_is_answered_and_later_ones_still_run(ledger: Ledger) -> None:
    five = str(UUID(int=5))
    lines = [
        line("RecordAttendance", attend(), id=five, source="import"),
        line("RecordAttendance", attend(), id=five),
        line("RecordAttendance", attend()),
        line("RecordAttendance", attend(999, "plg-2")),
        "",
        "{",
        line("RecordAttendance", attend(120, "induction")),
    ]
    name = "participant.attendance-recorded.v1"
    assert list(record(ledger, lines)) == [
        {
            "line": 1,
            "subject": str(subject(1)),
            "outcome": "recorded",
            "facts": [name],
            "code": None,
            "message": None,
        },
        {
            "line": 2,
            "subject": str(subject(1)),
            "outcome": "repeated",
            "facts": [name],
            "code": None,
            "message": None,
        },
        {
            "line": 3,
            "subject": str(subject(1)),
            "outcome": "nothing",
            "facts": [],
            "code": None,
            "message": None,
        },
        {
            "line": 4,
            "subject": str(subject(1)),
            "outcome": "refused",
            "facts": [],
            "code": "minutes_out_of_range",
            "message": "999 minutes of 180 possible for plg-2 (the plan of the enrolment)",
        },
        {
            "line": 6,
            "subject": None,
            "outcome": "invalid",
            "facts": [],
            "code": "invalid",
            "message": "line 6: column 2: not JSON: Expecting property name enclosed in double"
            " quotes",
        },
        {
            "line": 7,
            "subject": str(subject(1)),
            "outcome": "recorded",
            "facts": [name],
            "code": None,
            "message": None,
        },
    ]
    first, second = ledger.history(subject(1))[-2:]
    assert (first.source, first.by, first.command_id) == (Source.IMPORT, OFFICE, UUID(five))
    assert second.source is Source.PROVIDER


def test_who_asks_may_be_said_once_for_all_lines(ledger: Ledger) -> None:
    text = json.dumps({"subject": str(subject(1)), "command": "RecordAttendance", "data": attend()})
    assert outcomes(ledger, text) == [(1, "invalid", "invalid")]
    other = Actor(role="delivery_partner", id="hub")
    assert [it["outcome"] for it in record(ledger, [text], default_by=other)] == ["recorded"]
    assert ledger.history(subject(1))[-1].by == other


FAULTS: list[tuple[str, list[str]]] = [
    (line("Endrose", {}), ["$.command: 'Endrose' is no command here; is Endorse meant?"]),
    (line("Endorse", ENDORSE, subject="17"), ["$.subject: '17' is not a UUID"]),
    (line("Endorse", ENDORSE, subject=17), ["$.subject: 17 is not a UUID"]),
    (line("Endorse", ENDORSE, id="17"), ["$.id: '17' is not a UUID"]),
    (line("Endorse", ENDORSE, by={"role": "x"}), ["$.by.id: is missing"]),
    (
        line("Endorse", ENDORSE, source="hearsay"),
        ["$.source: 'hearsay' is none of dfe_api, provider, delivery_partner, vle, import"],
    ),
    (
        line("Endorse", ENDORSE, sauce="x"),
        ["$.sauce: no such key, with value 'x'; source is meant?"],
    ),
    (
        line("Endorse", {"role": 3, "nam": "x"}),
        [
            "$.data.role: 3 is not text",
            "$.data.name: is missing",
            "$.data.on: is missing",
            "$.data.nam: no such key; name is meant?",
        ],
    ),
    (
        line("Endorse", ENDORSE | {"on": "2023-09-02T00:00:00"}),
        ["$.data.on: '2023-09-02T00:00:00' is not a day, as 2024-01-31"],
    ),
    (
        line("RecordAttendance", attend("180")),
        ["$.data.minutes: '180' is not a whole number"],
    ),
    (line("RecordAttendance", attend(True)), ["$.data.minutes: True is not a whole number"]),
    (line("RecordAttendance", attend(1.5)), ["$.data.minutes: 1.5 is not a whole number"]),
    (
        line("SubmitResponse", {"words": 1, "sha256": "a", "at": "2024-10-10T10:00:00"}),
        ["$.data.at: 2024-10-10T10:00:00 says no offset from UTC, such as Z or +01:00"],
    ),
    (
        line("Endorse", ENDORSE | {"name": "\ud800"}),
        ["$.data.name: has a character that is none (NUL, or half of a pair)"],
    ),
    (
        line(
            "CorrectFact",
            {
                "version": 1,
                "reason": "x",
                "on": "2024-01-01",
                "replacement": {"command": "RecordAttendance", "data": {"minutes": "x"}},
            },
        ),
        [
            "$.data.replacement.data.component: is missing",
            "$.data.replacement.data.minutes: 'x' is not a whole number",
            "$.data.replacement.data.on: is missing",
        ],
    ),
    (
        line(
            "CorrectFact",
            {
                "version": 1,
                "reason": "x",
                "on": "2024-01-01",
                "replacement": {"command": "Accept", "data": {}},
            },
        ),
        ["$.data.replacement.command: 'Accept' is no command here; is AgreePlacement meant?"],
    ),
    ('{"subject": 1, "subject": 2}', ["key 'subject' comes twice in one object"]),
    ("[1]", ["$: [1] is not a table"]),
    ('{"a": Infinity}', ["not JSON: Infinity is no number"]),
]


@pytest.mark.parametrize(("text", "faults"), FAULTS, ids=[it[1][0][:50] for it in FAULTS])
def test_every_fault_of_a_line_is_told_by_its_path_and_by_its_value_unless_that_may_be_personal(
    text: str, faults: list[str]
) -> None:
    found = faults_of(lambda: read(text))
    assert found == [f"line 3: {fault}" for fault in faults]


def test_a_correction_holds_the_command_that_takes_the_place(ledger: Ledger) -> None:
    ledger.handle(subject(1), command := attendance(100), by=OFFICE)
    version = ledger.history(subject(1))[-1].version
    told = {
        "version": version,
        "reason": "a slip",
        "on": "2023-12-01",
        "replacement": {"command": "RecordAttendance", "data": attend(180)},
    }
    asked = read(line("CorrectFact", told))
    assert asked.command == CorrectFact(
        version=version,
        replacement=attendance(180),
        reason=Personal("a slip"),
        on=date(2023, 12, 1),
    )
    assert outcomes(ledger, line("CorrectFact", told)) == [(1, "recorded", None)]
    assert ledger.state(subject(1)).engagement.sessions["plg-1"].minutes == 180
    assert command.minutes == 100


def attendance(minutes: int) -> RecordAttendance:
    return RecordAttendance(component="plg-1", minutes=minutes, on=date(2023, 11, 22))


def test_a_line_without_end_is_not_read_to_its_end(ledger: Ledger) -> None:
    good = line("RecordAttendance", attend()).encode()
    file = io.BytesIO(b'{"subject": "' + b"x" * (3 * LONGEST) + b'"}\n' + good)
    results = list(record(ledger, lines_of(file)))
    assert [(it["line"], it["outcome"]) for it in results] == [(1, "invalid"), (2, "recorded")]
    assert results[0]["message"] == f"line 1: longer than {LONGEST} bytes"


def test_a_syntax_fault_quotes_nothing_of_the_line(ledger: Ledger) -> None:
    [result] = record(ledger, ['{"data": {"minutes": 1 "name": "Ada Byron"}}'])
    assert result["message"] == "line 1: column 24: not JSON: Expecting ',' delimiter"


def test_a_line_that_is_not_yet_a_command_shows_no_data() -> None:
    told = CONVERTER.structure(json.loads(line("Endorse", ENDORSE)), Line)
    assert "A. Head" not in repr(told)


def test_a_line_that_is_not_utf_8_is_told_by_its_byte(ledger: Ledger) -> None:
    [result] = record(ledger, [b'{"subject": "\xe9"}'])
    assert result["message"] == (
        "line 1: byte 0xe9 at offset 13 is not UTF-8 but looks like cp1252: save it as UTF-8"
    )


def test_a_byte_order_mark_is_no_fault(ledger: Ledger) -> None:
    good = b"\xef\xbb\xbf" + line("RecordAttendance", attend()).encode()
    assert outcomes(ledger, good) == [(1, "recorded", None)]


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_that_is_written_as_json_is_read_as_it_was(name: str) -> None:
    kind = COMMANDS[name]
    assert kind in {each for decider in DECIDERS for each in decider.decisions}
    assert schema(kind)["$defs"][name]["type"] == "object"


@pytest.mark.parametrize("kind", [each for it in DECIDERS for each in it.facts])
def test_every_fact_has_a_schema(kind: type) -> None:
    properties = schema(kind)["$defs"][kind.__name__]["properties"]
    assert {"on", "at"} & properties.keys()


def test_a_schema_says_by_name_which_commands_a_correction_may_hold() -> None:
    definitions = schema(CorrectFact)["$defs"]
    held = {it for it in definitions if it.startswith("Replacement")}
    assert held == {f"Replacement{it.__name__}" for it in Replacement.__args__}
    properties = definitions["ReplacementSendForm"]["properties"]
    assert properties["command"] == {"enum": ["SendForm"]}


TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=20)
PLAIN: dict[Any, st.SearchStrategy[Any]] = {
    str: TEXT,
    Personal[str]: TEXT.map(Personal),
    datetime: st.datetimes(timezones=st.just(UTC)),
}


def values(kind: Any) -> st.SearchStrategy[Any]:
    """Any values of a field that its class takes."""
    if kind in PLAIN:
        return PLAIN[kind]
    if get_origin(kind) in (Union, UnionType):
        return st.one_of(*(values(each) for each in get_args(kind)))
    if get_origin(kind) is tuple:
        return st.lists(values(get_args(kind)[0]), max_size=3).map(tuple)
    if attrs.has(kind):
        return st.builds(kind, **{it.name: values(it.type) for it in attrs.fields(kind)})
    return st.from_type(kind)


@settings(deadline=None)
@given(st.sampled_from(sorted(COMMANDS.keys() - {"CorrectFact"})).map(COMMANDS.get).flatmap(values))
def test_any_command_survives_being_written_and_read(command: Any) -> None:
    told = json.loads(msgspec.json.encode(command, enc_hook=TO_BUILTINS))
    asked = read(line(type(command).__name__, told))
    assert asked.command == command


@given(raw=st.binary(max_size=200))
def test_whatever_the_bytes_every_line_is_answered(raw: bytes) -> None:
    lines = [it for it in raw.split(b"\n") if it.strip()]
    results = list(record(memory(), lines_of(io.BytesIO(raw)), default_by=OFFICE))
    assert [it["outcome"] for it in results] == ["invalid"] * len(lines)
