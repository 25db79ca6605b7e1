"""One command delivered 2 to 10 times at once has one effect and one answer, on every store."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import Random
from time import monotonic_ns

import pytest

from npq_adapters import Ledger, open_ledger
from tests.conftest import Backend
from tests.faults.delivering import (
    AT_ONCE,
    TIMES,
    deliver,
    deliver_everywhere,
    first_answers,
    rounds,
)
from tests.faults.lists import Asked, Entry, check
from tests.faults.writing import NURSERY, Ground, enrol, new_id, nurse, stored

PROCESSES = 3


@pytest.fixture
def ledger(made: Backend) -> Iterator[Ledger]:
    with open_ledger(made.url) as opened:
        yield opened


@pytest.fixture
def on(ledger: Ledger, backend: Backend) -> Ground:
    return enrol(ledger, backend.url, (new_id(Random(7)),))


def has_one_effect_each(history: list[Entry], ledger: Ledger, on: Ground) -> bool:
    assert check(history, stored(ledger, on)) == []
    return set(first_answers(history).values()) == {1} and len(first_answers(history)) == len(TIMES)


def test_of_many_deliveries_from_threads_one_records_and_all_get_its_answer(
    ledger: Ledger, on: Ground
) -> None:
    def to(asked: Asked, times: int) -> list[Entry]:
        return deliver(ledger, on, asked, times, monotonic_ns() + AT_ONCE)

    assert has_one_effect_each(rounds(on, to, Random(8), TIMES), ledger, on)


@pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
def test_of_many_deliveries_from_processes_one_records_and_all_get_its_answer(
    ledger: Ledger, on: Ground
) -> None:
    nurse()
    with ProcessPoolExecutor(PROCESSES, mp_context=NURSERY) as crew:
        to = partial(deliver_everywhere, crew, PROCESSES, on)
        assert has_one_effect_each(rounds(on, to, Random(9), TIMES), ledger, on)
