"""What was stored once can be read for good."""

import types
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any, Union, get_args, get_origin

import attrs
import msgspec
import pytest

from npq_domain.aggregates import vocabulary
from npq_domain.errors import Place
from npq_domain.personal import Personal
from tests.stored.samples import ENVELOPE, FOLDER, SCHEMAS, digest, digests, kept

KINDS: list[Any] = list(dict.fromkeys(map(vocabulary.kind, vocabulary)))
FILES = sorted(it for it in FOLDER.glob("*.json") if it != SCHEMAS)


def place(name: str) -> Place:
    return Place(position=1, subject="s", version=1, name=name)


def test_every_name_has_a_stored_sample() -> None:
    assert {it.stem for it in FILES} == set(vocabulary)


@pytest.mark.parametrize("file", FILES, ids=lambda it: it.stem)
def test_every_stored_sample_is_read_into_its_fact(file: Path) -> None:
    name, stored = file.stem, file.read_bytes()
    kind = vocabulary.kind(name)
    seen = vocabulary.decode(place(name), stored)
    assert type(seen.fact) is kind
    if name == vocabulary.name(kind):
        assert msgspec.json.decode(vocabulary.encode(seen)) == msgspec.json.decode(stored)


def test_a_fact_does_not_change_without_a_new_version() -> None:
    released, now = kept(), digests()
    changed = [name for name in now if released.get(name) != now[name]]
    assert changed == [], "give it a new version and an upcast; then add a sample"


def stems() -> dict[str, int]:
    """The present version of each fact."""
    present = (vocabulary.name(vocabulary.kind(name)) for name in vocabulary)
    return {stem: int(number) for stem, _, number in (it.rpartition(".v") for it in present)}


def test_there_is_a_sample_and_a_digest_of_every_version_up_to_the_present() -> None:
    every = {
        f"{stem}.v{version}" for stem, last in stems().items() for version in range(1, last + 1)
    }
    assert {it.stem for it in FILES} == every
    assert kept().keys() == every | {ENVELOPE}


def test_a_sample_leaves_nothing_out() -> None:
    """Else a field that may be absent would be read by nobody here."""
    for file in FILES:
        told = msgspec.json.decode(file.read_bytes())["fact"]
        assert None not in told.values(), file.name
        assert () not in told.values(), file.name


@pytest.mark.parametrize("kind", KINDS, ids=lambda it: it.__name__)
def test_any_change_inside_a_fact_changes_its_digest(kind: Any) -> None:
    """Of its own fields, of the values within it however deep, and of each enumeration."""
    for changed in variants(kind):
        assert digest(changed) != digest(kind)


def variants(kind: Any) -> Iterator[Any]:
    """A fact as it would be if one thing in it were another, each in turn."""
    fields = {it.name: it.type for it in attrs.fields(kind)}
    for name, its in fields.items():
        yield remade(kind, {key: each for key, each in fields.items() if key != name})
        yield from (remade(kind, fields | {name: other}) for other in others(its))


def others(kind: Any) -> Iterator[Any]:
    """A type as it might be changed."""
    origin, args = get_origin(kind), get_args(kind)
    if origin is tuple:
        yield from (types.GenericAlias(tuple, (each, ...)) for each in others(args[0]))
    elif origin in (types.UnionType, Union):
        yield args[0]
        yield from (each | None for each in others(args[0]))
    elif origin is Personal:
        yield args[0]
    elif isinstance(kind, type) and issubclass(kind, Enum):
        members = {it.name: it.value for it in kind}
        yield Enum(kind.__name__, members | {"UNHEARD_OF": "unheard of"})
        yield Enum(kind.__name__, dict(list(members.items())[1:]) or {"UNHEARD_OF": "unheard of"})
    elif attrs.has(kind):
        yield from variants(kind)
    else:
        yield {str: int}.get(kind, str)


def remade(kind: Any, fields: dict[str, Any]) -> Any:
    """A class of the same name with these fields."""
    made = {name: attrs.field(type=each) for name, each in fields.items()}
    return attrs.make_class(kind.__name__, made, frozen=True)


def test_a_new_field_a_new_type_or_a_default_changes_the_digest_and_words_do_not() -> None:
    def made(**fields: Any) -> type:
        return attrs.make_class("Made", fields, frozen=True)

    one = made(minutes=attrs.field(type=int))
    again = made(minutes=attrs.field(type=int))
    again.__doc__ = "In other words."
    assert digest(one) == digest(again)
    others = [
        made(minutes=attrs.field(type=str)),
        made(minutes=attrs.field(type=int, default=0)),
        made(minutes=attrs.field(type=int), ref=attrs.field(type=str)),
        made(hours=attrs.field(type=int)),
    ]
    assert digest(one) not in {digest(it) for it in others}
