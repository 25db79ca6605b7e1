"""A slip of the pen in an address leads to the same store or to an error, and never to another."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from npq_adapters import migrate, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.store import Row
from npq_domain.errors import NpqError

SUBJECT = str(uuid4())
KEYS = st.characters(codec="ascii", exclude_categories=["Cc"])


class Slip(NamedTuple):
    """What went wrong at one place, given as a part of the whole: kept short, it shrinks well."""

    kind: str
    place: float
    key: str

    def of(self, text: str) -> str:
        at = int(self.place * len(text))
        before, it, after = text[:at], text[at : at + 1], text[at + 1 :]
        return before + SLIPS[self.kind](it, self.key) + after


CUT = "\0"
"""Where an address ends too soon."""

SLIPS: dict[str, Callable[[str, str], str]] = {
    "left out": lambda _, __: "",
    "typed twice": lambda it, _: it * 2,
    "another key": lambda _, key: key,
    "a key more": lambda it, key: it + key,
    "the other case": lambda it, _: it.swapcase(),
    "the rest left out": lambda it, _: it + CUT,
}


def slipped(address: str, slips: list[Slip]) -> str:
    for it in slips:
        address = it.of(address).partition(CUT)[0]
    return address


slips = st.lists(
    st.builds(Slip, st.sampled_from(list(SLIPS)), st.floats(0, 1, exclude_max=True), KEYS),
    min_size=1,
    max_size=3,
)


@contextmanager
def within(directory: Path) -> Iterator[None]:
    """In a directory, which stays as it was."""
    before, there = Path.cwd(), set(directory.rglob("*"))
    os.chdir(directory)
    try:
        yield
        made = {it for it in directory.rglob("*") if not it.name.endswith(("-wal", "-shm"))} - there
        assert not made
    finally:
        os.chdir(before)


def leads_to_the_same_store_or_to_an_error(address: str, mistaken: str, directory: Path) -> None:
    with within(directory):
        try:
            with open_ledger(mistaken) as ledger:
                found = [subject for _, subject, *_ in ledger.store.scan()]
        except NpqError:
            return
    assert found == [SUBJECT], f"{mistaken!r} is taken for {address!r}"


ADDRESSES = {
    "sqlite": "sqlite:///{0}/ledger.db",
    "module": "module:eventsourcing.sqlite?SQLITE_DBNAME={0}/log.db&views={0}/views.db",
    "sqlalchemy": "module:eventsourcing_sqlalchemy?SQLALCHEMY_URL=sqlite:///{0}/a.db",
}


@pytest.fixture(scope="module", params=[*ADDRESSES.values()], ids=[*ADDRESSES])
def address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    made: str = request.param.format(tmp_path_factory.mktemp("there"))
    written(made)
    return made


def written(address: str) -> None:
    """Make a ledger with one fact."""
    migrate(address)
    with closing(open_store(address)) as store:
        store.append([Row(SUBJECT, 1, "participant.enrolled.v1", b"{}")])


@given(slips=slips)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_slip_in_an_address_of_files(address: str, tmp_path: Path, slips: list[Slip]) -> None:
    leads_to_the_same_store_or_to_an_error(address, slipped(address, slips), tmp_path)


@given(slips=slips)
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_slip_in_an_address_of_a_server(
    postgres_url: str, tmp_path: Path, slips: list[Slip]
) -> None:
    written_once(postgres_url)
    leads_to_the_same_store_or_to_an_error(postgres_url, slipped(postgres_url, slips), tmp_path)


def written_once(address: str) -> None:
    with closing(open_store(address)) as store:
        store.migrate(())
        if not store.head():
            written(address)


@given(slips=slips)
@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@example(slips=[Slip("the other case", 0, "")])
@example(slips=[Slip("a key more", 0.99, "x")])
@example(slips=[Slip("left out", 0.99, "")])
def test_a_slip_in_what_means_memory_never_opens_it(tmp_path: Path, slips: list[Slip]) -> None:
    mistaken = slipped("memory:", slips)
    if mistaken.strip() != "memory:":
        with within(tmp_path), pytest.raises(NpqError):
            open_ledger(mistaken)
