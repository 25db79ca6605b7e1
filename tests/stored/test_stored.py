"""What was stored once can be read for good."""

from pathlib import Path
from typing import Any

import attrs
import msgspec
import pytest

from npq_domain.aggregates import vocabulary
from npq_domain.errors import Place
from tests.stored.samples import FOLDER, SCHEMAS, digest, digests, kept

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
