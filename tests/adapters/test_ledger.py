"""The ledger on every store: load, decide, append."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date, datetime, timedelta, timezone
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npq_adapters.ledger import Answer, Ledger
from npq_adapters.opening import open_store
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import Row, Store, VersionTaken
from npq_domain.decider import Decider, Facts
from npq_domain.errors import Conflict, Invalid, Refused, StoredFactError, UnknownFact
from npq_domain.history import voided
from npq_domain.personal import Personal
from npq_domain.recorded import Actor, Recorded, Source
from tests.adapters import club as toy
from tests.adapters.club import (
    DAY,
    NOW,
    SECRETARY,
    VIEWS,
    Add,
    Clock,
    Join,
    Joined,
    Meet,
    Met,
    Note,
    Noted,
    Open,
    Scored,
    Weigh,
    Withdraw,
    Withdrawn,
)
from tests.adapters.tampering import unguarded
from tests.conftest import Backend

CLUB, ANN, BOB = UUID(int=1), UUID(int=2), UUID(int=3)
ONE = UUID(int=101)


def ledger_over(store: Store, **given: Any) -> Ledger:
    deciders = (toy.member, toy.club)
    usual: dict[str, Any] = {"catalogue": lambda: "the catalogue", "clock": Clock()}
    return Ledger(store, toy.vocabulary, deciders, views=VIEWS, **usual | given)


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    with closing(backend.open(views=VIEWS)) as store:
        yield ledger_over(store)


def facts(told: tuple[Recorded[Any], ...]) -> list[Any]:
    return [it.fact for it in told]


def test_what_a_command_leads_to_is_recorded_in_its_place(ledger: Ledger) -> None:
    answer = ledger.handle(
        ANN, Add(points=(3, 4)), by=SECRETARY, command_id=ONE, source=Source.IMPORT
    )
    expected = tuple(
        Recorded(
            subject=ANN,
            version=version,
            name="member.scored.v1",
            recorded_at=NOW + timedelta(seconds=1),
            by=SECRETARY,
            source=Source.IMPORT,
            command_id=ONE,
            fact=Scored(points=points, on=DAY),
        )
        for version, points in ((1, 3), (2, 4))
    )
    assert answer == expected
    assert not answer.repeated
    assert ledger.history(ANN) == expected


def test_versions_go_on_from_the_last(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(3, 4)), by=SECRETARY)
    [third] = ledger.handle(ANN, Add(points=(5,)), by=SECRETARY)
    assert third.version == 3


def test_what_is_so_already_records_nothing(ledger: Ledger) -> None:
    ledger.handle(CLUB, Open(seats=5), by=SECRETARY)
    answer = ledger.handle(CLUB, Open(seats=5), by=SECRETARY)
    assert (answer, answer.repeated) == ((), False)
    assert len(ledger.history(CLUB)) == 1


def test_a_refused_command_appends_nothing(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1,)), by=SECRETARY)
    before = ledger.store.head()
    with pytest.raises(Refused) as refused:
        ledger.handle(ANN, Add(points=(5, 0)), by=SECRETARY)
    assert refused.value.code == "no_points"
    assert ledger.store.head() == before


def test_nothing_is_recorded_before_it_happens(ledger: Ledger) -> None:
    with pytest.raises(Refused) as refused:
        ledger.handle(ANN, Add(points=(1,), on=date(2024, 5, 3)), by=SECRETARY)
    assert refused.value.code == "future_dated"


def test_a_repeated_command_id_gives_the_first_answer_again(ledger: Ledger) -> None:
    first = ledger.handle(ANN, Add(points=(3, 4)), by=SECRETARY, command_id=ONE)
    ledger.handle(ANN, Add(points=(9,)), by=SECRETARY)
    again = ledger.handle(ANN, Add(points=(3, 4)), by=SECRETARY, command_id=ONE)
    assert (again, again.repeated) == (first, True)
    assert len(ledger.history(ANN)) == 3


def test_a_repeated_command_is_answered_before_it_is_decided(ledger: Ledger) -> None:
    first = ledger.handle(ANN, Add(points=(3,)), by=SECRETARY, command_id=ONE)
    assert ledger.handle(ANN, Add(points=(0,)), by=SECRETARY, command_id=ONE) == first


def test_the_text_of_a_command_id_in_a_fact_is_no_repetition(ledger: Ledger) -> None:
    ledger.handle(ANN, Note(text=str(ONE)), by=SECRETARY)
    answer = ledger.handle(ANN, Note(text="again"), by=SECRETARY, command_id=ONE)
    assert not answer.repeated
    assert len(answer) == 1


commands = st.lists(
    st.one_of(
        st.builds(Add, points=st.lists(st.integers(0, 3), max_size=3).map(tuple)),
        st.builds(
            Note, text=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)
        ),
        st.builds(Withdraw, version=st.integers(1, 8)),
    ),
    max_size=8,
)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(commands)
def test_asking_again_what_was_recorded_changes_nothing(ledger: Ledger, asked: list[Any]) -> None:
    subject = uuid4()
    given_first = {}
    for command in asked:
        command_id = uuid4()
        if answer := outcome(ledger, subject, command, command_id):
            given_first[command_id] = (command, answer)
    history = ledger.history(subject)
    for command_id, (command, answer) in given_first.items():
        again = ledger.handle(subject, command, by=SECRETARY, command_id=command_id)
        assert (again, again.repeated) == (answer, True)
    assert ledger.history(subject) == history
    assert [it for _, answer in given_first.values() for it in answer] == list(history)


def outcome(ledger: Ledger, subject: UUID, command: Any, command_id: UUID) -> Answer:
    try:
        return ledger.handle(subject, command, by=SECRETARY, command_id=command_id)
    except Refused:
        return Answer()


def test_all_commands_of_many_threads_are_applied_once(ledger: Ledger) -> None:
    def work(thread: int) -> None:
        for turn in range(20):
            ledger.handle(ANN, Add(points=(1 + 20 * thread + turn,)), by=SECRETARY)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, range(8)))
    history = ledger.history(ANN)
    assert [it.version for it in history] == list(range(1, 161))
    assert sorted(it.fact.points for it in history) == list(range(1, 161))


class Contended:
    """A store in which somebody else is always first."""

    def __init__(self, store: Store, *, lost_replies: bool = False) -> None:
        self.store, self.lost_replies = store, lost_replies

    def append(self, rows: list[Row]) -> None:
        if self.lost_replies:
            self.store.append(rows)
        msg = "taken"
        raise VersionTaken(msg)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.store, name)


def test_a_subject_that_stays_contended_is_a_conflict(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("npq_adapters.ledger.LONGEST_PAUSE", 0.0)
    contended: Any = Contended(ledger.store)
    with pytest.raises(Conflict):
        ledger_over(contended).handle(ANN, Add(points=(1,)), by=SECRETARY)
    assert ledger.history(ANN) == ()


def test_no_time_is_lost_after_the_last_attempt(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    monkeypatch.setattr("npq_adapters.ledger.sleep", waited.append)
    contended: Any = Contended(ledger.store)
    with pytest.raises(Conflict, match="after 40 attempts"):
        ledger_over(contended).handle(ANN, Add(points=(1,)), by=SECRETARY)
    assert len(waited) == 39
    assert sum(waited) < 4


def test_rows_that_the_store_does_not_take_are_tried_once(backend: Backend) -> None:
    if not backend.shared:
        return
    store: Any = backend.open()
    with closing(store):
        with closing(open_store(backend.owner)) as owner:
            forbid(owner)
        with pytest.raises(Invalid, match="it takes no such rows") as invalid:
            ledger_over(store).handle(ANN, Note(text="Ann Other"), by=SECRETARY)
        assert "Other" not in str(invalid.value)
        assert store.head() == 0


def forbid(store: Any) -> None:
    """Have the table take no notes, as an operator of the database might."""
    if isinstance(store, SqliteStore):
        with store.datastore.transaction(commit=True) as cursor:
            cursor.execute(
                "CREATE TRIGGER no_notes BEFORE INSERT ON stored_events"
                " WHEN new.topic = 'member.noted.v1' BEGIN SELECT RAISE(ABORT, 'no notes'); END"
            )
    else:
        with store.datastore.get_connection() as connection:
            connection.execute(
                f"ALTER TABLE {store.datastore.schema}.stored_events"
                " ADD CONSTRAINT no_notes CHECK (topic <> 'member.noted.v1')"
            )


def test_a_used_command_id_answers_another_command_with_the_first_facts(ledger: Ledger) -> None:
    first = ledger.handle(ANN, Add(points=(3,)), by=SECRETARY, command_id=ONE)
    again = ledger.handle(ANN, Note(text="another"), by=SECRETARY, command_id=ONE)
    assert (again, again.repeated) == (first, True)


def test_a_lost_reply_is_settled_by_the_command_id(ledger: Ledger) -> None:
    losing: Any = Contended(ledger.store, lost_replies=True)
    answer = ledger_over(losing).handle(ANN, Add(points=(1,)), by=SECRETARY, command_id=ONE)
    assert answer == ledger.history(ANN)
    assert len(answer) == 1


def test_a_command_that_nobody_decides_is_invalid(ledger: Ledger) -> None:
    with pytest.raises(Invalid, match="object: no decider knows such a command"):
        ledger.handle(ANN, object(), by=SECRETARY)


def test_a_subject_is_of_one_kind_for_good(ledger: Ledger) -> None:
    ledger.handle(CLUB, Open(seats=5), by=SECRETARY)
    with pytest.raises(Refused) as refused:
        ledger.handle(CLUB, Add(points=(1,)), by=SECRETARY)
    assert refused.value.code == "wrong_subject"
    assert len(ledger.history(CLUB)) == 1


def test_a_decision_may_ask_for_another_subject(ledger: Ledger) -> None:
    ledger.handle(CLUB, Open(seats=5), by=SECRETARY)
    [joined] = ledger.handle(ANN, Join(club_id=CLUB), by=SECRETARY)
    assert joined.fact == Joined(club=CLUB, on=DAY)


@pytest.mark.parametrize(("club_id", "code"), [(None, "no_seats"), (BOB, "no_seats")])
def test_another_subject_that_is_not_there_is_as_it_begins(
    ledger: Ledger, club_id: UUID | None, code: str
) -> None:
    with pytest.raises(Refused) as refused:
        ledger.handle(ANN, Join(club_id=club_id), by=SECRETARY)
    assert refused.value.code == code


def test_another_subject_has_to_be_of_the_kind_that_is_asked_for(ledger: Ledger) -> None:
    ledger.handle(BOB, Add(points=(1,)), by=SECRETARY)
    with pytest.raises(Refused) as refused:
        ledger.handle(ANN, Join(club_id=BOB), by=SECRETARY)
    assert refused.value.code == "wrong_subject"


def test_a_decision_may_weigh_the_state_without_a_fact(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1, 2, 3)), by=SECRETARY)
    ledger.handle(ANN, Withdraw(version=1), by=SECRETARY)
    answers = [
        *ledger.handle(ANN, Weigh(version=2), by=SECRETARY),
        *ledger.handle(ANN, Weigh(version=4), by=SECRETARY),
    ]
    assert [it.fact.text.reveal() for it in answers] == [
        "[3] [2, 3] the catalogue",
        "[1, 2, 3] [2, 3] the catalogue",
    ]


def test_a_decision_that_asks_for_what_nobody_gives_is_seen_at_the_start(store: Store) -> None:
    with pytest.raises(TypeError, match="weigh asks for 'catalogue'"):
        ledger_over(store, catalogue=None)


@frozen(kw_only=True)
class Visit:
    on: date = DAY


def visit(command: Visit, it: Any, *, club: Any) -> Facts:
    yield from ()


def test_a_decision_that_asks_for_a_subject_its_command_cannot_name_is_seen_too(
    store: Store,
) -> None:
    visitor = Decider[Any](name="visitor", initial=object, folds={}, decisions={Visit: visit})
    with pytest.raises(TypeError, match="visit asks for 'club': Visit cannot have it"):
        Ledger(store, toy.vocabulary, (visitor, toy.club))


def test_a_withdrawn_fact_is_passed_over_and_stays_in_the_history(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1, 2)), by=SECRETARY)
    ledger.handle(ANN, Withdraw(version=1), by=SECRETARY)
    history = ledger.history(ANN)
    assert facts(history) == [
        Scored(points=1, on=DAY),
        Scored(points=2, on=DAY),
        Withdrawn(version=1, on=DAY),
    ]
    assert voided(history, Withdrawn) == {1: history[2]}
    assert ledger.state(ANN).score.points == [2]
    ledger.handle(ANN, Withdraw(version=3), by=SECRETARY)
    assert ledger.state(ANN).score.points == [1, 2]


def test_a_history_can_be_read_as_it_was_known(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1, 2)), by=SECRETARY)
    ledger.handle(ANN, Withdraw(version=1), by=SECRETARY)
    then = ledger.history(ANN)[1].recorded_at
    assert [it.version for it in ledger.history(ANN, known_at=then)] == [1, 2]
    assert ledger.history(ANN, known_at=then - timedelta(microseconds=1)) == ()
    assert [it.version for it in ledger.history(ANN, upto_version=1)] == [1]
    assert ledger.state(ANN, known_at=then).score.points == [1, 2]


def test_a_state_can_be_read_as_it_stood_on_a_day(ledger: Ledger) -> None:
    ledger.handle(ANN, Add(points=(1,), on=date(2024, 3, 1)), by=SECRETARY)
    ledger.handle(ANN, Add(points=(2,), on=date(2024, 4, 1)), by=SECRETARY)
    assert ledger.state(ANN, valid_at=date(2024, 3, 31)).score.points == [1]
    assert ledger.state(ANN, valid_at=date(2024, 4, 1)).score.points == [1, 2]
    ledger.handle(ANN, Withdraw(version=1), by=SECRETARY)
    # What never was, was not so in March either, however late that was written down.
    assert ledger.state(ANN, valid_at=date(2024, 3, 31)).score.points == []


def test_a_time_without_an_offset_is_refused_wherever_it_comes_from(ledger: Ledger) -> None:
    naive = datetime(2024, 5, 1, 12)  # noqa: DTZ001 - that is the point
    with pytest.raises(Invalid, match="known_at: 2024-05-01T12:00:00 says no offset"):
        ledger.history(ANN, known_at=naive)
    with pytest.raises(Invalid, match="Meet: at: 2024-05-01T12:00:00 says no offset"):
        ledger.handle(ANN, Meet(at=naive), by=SECRETARY)
    with pytest.raises(Invalid, match="clock: "):
        ledger_over(ledger.store, clock=lambda: naive).handle(ANN, Add(points=(1,)), by=SECRETARY)
    assert ledger.store.head() == 0


def test_an_instant_comes_back_as_it_went(ledger: Ledger) -> None:
    at = NOW - timedelta(microseconds=1)
    ledger.handle(ANN, Meet(at=at), by=SECRETARY)
    assert facts(ledger.history(ANN)) == [Met(at=at)]


three: Any = "three"


@pytest.mark.parametrize(
    "command", [Note(text="a lone \ud800 surrogate"), Add(points=(three,)), Add(points=(True,))]
)
def test_what_would_not_come_back_is_never_stored(ledger: Ledger, command: Any) -> None:
    with pytest.raises(Invalid) as invalid:
        ledger.handle(ANN, command, by=SECRETARY)
    assert "surrogate" not in str(invalid.value)
    assert ledger.store.head() == 0


def bytes_of(ledger: Ledger) -> int:
    return max(len(it.state) for it in ledger.store.stream(str(ANN)))


def test_a_fact_takes_64_kib_with_its_envelope_and_not_a_byte_more(ledger: Ledger) -> None:
    ledger.handle(ANN, Note(text="a"), by=SECRETARY)
    room = 64 * 1024 - bytes_of(ledger)
    ledger.handle(ANN, Note(text="a" * (room + 1)), by=SECRETARY)
    assert bytes_of(ledger) == 64 * 1024
    with pytest.raises(Invalid, match="Noted: takes 65,537 bytes, and a fact has 65,536 at most"):
        ledger.handle(ANN, Note(text="a" * (room + 2)), by=SECRETARY)
    with pytest.raises(Invalid, match="Noted: takes 65,537 bytes"):
        ledger.handle(ANN, Note(text="a"), by=Actor(role="secretary", id="s" * (room + 4)))
    assert len(ledger.history(ANN)) == 2


def test_what_lies_beyond_all_years_is_refused_and_not_reckoned_with(ledger: Ledger) -> None:
    for at in (datetime.min, datetime.max):  # noqa: DTZ901 - they are given a zone
        for zone in (timedelta(hours=14), timedelta(hours=-12)):
            with pytest.raises(Invalid, match=r"Meet: at: .* is not between 1900-01-01"):
                ledger.handle(ANN, Meet(at=at.replace(tzinfo=timezone(zone))), by=SECRETARY)
    assert ledger.store.head() == 0


def row(version: int, name: str, state: bytes, subject: UUID = ANN) -> Row:
    return Row(str(subject), version, name, state)


ENVELOPE = (
    b'{"at":"2024-05-01T12:00:00Z","by":{"role":"r","id":"i"},"source":"provider",'
    b'"command":"00000000-0000-0000-0000-000000000009","fact":%s}'
)


@pytest.mark.parametrize(
    ("name", "state", "kind"),
    [
        ("member.flew.v1", ENVELOPE % b"{}", UnknownFact),
        ("member.scored.v2", ENVELOPE % b'{"points":1,"on":"2024-05-01"}', UnknownFact),
        ("member.noted.v1", ENVELOPE % b'{"text":"Ann Other"}', StoredFactError),
        ("member.noted.v1", b'{"fact":{"text":"Ann Other', StoredFactError),
        ("member.noted.v1", b"\xff Ann Other", StoredFactError),
        ("member.noted.v1", b"", StoredFactError),
    ],
)
def test_a_row_that_cannot_be_read_is_told_by_its_place_alone(
    ledger: Ledger, name: str, state: bytes, kind: type[StoredFactError]
) -> None:
    ledger.handle(ANN, Add(points=(1,)), by=SECRETARY)
    ledger.store.append([row(2, name, state)])
    position = ledger.store.head()
    for read in (
        lambda: ledger.handle(ANN, Add(points=(2,)), by=SECRETARY),
        lambda: ledger.history(ANN),
        lambda: ledger.state(ANN),
    ):
        with pytest.raises(StoredFactError) as error:
            read()
        assert type(error.value) is kind
        assert error.value.place.position == position
        assert (error.value.name, error.value.version) == (name, 2)
        assert "Other" not in str(error.value)


def test_a_subject_of_an_unknown_kind_is_an_unknown_fact(ledger: Ledger) -> None:
    ledger.store.append([row(1, "zebra.seen.v1", b"{}")])
    with pytest.raises(UnknownFact):
        ledger.handle(ANN, Add(points=(2,)), by=SECRETARY)


def test_a_gap_in_a_subject_is_told(backend: Backend, ledger: Ledger) -> None:
    if backend.kind != "sqlite":
        return
    good = ENVELOPE % b'{"points":1,"on":"2024-05-01"}'
    ledger.store.append([row(version, "member.scored.v1", good) for version in (1, 2, 3)])
    with unguarded(backend.url) as db:
        db.execute("DELETE FROM stored_events WHERE originator_version = 2")
    with pytest.raises(StoredFactError, match="facts are missing before it"):
        ledger.handle(ANN, Add(points=(2,)), by=SECRETARY)


def test_a_subject_without_facts_has_an_empty_history_and_no_state(ledger: Ledger) -> None:
    assert ledger.history(ANN) == ()
    assert ledger.state(ANN, toy.member) == toy.Member()
    with pytest.raises(Invalid, match="has no facts"):
        ledger.state(ANN)


def test_personal_values_go_in_and_come_out_and_show_nowhere(ledger: Ledger) -> None:
    answer = ledger.handle(ANN, Note(text="Ann Other"), by=Actor(role="r", id="i"))
    assert facts(answer) == [Noted(text=Personal("Ann Other"), on=DAY)]
    assert "Other" not in repr(answer)


@pytest.mark.parametrize(
    "odd",
    [
        {"by": "me"},
        {"by": Actor(role="provider", id=7)},  # type: ignore[arg-type]
        {"source": "moon"},
        {"command_id": "nope"},
    ],
)
def test_what_stands_around_a_fact_is_checked_before_anything_is_stored(
    ledger: Ledger, odd: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        ledger.handle(ANN, Add(points=(3,)), **{"by": SECRETARY, **odd})
    assert ledger.history(ANN) == ()


def test_a_subject_is_a_uuid(ledger: Ledger) -> None:
    with pytest.raises(Invalid, match="subject: 'ann' is of type str, not UUID"):
        ledger.handle("ann", Add(points=(3,)), by=SECRETARY)  # type: ignore[arg-type]
    assert ledger.store.head() == 0
