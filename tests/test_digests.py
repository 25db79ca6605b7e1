"""Digests: what a fact said can be told later, and of persons they tell nothing."""

from datetime import UTC, date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from attrs import frozen
from hypothesis import given

from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant.facts.engagement import AbsenceRecorded, StudyRecorded
from npq_domain.digests import digest
from npq_domain.errors import Place
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Recorded, Source
from npq_domain.testing.values import facts
from npq_domain.vocabulary import Envelope

AT = datetime(2024, 3, 1, 9, tzinfo=UTC)
BY = Actor(role="administrator", id="a-1")
NOBODY = UUID(int=0)
STUDY = StudyRecorded(component="unit-1", minutes=60, percent=None, ref=None, on=date(2024, 3, 1))


def recorded(fact: Any, **other: Any) -> Recorded[Any]:
    usual: dict[str, Any] = {
        "subject": NOBODY,
        "version": 1,
        "name": "participant.study-recorded.v1",
        "recorded_at": AT,
        "by": BY,
        "source": Source.PROVIDER,
        "command_id": NOBODY,
    }
    return Recorded(**usual | other, fact=fact)


def test_a_digest_is_of_the_name_and_the_fields_in_order_and_anybody_can_work_it_out() -> None:
    written = (
        b"participant.study-recorded.v1\n"
        b'{"component":"unit-1","minutes":60,"on":"2024-03-01","percent":null,"ref":null}'
    )
    assert digest(recorded(STUDY)) == sha256(written).hexdigest()


def test_a_digest_changes_with_the_fact_and_its_name_and_with_nothing_else() -> None:
    first = digest(recorded(STUDY))
    other = StudyRecorded(
        component="unit-1", minutes=61, percent=None, ref=None, on=date(2024, 3, 1)
    )
    assert digest(recorded(other)) != first
    assert digest(recorded(STUDY, name="participant.study-recorded.v2")) != first
    elsewhere = {"version": 9, "subject": UUID(int=7), "source": Source.VLE}
    assert digest(recorded(STUDY, **elsewhere)) == first


def test_a_digest_tells_nothing_of_what_is_personal() -> None:
    def absence(reason: str | None) -> AbsenceRecorded:
        text = Personal(reason) if reason else None
        return AbsenceRecorded(component="plg-1", reason=text, on=date(2024, 3, 1))

    name = "participant.absence-recorded.v1"
    ill, well, untold = (digest(recorded(absence(it), name=name)) for it in ("ill", "busy", None))
    assert ill == well
    assert untold != ill


@given(fact=facts())
def test_a_fact_has_the_same_digest_after_it_was_stored_and_read(fact: Any) -> None:
    name = vocabulary.name(type(fact))
    envelope = Envelope(at=AT, by=BY, source=Source.PROVIDER, command=NOBODY, fact=fact)
    place = Place(position=1, subject="s", version=1, name=name)
    again = vocabulary.decode(place, vocabulary.encode(envelope)).fact
    assert digest(recorded(again, name=name)) == digest(recorded(fact, name=name))


def test_what_is_no_fact_has_no_digest() -> None:
    @frozen
    class Odd:
        value: object

    with pytest.raises(TypeError, match="plain values"):
        digest(recorded(Odd(value=object())))
