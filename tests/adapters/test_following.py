"""Following on every store: woken at once, exact whatever happens, and stopped without a trace."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path
from random import Random
from threading import Event, Thread
from time import sleep
from typing import Any
from uuid import UUID

import psycopg
import pytest
from attrs import evolve
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate, event
from eventsourcing.persistence import Tracking
from eventsourcing.popo import POPOTrackingRecorder
from eventsourcing.projection import Projection, ProjectionRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters import following, making
from npq_adapters.folding import gathered
from npq_adapters.following import Follower, States
from npq_adapters.ledger import Ledger
from npq_adapters.making import Work, log
from npq_adapters.marks import marked
from npq_adapters.memory import MemoryStore
from npq_adapters.opening import open_store
from npq_adapters.projecting import Afresh, Fold, table
from npq_adapters.store import Checkpoint, Row, Store
from npq_adapters.watching import Looking
from npq_domain import projections
from npq_domain.errors import (
    Behind,
    Conflict,
    Invalid,
    NotInitialised,
    Refused,
    StoredFactError,
    StoreUnavailable,
    ViewAhead,
)
from tests.adapters import club as toy
from tests.adapters.club import (
    NOW,
    SECRETARY,
    VIEWS,
    Add,
    Clock,
    Join,
    Meet,
    Note,
    Open,
    Withdraw,
    entries,
    scores,
)
from tests.conftest import Backend

CLUB = UUID(int=1)
MEMBERS = [UUID(int=number) for number in range(2, 12)]
TODAY = date(2024, 5, 2)
ROOT = Path(__file__).parents[2]
LONG = 60.0
"""Seconds in which everything happens that is going to: nothing here takes so long."""


def prepared(url: str) -> Ledger:
    """A ledger at an address of which we are the owner."""
    store = open_store(url)
    store.migrate([table(view) for view in VIEWS])
    return over(store)


def over(store: Store) -> Ledger:
    return Ledger(
        store,
        toy.vocabulary,
        (toy.member, toy.club),
        catalogue=lambda: "the catalogue",
        views=VIEWS,
        clock=Clock(),
    )


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    with closing(over(backend.open(views=VIEWS))) as opened:
        yield opened


def ask(ledger: Ledger, subject: UUID, *commands: Any) -> None:
    for command in commands:
        ledger.handle(subject, command, by=SECRETARY)


def rows(ledger: Ledger) -> dict[str, list[Any]]:
    return {view.name: ledger.rows(view) for view in VIEWS}


def made_anew(ledger: Ledger) -> dict[str, list[Any]]:
    """What a rebuild makes of the same log."""
    ledger.rebuild()
    return rows(ledger)


def exact(ledger: Ledger) -> None:
    """The views are what a rebuild makes of the log."""
    found = rows(ledger)
    assert found == made_anew(ledger)


def something(dice: Random) -> Any:
    """A command of a member's, drawn."""
    return dice.choice(
        [
            Add(points=(dice.randrange(1, 9),)),
            Add(points=(1, 2, 3)),
            Note(text="noted"),
            Meet(at=NOW),
            Join(club_id=CLUB),
            Withdraw(version=1),
        ]
    )


def busy(ledger: Ledger, dice: Random, number: int) -> None:
    """Record this and that of everybody."""
    for _ in range(number):
        try:
            ask(ledger, dice.choice(MEMBERS), something(dice))
        except Refused:
            continue


# Watches


@contextmanager
def watching(store: Store) -> Iterator[tuple[Any, Event]]:
    """Somebody who waits in a thread, and whether they have been called."""
    watch, called = store.watch(), Event()
    watch.wait(0.01)  # the first looks at what is there

    def waits() -> None:
        watch.wait(LONG)
        called.set()

    thread = Thread(target=waits)
    thread.start()
    try:
        yield watch, called
    finally:
        watch.wake()
        thread.join()
        watch.close()


def row(number: int) -> Row:
    return Row(str(UUID(int=number)), 1, "member.noted.v1", b"{}")


def test_whoever_waits_is_called_when_anybody_appends(backend: Backend, store: Store) -> None:
    with watching(store) as (_, called):
        assert not called.wait(0.05)
        if backend.shared:
            with closing(open_store(backend.url)) as other:
                other.append([row(1)])
        else:
            store.append([row(1)])
        assert called.wait(LONG / 2)


def test_what_was_appended_between_two_waits_ends_the_second_at_once(store: Store) -> None:
    with closing(store.watch()) as watch:
        watch.wait(0.01)
        store.append([row(1)])
        thread = Thread(target=watch.wait, args=(LONG,))
        thread.start()
        thread.join(LONG / 2)
        assert not thread.is_alive()


def test_whoever_waits_can_be_told_to_stop(store: Store) -> None:
    with watching(store) as (watch, called):
        watch.wake()
        assert called.wait(LONG / 2)


def test_a_watch_wakes_nobody_when_it_is_closed(store: Store) -> None:
    watch = store.watch()
    watch.close()
    watch.wake()
    store.append([row(1)])


def test_a_store_that_tells_of_nothing_is_looked_at(store: Store) -> None:
    with closing(Looking(store.head)) as watch:
        watch.wait(0.01)
        thread = Thread(target=watch.wait, args=(LONG,))
        thread.start()
        store.append([row(1)])
        thread.join(LONG / 2)
        assert not thread.is_alive()


# Following


def test_views_follow_the_log_in_a_thread(ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    with ledger.follow() as follower:
        for member in MEMBERS:
            ask(ledger, member, Join(club_id=CLUB), Add(points=(1, 2)), Note(text="x"))
            ledger.wait(scores)
            assert [it.total for it in ledger.rows("scores", subject=str(member))] == [3]
        ask(ledger, MEMBERS[0], Withdraw(version=2))
        for view in VIEWS:
            ledger.wait(view, timeout=LONG)
    assert follower.position == ledger.store.head() == 1 + 4 * len(MEMBERS) + 1
    exact(ledger)


def test_a_view_that_reads_nothing_of_it_has_it_all_the_same(ledger: Ledger) -> None:
    with ledger.follow(["scores"]):
        ask(ledger, MEMBERS[0], Note(text="nothing to count"))
        ledger.wait("scores", 1)
    with ledger.store.views() as views:
        assert views.checkpoint("scores") == marked(ledger.store, 1, TODAY)


class Counted(Aggregate):
    """A participant of whom a view reads one kind of event, and not the other."""

    @event("Registered")
    def __init__(self) -> None:
        self.notes = 0

    @event("Noted")
    def note(self) -> None:
        self.notes += 1


class Tracker(POPOTrackingRecorder):
    """A view that counts nothing."""


class Counting(Projection[Tracker]):
    """Reads registrations alone."""

    name = "counting"
    topics = (f"{Counted.__module__}:Counted.Registered",)

    def process_event(self, _: Any, tracking: Tracking) -> None:
        self.view.insert_tracking(tracking)


class Registry(Application[UUID]):
    """Where they are kept."""


def test_the_base_library_waits_in_vain_for_what_a_view_passes_over() -> None:
    with ProjectionRunner(
        application_class=Registry, projection_class=Counting, view_class=Tracker
    ) as runner:
        somebody = Counted()
        somebody.note()
        first, second = (it.notification.id for it in runner.app.save(somebody))
        runner.wait(first)
        with pytest.raises(TimeoutError):
            runner.wait(second, timeout=1.0)


def test_nobody_waits_for_ever_and_what_is_lacking_is_said(ledger: Ledger) -> None:
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    with pytest.raises(Behind, match=r"scores was never built, not at 1, after 0.05 s"):
        ledger.wait("scores", timeout=0.05)
    ledger.catch_up()
    ledger.wait("scores", timeout=0)
    with pytest.raises(Behind, match=r"scores stands at 1, not at 2, after 0 s"):
        ledger.wait("scores", 2, timeout=0)
    with pytest.raises(Invalid, match="no view 'points'"):
        ledger.wait("points")
    with pytest.raises(Invalid, match="no view 'points'"):
        ledger.follow(["points"])


def test_a_view_that_has_read_more_than_there_is_is_named(ledger: Ledger) -> None:
    with ledger.store.views(write=True) as tables:
        tables.advance("scores", Checkpoint(7, TODAY, "of a fact that is gone"))
    with pytest.raises(ViewAhead, match="scores"):
        ledger.follow().run()


def test_several_followers_and_a_writer_are_harmless(backend: Backend, ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    second = over(open_store(backend.url)) if backend.shared else ledger
    with ledger.follow(), second.follow(), ledger.follow(["entries"]):
        busy(ledger, Random(1), 120)
        for view in VIEWS:
            ledger.wait(view, timeout=LONG)
    if second is not ledger:
        second.close()
    exact(ledger)


def test_rebuilds_beside_a_follower_and_a_writer_find_nothing_that_differs(ledger: Ledger) -> None:
    ask(ledger, CLUB, Open(seats=3))
    done = Event()

    def records() -> None:
        dice = Random(3)
        while not done.is_set():
            busy(ledger, dice, 1)

    writer = Thread(target=records)
    with ledger.follow():
        ledger.wait("totals", timeout=LONG)
        writer.start()
        try:
            for _ in range(5):
                for it in ledger.rebuild(compare=True):
                    assert it.differences == ()
                    assert it.uncompared is None or it.rebuilt.view == "totals"
        finally:
            done.set()
            writer.join()
        ledger.wait("scores", timeout=LONG)
        ledger.wait("entries", timeout=LONG)
    ledger.catch_up()
    assert all(it.differences == () for it in ledger.rebuild(compare=True))
    exact(ledger)


def unreadable(ledger: Ledger, member: UUID) -> None:
    version = len(ledger.store.stream(str(member))) + 1
    ledger.store.append([Row(str(member), version, "member.scored.v1", b'{"fact":{"points":"x"}}')])


def test_an_unreadable_row_stops_a_view_and_is_named(ledger: Ledger) -> None:
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    ledger.catch_up()
    unreadable(ledger, MEMBERS[0])
    with pytest.raises(StoredFactError, match=r"scores stopped: .* at position 2") as raised:
        ledger.follow(["scores"]).run()
    assert raised.value.position == 2
    with pytest.raises(StoredFactError, match="at position 2"), ledger.follow(["scores"]):
        ledger.wait("scores", timeout=0.5)  # in vain, and why is what counts
    assert [it.total for it in ledger.rows("scores")] == [1]


def test_views_that_an_unreadable_row_does_not_concern_go_on(ledger: Ledger) -> None:
    heard: list[str] = []
    ask(ledger, CLUB, Open(seats=3))
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    unreadable(ledger, MEMBERS[0])
    with ledger.follow(tell=heard.append):
        for member in MEMBERS[1:4]:
            ask(ledger, member, Join(club_id=CLUB))
            ledger.wait("entries")
    assert [it.subject for it in ledger.rows("entries")] == [str(it) for it in MEMBERS[1:4]]
    assert ledger.rows("scores") == []
    [told] = heard
    assert told.startswith("scores stopped: cannot be read (ValidationError): fact member.scored")


def test_a_store_without_a_schema_is_not_waited_for(backend: Backend) -> None:
    if not backend.shared:
        pytest.skip("memory makes its own")
    with closing(open_store(backend.url)) as store:
        follower = Follower(store, toy.vocabulary, VIEWS, today=lambda: TODAY)
        with pytest.raises(NotInitialised):
            follower.run()


def test_a_follower_that_fails_in_its_thread_says_so_at_once(
    ledger: Ledger, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    follower = ledger.follow(["scores"], tell=heard.append)
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    ledger.catch_up()
    unreadable(ledger, MEMBERS[0])
    with pytest.raises(StoredFactError), follower:
        until(lambda: len(heard) > 1)
    assert heard[0].startswith("scores stopped: cannot be read (ValidationError): fact member.sc")
    assert heard[1].startswith("scores: followed no longer: cannot be read (ValidationError)")
    assert heard[1] in [it.getMessage() for it in caplog.records if it.levelname == "ERROR"]


def test_a_follower_follows_again_whoever_asks_it_again(ledger: Ledger) -> None:
    follower = ledger.follow(["scores"])
    for number in range(1, 4):
        with follower:
            ask(ledger, MEMBERS[0], Add(points=(1,)))
            ledger.wait("scores", timeout=LONG)
            with pytest.raises(Conflict, match="it follows already"):
                follower.__enter__()
        assert [it.total for it in ledger.rows("scores")] == [number]
    follower.stop()
    follower.run()  # told before it ran
    unreadable(ledger, MEMBERS[0])
    for _ in range(2):
        with pytest.raises(StoredFactError), follower:
            until(lambda: not follower.running)
    with pytest.raises(StoredFactError):
        follower.run()


def test_whoever_follows_again_is_told_again_who_stopped(ledger: Ledger) -> None:
    heard: list[str] = []
    unreadable(ledger, MEMBERS[0])
    follower = ledger.follow(tell=heard.append)
    for number in (1, 2):
        with follower:
            until(lambda number=number: len(heard) == number)
    assert heard[0] == heard[1]
    assert heard[0].startswith("scores stopped: cannot be read (ValidationError): fact member.sc")


class Stopping(MemoryStore):
    """Another's log, at whose first fact somebody says stop."""

    def __init__(self, of: Store) -> None:
        super().__init__()
        assert isinstance(of, MemoryStore)
        self.recorder = of.recorder
        self.said: list[Any] = []

    def scan(self, *names: Any, **between: Any) -> Any:
        for it in super().scan(*names, **between):
            for stop in self.said:
                stop()
            yield it


def test_a_follower_that_is_stopped_tells_how_far_views_are_and_not_how_far_it_read() -> None:
    ledger = prepared("memory:")
    ask(ledger, MEMBERS[0], Add(points=(1, 2, 3)))
    store = Stopping(ledger.store)
    follower = Follower(store, toy.vocabulary, VIEWS, today=lambda: TODAY, batch=1)
    store.said.append(follower.stop)
    follower.run()
    with store.views() as tables:
        assert [tables.checkpoint(it.name) for it in VIEWS] == [None, None, None]
    assert follower.position == 0
    store.said.clear()
    follower._drain()
    assert follower.position == 3
    ask(ledger, MEMBERS[0], Add(points=(4, 5)))
    store.said.append(follower.stop)
    follower.run()
    with store.views() as tables:
        assert tables.checkpoint("scores") == marked(store, 4, TODAY)
    assert follower.position == 4


def test_a_summary_follows_sources_that_are_made_anew_where_they_stand(ledger: Ledger) -> None:
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    ledger.catch_up()
    right = rows(ledger)
    with ledger.store.views(write=True) as views:
        views.put(table(scores), [evolve(right["scores"][0], total=9)])
    with ledger.follow():
        until(lambda: [it.total for it in ledger.rows("totals")] == [9])
        ledger.rebuild(["scores"])
        until(lambda: [it.total for it in ledger.rows("totals")] == [1])
    assert rows(ledger) == right


@pytest.mark.parametrize(
    ("wide", "because"),
    [
        (True, "totals cannot be made: view_totals.total: "),
        (False, "totals cannot be made: ZeroDivisionError in uneven, test_following.py:"),
    ],
    ids=["no place for a row", "raises"],
)
def test_a_summary_that_cannot_be_made_is_named_and_the_others_go_on(
    backend: Backend, wide: bool, because: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def uneven(*sources: Any, as_at: date) -> Sequence[Any]:
        made = list(toy.totals.rows(*sources, as_at=as_at))
        if made and made[0].total % 2:
            total = 2**63 if wide else 1 // 0
            return [evolve(it, total=total) for it in made]
        return made

    monkeypatch.setattr(following, "AGAIN", 0.2)
    views = (scores, toy.entries, evolve(toy.totals, rows=uneven))
    heard: list[str] = []
    with closing(backend.open(views=views)) as store:
        ledger = Ledger(
            store,
            toy.vocabulary,
            (toy.member, toy.club),
            catalogue=lambda: "the catalogue",
            views=views,
            clock=Clock(),
        )
        with ledger.follow(tell=heard.append):
            for total in (1, 2):
                ask(ledger, MEMBERS[0], Add(points=(1,)))
                ledger.wait("scores")
                assert [it.total for it in ledger.rows("scores")] == [total]
                until(lambda: heard)
            until(lambda: [it.total for it in ledger.rows("totals")] == [2])
    [told] = heard
    assert told.startswith(because)


# A store that goes away


def test_a_file_that_is_away_for_a_while_is_waited_for(tmp_path: Path) -> None:
    path, away = tmp_path / "ledger.db", tmp_path / "away.db"
    heard: list[str] = []
    with closing(prepared(f"sqlite:///{path}")) as ledger:
        with ledger.follow(tell=heard.append):
            ask(ledger, MEMBERS[0], Add(points=(1,)))
            ledger.wait("scores")
            moved(path, away)
            until(lambda: heard)
            assert not path.exists()
            moved(away, path, back=True)
            until(lambda: len(heard) > 1)
            ask(ledger, MEMBERS[0], Add(points=(5,)))
            ledger.wait("scores", timeout=LONG)
        assert [it.total for it in ledger.rows("scores")] == [6]
    assert heard[0].endswith("; trying again")
    assert heard[1].startswith("back after ")


def moved(path: Path, to: Path, *, back: bool = False) -> None:
    """Move a file of SQLite's with those beside it: the main one first, or last on its way back.

    Who finds it alone begins a write-ahead log of its own.
    """
    for beside in sorted(("", "-shm", "-wal"), reverse=back):
        Path(f"{path}{beside}").rename(f"{to}{beside}")


def until(happened: Any) -> None:
    """Wait for something that is sure to happen."""
    for _ in range(int(LONG / 0.01)):
        if happened():
            return
        sleep(0.01)
    pytest.fail("it did not happen")


def test_lost_connections_are_made_again(postgres_url: str, postgres_uri: str) -> None:
    theirs = f"{postgres_url}&application_name=follower"
    with closing(prepared(postgres_url)) as ledger, closing(prepared(theirs)) as other:
        with other.follow():
            for number in range(1, 6):
                ask(ledger, MEMBERS[0], Add(points=(1,)))
                ledger.wait("scores", timeout=LONG)
                assert [it.total for it in ledger.rows("scores")] == [number]
                with psycopg.connect(postgres_uri, autocommit=True) as admin:
                    admin.execute(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                        " WHERE application_name = 'follower'"
                    )
            for view in VIEWS:
                ledger.wait(view, timeout=LONG)
        exact(ledger)


def test_patience_ends(tmp_path: Path) -> None:
    path = tmp_path / "ledger.db"
    with closing(prepared(f"sqlite:///{path}")) as ledger:
        follower = ledger.follow(patience=0.2)
        path.rename(tmp_path / "away.db")
        with pytest.raises(StoreUnavailable, match="deleted or replaced"):
            follower.run()


def test_whoever_waits_for_a_store_can_be_told_to_stop(tmp_path: Path) -> None:
    path, heard = tmp_path / "ledger.db", Event()
    with closing(prepared(f"sqlite:///{path}")) as ledger:
        ledger.catch_up()
        path.rename(tmp_path / "away.db")
        with ledger.follow(tell=lambda _: heard.set()):
            assert heard.wait(LONG)


# States in memory


UNREADABLE = None
"""A fact that cannot be applied."""

some_work = st.lists(
    st.tuples(
        st.integers(0, 3),
        st.one_of(
            st.builds(Add, points=st.lists(st.integers(1, 3), min_size=1, max_size=3).map(tuple)),
            st.just(Note(text="noted")),
            st.just(Meet(at=NOW)),
            st.builds(Withdraw, version=st.integers(1, 4)),
            st.just(UNREADABLE),
        ),
    ),
    min_size=6,
    max_size=30,
)
stretches = st.lists(
    st.tuples(st.sampled_from([0, 0, 0, 1, 2, 4, -1, -3]), st.integers(1, 6)), max_size=10
)


def worked(work: Sequence[tuple[int, Any]]) -> Ledger:
    """A ledger with this in it, but for what was refused, or comes after what nobody can read."""
    ledger = prepared("memory:")
    for member, command in work:
        try:
            if command is UNREADABLE:
                unreadable(ledger, MEMBERS[member])
            else:
                ask(ledger, MEMBERS[member], command)
        except (Refused, StoredFactError):
            continue
    return ledger


def folded(by: Fold, store: Store, after: int, upto: int) -> dict[str, Any]:
    """By view, the rows and the faults that a stretch of the log leads to."""
    maker, work = by.maker(toy.vocabulary, (scores, entries), TODAY), Work()
    with log(store, maker.names, after, upto) as facts:
        new = list(gathered(facts))
    at, to = marked(store, after, TODAY), marked(store, upto, TODAY)
    by.fold(store, maker, new, at, to, work)
    return {name: (it.rows, sorted(it.faults)) for name, it in work.views.items()}


@settings(max_examples=200)
@given(some_work, stretches, st.integers(1, 5), st.sampled_from([0, making.STREAM]))
def test_states_in_memory_make_the_rows_that_a_fold_from_the_first_fact_makes(
    work: Sequence[tuple[int, Any]], asked: Sequence[tuple[int, int]], limit: int, stream: int
) -> None:
    """Whichever stretches are asked for: the next, one after what others did, one once more."""
    store, states, last = worked(work).store, States(limit), 0
    head = store.head()
    for skipped, length in [*asked, (0, head)]:
        after = min(max(0, last + skipped), head)
        last = min(after + length, head)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(making, "STREAM", stream)
            found = folded(states, store, after, last)
        assert found == folded(Afresh(), store, after, last)
        assert len(states) <= limit


@pytest.fixture
def one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each subject is asked for by its own stream, as in a log in which few are concerned."""
    monkeypatch.setattr(making, "STREAM", 0)


class Overheard(MemoryStore):
    """Another's log, and whose streams were loaded of it; none any more once it is away."""

    def __init__(self, of: Store) -> None:
        super().__init__()
        assert isinstance(of, MemoryStore)
        self.recorder, self.loads, self.away = of.recorder, list[str](), False

    def stream(self, subject: str) -> Any:
        if self.away:
            msg = "away"
            raise StoreUnavailable(msg)
        self.loads.append(subject)
        return super().stream(subject)


def test_a_state_in_memory_is_not_loaded_again_until_a_fact_is_taken_out(
    one_by_one: None,
) -> None:
    ledger, states = prepared("memory:"), States()
    store, ann = Overheard(ledger.store), str(MEMBERS[0])
    ask(ledger, MEMBERS[0], Add(points=(1,)))
    folded(states, store, 0, 1)
    ask(ledger, MEMBERS[0], Add(points=(2,)))
    assert folded(states, store, 1, 2)["scores"][0][ann].total == 3
    assert store.loads == [ann]
    ask(ledger, MEMBERS[0], Withdraw(version=2))
    assert folded(states, store, 2, 3)["scores"][0][ann].total == 1
    assert store.loads == [ann, ann]


def test_a_follower_keeps_the_states_of_whom_it_has_met(one_by_one: None) -> None:
    ledger = prepared("memory:")
    store, ann = Overheard(ledger.store), str(MEMBERS[0])
    follower = Follower(store, toy.vocabulary, VIEWS, today=lambda: TODAY)
    follower._drain()
    for number in range(1, 5):
        ask(ledger, MEMBERS[0], Add(points=(1,)))
        follower._drain()
        with store.views() as tables:
            assert [it.total for it in tables.read(table(scores), {})] == [number]
    assert store.loads == [ann]


def test_after_an_error_no_state_is_kept(one_by_one: None) -> None:
    ledger, states = prepared("memory:"), States()
    store = Overheard(ledger.store)
    for member in MEMBERS[:2]:
        ask(ledger, member, Add(points=(1,)))
    folded(states, store, 0, 1)
    assert len(states) == 1
    store.away = True
    with pytest.raises(StoreUnavailable):
        folded(states, store, 1, 2)
    assert len(states) == 0


# Processes


FOLLOWS = """
import sys
from datetime import date
from npq_adapters.following import Follower
from npq_adapters.opening import open_store
from tests.adapters.club import VIEWS, vocabulary
store = open_store(sys.argv[1])
follower = Follower(
    store, vocabulary, VIEWS, today=lambda: date(2024, 5, 2), batch=3, held=5
)
print("follows", flush=True)
follower.run()
"""


@contextmanager
def another(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    """A process of its own, gone at the end in any case."""
    paths = os.pathsep.join([str(ROOT), str(ROOT / "adapters")])
    process = subprocess.Popen(
        [sys.executable, *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    try:
        yield process
    finally:
        process.kill()
        process.communicate()


def as_of_its_checkpoint(ledger: Ledger) -> None:
    """Each view holds what its checkpoint says: the fold of the log up to there, to the row."""
    for view in (scores, entries):
        with ledger.store.views() as tables:
            at = tables.checkpoint(view.name)
            found = tables.read(table(view), {})
        if at is not None:
            then, _ = folded(Afresh(), ledger.store, 0, at.position).get(view.name, ({}, []))
            rows = (it for it in then.values() if it is not None)
            assert found == sorted(rows, key=lambda it: it.subject)


def killed_and_killed_again(backend: Backend, kills: int) -> None:
    dice, url = Random(kills), backend.url
    with closing(over(backend.open(views=VIEWS))) as ledger:
        ask(ledger, CLUB, Open(seats=3))
        for _ in range(kills):
            with another("-c", FOLLOWS, url) as process:
                assert process.stdout
                assert process.stdout.readline() == "follows\n"
                busy(ledger, dice, dice.randrange(4, 30))
                sleep(dice.random() * 0.03)
                process.kill()
                process.wait()
            as_of_its_checkpoint(ledger)
        with another("-c", FOLLOWS, url):
            for view in VIEWS:
                ledger.wait(view, timeout=LONG)
        exact(ledger)


@pytest.fixture
def shared(backend: Backend) -> Backend:
    if not backend.shared:
        pytest.skip("memory is one process's own")
    return backend


def test_after_kills_at_random_points_views_are_what_a_rebuild_makes(shared: Backend) -> None:
    killed_and_killed_again(shared, kills=3)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_after_fifty_kills_at_random_points_views_are_what_a_rebuild_makes(
    shared: Backend,
) -> None:
    killed_and_killed_again(shared, kills=50)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_npq_follow_ends_well_when_it_is_asked_to(shared: Backend, number: signal.Signals) -> None:
    shared.migrate(views=projections.VIEWS)
    with another("-m", "npq_adapters.cli", "--ledger", shared.url, "--json", "follow") as process:
        assert process.stderr
        assert process.stderr.readline().startswith("following engagement, eligibility,")
        process.send_signal(number)
        told, _ = process.communicate()
        assert process.returncode == 0
        assert json.loads(told)["position"] == 0
        assert json.loads(told)["followed"][0] == "engagement"


def test_npq_follow_says_what_there_is_to_follow() -> None:
    with another("-m", "npq_adapters.cli", "--ledger", "memory:", "follow", "points") as process:
        _, told = process.communicate()
    assert process.returncode == 2
    assert "'points' is not one of 'engagement'" in told
