"""The engine on every store: views that are kept up are the views that are built anew."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from datetime import date
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from attrs import asdict, evolve, frozen
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from npq_adapters import making, projecting
from npq_adapters.coverage import tallies
from npq_adapters.following import States
from npq_adapters.ledger import Ledger
from npq_adapters.making import Maker
from npq_adapters.marks import marked
from npq_adapters.projecting import catch_up, keep_up, rebuild, table
from npq_adapters.store import Checkpoint, Row, Store
from npq_domain.errors import Conflict, Invalid, StoredFactError
from npq_domain.projections.projection import Projection, Seen
from tests.adapters import club as toy
from tests.adapters.club import (
    DAY,
    NOW,
    SECRETARY,
    VIEWS,
    Add,
    Clock,
    EntryRow,
    Join,
    Meet,
    Note,
    Open,
    ScoreRow,
    TotalRow,
    Withdraw,
    entries,
    scores,
    totals,
)
from tests.conftest import Backend

CLUB, ANN, BOB = UUID(int=1), UUID(int=2), UUID(int=3)
TODAY, TOMORROW = date(2024, 5, 2), date(2024, 5, 3)


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    with closing(backend.open(views=VIEWS)) as store:
        yield Ledger(
            store,
            toy.vocabulary,
            (toy.member, toy.club),
            catalogue=lambda: "the catalogue",
            views=VIEWS,
            clock=Clock(),
        )


def ask(ledger: Ledger, subject: UUID, *commands: Any) -> None:
    for command in commands:
        ledger.handle(subject, command, by=SECRETARY)


def rows(ledger: Ledger) -> dict[str, list[Any]]:
    return {view.name: ledger.rows(view) for view in VIEWS}


def checkpoints(store: Store) -> list[Checkpoint | None]:
    with store.views() as views:
        return [views.checkpoint(view.name) for view in VIEWS]


def test_a_view_shows_a_row_for_each_subject_that_has_one(ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    ask(ledger, ANN, Join(club_id=CLUB), Add(points=(1, 2)), Note(text="well done"))
    ask(ledger, BOB, Add(points=(3,)), Meet(at=NOW))
    ledger.catch_up()
    assert rows(ledger) == {
        "scores": [
            ScoreRow(subject=str(ANN), total=3, position=4, as_at=TODAY),
            ScoreRow(subject=str(BOB), total=3, position=6, as_at=TODAY),
        ],
        "entries": [EntryRow(subject=str(ANN), met=None, position=2)],
        "totals": [TotalRow(total=3, members=2, joined=1)],
    }
    assert checkpoints(ledger.store) == [marked(ledger.store, 7, TODAY)] * 3


def test_new_facts_change_the_rows_they_touch(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ask(ledger, BOB, Add(points=(2,)))
    ledger.catch_up()
    ask(ledger, BOB, Add(points=(5,)))
    ledger.catch_up()
    assert [it.total for it in ledger.rows("scores")] == [1, 7]
    assert ledger.rows("scores", total=7) == [
        ScoreRow(subject=str(BOB), total=7, position=3, as_at=TODAY)
    ]


def test_a_row_goes_when_the_last_of_its_facts_is_voided_and_comes_back(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ledger.catch_up()
    ask(ledger, ANN, Withdraw(version=1))
    ledger.catch_up()
    assert rows(ledger) == {"scores": [], "entries": [], "totals": []}
    ask(ledger, ANN, Withdraw(version=2))
    ledger.catch_up()
    # The void was read too: the row tells how far the log is taken into account.
    assert ledger.rows("scores") == [ScoreRow(subject=str(ANN), total=1, position=3, as_at=TODAY)]


def test_facts_that_a_view_does_not_read_move_its_checkpoint_alone(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ledger.catch_up()
    before = rows(ledger)
    ask(ledger, ANN, Note(text="nothing to count"))
    ledger.catch_up()
    assert rows(ledger) == before
    assert checkpoints(ledger.store) == [marked(ledger.store, 2, TODAY)] * 3


def test_another_day_makes_every_row_anew(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ledger.catch_up()
    ledger.catch_up(as_at=TOMORROW)
    assert [it.as_at for it in ledger.rows("scores")] == [TOMORROW]
    assert checkpoints(ledger.store) == [marked(ledger.store, 1, TOMORROW)] * 3


def test_an_empty_log_makes_empty_views(ledger: Ledger) -> None:
    ledger.catch_up()
    assert rows(ledger) == {"scores": [], "entries": [], "totals": []}
    assert checkpoints(ledger.store) == [marked(ledger.store, 0, TODAY)] * 3


command = st.one_of(
    st.just(Join(club_id=CLUB)),
    st.builds(Add, points=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)),
    st.just(Note(text="noted")),
    st.just(Meet(at=NOW)),
    st.builds(Withdraw, version=st.integers(1, 4)),
    st.builds(Withdraw, version=st.integers(1, 4)),
)
step = st.tuples(st.integers(0, 2), command)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.lists(step, max_size=8), max_size=4),
    st.integers(1, 7),
    st.sampled_from([0, making.STREAM]),
)
def test_catching_up_in_whatever_batches_gives_what_a_rebuild_gives(
    ledger: Ledger, turns: list[list[tuple[int, Any]]], batch: int, stream: int
) -> None:
    ask(ledger, CLUB, Open(seats=3))
    subjects = [uuid4() for _ in range(3)]
    for turn in turns:
        for number, asked in turn:
            # A version that is not there is refused: withdraw what is.
            if isinstance(asked, Withdraw) and asked.version > len(
                ledger.history(subjects[number])
            ):
                continue
            ask(ledger, subjects[number], asked)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "STREAM", stream)
            catch_up(ledger.store, toy.vocabulary, VIEWS, as_at=TODAY, batch=batch)
    kept_up, stand = rows(ledger), checkpoints(ledger.store)
    rebuild(ledger.store, toy.vocabulary, VIEWS, as_at=TODAY, now=NOW)
    built = rows(ledger)
    if turns:
        assert kept_up == built
        assert stand == checkpoints(ledger.store)
    known = {str(it): ledger.state(it, toy.member).score.points for it in subjects}
    assert {it.subject: it.total for it in built["scores"] if it.subject in known} == {
        subject: sum(points) for subject, points in known.items() if points
    }


@pytest.mark.parametrize("stream", [0, making.STREAM], ids=["by streams", "by one pass"])
def test_the_history_of_each_subject_asked_for_is_whole_up_to_a_position(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch, stream: int
) -> None:
    monkeypatch.setattr(making, "STREAM", stream)
    ask(ledger, ANN, Add(points=(1,)))
    ask(ledger, BOB, Add(points=(2,)), Note(text="well done"))
    ask(ledger, ANN, Withdraw(version=1), Add(points=(3,)))
    maker = Maker(toy.vocabulary, [scores], TODAY)
    read = set(maker.names)
    for upto in range(6):
        for asked in ([str(ANN)], [str(BOB), str(ANN)], [str(CLUB)], []):
            found = making.histories(ledger.store, maker, asked, upto)
            assert {it[0][1]: [row[2] for row in it if row[3] in read] for it in found} == {
                subject: versions
                for subject in asked
                if (
                    versions := [
                        it.version
                        for it in ledger.store.stream(subject)
                        if it.position <= upto and it.name in read
                    ]
                )
            }


@frozen(kw_only=True)
class SeatsRow:
    subject: str
    seats: int
    position: int


def seats_row(it: toy.Club, seen: Seen) -> SeatsRow:
    return SeatsRow(subject=seen.subject, seats=it.seats.number, position=seen.position)


seats = Projection(
    name="seats", row_type=SeatsRow, decider=toy.club, parts=("seats",), row=seats_row
)
OF_BOTH_KINDS = (scores, seats)

STORED = {
    "club.opened.v1": b'{"fact":{"seats":3,"on":"2024-05-01"}}',
    "member.scored.v1": b'{"fact":{"points":3,"on":"2024-05-01"}}',
    "member.withdrawn.v1": b'{"fact":{"version":2,"on":"2024-05-01"}}',
    "member.met.v1": b'{"fact":{"at":"2024-05-01T12:00:00Z"}}',
}
"""Facts that another program wrote."""


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    turns=st.lists(
        st.lists(st.tuples(st.integers(0, 1), st.sampled_from(sorted(STORED))), max_size=4),
        max_size=4,
    ),
    stream=st.sampled_from([0, making.STREAM]),
    keeping=st.booleans(),
)
@example(
    turns=[[(0, "member.scored.v1")], [(0, "member.scored.v1")], [(0, "club.opened.v1")]],
    stream=0,
    keeping=True,
)
def test_facts_of_two_kinds_under_one_id_make_the_rows_of_both_kinds(
    backend: Backend,
    turns: list[list[tuple[int, str]]],
    stream: int,
    keeping: bool,
) -> None:
    with closing(backend.open(views=OF_BOTH_KINDS)) as store, pytest.MonkeyPatch.context() as patch:
        patch.setattr(making, "STREAM", stream)
        subjects = [str(uuid4()) for _ in range(2)]
        states = States()
        for turn in turns:
            for who, name in turn:
                version = len(store.stream(subjects[who])) + 1
                store.append([Row(subjects[who], version, name, STORED[name])])
            if keeping:
                upto = store.head()
                keep_up(store, toy.vocabulary, OF_BOTH_KINDS, TODAY, upto, 3, None, states)
            else:
                catch_up(store, toy.vocabulary, OF_BOTH_KINDS, as_at=TODAY)
        with store.views() as views:
            kept_up = [views.read(table(it), {}) for it in OF_BOTH_KINDS]
        rebuild(store, toy.vocabulary, OF_BOTH_KINDS, as_at=TODAY, now=NOW)
        with store.views() as views:
            assert [views.read(table(it), {}) for it in OF_BOTH_KINDS] == kept_up
        whole = [{row.name for row in store.stream(it)} for it in subjects]
        assert {it.subject for it in kept_up[1]}.intersection(subjects) == {
            subject
            for subject, names in zip(subjects, whole, strict=True)
            if "club.opened.v1" in names
        }


def test_a_summary_brings_its_sources_with_it(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    catch_up(ledger.store, toy.vocabulary, [totals], as_at=TODAY)
    assert ledger.rows("totals") == [TotalRow(total=4, members=1, joined=0)]
    assert checkpoints(ledger.store) == [marked(ledger.store, 1, TODAY)] * 3


def test_one_view_can_be_rebuilt_alone(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.rebuild(["scores"])
    assert checkpoints(ledger.store) == [marked(ledger.store, 1, TODAY), None, None]
    with pytest.raises(Invalid, match="no view 'score'; there are scores, entries, totals"):
        ledger.rebuild(["score"])


def test_a_rebuild_undoes_whatever_was_done_to_the_table(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    good = rows(ledger)
    with ledger.store.views(write=True) as views:
        views.put(table(scores), [ScoreRow(subject=str(BOB), total=9, position=1, as_at=DAY)])
    ledger.rebuild()
    assert rows(ledger) == good


def test_a_row_that_cannot_be_read_stops_a_view_where_it_stands(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    good, stand = rows(ledger), checkpoints(ledger.store)
    ledger.store.append([Row(str(BOB), 1, "member.scored.v1", b'{"fact":{"points":"many"}}')])
    for make in (ledger.catch_up, ledger.rebuild):
        with pytest.raises(StoredFactError) as error:
            make()
        assert (error.value.position, error.value.subject) == (ledger.store.head(), str(BOB))
        assert "so scores stopped" in str(error.value)
        assert rows(ledger) == good
        # It is no fact that the other projection reads; the summary is made of both.
        assert checkpoints(ledger.store) == [stand[0], marked(ledger.store, 2, TODAY), stand[2]]


def test_progress_is_told_up_to_the_end(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1, 2, 3)))
    told: list[tuple[int, int]] = []
    ledger.rebuild(on_progress=lambda done, upto: told.append((done, upto)))
    assert told == sorted(told)
    assert told[-1] == (3, 3)


def test_a_column_that_is_not_there_is_invalid(ledger: Ledger) -> None:
    with pytest.raises(Invalid, match="scores: no column 'totals'"):
        ledger.rows(scores, totals=1)


def test_a_summary_reads_the_columns_that_it_names_and_no_others(ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    ask(ledger, ANN, Join(club_id=CLUB), Add(points=(3,)))
    ask(ledger, BOB, Add(points=(4,)))
    read: list[Any] = []

    def keep(*sources: list[Any], as_at: date) -> list[TotalRow]:
        read.extend(sources)
        return [TotalRow(total=9, members=1, joined=as_at.year)]

    ledger.views["totals"] = evolve(totals, rows=keep)
    ledger.catch_up(as_at=TODAY)
    assert [[asdict(row) for row in each] for each in read] == [
        [{"subject": str(ANN), "total": 3}, {"subject": str(BOB), "total": 4}],
        [{"subject": str(ANN)}],
    ]
    assert ledger.rows("totals") == [TotalRow(total=9, members=1, joined=2024)]


@pytest.mark.parametrize(
    "columns", [{"score": ("total",)}, {"scores": ("total", "totals")}], ids=["source", "column"]
)
def test_a_summary_names_columns_that_are_there(columns: dict[str, tuple[str, ...]]) -> None:
    with pytest.raises(TypeError, match=r"totals: no source scores? has a column total"):
        evolve(totals, columns=columns)


def test_several_may_catch_up_at_once_while_facts_arrive(ledger: Ledger) -> None:
    done = threading.Event()
    failed: list[BaseException] = []

    def keep_up(batch: int) -> None:
        try:
            while not done.is_set():
                catch_up(ledger.store, toy.vocabulary, VIEWS, as_at=TODAY, batch=batch)
        except BaseException as error:  # noqa: BLE001 - shown below, in the test's own thread
            failed.append(error)

    threads = [threading.Thread(target=keep_up, args=(batch,)) for batch in (1, 3, 100)]
    for each in threads:
        each.start()
    subjects: Sequence[UUID] = [UUID(int=10 + n) for n in range(4)]
    for turn in range(40):
        ask(ledger, subjects[turn % 4], Add(points=(turn % 3 + 1,)))
        if turn % 5 == 4:
            ask(ledger, subjects[turn % 4], Withdraw(version=1))
    done.set()
    for each in threads:
        each.join()
    assert failed == []
    ledger.catch_up(as_at=TODAY)
    kept_up = rows(ledger)
    ledger.rebuild(as_at=TODAY)
    assert kept_up == rows(ledger)
    assert ledger.rows(entries) == []


class Beforehand:
    """A store on which, each time that views are about to be written, somebody else does first."""

    def __init__(self, store: Store, *meanwhile: Callable[[], None]) -> None:
        self._store, self._meanwhile = store, iter(meanwhile)

    def views(self, *, write: bool = False) -> Any:
        if write:
            next(self._meanwhile, lambda: None)()
        return self._store.views(write=write)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)


@pytest.mark.parametrize("make", [catch_up, partial(rebuild, now=NOW)])
def test_a_slower_build_does_not_move_a_view_backwards(ledger: Ledger, make: Any) -> None:
    ask(ledger, ANN, Add(points=(1, 2)))

    def overtake() -> None:
        ask(ledger, ANN, Add(points=(3, 4)))
        ledger.catch_up()

    make(Beforehand(ledger.store, overtake), toy.vocabulary, [scores], as_at=TODAY)
    assert [it.total for it in ledger.rows("scores")] == [10]
    assert checkpoints(ledger.store)[0] == marked(ledger.store, 4, TODAY)


class Meanwhile(Beforehand):
    """A store on which somebody else is the first at it also when the log is looked at."""

    def counts(self, after: int, upto: int) -> Any:
        next(self._meanwhile, lambda: None)()
        return self._store.counts(after, upto)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    before=st.lists(step, min_size=1, max_size=6),
    turns=st.lists(
        st.tuples(
            st.lists(step, max_size=4),
            st.lists(st.tuples(st.sampled_from([scores, entries]), st.integers(0, 3)), max_size=3),
        ),
        max_size=4,
    ),
    compare=st.booleans(),
)
@example(  # the second comes half way to where the first stands
    before=[(0, Add(points=(1,)))],
    turns=[([], []), ([(0, Add(points=(1, 2, 3)))], [(scores, 0), (entries, 2)])],
    compare=True,
)
@example(  # which was known before the others have to wait
    before=[(0, Add(points=(1,)))],
    turns=[([(0, Add(points=(1, 2, 3)))], [(scores, 2), (entries, 0)])],
    compare=True,
)
@example(  # and the first half way to where the second stands
    before=[(0, Add(points=(1,)))],
    turns=[([], []), ([(0, Add(points=(1, 2, 3)))], [(scores, 2), (entries, 0)])],
    compare=True,
)
def test_what_is_made_anew_follows_to_where_others_brought_the_view_meanwhile(
    ledger: Ledger, before: list[Any], turns: list[Any], compare: bool
) -> None:
    subjects = [uuid4() for _ in range(3)]
    damaged = ScoreRow(subject=str(uuid4()), total=9, position=1, as_at=TODAY)

    def record(those: list[tuple[int, Any]]) -> None:
        for number, asked in those:
            version = getattr(asked, "version", 0)
            if version <= len(ledger.history(subjects[number])):
                ask(ledger, subjects[number], asked)

    def turn(those: list[Any], moves: list[tuple[Any, int]]) -> None:
        record(those)
        for view, short in moves:
            upto = ledger.store.head() - short
            keep_up(ledger.store, toy.vocabulary, [view], TODAY, upto, 2, None)

    ask(ledger, CLUB, Open(seats=3))
    record(before)
    ledger.catch_up(as_at=TODAY)
    with ledger.store.views(write=True) as views:
        views.put(table(scores), [damaged])
    store: Any = Meanwhile(ledger.store, *(partial(turn, *each) for each in turns))
    them: list[Projection[Any, Any]] = [scores, entries]
    swapped = rebuild(store, toy.vocabulary, them, as_at=TODAY, now=NOW, compare=compare)
    for view, it in zip(them, swapped, strict=True):
        at = checkpoints(ledger.store)[VIEWS.index(view)]
        assert at == marked(ledger.store, it.rebuilt.position, TODAY)
        assert it.rebuilt.rows == len(ledger.rows(view))
        if compare:
            assert it.uncompared is None
            assert {found.key for found in it.differences} == (
                {(damaged.subject,)} if view is scores else set()
            )
    assert all(it.covered for it in tallies(ledger.store, them))
    ledger.catch_up(as_at=TODAY)
    kept_up = rows(ledger)
    assert damaged not in kept_up["scores"]
    ledger.rebuild(as_at=TODAY)
    assert kept_up == rows(ledger)


def test_however_fast_others_are_the_new_rows_come_to_where_they_are(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ledger.catch_up()
    monkeypatch.setattr(projecting, "NEAR", 1)

    def onwards() -> None:
        ask(ledger, ANN, Add(points=(1,)))
        catch_up(ledger.store, toy.vocabulary, VIEWS, as_at=TODAY)

    store: Any = Meanwhile(ledger.store, *[onwards] * 7)
    swapped = rebuild(store, toy.vocabulary, [scores, entries], as_at=TODAY, now=NOW, compare=True)
    # Six were followed while others were at it, and one when they had to wait.
    assert [(it.rebuilt.position, it.differences) for it in swapped] == [(8, ()), (8, ())]
    assert [it.total for it in ledger.rows("scores")] == [8]
    assert all(it.covered for it in tallies(ledger.store, [scores, entries]))


def test_views_are_not_compared_with_those_of_another_day(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1,)))
    ledger.catch_up(as_at=TODAY)
    store: Any = Beforehand(ledger.store, lambda: ledger.catch_up(as_at=TOMORROW))
    with pytest.raises(Conflict, match="scores came to look from 2024-05-03 while it was comp"):
        rebuild(store, toy.vocabulary, [scores], as_at=TODAY, now=NOW, compare=True)
    assert [it.as_at for it in ledger.rows("scores")] == [TOMORROW]
    rebuild(store, toy.vocabulary, [scores], as_at=TODAY, now=NOW)
    assert [it.as_at for it in ledger.rows("scores")] == [TODAY]


def test_a_fact_that_was_taken_out_meanwhile_stops_nobody(ledger: Ledger) -> None:
    """Of the rows that were made first, that is: those that took their place tell of none."""
    ask(ledger, ANN, Add(points=(1,)))
    ledger.store.append([Row(str(BOB), 1, "member.scored.v1", b'{"fact":{"points":"many"}}')])

    def taken_out() -> None:
        void = b'{"fact":{"version":1,"on":"2024-05-01"}}'
        ledger.store.append([Row(str(BOB), 2, "member.withdrawn.v1", void)])
        ledger.catch_up(["scores"], as_at=TODAY)

    store: Any = Beforehand(ledger.store, taken_out)
    [swapped] = rebuild(store, toy.vocabulary, [scores], as_at=TODAY, now=NOW)
    assert swapped.rebuilt.position == 3
    assert [it.total for it in ledger.rows("scores")] == [1]


def test_a_build_for_another_day_comes_to_be_seen_from_that_day(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1, 2)))
    slower: Any = Beforehand(ledger.store, lambda: ledger.catch_up(as_at=TODAY))
    catch_up(slower, toy.vocabulary, VIEWS, as_at=TOMORROW)
    assert checkpoints(ledger.store) == [marked(ledger.store, 2, TOMORROW)] * 3
    assert [it.as_at for it in ledger.rows("scores")] == [TOMORROW]


def test_a_summary_is_of_the_day_and_the_position_of_its_sources(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1, 2)))

    def nothing() -> None: ...

    def another_day() -> None:
        ledger.catch_up(as_at=TODAY)

    def one_of_them_further() -> None:
        ask(ledger, BOB, Join(club_id=CLUB), Add(points=(5,)))
        ledger.catch_up(["scores"], as_at=TOMORROW)

    ask(ledger, CLUB, Open(seats=3))
    for meanwhile in (another_day, one_of_them_further):
        # The first write is that of the sources, the second that of the summary.
        store: Any = Beforehand(ledger.store, nothing, meanwhile)
        rebuild(store, toy.vocabulary, [totals], as_at=TOMORROW, now=NOW)
        assert (
            checkpoints(ledger.store) == [marked(ledger.store, ledger.store.head(), TOMORROW)] * 3
        )
        kept = rows(ledger)
        ledger.rebuild(as_at=TOMORROW)
        assert rows(ledger) == kept


def test_others_write_on_while_a_summary_is_made(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(4,)))

    def meanwhile(*sources: Any, as_at: date) -> list[TotalRow]:
        ask(ledger, BOB, Add(points=(5,)))  # by another connection, which waits for no lock
        return list(toy.total_rows(*sources, as_at=as_at))

    ledger.views["totals"] = evolve(totals, rows=meanwhile)
    ledger.catch_up()
    assert [it.total for it in ledger.rows("totals")] == [4]
    assert checkpoints(ledger.store) == [marked(ledger.store, 1, TODAY)] * 3
    assert ledger.store.head() == 2


@pytest.mark.parametrize("how", ["the same place", "another place"])
def test_a_summary_is_made_again_of_sources_that_changed_while_it_was_made(
    ledger: Ledger, how: str
) -> None:
    ask(ledger, ANN, Add(points=(4,)))
    ledger.catch_up()
    with ledger.store.views(write=True) as views:
        views.put(table(scores), [ScoreRow(subject=str(BOB), total=9, position=1, as_at=TODAY)])
    of: list[list[int]] = []

    def meanwhile(*sources: Any, as_at: date) -> list[TotalRow]:
        of.append([it.total for it in sources[0]])
        if len(of) == 1:
            if how == "another place":
                ask(ledger, BOB, Add(points=(5,)))
            ledger.rebuild(["scores", "entries"])
        return list(toy.total_rows(*sources, as_at=as_at))

    ledger.views["totals"] = evolve(totals, rows=meanwhile)
    ledger.catch_up(["totals"])
    now = [4] if how == "the same place" else [4, 5]
    assert of == [[4, 9], now]
    assert [it.total for it in ledger.rows("totals")] == now
    assert checkpoints(ledger.store) == [marked(ledger.store, ledger.store.head(), TODAY)] * 3


def test_a_summary_stays_as_it_was_where_its_sources_are_not_left_in_peace(ledger: Ledger) -> None:
    ask(ledger, ANN, Add(points=(1, 2)))
    ledger.catch_up()
    good, stand = ledger.rows("totals"), checkpoints(ledger.store)[2]

    def further() -> None:
        ask(ledger, ANN, Add(points=(1,)))
        ledger.rebuild(["scores"])

    ask(ledger, ANN, Add(points=(9,)))
    store: Any = Beforehand(ledger.store, *[further] * 200)
    with pytest.raises(Conflict, match="the sources of totals were moved apart 20 times"):
        catch_up(store, toy.vocabulary, VIEWS, as_at=TODAY)
    assert (ledger.rows("totals"), checkpoints(ledger.store)[2]) == (good, stand)
    ledger.catch_up()
    assert checkpoints(ledger.store) == [marked(ledger.store, ledger.store.head(), TODAY)] * 3
