"""The closed list of fact names, and how facts become bytes and come back."""

import types
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any
from uuid import UUID

import attrs
import msgspec
import pytest
from attrs import field, frozen
from cattrs import BaseValidationError

from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.errors import Place, StoredFactError, UnknownFact
from npq_domain.limits import DEEPEST
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Source
from npq_domain.vocabulary import FACT as MARK
from npq_domain.vocabulary import Envelope, Vocabulary, check_plain, kebab, plain_converter


class Colour(Enum):
    RED = "red"


@frozen(kw_only=True)
class Part:
    minutes: int


@frozen(kw_only=True)
class KeyHandedOver:
    name: Personal[str]
    nickname: Personal[str] | None
    colour: Colour
    parts: tuple[Part, ...]
    at: datetime


@frozen(kw_only=True)
class LockChanged:
    on: date


FACT = KeyHandedOver(
    name=Personal("Ada Byron"),
    nickname=None,
    colour=Colour.RED,
    parts=(Part(minutes=5),),
    at=datetime(2024, 2, 29, 12, tzinfo=UTC),
)
WORDS = Vocabulary({"door": [KeyHandedOver, LockChanged]})
NAME = "door.key-handed-over.v1"
PLACE = Place(position=9, subject="5", version=2, name=NAME)


def envelope(fact: Any) -> Envelope:
    return Envelope(
        at=datetime(2024, 3, 1, tzinfo=UTC),
        by=Actor(role="caretaker", id="c-1"),
        source=Source.PROVIDER,
        command=UUID(int=7),
        fact=fact,
    )


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("AttendanceRecorded", "attendance-recorded"),
        ("TrnVerified", "trn-verified"),
        ("DfeStatusReported", "dfe-status-reported"),
        ("Enrolled", "enrolled"),
    ],
)
def test_a_name_is_the_class_in_small_letters_with_hyphens(name: str, told: str) -> None:
    assert kebab(name) == told


def test_every_fact_of_every_subject_has_one_name_of_the_first_version() -> None:
    kinds = [kind for decider in DECIDERS for kind in decider.facts]
    assert [vocabulary.name(it) for it in kinds] == list(vocabulary)
    assert all(vocabulary.kind(vocabulary.name(it)) is it for it in kinds)
    assert "participant.attendance-recorded.v1" in vocabulary
    assert "participant.attendance-recorded.v2" not in vocabulary


def test_names_of_kinds_are_given_in_the_order_of_the_vocabulary() -> None:
    assert WORDS.names([LockChanged, KeyHandedOver]) == (NAME, "door.lock-changed.v1")
    assert WORDS.names([]) == ()


def test_a_fact_comes_back_as_it_was() -> None:
    stored = WORDS.encode(envelope(FACT))
    seen = WORDS.decode(PLACE, stored)
    assert seen.fact == FACT
    assert (seen.at, seen.by, seen.source) == (
        datetime(2024, 3, 1, tzinfo=UTC),
        Actor(role="caretaker", id="c-1"),
        Source.PROVIDER,
    )
    assert seen.command == UUID(int=7)


def test_what_is_stored_is_plain_json_without_the_name() -> None:
    assert msgspec.json.decode(WORDS.encode(envelope(FACT)))["fact"] == {
        "name": "Ada Byron",
        "nickname": None,
        "colour": "red",
        "parts": [{"minutes": 5}],
        "at": "2024-02-29T12:00:00Z",
    }


def test_the_fact_alone_is_read_as_it_is_with_its_envelope() -> None:
    stored = WORDS.encode(envelope(FACT))
    alone = stored[stored.index(MARK) + len(MARK) : -1]
    assert WORDS.fact_reader(NAME)(alone) == WORDS.reader(NAME)(stored).fact == FACT
    assert WORDS.fact_reader(NAME) is WORDS.fact_reader(NAME)


def test_no_text_of_the_envelope_is_taken_for_the_fact() -> None:
    actor = Actor(role='"fact":', id='{"fact":{}}', on_behalf_of='\\"fact":')
    stored = WORDS.encode(msgspec.structs.replace(envelope(FACT), by=actor))
    assert WORDS.fact_reader(NAME)(stored[stored.index(MARK) + len(MARK) : -1]) == FACT


def test_an_unknown_name_or_version_is_refused_with_its_place() -> None:
    for name in ("door.key-handed-over.v2", "door.bell-rung.v1", ""):
        unknown = Place(position=9, subject="5", version=2, name=name)
        with pytest.raises(UnknownFact, match="at position 9, version 2 of 5"):
            WORDS.decode(unknown, b"{}")


@pytest.mark.parametrize(
    "state",
    [
        b"",
        b"\xff\xfe",
        b"{}",
        b"[]",
        WORDS.encode(envelope(FACT))[:-1],
        WORDS.encode(envelope(FACT)).replace(b'"red"', b'"Ada Byron"'),
        WORDS.encode(envelope(FACT)).replace(b'"minutes":5', b'"minutes":"5"'),
    ],
)
def test_what_cannot_be_read_is_refused_and_never_quoted(state: bytes) -> None:
    with pytest.raises(StoredFactError, match="cannot be read") as caught:
        WORDS.decode(PLACE, state)
    assert not isinstance(caught.value, UnknownFact)
    assert "Byron" not in str(caught.value)
    assert caught.value.__cause__ is None


# Facts of the past


@frozen(kw_only=True)
class Rung:
    times: int
    by: Personal[str]
    on: date


def times_counted(old: dict[str, Any]) -> dict[str, Any]:
    return {"times": 1, **old}


def ringer_named(old: dict[str, Any]) -> dict[str, Any]:
    return {"by": "somebody", **old}


BELL = Vocabulary(
    {"door": [Rung]},
    upcasts={"door.rung.v1": times_counted, "door.rung.v2": ringer_named},
)


@pytest.mark.parametrize(
    ("version", "stored", "fact"),
    [
        (1, {"on": "2024-02-29"}, (1, "somebody")),
        (2, {"times": 3, "on": "2024-02-29"}, (3, "somebody")),
        (3, {"times": 3, "by": "Ada", "on": "2024-02-29"}, (3, "Ada")),
    ],
)
def test_facts_of_the_past_are_lifted_step_by_step(version: int, stored: Any, fact: Any) -> None:
    place = Place(position=1, subject="5", version=1, name=f"door.rung.v{version}")
    seen = BELL.decode(place, BELL.encode(envelope(stored))).fact
    assert seen == Rung(times=fact[0], by=Personal(fact[1]), on=date(2024, 2, 29))
    assert BELL.fact_reader(place.name)(msgspec.json.encode(stored)) == seen


def test_a_superseded_fact_is_stored_under_its_newest_name_and_found_under_all() -> None:
    assert BELL.name(Rung) == "door.rung.v3"
    assert BELL.names([Rung]) == ("door.rung.v1", "door.rung.v2", "door.rung.v3")


def test_a_step_that_fails_is_told_like_any_row_that_cannot_be_read() -> None:
    place = Place(position=1, subject="5", version=1, name="door.rung.v1")
    with pytest.raises(StoredFactError, match="cannot be read"):
        BELL.decode(place, BELL.encode(envelope({"on": 3})))
    with pytest.raises(StoredFactError, match="cannot be read"):
        BELL.decode(place, BELL.encode(envelope({"on": "2024-02-29", "unasked": 1})))


# What may be a fact


@frozen
class Converts:
    minutes: int = field(converter=int)


@frozen
class Hides:
    _minutes: int


@frozen
class HasFloat:
    share: float


@frozen
class HasList:
    minutes: list[int]


@frozen
class HasAny:
    what: Any


@frozen
class Inside:
    part: tuple[HasFloat, ...]


class Plain:
    minutes: int


@pytest.mark.parametrize("kind", [Converts, Hides, HasFloat, HasList, HasAny, Inside, Plain])
def test_a_fact_holds_plain_values_and_hides_none(kind: type) -> None:
    with pytest.raises(TypeError):
        check_plain(kind)
    with pytest.raises(TypeError):
        Vocabulary({"door": [kind]})


@frozen
class Innermost:
    minutes: int


@pytest.mark.parametrize("many", [False, True])
def test_a_fact_is_only_so_deep(many: bool) -> None:
    kind: Any = Innermost
    for _ in range(DEEPEST // (1 + many) - 1):
        inner: Any = types.GenericAlias(tuple, (kind, ...)) if many else kind
        kind = attrs.make_class("Outer", {"inner": attrs.field(type=inner)}, frozen=True)
    check_plain(kind)
    deeper = attrs.make_class("Deeper", {"inner": attrs.field(type=kind)}, frozen=True)
    with pytest.raises(TypeError, match="more than 8 values within one another"):
        check_plain(attrs.make_class("Deepest", {"inner": attrs.field(type=deeper)}, frozen=True))


def test_a_time_without_an_offset_is_no_time_of_recording() -> None:
    stored = WORDS.encode(envelope(FACT))
    naive = stored.replace(b'"2024-03-01T00:00:00Z"', b'"2024-03-01T00:00:00"')
    assert naive != stored
    with pytest.raises(StoredFactError, match="cannot be read"):
        WORDS.decode(PLACE, naive)


def test_cattrs_reads_and_writes_the_same_plain_values_strictly() -> None:
    converter = plain_converter()
    plain = msgspec.json.decode(WORDS.encode(envelope(FACT)))["fact"]
    assert converter.structure(plain, KeyHandedOver) == FACT
    assert converter.unstructure(FACT)["name"] == "Ada Byron"
    for wrong in ({"parts": [{"minutes": "5"}]}, {"unasked": 1}, {"name": 7}, {"at": "noon"}):
        with pytest.raises(BaseValidationError):
            converter.structure({**plain, **wrong}, KeyHandedOver)
