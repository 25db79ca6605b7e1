"""What is accepted reads back equal, and what would not is refused before it is stored.

On every store, for every kind of command and of fact, of values as wild as a caller can make them.
"""

import math
import types
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta, timezone
from enum import Enum
from functools import cache
from io import BytesIO
from typing import Any, Union, get_args, get_origin
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import attrs
import pytest
from attrs import define, frozen
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from npq_adapters.inbound.commands import record
from npq_adapters.ledger import Ledger
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.catalogue import shipped
from npq_domain.decider import Decider, Facts, Fold
from npq_domain.errors import Invalid, Refused
from npq_domain.limits import EARLIEST, LATEST, LEAST, MOST, MOST_BYTES
from npq_domain.personal import Personal
from npq_domain.recorded import Actor
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import participant_lives, plot_of
from npq_domain.testing.values import COMMANDS, FACTS, values
from tests.adapters.cli.conftest import ADA, BOB, COHORT, intake, jsonl
from tests.conftest import Backend

NOW = datetime(2026, 6, 1, tzinfo=UTC)
CATALOGUE = shipped()
TESTER = Actor(role="tester", id="t-1")
LONG = "é" * (MOST_BYTES // 2)
"""Two bytes each: with its envelope it is more than a fact may take."""

WILD: dict[Any, st.SearchStrategy[Any]] = {
    str: st.one_of(
        st.text(max_size=9),
        st.text(st.characters(categories=["Cs", "Cc"]), max_size=3),
        st.sampled_from(["\0", "\ud800", '{"_type_": "x"}', LONG, "\u2028\ufeff", "a" * 65_000]),
    ),
    int: st.one_of(
        st.integers(),
        st.sampled_from([LEAST - 1, LEAST, MOST, MOST + 1, 10**5000]),
    ),
    bool: st.booleans(),
    date: st.one_of(
        st.dates(),
        st.sampled_from([EARLIEST - timedelta(1), EARLIEST, LATEST, LATEST + timedelta(1)]),
    ),
    datetime: st.one_of(
        st.datetimes(),
        st.datetimes(timezones=st.timezones()),
        st.builds(
            datetime.replace,
            st.sampled_from([datetime(1, 1, 1), datetime(9999, 12, 31, 23), NOW]),  # noqa: DTZ001
            tzinfo=st.sampled_from(
                [UTC, timezone(timedelta(hours=14)), timezone(timedelta(seconds=-1))]
            ),
        ),
        st.builds(
            datetime,  # an hour that London has twice
            *map(st.just, (2024, 10, 27, 1, 30)),
            tzinfo=st.just(ZoneInfo("Europe/London")),
            fold=st.sampled_from([0, 1]),
        ),
    ),
    UUID: st.uuids(),
    type(None): st.none(),
}

ALIEN = st.sampled_from(
    [math.nan, math.inf, -math.inf, 1.5, b"bytes", [1], {"a": 1}, object(), 10**5000, None, {1}]
)
"""What no field declares."""


@cache
def wild(kind: Any) -> st.SearchStrategy[Any]:
    """A value of a type, within bounds or beyond them, and now and then of no such type."""
    origin, args = get_origin(kind), get_args(kind)
    if kind in WILD:
        return WILD[kind]
    if origin is Personal:
        return wild(args[0]).map(Personal)
    if origin is tuple:
        return st.lists(wild(args[0]), max_size=2).map(tuple)
    if origin in (types.UnionType, Union):
        return st.one_of(*map(wild, args))
    if issubclass(kind, Enum):
        return st.sampled_from(list(kind))
    return st.builds(made, st.just(kind), wild_fields(kind))


def wild_fields(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    """Fields of which most are in order, for one wrong one hides the others."""
    tame = st.fixed_dictionaries({it.name: values(it.type) for it in attrs.fields(kind)})
    return st.builds(dict.__or__, tame, wild_changes(kind))


def wild_changes(kind: Any) -> st.SearchStrategy[dict[str, Any]]:
    """One or two fields as wild as their types allow, or one beyond what its type allows."""
    each = {it.name: it.type for it in attrs.fields(kind)}
    names = st.lists(st.sampled_from(sorted(each)), max_size=2, unique=True)
    within = names.map(lambda some: {name: wild(each[name]) for name in some})
    alien = st.sampled_from(sorted(each)).map(lambda name: {name: ALIEN})
    return st.one_of(within, within, within, alien).flatmap(st.fixed_dictionaries)


def made(kind: Any, fields: dict[str, Any]) -> Any:
    """An instance, or what its own validators raise: no such thing reaches the ledger."""
    try:
        return kind(**fields)
    except (ValueError, TypeError, AttributeError) as error:
        return error


# Facts, by a decider that records whatever it is told


@frozen(kw_only=True)
class Tell:
    number: int
    on: date = date(2024, 5, 1)


@define
class Nothing:
    pass


def pass_over(it: Any, fact: Any) -> None:
    """Keep nothing of a fact."""


def tells(name: str, kinds: tuple[type, ...], told: list[Any]) -> Decider[Any]:
    """A decider of the same facts that folds nothing and records what lies in `told`."""
    fold = Fold[Nothing]()
    for kind in kinds:
        fold.on(kind)(pass_over)

    def tell(command: Tell, it: Any) -> Facts:
        yield told[command.number]

    @define
    class State:
        nothing: Nothing = attrs.Factory(Nothing)

    return Decider(name=name, initial=State, folds={"nothing": fold}, decisions={Tell: tell})


@pytest.fixture
def told() -> list[Any]:
    return []


@pytest.fixture
def writers(backend: Backend, told: list[Any]) -> Iterator[dict[str, Ledger]]:
    """For each kind of subject a ledger that records what lies in `told`, all in one store."""
    with closing(backend.open()) as store:
        yield {
            it.name: Ledger(store, vocabulary, [tells(it.name, it.facts, told)], clock=lambda: NOW)
            for it in DECIDERS
        }


def drawn(strategy: st.SearchStrategy[Any]) -> list[Any]:
    """Some values, the same in every run of the suite."""
    found: list[Any] = []

    @settings(max_examples=6, suppress_health_check=[*HealthCheck])
    @given(strategy)
    def draw(value: Any) -> None:
        found.append(value)

    draw()
    return found


def test_a_fact_of_any_kind_reads_back_equal_or_is_refused_before_it_is_stored(
    writers: dict[str, Ledger], told: list[Any]
) -> None:
    came: Counter[tuple[type, bool]] = Counter()
    for each in DECIDERS:
        for kind in each.facts:
            for fact in drawn(wild(kind)):
                if isinstance(fact, kind):
                    told[:] = [fact]
                    back = comes_back(writers[each.name], uuid4(), Tell(number=0))
                    came[kind, back == (fact,)] += 1
                    assert back in (None, (fact,))
    assert {kind for kind, accepted in came if accepted} == set(FACTS)
    assert sum(came[kind, False] for kind in FACTS) > len(FACTS)


def comes_back(ledger: Ledger, subject: UUID, command: Any) -> tuple[Any, ...] | None:
    """The facts that a command led to, read again; `None` where it was refused, and left nothing.

    Any other end is the fault that is looked for.
    """
    before = ledger.store.head()
    try:
        answer = ledger.handle(subject, command, by=TESTER)
    except (Invalid, Refused) as error:
        message = str(error)
        assert ledger.store.head() == before
        assert [it for it in personal_texts(command) if it in message] == []
        return None
    assert ledger.history(subject)[-len(answer) :] == answer or not answer
    assert ledger.store.head() == before + len(answer)
    assert all(len(it.state) <= MOST_BYTES for it in ledger.store.stream(str(subject)))
    return tuple(it.fact for it in answer)


def personal_texts(command: Any) -> Iterator[str]:
    """What an error must not quote, where it is long enough not to stand there by chance."""
    for it in attrs.fields(type(command)):
        value = getattr(command, it.name)
        text = value.reveal() if isinstance(value, Personal) else None
        if isinstance(text, str) and len(text) > 8:
            yield text


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    """A ledger of a small intake, decided by all the rules there are."""
    with closing(backend.open()) as store:
        now = [NOW]
        made = Ledger(
            store, vocabulary, DECIDERS, catalogue=lambda: CATALOGUE, clock=lambda: now[0]
        )
        for asked in record(made, BytesIO(jsonl(intake()).encode())):
            assert asked["outcome"] == "recorded", asked
        now[0] = NOW + timedelta(days=40_000)  # after every day that is drawn
        yield made


def test_a_command_of_any_kind_reads_back_what_it_led_to_or_is_refused(ledger: Ledger) -> None:
    asked: Counter[type] = Counter()
    for kind in COMMANDS:
        subjects = st.sampled_from([COHORT, ADA, BOB]) | st.uuids()
        for command, subject in drawn(st.tuples(wild(kind), subjects)):
            if isinstance(command, kind):
                comes_back(ledger, subject, command)
                asked[kind] += 1
    assert asked.keys() == set(COMMANDS)


@settings(max_examples=8, suppress_health_check=[*HealthCheck])
@given(life=participant_lives(CATALOGUE, most=30), data=st.data())
def test_wild_commands_between_those_of_a_life_are_refused_or_read_back(
    ledger: Ledger, life: Life[Participant], data: st.DataObject
) -> None:
    subject = uuid4()
    for command in plot_of(life).intake.commands:
        comes_back(ledger, plot_of(life).intake.subject, command)
    came: Counter[bool] = Counter()
    for step in life.steps:
        fields = data.draw(wild_changes(type(step.command)))
        with suppress(ValueError, TypeError, AttributeError):  # a command's own validators
            came[comes_back(ledger, subject, attrs.evolve(step.command, **fields)) is None] += 1
        came[comes_back(ledger, subject, step.command) is None] += 1
    event(f"{came[False]} accepted, {came[True]} refused")
    assert came[False] or not life.facts
