"""One person over several enrolments, on every store and as was known at any time."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from attrs import define, field

from npq_adapters import Ledger, open_ledger
from npq_adapters.people import Person, person
from npq_adapters.transfer import hand_over, take_in
from npq_domain import commands as ask
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal
from npq_domain.projections import VIEWS, enrolments, people
from npq_domain.recorded import Actor
from tests.aggregates.ground import HEADSHIP, SENIOR, SPECIALIST, registration
from tests.conftest import Backend

OFFICE = Actor(role="provider", id="office")
DAY = date(2024, 5, 1)
ONE, TWO, THREE, FOUR = (UUID(int=number) for number in range(1, 5))


@define
class Clock:
    """A day later at each look."""

    now: datetime = field(default=datetime(2024, 6, 1, 12, tzinfo=UTC))

    def __call__(self) -> datetime:
        self.now += timedelta(minutes=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def ledger(backend: Backend, clock: Clock) -> Iterator[Ledger]:
    backend.migrate(views=VIEWS)
    with closing(open_ledger(backend.url, clock=clock)) as opened:
        yield opened


def recorded(ledger: Ledger, subject: UUID, *asked: Any) -> None:
    for command in asked:
        ledger.handle(subject, command, by=OFFICE)


def registered(key: str, number: int, told: str, **other: Any) -> Any:
    return registration(
        key, application_id=f"a-{number}", participant_id=told, person_ref=f"r-{number}", **other
    )


def merged(former: str, current: str, on: date = DAY) -> ask.ChangeParticipantId:
    return ask.ChangeParticipantId(former=former, current=current, on=on)


def grown(ledger: Ledger) -> Iterator[None]:
    """Three applications of one person and one of another, which turn out so by and by."""
    recorded(ledger, ONE, registered(SENIOR, 1, "p-1"))
    recorded(ledger, FOUR, registered(SENIOR, 4, "p-4"))
    yield
    recorded(ledger, TWO, registered(HEADSHIP, 2, "p-2", on=date(2023, 10, 2)))
    yield
    recorded(ledger, ONE, merged("p-1", "p-2"))
    yield
    recorded(ledger, THREE, registered(SPECIALIST, 3, "p-2", on=date(2024, 3, 4)))
    yield
    recorded(ledger, THREE, merged("p-2", "p-3", date(2024, 5, 2)))
    yield


def found(ledger: Ledger, name: str, known_at: datetime | None = None) -> Person:
    it = person(ledger, name, known_at)
    assert it is not None
    return it


def everybody(ledger: Ledger) -> list[Any]:
    rows = [*ledger.rows(enrolments), *ledger.rows(people)]
    return sorted(rows, key=lambda it: (type(it).__name__, str(it)))


def test_the_views_caught_up_are_the_views_rebuilt(ledger: Ledger) -> None:
    counts = []
    for _ in grown(ledger):
        ledger.catch_up()
        caught_up = everybody(ledger)
        ledger.rebuild(["people"])
        assert everybody(ledger) == caught_up
        counts.append(sorted(it.enrolments for it in ledger.rows(people)))
    assert counts == [[1, 1], [1, 1, 1], [1, 2], [1, 3], [1, 3]]
    [row] = ledger.rows(people, enrolments=3)
    assert (row.person, row.participant_id, row.participant_ids, row.current_ids) == (
        str(ONE),
        "p-3",
        ("p-1", "p-2", "p-3"),
        ("p-3",),
    )
    assert row.programmes == ("NPQSL", "NPQH", "NPQLT")


@pytest.mark.parametrize("name", ["p-1", "P-2", "p-3", "r-2", str(TWO)])
def test_a_person_is_found_by_any_id_they_ever_had(ledger: Ledger, name: str) -> None:
    for _ in grown(ledger):
        pass
    it = found(ledger, name)
    assert [each.participant for each in it.enrolments] == [str(ONE), str(TWO), str(THREE)]
    ledger.catch_up()
    assert [it.row] == ledger.rows(people, enrolments=3)
    assert [each.where for each in it.timeline] == [
        (ONE, 1),
        (TWO, 1),
        (THREE, 1),
        (ONE, 2),
        (THREE, 2),
    ]


def test_what_is_nobody_s_id_is_nobody(ledger: Ledger) -> None:
    assert person(ledger, "p-1") is None
    recorded(ledger, ONE, registered(SENIOR, 1, "p-1"))
    for name in ("", "p-9", "a-1"):
        assert person(ledger, name) is None


def test_a_person_is_shown_as_they_were_known_then(ledger: Ledger, clock: Clock) -> None:
    steps = [clock.now for _ in grown(ledger)]
    then = [found(ledger, "p-2", at).row for at in steps[1:]]
    assert [(it.enrolments, it.participant_id) for it in then] == [
        (1, "p-2"),
        (2, "p-2"),
        (3, "p-2"),
        (3, "p-3"),
    ]
    assert person(ledger, "p-2", steps[0]) is None
    assert len(found(ledger, "p-2", steps[2]).timeline) == 3


def test_whom_a_merge_made_one_that_was_voided_since_are_two_and_were_one(
    ledger: Ledger, clock: Clock
) -> None:
    recorded(ledger, ONE, registered(SENIOR, 1, "p-1"), merged("p-1", "p-2"))
    recorded(ledger, TWO, registered(HEADSHIP, 2, "p-2"))
    before = clock.now
    void = ask.VoidFact(version=2, reason=Personal("another Ada"), on=DAY)
    recorded(ledger, ONE, void)
    assert found(ledger, "p-1", before).row.enrolments == 2
    assert found(ledger, "p-1").row.participants == (str(ONE),)
    assert found(ledger, "p-2").row.participants == (str(TWO),)


def test_who_was_handed_over_is_one_person_with_one_timeline(ledger: Ledger) -> None:
    application = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01"
    ada, heir = (participant_subject(it, application) for it in ("UCL", "BPN"))
    on = date(2023, 9, 20)
    recorded(
        ledger,
        ada,
        registration(SENIOR, application_id=application, participant_id="p-1"),
        ask.ReturnForm(on=on),
        ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=on),
        ask.Accept(on=on),
    )
    document = hand_over(ledger, ada, "BPN", by=OFFICE, on=DAY).to_json()
    take_in(ledger, document, "ada.json", "BPN", by=OFFICE, on=DAY)
    it = found(ledger, "p-1")
    assert [(each.provider, each.state) for each in it.enrolments] == [
        ("UCL", "transferred_out"),
        ("BPN", "active"),
    ]
    assert [each.recorded.version for each in it.timeline] == [1, 2, 3, 4, 5, 5]
    assert [each.taken_over_by for each in it.timeline] == [(heir,)] * 4 + [()] * 2
