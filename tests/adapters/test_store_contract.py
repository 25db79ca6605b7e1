"""What every store promises: one suite, on our own backends and on modules of the base library."""

import faulthandler
import gc
import os
import pickle
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, nullcontext
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from threading import Event
from time import sleep
from typing import Any, cast
from uuid import uuid4

import psycopg
import pytest
from attrs import evolve, field, frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npq_adapters.connections import Pool
from npq_adapters.opening import open_store
from npq_adapters.store import (
    Busy,
    Checkpoint,
    Guarantee,
    Row,
    Store,
    Stored,
    Table,
    VersionTaken,
)
from npq_adapters.tables import layout
from npq_domain.errors import Invalid, NotInitialised, StoreUnavailable
from tests.adapters.alone import migrating
from tests.adapters.behind import behind_its_back, unguard
from tests.conftest import MODULES, OURS, Backend, backend_of
from tests.faults.writing import NURSERY, all_done, started

ONE, TWO = str(uuid4()), str(uuid4())
DAY = date(2026, 3, 29)


def on(*kinds: str) -> pytest.MarkDecorator:
    """Run a test on these backends alone."""
    return pytest.mark.parametrize("backend", kinds, indirect=True)


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each test on our own backends and, where it asks something of a log, on every module.

    Modules keep no views: those beside them are our own, so one module will do.
    """
    asked = "backend" in metafunc.fixturenames
    if asked and not any("backend" in it.args for it in metafunc.definition.iter_markers()):
        modules = ("sqlite module",) if "views" in metafunc.fixturenames else MODULES
        metafunc.parametrize("backend", [*OURS, *modules], indirect=True)


@pytest.fixture
def backend(request: pytest.FixtureRequest, tmp_path: Path) -> Backend:
    return backend_of(request.param, request, tmp_path)


def row(subject: str, version: int, name: str = "a.thing-done.v1", state: bytes = b"{}") -> Row:
    return Row(subject, version, name, state)


# The log


def test_an_empty_log_has_nothing_to_read(store: Store) -> None:
    assert (list(store.stream(ONE)), list(map(Stored._make, store.scan())), store.head()) == (
        [],
        [],
        0,
    )


def test_facts_come_back_as_they_were_appended(store: Store) -> None:
    store.append([row(ONE, 1, state=b'{"at": 1}'), row(ONE, 2, "a.thing-undone.v2")])
    assert store.stream(ONE) == [
        Stored(1, ONE, 1, "a.thing-done.v1", b'{"at": 1}'),
        Stored(2, ONE, 2, "a.thing-undone.v2", b"{}"),
    ]


def test_what_is_read_has_named_parts(store: Store) -> None:
    store.append([row(ONE, 1)])
    [streamed], [scanned] = store.stream(ONE), map(Stored._make, store.scan())
    assert (streamed.subject, scanned.position, type(scanned)) == (ONE, 1, Stored)


def test_appending_nothing_changes_nothing(store: Store) -> None:
    store.append([])
    assert store.head() == 0


def test_a_version_is_taken_once(store: Store) -> None:
    store.append([row(ONE, 1, state=b"first")])
    with pytest.raises(VersionTaken, match=f"version 1 of {ONE}"):
        store.append([row(ONE, 1, state=b"second")])
    assert [it.state for it in map(Stored._make, store.scan())] == [b"first"]


def test_rows_are_appended_together_or_not_at_all(store: Store) -> None:
    store.append([row(ONE, 1), row(ONE, 2)])
    with pytest.raises(VersionTaken):
        store.append([row(TWO, 1), row(ONE, 2), row(ONE, 3)])
    read = map(Stored._make, store.scan())
    assert [(it.subject, it.version) for it in read] == [(ONE, 1), (ONE, 2)]


def test_one_batch_cannot_take_a_version_twice(store: Store) -> None:
    with pytest.raises(VersionTaken):
        store.append([row(ONE, 1), row(ONE, 1)])
    assert store.head() == 0


@pytest.mark.parametrize(
    "versions",
    [[2], [4], [1, 3], [1, 2, 4], [2, 1], [2**62]],
    ids=str,
)
@pytest.mark.parametrize("before", [0, 3])
def test_versions_leave_no_gap(store: Store, before: int, versions: list[int]) -> None:
    store.append([row(ONE, version) for version in range(1, before + 1)])
    asked = [row(ONE, before + version) for version in versions]
    with pytest.raises(Invalid, match="a version that is not the next of its subject"):
        store.append([row(TWO, 1), *asked])
    assert (store.head(), list(store.stream(TWO))) == (before, [])
    store.append([row(TWO, 1), row(ONE, before + 1)])


@pytest.mark.parametrize("version", [0, -1, -(2**63)])
def test_versions_begin_at_1(store: Store, version: int) -> None:
    with pytest.raises(Invalid, match="a version that is not the next of its subject"):
        store.append([row(ONE, version)])
    store.append([row(ONE, 1)])
    with pytest.raises(Invalid, match="a version that is not the next of its subject"):
        store.append([row(ONE, version)])
    assert [it.version for it in store.stream(ONE)] == [1]


def test_rows_that_the_table_does_not_take_are_invalid_and_not_taken(
    backend: Backend, store: Store
) -> None:
    if not backend.shared:
        return
    nothing = cast("bytes", None)
    with pytest.raises(Invalid, match=r"it takes no such rows: .*state") as invalid:
        store.append([row(ONE, 1, state=nothing)])
    assert ONE not in str(invalid.value)
    assert store.head() == 0


def test_a_subject_is_read_in_the_order_of_its_versions(store: Store) -> None:
    store.append([row(ONE, 1), row(ONE, 2)])
    store.append([row(TWO, 1), row(ONE, 3)])
    assert [it.version for it in store.stream(ONE)] == [1, 2, 3]


def test_the_log_is_read_in_the_order_it_was_written(store: Store) -> None:
    for version in range(1, 6):
        store.append([row(TWO, version), row(ONE, version)])
    read = list(map(Stored._make, store.scan()))
    assert [(it.subject, it.version) for it in read] == [
        (subject, version) for version in range(1, 6) for subject in (TWO, ONE)
    ]
    assert [it.position for it in read] == sorted({it.position for it in read})


def test_positions_go_up_after_a_refusal(store: Store) -> None:
    store.append([row(ONE, 1)])
    with pytest.raises(VersionTaken):
        store.append([row(ONE, 1)])
    store.append([row(ONE, 2)])
    first, second = map(Stored._make, store.scan())
    assert 1 == first.position < second.position == store.head()


def test_the_log_is_read_by_name_and_between_positions(store: Store) -> None:
    store.append([row(ONE, n, name) for n, name in enumerate("abcabc", 1)])

    def names(*of: str, after: int = 0, upto: int | None = None) -> str:
        return "".join(it.name for it in map(Stored._make, store.scan(of, after=after, upto=upto)))

    assert names() == "abcabc"
    assert names("a", "c") == "acac"
    assert names("z") == ""
    assert names(after=2) == "cabc"
    assert names(upto=2) == "ab"
    assert names(upto=0) == ""
    assert names("a", "b", after=1, upto=4) == "ba"


def padded(beginning: str) -> str:
    """The id of a subject that begins so."""
    return f"{beginning:0<8}-0000-4000-8000-000000000000"


def test_a_share_of_the_subjects_is_read_one_subject_after_the_other(store: Store) -> None:
    written = (("0a", 1), ("9c", 1), ("4", 1), ("fe", 1), ("3fff", 1), ("9c", 2))
    for beginning, version in written:
        store.append([row(padded(beginning), version)])

    def subjects(*of: str, share: tuple[str, str]) -> list[str]:
        return sorted(subject for _, subject, *_ in store.scan(of, of=share))

    lower, upper = (["0a", "3fff"], ["4", "9c", "9c", "fe"])
    assert subjects(share=("", "4000")) == list(map(padded, lower))
    assert subjects(share=("4000", "\U0010ffff")) == list(map(padded, upper))
    [one, other] = sorted(store.scan(of=("9c", "9d"), after=1, upto=store.head()))
    assert [(version, position - store.head()) for position, _, version, *_ in (one, other)] == [
        (1, -4),
        (2, 0),
    ]
    assert list(store.scan(of=("9c", "9d"), after=2, upto=store.head() - 1)) == []
    assert subjects("no such name", share=("", "\U0010ffff")) == []


def test_facts_are_counted_by_name_between_two_positions(store: Store) -> None:
    store.append([row(ONE, version, name=name) for version, name in enumerate("abca", 1)])
    assert dict(store.counts(0, 4)) == {"a": 2, "b": 1, "c": 1}
    assert dict(store.counts(1, 3)) == {"b": 1, "c": 1}
    assert dict(store.counts(4, 9)) == {}


def test_one_alone_is_at_work_for_a_purpose(store: Store) -> None:
    refused = pytest.raises(Busy, match="another process is at it just now: the one")
    with store.sole("the one"), store.sole("the other"), refused, store.sole("the one"):
        pass
    with store.sole("the one"):
        pass


def test_a_scan_sees_the_log_of_one_moment(store: Store) -> None:
    store.append([row(ONE, 1), row(ONE, 2)])
    scan = map(Stored._make, store.scan())
    first = next(scan)
    store.append([row(ONE, 3)])
    assert [first.version, *(it.version for it in scan)] == [1, 2]


def test_a_scan_may_be_left_halfway(store: Store) -> None:
    store.append([row(ONE, version) for version in range(1, 2501)])  # more than is read at once
    for _ in range(40):  # more often than there are connections
        scan = store.scan()
        assert next(scan)[:3] == (1, ONE, 1)
        del scan
    assert store.head() == 2500


@given(states=st.lists(st.binary(max_size=200), min_size=1, max_size=5))
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_state_is_kept_byte_for_byte(store: Store, states: list[bytes]) -> None:
    subject = str(uuid4())
    states = [*states, "naïve — \U0001f393 \0".encode(), b"\xff\x00" * 100_000]
    store.append([row(subject, n, state=state) for n, state in enumerate(states, 1)])
    assert [it.state for it in store.stream(subject)] == states
    assert {type(it.state) for it in store.stream(subject)} == {bytes}


def test_of_eight_writers_of_one_subject_each_version_has_one(store: Store) -> None:
    refused = Counter[int]()

    def write(writer: int) -> None:
        for _ in range(15):
            while True:
                version = len(store.stream(ONE)) + 1
                try:
                    store.append([row(ONE, version, state=b"%d" % writer)])
                except VersionTaken:
                    refused[writer] += 1
                else:
                    break

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(write, range(8)))
    stream = store.stream(ONE)
    assert [it.version for it in stream] == list(range(1, 121))
    assert Counter(it.state for it in stream) == {b"%d" % writer: 15 for writer in range(8)}


def test_a_reader_who_follows_the_log_misses_nothing(backend: Backend, store: Store) -> None:
    done = Event()

    def write(_: int) -> None:
        subject = str(uuid4())
        with closing(open_store(backend.url)) if backend.shared else nullcontext(store) as own:
            for version in range(1, 80, 2):
                own.append([row(subject, version), row(subject, version + 1)])

    def follow() -> list[Stored]:
        seen: list[Stored] = []
        while True:
            last = done.is_set()
            seen += map(Stored._make, store.scan(after=seen[-1].position if seen else 0))
            if last:
                return seen
            sleep(0.001)  # else the writers, threads of the same process, hardly come to write

    with ThreadPoolExecutor(7) as threads:
        reader = threads.submit(follow)
        list(threads.map(write, range(6)))
        done.set()
        seen = reader.result()
    assert len(seen) == 6 * 80
    assert seen == list(map(Stored._make, store.scan()))


# Views


@frozen
class Line:
    """A row with a column of every kind."""

    subject: str
    number: int
    flag: bool
    day: date
    instant: datetime
    words: tuple[str, ...]
    text: str | None = None
    count: int | None = None
    mark: bool | None = None
    since: date | None = None
    until: datetime | None = None
    more: tuple[str, ...] | None = None


@frozen
class Tally:
    """A key, and numbers that are added up."""

    subject: str
    name: str
    one: int
    two: int


LINES = Table("lines", Line, ("subject",))
TALLIES = Table("tallies", Tally, ("subject", "name"))
PAIRS = Table("pairs", Line, ("subject", "number"))
NOON = datetime(2026, 3, 29, 12, tzinfo=UTC)
LINE = Line(ONE, 1, True, DAY, NOON, ("a", "b"))


@pytest.fixture
def views(backend: Backend) -> Iterator[Store]:
    with closing(backend.open([LINES, PAIRS, TALLIES])) as store:
        yield store


def put(store: Store, table: Table, *rows: Any) -> None:
    with store.views(write=True) as views:
        views.put(table, rows)


def read(store: Store, table: Table, **where: Any) -> list[Any]:
    with store.views() as views:
        return views.read(table, where)


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
zones = st.sampled_from([UTC, timezone(timedelta(hours=1)), timezone(timedelta(hours=-11))])
instants = st.datetimes(datetime(2, 1, 1), datetime(9998, 1, 1), timezones=zones)  # noqa: DTZ001
integers = st.integers(-(2**63), 2**63 - 1)
tuples = st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=9)).map(tuple)
lines = st.builds(
    Line,
    subject=texts,
    number=integers,
    flag=st.booleans(),
    day=st.dates(),
    instant=instants,
    words=tuples,
    text=st.none() | texts,
    count=st.none() | integers,
    mark=st.none() | st.booleans(),
    since=st.none() | st.dates(),
    until=st.none() | instants,
    more=st.none() | tuples,
)


@given(rows=st.lists(lines, max_size=6, unique_by=lambda it: it.subject))
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_row_of_every_kind_of_column_comes_back_equal(views: Store, rows: list[Line]) -> None:
    with views.views(write=True) as writing:
        writing.clear(LINES)
        writing.put(LINES, rows)
    assert read(views, LINES) == sorted(rows, key=lambda it: it.subject)


@given(rows=st.lists(lines, max_size=20, unique_by=lambda it: it.subject))
@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_rows_made_ready_elsewhere_are_put_as_they_were(views: Store, rows: list[Line]) -> None:
    with views.views() as elsewhere:
        sent = pickle.dumps(elsewhere.ready(LINES, rows))
    with views.views(write=True) as writing:
        writing.clear(LINES)
        writing.put(LINES, pickle.loads(sent))  # noqa: S301 - our own
    assert read(views, LINES) == sorted(rows, key=lambda it: it.subject)


def test_instants_come_back_in_utc_or_as_they_were(views: Store) -> None:
    put(views, LINES, LINE)
    assert read(views, LINES)[0].instant.utcoffset() == timedelta(0)


def test_rows_are_read_in_the_order_of_the_key(views: Store) -> None:
    keys = [("b", 2), ("Z", 10), ("é", 0), ("a", 10), ("a", 9), ("a", -1), ("B", 1), ("_", 5)]
    put(views, PAIRS, *(evolve(LINE, subject=name, number=number) for name, number in keys))
    assert [(it.subject, it.number) for it in read(views, PAIRS)] == sorted(keys)


def test_a_row_takes_the_place_of_the_one_of_its_key(views: Store) -> None:
    put(views, PAIRS, LINE, evolve(LINE, number=2))
    put(views, PAIRS, evolve(LINE, text="first"), evolve(LINE, text="second"))
    assert read(views, PAIRS) == [evolve(LINE, text="second"), evolve(LINE, number=2)]


def test_rows_are_found_by_the_values_of_columns(views: Store) -> None:
    other = evolve(LINE, subject=TWO, text="x", flag=False, until=NOON, words=())
    put(views, LINES, LINE, other)
    for column in ("flag", "text", "until", "words"):
        for it in (LINE, other):
            assert read(views, LINES, **{column: getattr(it, column)}) == [it]
    assert len(read(views, LINES, day=DAY, number=1)) == 2
    assert read(views, LINES, day=DAY, number=2) == []


def test_an_instant_is_found_whatever_zone_it_is_told_in(views: Store) -> None:
    put(views, LINES, LINE)
    elsewhere = NOON.astimezone(timezone(timedelta(hours=1)))
    assert read(views, LINES, instant=elsewhere) == [LINE]


def test_a_column_that_is_not_there_is_named(views: Store) -> None:
    with pytest.raises(Invalid, match="no column 'colour'; there are subject, number"):
        read(views, LINES, colour="red")


def test_rows_are_removed_by_their_keys(views: Store) -> None:
    put(views, PAIRS, *(evolve(LINE, number=number) for number in range(5)))
    with views.views(write=True) as writing:
        writing.remove(PAIRS, [(ONE, 1), (ONE, 3), (TWO, 2)])
        writing.remove(PAIRS, [])
    assert [it.number for it in read(views, PAIRS)] == [0, 2, 4]


numbers = st.integers(-(2**40), 2**40)
tallies = st.lists(
    st.builds(Tally, st.sampled_from("ab"), st.sampled_from("xyz"), numbers, numbers),
    max_size=4,
    unique_by=lambda it: (it.subject, it.name),
)


@given(st.lists(tallies, max_size=4))
@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numbers_are_added_to_those_of_the_same_key(views: Store, added: list[list[Tally]]) -> None:
    sums: dict[tuple[str, str], tuple[int, int]] = {}
    with views.views(write=True) as writing:
        writing.clear(TALLIES)
        for rows in added:
            writing.add(TALLIES, rows)
            for it in rows:
                one, two = sums.get((it.subject, it.name), (0, 0))
                sums[it.subject, it.name] = one + it.one, two + it.two
    expected = [Tally(*key, *both) for key, both in sorted(sums.items())]
    assert read(views, TALLIES) == expected


def test_what_is_asked_within_a_transaction_is_done_in_its_order(views: Store) -> None:
    with views.views(write=True) as writing:
        writing.add(TALLIES, [Tally("a", "x", 1, 1)])
        writing.put(TALLIES, [Tally("a", "x", 5, 5), Tally("b", "x", 1, 1)])
        writing.add(TALLIES, [Tally("a", "x", 1, 1)])
        writing.remove(TALLIES, [("b", "x")])
        writing.put(TALLIES, [Tally("c", "x", number, 0) for number in range(50)])
        writing.add(TALLIES, [Tally("c", "x", 1, 1)])
    assert read(views, TALLIES) == [Tally("a", "x", 6, 6), Tally("c", "x", 50, 1)]


def test_one_view_is_emptied_and_the_other_stays(views: Store) -> None:
    put(views, LINES, LINE)
    put(views, PAIRS, LINE)
    with views.views(write=True) as writing:
        writing.clear(LINES)
    assert (read(views, LINES), read(views, PAIRS)) == ([], [LINE])


def test_a_checkpoint_moves_and_is_remembered(views: Store) -> None:
    with views.views(write=True) as writing:
        assert writing.checkpoint("lines") is None
        writing.advance("lines", Checkpoint(5, DAY))
        writing.advance("lines", Checkpoint(7, DAY))
    with views.views() as reading:
        assert reading.checkpoint("lines") == Checkpoint(7, DAY)
        assert reading.checkpoint("pairs") is None


def test_a_transaction_sees_its_own_rows(views: Store) -> None:
    with views.views(write=True) as writing:
        writing.put(LINES, [LINE])
        assert writing.read(LINES, {}) == [LINE]


class Mishap(Exception):
    pass


def _write_and_fail(store: Store) -> None:
    with store.views(write=True) as writing:
        writing.put(LINES, [evolve(LINE, text="new"), evolve(LINE, subject=TWO)])
        writing.remove(PAIRS, [(ONE, 1)])
        writing.advance("lines", Checkpoint(9, DAY))
        raise Mishap


def test_a_transaction_that_fails_leaves_no_trace(views: Store) -> None:
    put(views, LINES, LINE)
    put(views, PAIRS, LINE)
    with pytest.raises(Mishap):
        _write_and_fail(views)
    assert (read(views, LINES), read(views, PAIRS)) == ([LINE], [LINE])
    with views.views() as reading:
        assert reading.checkpoint("lines") is None


def test_a_reader_sees_views_of_one_moment(views: Store) -> None:
    put(views, LINES, LINE)
    with views.views() as reading:
        assert reading.read(LINES, {}) == [LINE]
        with ThreadPoolExecutor(1) as other:
            other.submit(put, views, PAIRS, LINE).result()
            other.submit(put, views, LINES, evolve(LINE, text="new")).result()
        assert (reading.read(LINES, {}), reading.read(PAIRS, {})) == ([LINE], [])
    assert read(views, LINES) == [evolve(LINE, text="new")]


def test_writers_of_views_take_turns_and_lose_nothing(views: Store) -> None:
    put(views, LINES, evolve(LINE, number=0))

    def count(_: int) -> None:
        with views.views(write=True) as writing:
            [it] = writing.read(LINES, {})
            writing.put(LINES, [evolve(it, number=it.number + 1)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(count, range(40)))
    assert [it.number for it in read(views, LINES)] == [40]


def test_the_log_may_be_read_and_written_while_a_view_is(views: Store, backend: Backend) -> None:
    views.append([row(ONE, 1)])
    with ThreadPoolExecutor(1) as other:
        with views.views(write=True) as writing:
            appending = other.submit(views.append, [row(ONE, 2)])
            if backend.kind != "sqlite":  # a file has one writer at a time
                appending.result()
            writing.put(
                LINES,
                [evolve(LINE, number=it.version) for it in map(Stored._make, views.scan(upto=1))],
            )
        appending.result()
    assert ([it.number for it in read(views, LINES)], views.head()) == ([1], 2)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (evolve(LINE, text="a\0b"), "lines.text: a text with a NUL character"),
        (evolve(LINE, text="\udc80"), "lines.text: .* surrogates not allowed"),
        (evolve(LINE, count=2**63), "lines.count: a number beyond 64 bits"),
        (evolve(LINE, until=datetime(2026, 1, 1)), "lines.until: a time without a zone"),  # noqa: DTZ001
        (evolve(LINE, day=cast("date", None)), "lines.day: a value is missing"),
    ],
    ids=["NUL", "half", "big", "naive", "missing"],
)
def test_what_one_backend_could_not_hold_none_takes(views: Store, line: Line, why: str) -> None:
    with pytest.raises(Invalid, match=why):
        put(views, LINES, evolve(LINE, subject=TWO), line)
    assert read(views, LINES) == []
    with views.views() as elsewhere, pytest.raises(Invalid, match=why):
        elsewhere.ready(LINES, [evolve(LINE, subject=TWO), line])


# The schema


@frozen
class Longer:
    """`Line` in the next release."""

    subject: str
    number: int
    colour: str


LONGER = Table("lines", Longer, ("subject",))


def shouted(text: str) -> str:
    return text.upper()


@frozen
class Shouting:
    """A row that is not what stands in its columns."""

    subject: str = field(converter=shouted)


def test_a_row_class_that_converts_is_refused() -> None:
    with pytest.raises(TypeError, match=r"view_loud\.subject: .* converts nothing"):
        layout(Table("loud", Shouting, ("subject",)))


def test_a_store_without_a_schema_says_how_to_make_one(backend: Backend) -> None:
    with closing(open_store(backend.url)) as store, pytest.raises(NotInitialised, match="npq init"):
        store.check([])


READS: list[Callable[[Store], object]] = [
    lambda it: it.stream(ONE),
    lambda it: list(it.scan()),
    lambda it: it.head(),
    lambda it: it.append([row(ONE, 1)]),
    lambda it: read(it, LINES),
]


@pytest.mark.parametrize("ask", READS, ids=["stream", "scan", "head", "append", "views"])
def test_a_database_without_a_schema_refuses_every_verb(
    backend: Backend, ask: Callable[[Store], object]
) -> None:
    if backend.shared and backend.kind != "umadb":  # its log needs no schema
        with (
            closing(open_store(backend.url)) as store,
            pytest.raises(NotInitialised, match="npq init"),
        ):
            ask(store)


def test_opening_and_checking_makes_nothing(backend: Backend, tmp_path: Any) -> None:
    for _ in range(2):
        with closing(open_store(backend.url)) as store, pytest.raises(NotInitialised):
            store.check([])
    assert list(tmp_path.iterdir()) == []


def test_a_migrated_store_passes_its_check(views: Store) -> None:
    views.check([LINES, PAIRS])
    views.check([])


def test_a_view_that_has_no_table_yet_is_named(views: Store) -> None:
    others = Table("others", Line, ("subject",))
    with pytest.raises(NotInitialised, match="view_others"):
        views.check([LINES, others])


def migrate(backend: Backend, store: Store, *tables: Table) -> None:
    """Migrate it as its owner; in memory that is the store itself."""
    if backend.shared:
        backend.migrate(tables)
    else:
        store.migrate(tables)


def test_migrating_again_changes_nothing(backend: Backend, views: Store) -> None:
    views.append([row(ONE, 1)])
    with views.views(write=True) as writing:
        writing.put(LINES, [LINE])
        writing.advance("lines", Checkpoint(1, DAY))
    migrate(backend, views, PAIRS, LINES)
    migrate(backend, views)
    with views.views() as reading:
        assert reading.read(LINES, {}) == [LINE]
        assert reading.checkpoint("lines") == Checkpoint(1, DAY)
    assert views.head() == 1


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_column_that_rows_are_asked_by_has_an_index(
    request: pytest.FixtureRequest, tmp_path: Any, kind: str
) -> None:
    backend = backend_of(kind, request, tmp_path)
    by_number = evolve(LINES, indexed=("number",))
    with closing(backend.open([by_number])) as store:
        put(store, by_number, LINE)
        plan: Any
        if kind == "sqlite":
            with closing(sqlite3.connect(backend.url.removeprefix("sqlite:///"))) as db:
                asked = "SELECT * FROM view_lines WHERE number = 1 ORDER BY subject"
                plan = db.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall()
                assert "TEMP B-TREE" not in str(plan)
        else:
            with psycopg.connect(backend.role("superuser").partition("schema=")[0][:-1]) as db:
                plan = db.execute("SELECT indexname FROM pg_indexes").fetchall()
        assert "view_lines_by_number" in str(plan)
        with store.views() as views:
            assert views.read(by_number, {"number": 1}) == [LINE]
        with pytest.raises(NotInitialised, match="view_lines"):
            store.check([LINES])


def test_a_view_whose_rows_changed_is_made_anew(backend: Backend, views: Store) -> None:
    with views.views(write=True) as writing:
        for table in (LINES, PAIRS):
            writing.put(table, [LINE])
            writing.advance(table.name, Checkpoint(1, DAY))
    with pytest.raises(NotInitialised, match="view_lines"):
        views.check([LONGER, PAIRS])
    migrate(backend, views, LONGER, PAIRS)
    views.check([LONGER, PAIRS])
    put(views, LONGER, Longer(ONE, 1, "red"))
    with views.views() as reading:
        assert reading.read(LONGER, {}) == [Longer(ONE, 1, "red")]
        assert reading.checkpoint("lines") is None
        assert reading.read(PAIRS, {}) == [LINE]
        assert reading.checkpoint("pairs") == Checkpoint(1, DAY)


def test_what_was_stored_is_there_for_the_next_to_open(backend: Backend, views: Store) -> None:
    if backend.shared:
        views.append([row(ONE, 1)])
        put(views, LINES, LINE)
        views.close()
        with closing(open_store(backend.url)) as again:
            again.check([LINES, PAIRS])
            assert (again.head(), read(again, LINES)) == (1, [LINE])


@on("sqlite", "postgres", "postgres module")
def test_eight_processes_may_migrate_at_once(backend: Backend) -> None:
    subjects = [padded(str(number)) for number in range(8)]
    together = NURSERY.Barrier(len(subjects))
    with all_done([started(migrating, together, backend.owner, it) for it in subjects]):
        pass
    with closing(open_store(backend.owner)) as store:
        assert sorted(it.subject for it in map(Stored._make, store.scan())) == subjects


# Guarantees

ASKED = {"durable", "ordered", "append_only", "versions_unique", "versions_contiguous"}
HELD = {
    "memory": {"ordered", "versions_unique", "versions_contiguous"},
    "sqlite": {"durable", "sound", *ASKED},
    "postgres": ASKED - {"durable"},  # a server for tests, with fsync off
}

OF_ANY_MODULE = {"versions_unique"}


def guaranteed(store: Store) -> dict[str, Guarantee]:
    return {it.name: it for it in store.guarantees()}


def test_a_store_tells_what_it_holds_and_why(backend: Backend, store: Store) -> None:
    told = guaranteed(store)
    assert told.keys() >= {*ASKED, "least_privilege"}
    assert {name for name, it in told.items() if it.held} >= HELD.get(backend.kind, OF_ANY_MODULE)
    assert all(it.because for it in told.values())
    assert [it for it in told.values() if it.due and not it.held] == []


GUARDS = {
    "sqlite": (
        "CREATE TRIGGER guard_{0} BEFORE {0} ON stored_events BEGIN SELECT RAISE(ABORT, 'no'); END"
    ),
    "postgres": (
        "CREATE TRIGGER guard_{0} BEFORE {0} ON stored_events"
        " EXECUTE FUNCTION suppress_redundant_updates_trigger()"
    ),
}


@pytest.mark.parametrize("kind", GUARDS)
def test_what_triggers_guard_is_read_off_the_database(
    request: pytest.FixtureRequest, tmp_path: Any, kind: str
) -> None:
    statements = [GUARDS[kind].format(it) for it in ("UPDATE", "DELETE", "INSERT")]
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/ledger.db"
    else:
        url = request.getfixturevalue("postgres_url")
        statements.append(GUARDS[kind].format("TRUNCATE"))
    store: Any
    with closing(open_store(url)) as store:
        store.migrate(())
        unguard(store)
        assert not guaranteed(store)["append_only"].held
        assert not guaranteed(store)["versions_contiguous"].held
        behind_its_back(store, *statements)
        assert guaranteed(store)["append_only"].held
        assert guaranteed(store)["versions_contiguous"].held


# Forking


@contextmanager
def a_child(work: Callable[[], object]) -> Iterator[None]:
    """Run work in a forked child, which has to end well, or tells after a minute where it is."""
    child = os.fork()
    if not child:
        gc.disable()  # what other tests left may have threads to stop, which are not here
        faulthandler.dump_traceback_later(60, exit=True)
        code = 1
        try:
            work()
            code = 0
        finally:
            os._exit(code)
    yield
    assert os.waitpid(child, 0)[1] == 0


forking = pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")


@forking
def test_a_forked_child_and_its_parent_do_not_disturb_each_other(
    backend: Backend, store: Store
) -> None:
    if not backend.shared or not backend.ours:
        return
    store.append([row(ONE, version) for version in range(1, 5001)])
    scan = store.scan()
    next(scan)  # holds a connection
    store.head()  # leaves one at rest

    def work() -> None:
        for version in range(1, 20):
            store.append([row(TWO, version)])
            assert store.head() > 5000
        store.close()

    with a_child(work):
        for _ in range(20):
            assert len(store.stream(ONE)) == 5000
    assert [version for _, _, version, *_ in scan] == list(range(2, 5001))
    assert len(store.stream(TWO)) == 19


@forking
def test_a_child_keeps_what_it_writes_after_its_parent_has_closed(backend: Backend) -> None:
    if not backend.shared or not backend.ours:
        return
    begun, closed = (os.pipe() for _ in range(2))
    store = backend.open()
    store.append([row(ONE, 1)])

    def work() -> None:
        store.append([row(TWO, 1)])
        os.write(begun[1], b"x")
        os.read(closed[0], 1)
        store.append([row(TWO, 2)])

    with a_child(work):
        os.read(begun[0], 1)
        store.close()
        os.write(closed[1], b"x")
    for pipe in (*begun, *closed):
        os.close(pipe)
    with closing(open_store(backend.url)) as again:
        assert [(it.subject, it.version) for it in map(Stored._make, again.scan())] == [
            (ONE, 1),
            (TWO, 1),
            (TWO, 2),
        ]


@forking
def test_a_forked_child_of_a_module_s_store_is_told_to_open_its_own(
    backend: Backend, store: Store
) -> None:
    if backend.ours:
        return
    store.append([row(ONE, 1)])

    def work() -> None:
        for ask in READS:
            with pytest.raises(StoreUnavailable, match="after a fork, open it anew"):
                ask(store)
        store.close()

    with a_child(work):
        pass
    assert store.head() == store.stream(ONE)[0].position


class Thing:
    """A connection to nothing."""

    closed = False

    def close(self) -> None:
        self.closed = True


@forking
def test_what_is_in_use_at_a_fork_is_not_lent_or_closed_by_the_child() -> None:
    pool = Pool(Thing, alive=lambda _: True, limit=1)
    with ExitStack() as using:
        first = using.enter_context(pool.connection())

        def work() -> None:
            using.close()
            with pool.connection() as own:
                assert own is not first
            with pool.connection() as again:
                assert again is own
            pool.close()
            assert (first.closed, own.closed) == (False, True)

        with a_child(work):
            pass
    with pool.connection() as again:
        assert again is first


@forking
def test_what_is_at_rest_is_closed_before_a_fork() -> None:
    pool = Pool(Thing, alive=lambda _: True)
    with pool.connection() as first:
        pass
    with a_child(lambda: None):
        assert first.closed


# Closing


def test_a_store_may_be_closed_twice(backend: Backend) -> None:
    store = backend.open()
    store.close()
    store.close()


@pytest.mark.parametrize("ask", READS, ids=["stream", "scan", "head", "append", "views"])
def test_a_closed_store_says_so(store: Store, ask: Callable[[Store], object]) -> None:
    store.close()
    with pytest.raises(StoreUnavailable, match="has been closed"):
        ask(store)
