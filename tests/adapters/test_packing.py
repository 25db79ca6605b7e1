"""Pages of the log: what a database packed is what its rows say, whatever they say."""

import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import date
from itertools import chain
from operator import itemgetter
from typing import Any, get_args
from uuid import UUID, uuid4

import attrs
import pytest
from attrs import evolve
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npq_adapters import making, packing
from npq_adapters.crew import Alone, Crew, shares
from npq_adapters.folding import SHORT, Ahead
from npq_adapters.making import Pass, Work, made
from npq_adapters.packing import AHEAD, READERS, Said, Span, pages, spans, unpacked
from npq_adapters.projecting import rebuild, table
from npq_adapters.sqlite import SqliteStore
from npq_adapters.store import PART, UNIT, Packed, Row, Share, Store
from npq_domain.aggregates import vocabulary as participants
from npq_domain.errors import AnotherLog, StoreUnavailable
from npq_domain.projections.engagement import engagement
from npq_domain.recorded import Source
from npq_domain.testing.participants import participant_lives
from npq_domain.vocabulary import Envelope
from tests.adapters.behind import behind_its_back, unguard
from tests.adapters.club import NOW, SECRETARY, Opened, scores, vocabulary
from tests.adapters.damage import DAMAGES
from tests.adapters.damage import fact as attended
from tests.conftest import Backend

DATABASES = pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
TODAY = date(2024, 6, 1)
FIRST = itemgetter(0)


@pytest.fixture
def store(backend: Backend) -> Iterator[Any]:
    with closing(backend.open([table(scores), table(engagement)])) as opened:
        yield opened


def scored(points: int) -> bytes:
    return b'{"at":"2024-05-01T00:00:00Z","fact":{"points":%d,"on":"2024-05-01"}}' % points


def member(number: int) -> str:
    """Spread over all shares, as ids are."""
    return f"{number * 0x1234 % 0x10000:04x}0000-0000-4000-8000-{number:012}"


def filled(store: Store, members: int = 50, facts: int = 4) -> None:
    for version in range(1, facts + 1):
        rows = [
            Row(member(it), version, "member.scored.v1", scored(version)) for it in range(members)
        ]
        store.append(rows)


def stored(fact: Any) -> bytes:
    return participants.encode(
        Envelope(at=NOW, by=SECRETARY, source=Source.PROVIDER, command=UUID(int=1), fact=fact)
    )


def over(store: Store) -> Pass:
    return Pass(vocabulary=vocabulary, views=[scores], as_at=TODAY, upto=store.head())


@DATABASES
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20)
@given(st.lists(participant_lives(), max_size=4), st.data())
def test_a_page_has_what_its_rows_say(store: Any, lives: list[Any], data: st.DataObject) -> None:
    at = store.head()
    for life in lives:
        subject = str(uuid4())
        for version, each in enumerate(life.facts, 1):
            store.append([Row(subject, version, participants.name(type(each)), stored(each))])
    names = data.draw(st.lists(st.sampled_from(sorted(participants)), min_size=1, unique=True))
    after = data.draw(st.integers(0, at))
    upto = data.draw(st.integers(at, store.head()))
    of = data.draw(st.sampled_from([None, *shares(2), *shares(7)]))
    found = unpacked(store.pack(names, after, upto, of), Said(participants), {})
    rows = Ahead(participants).reads(store.scan(names, after=after, upto=upto, of=of))
    assert sorted(found, key=FIRST) == sorted(rows, key=FIRST)


@DATABASES
def test_every_history_is_made_once_however_many_pages_there_are(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    expected = made(store, over(store))
    for page in (1, 7, 60, 199):
        monkeypatch.setattr(packing, "PAGE", page)
        done = list[int]()
        assert made(store, over(store), report=done.append) == expected
        assert (done, done[-1]) == (sorted(done), store.head())
    assert len(expected.views["scores"].rows) == 50


@DATABASES
def test_a_share_of_the_subjects_has_pages_of_its_own(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    expected = made(store, over(store))
    monkeypatch.setattr(packing, "PAGE", 9)
    work = Work()
    for share in shares(3):
        work.add(made(store, over(store), share))
    assert work == expected


@DATABASES
@pytest.mark.parametrize("name", DAMAGES)
def test_damaged_facts_are_told_as_if_each_row_was_read(
    store: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage = DAMAGES[name]
    rows = [Row(member(it), 1, "participant.attendance-recorded.v1", attended()) for it in range(9)]
    store.append([*rows, Row(member(4), 2, damage.name, damage.state)])
    it = Pass(vocabulary=participants, views=[engagement], as_at=TODAY, upto=store.head())
    page = made(store, it)
    monkeypatch.setattr(making, "Packing", type("Nobody", (), {}))
    assert told(made(store, it)) == told(page)


def told(work: Work) -> Any:
    views = {name: (it.rows, [str(each) for each in it.faults]) for name, it in work.views.items()}
    return work.fetched, views


FACT_OF_9 = scored(9).decode().partition('"fact":')[2]
FORGED = UNIT.join([scored(8).decode(), f"member.scored.v1{PART}{FACT_OF_9}"]).encode()
"""Two facts that can be read, if what stands between them is taken for an end."""


@DATABASES
@pytest.mark.parametrize(
    "states",
    [
        (FORGED,),
        (FORGED, b"without a fact"),
        (b"without a fact", FORGED),
        (scored(1).replace(b"1,", UNIT.encode()),),
    ],
)
def test_what_stands_between_values_forges_no_fact(store: Any, states: tuple[bytes, ...]) -> None:
    filled(store)
    head = store.head()
    store.append([Row(member(it), 5, "member.scored.v1", state) for it, state in enumerate(states)])
    work = made(store, over(store))
    assert list(work.views["scores"].faults) == [
        head + number for number in range(1, len(states) + 1)
    ]
    assert work.fetched == {"member.scored.v1": 200 + len(states)}
    assert len(work.views["scores"].rows) == 50


def test_the_id_of_a_subject_may_hold_what_stands_between_ids() -> None:
    said = b"member.scored.v1\x1e" + scored(1).partition(b'"fact":')[2]
    for page in (Packed(f"a{UNIT}b", "1", "1", said), Packed("a", "1", "1,2", said)):
        with pytest.raises(ValueError, match="a value holds what stands between values"):
            unpacked(page, Said(vocabulary), {})


@DATABASES
def test_an_id_that_holds_what_stands_between_ids_is_one_subject(store: Any) -> None:
    filled(store, members=3)
    store.append([Row(f"4{UNIT}5", 1, "member.scored.v1", scored(7))])
    assert list(made(store, over(store)).views["scores"].rows) == sorted(
        [*map(member, range(3)), f"4{UNIT}5"]
    )


@DATABASES
def test_facts_of_names_that_nobody_knows_are_told_though_no_page_has_them(store: Any) -> None:
    filled(store)
    store.append([Row(member(1), 5, "member.flew.v1", b"{}"), Row("alien-1", 1, "alien.x", b"{}")])
    with pytest.raises(Exception, match="no such fact is known, so scores stopped") as refused:
        rebuild(store, vocabulary, [scores], as_at=TODAY, now=NOW)
    assert refused.value.position == store.head() - 1  # type: ignore[attr-defined]


# The threads that ask


def test_the_next_pages_are_asked_for_while_one_is_taken_apart() -> None:
    begun, go_on = list[Span](), threading.Event()

    def pack(after: int, upto: int) -> Packed:
        begun.append((after, upto))
        go_on.wait()
        return Packed("", "", "", b"")

    wanted = [*spans(20 * packing.PAGE + 1)]
    with ThreadPoolExecutor(1) as other:
        first = other.submit(next, found := pages(pack, wanted))
        while len(begun) < READERS:
            pass
        go_on.set()
        assert first.result()[0] == wanted[0]
        assert len(begun) <= AHEAD + 1
        assert [wanted[0], *(span for span, _ in found)] == wanted
    assert len(wanted) == 21


@given(st.integers(0, 10 * packing.PAGE))
def test_every_position_is_on_one_page(upto: int) -> None:
    assert [it for span in spans(upto) for it in range(*span)] == [*range(upto)]


@pytest.mark.parametrize("backend", ["postgres"], indirect=True)
def test_a_page_of_a_share_is_found_by_its_positions_by_a_plan_made_for_any_values(
    store: Any,
) -> None:
    filled(store, members=2000)
    within, _ = store.recorder._within(["member.scored.v1"], 0, 12, ("4", "8"))
    with store.datastore.get_connection() as db:
        asked = (store.recorder._packed + within).as_string(db)
        for number in range(1, 6):
            asked = asked.replace("%s", f"${number}", 1)
        db.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        db.execute(f"PREPARE page AS {asked}")
        told = db.execute("EXPLAIN EXECUTE page (0, 12, '{member.scored.v1}', '4', '8')").fetchall()
        plan = " ".join(str(line) for line in told)
        db.execute("DEALLOCATE page")
        db.rollback()
    assert "position_key" in plan
    assert "pkey" not in plan


@DATABASES
def test_a_pass_that_is_left_lets_go_of_its_threads_and_connections(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(packing, "PAGE", 1)
    each = making.facts_of(store, over(store), None, None)
    next(each)
    each.close()
    assert not [it for it in threading.enumerate() if it.name.startswith("npq-pages")]
    assert list(made(store, over(store)).views) == ["scores"]


@DATABASES
def test_names_that_are_none_are_no_facts(store: Any) -> None:
    filled(store)
    nothing = evolve(over(store), views=[])
    assert list(chain.from_iterable(making.facts_of(store, nothing, None, None))) == []


@DATABASES
def test_a_pass_that_is_left_row_by_row_lets_go_of_its_connection(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(store, "pack", lambda *_, **__: 1 / 0)

    def stopped(rows: Any) -> Any:
        next(iter(rows))
        raise KeyboardInterrupt

    monkeypatch.setattr(making, "gathered", stopped)
    with pytest.raises(KeyboardInterrupt) as raised:
        made(store, over(store))
    if isinstance(store, SqliteStore):
        free: Any = store.datastore.connections._free
        assert free._value == free._initial_value
    assert raised.tb


@DATABASES
def test_a_page_that_cannot_be_had_is_read_row_by_row_and_the_log_says_why(
    store: Any, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "npq_adapters")
    filled(store)
    expected = made(store, over(store))
    assert caplog.messages == []
    refused = list[Span]()

    def pack(_: Sequence[str], after: int, upto: int, of: Share | None = None) -> Packed:
        refused.append((after, upto))
        raise StoreUnavailable(str(of))

    monkeypatch.setattr(store, "pack", pack)
    monkeypatch.setattr(packing, "PAGE", 9)
    assert made(store, over(store)) == expected
    assert len(refused) > AHEAD
    assert caplog.messages == [
        f"positions {after + 1} to {upto} are read row by row: StoreUnavailable"
        for after, upto in spans(store.head())
    ]


class Forgetful(SqliteStore):
    """One that does not give all that it has."""

    def pack(self, names: Sequence[str], after: int, upto: int, of: Share | None = None) -> Packed:
        return super().pack(names, after, min(upto, 150), of)


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_facts_that_a_store_kept_back_are_missed_before_anything_is_written(
    store: SqliteStore,
) -> None:
    filled(store)
    with (
        closing(Forgetful(store.datastore.path)) as forgetful,
        pytest.raises(StoreUnavailable, match=r"facts member.scored.v1 were fetched of the 200"),
    ):
        rebuild(forgetful, vocabulary, [scores], as_at=TODAY, now=NOW)
    with store.views() as views:
        assert views.checkpoint("scores") is None


class Meddling(Alone):
    """One in whose time somebody puts another last fact into the log."""

    def made(self, store: Any, it: Pass, report: Any) -> Work:
        work = super().made(store, it, report)
        unguard(store)
        change = "UPDATE stored_events SET state = ? WHERE position = ?"
        behind_its_back(store, change, values=(scored(99), it.upto))
        return work


@pytest.mark.parametrize("backend", ["sqlite"], indirect=True)
def test_a_log_that_is_another_by_the_end_of_a_pass_makes_no_view(store: Any) -> None:
    filled(store)
    with pytest.raises(AnotherLog, match="scores"):
        rebuild(store, vocabulary, [scores], as_at=TODAY, now=NOW, by=Meddling())
    with store.views() as views:
        assert views.checkpoint("scores") is None


class Waiting(ThreadPoolExecutor):
    """Workers who begin when the facts have been counted; how many were sent for is told."""

    def __init__(self, counted: threading.Event) -> None:
        super().__init__(2)
        self._counted, self.sent = counted, 0

    def submit(self, *asked: Any, **how: Any) -> Any:
        self.sent += 1
        run, *given = asked
        return super().submit(lambda: self._counted.wait(60) and run(*given, **how))


@DATABASES
def test_facts_are_counted_while_workers_are_at_it_and_not_before_all_are_sent_for(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    counted, counts, sent = threading.Event(), store.counts, list[int]()

    def told(after: int, upto: int) -> Any:
        sent.append(executor.sent)
        found = counts(after, upto)
        counted.set()
        return found

    with Waiting(counted) as executor:
        monkeypatch.setattr(store, "counts", told)
        [made] = rebuild(store, vocabulary, [scores], as_at=TODAY, now=NOW, by=Crew(executor, 4))
    assert (sent, made.rebuilt.rows) == ([4], 50)


# What is kept of what was said


def test_what_says_the_same_is_read_once_and_no_more_is_kept_than_so_much(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(packing, "KEPT", 3)
    said = Said(vocabulary)

    def read(points: int) -> Any:
        name, fact = said[b"member.scored.v1\x1e" + scored(points).partition(b'"fact":')[2]]
        assert (name, fact.points) == ("member.scored.v1", points)
        return fact

    assert read(1) is read(1)
    for points in range(9):
        read(points)
        assert len(said) <= 3
    assert read(1) == read(1)


def test_a_long_fact_is_its_own() -> None:
    said = Said(vocabulary)
    joined = b'member.joined.v1\x1e{"club":null,"on":"2024-05-01"%s}}'
    short, long = joined % b"", joined % (b" " * SHORT)
    assert said[short][1] is said[short][1]
    assert said[long][1] == said[short][1]
    assert list(said) == [short]


def test_facts_that_many_may_share_cannot_be_changed() -> None:
    def within(kind: Any) -> Iterator[type]:
        for it in get_args(kind) or (kind,):
            if it is not kind:
                yield from within(it)
            elif attrs.has(it):
                yield it
                for each in attrs.fields(it):
                    yield from within(each.type)

    kinds = {it for name in participants for it in within(participants.kind(name))}
    assert len(kinds) > len({participants.kind(name) for name in participants})
    freezes: Any = Opened.__setattr__
    assert [it for it in kinds if it.__setattr__ is not freezes] == []
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        Opened(seats=1, on=TODAY).seats = 2  # type: ignore[misc]


def test_what_tells_something_personal_is_read_for_each() -> None:
    said = Said(vocabulary)
    noted = b'member.noted.v1\x1e{"text":"Ada","on":"2024-05-01"}}'
    assert said[noted] == said[noted]
    assert said[noted][1] is not said[noted][1]
    assert not said


def test_half_of_the_way_is_to_read_the_facts_and_half_to_make_the_rows(
    store: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(store)
    monkeypatch.setattr(making, "STRIDE", 1)
    told: list[int] = []
    made(store, over(store), None, told.append)
    read, folded = told[:-51], told[-51:]
    assert read
    assert max(read) <= store.head() // 2 == 100
    assert read == sorted(read)
    assert folded == [100 + 2 * subject for subject in range(51)]
