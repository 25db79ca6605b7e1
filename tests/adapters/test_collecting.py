"""Cycles are left alone while rows are made, and never longer."""

import gc
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from npq_adapters.collecting import undisturbed


def test_whoever_leaves_last_puts_the_collector_back() -> None:
    first, second = undisturbed(), undisturbed()
    with first:
        second.__enter__()
    assert not gc.isenabled()
    second.__exit__(None, None, None)
    assert gc.isenabled()


def test_a_program_that_collects_by_itself_is_left_as_it_was() -> None:
    gc.disable()
    try:
        with undisturbed(), undisturbed():
            assert not gc.isenabled()
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_an_error_puts_the_collector_back() -> None:
    with pytest.raises(KeyError), undisturbed():
        raise KeyError
    assert gc.isenabled()


def test_threads_that_come_and_go_leave_the_collector_on() -> None:
    def come_and_go(_: int) -> None:
        for _ in range(2_000):
            with undisturbed():
                assert not gc.isenabled()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(come_and_go, range(4)))
    finally:
        sys.setswitchinterval(before)
    assert gc.isenabled()
