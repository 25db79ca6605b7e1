"""A row that cannot be read: one error of ours, with its place and no personal value, on any way.

The same rows given to the base library by itself end in eight kinds of exception.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from npq_adapters import Ledger, open_ledger
from npq_adapters.checking import check
from npq_domain.errors import StoredFactError, UnknownFact
from npq_domain.projections import VIEWS
from tests.adapters.damage import (
    DAMAGES,
    ILL,
    READS,
    WELL,
    ended,
    everything,
    prepared,
)
from tests.conftest import Backend

CLASSES = {"StoredFactError": StoredFactError, "UnknownFact": UnknownFact}
SUBJECTS = dict(zip(DAMAGES, ILL, strict=True))


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url) as opened:
        yield opened


def test_each_way_to_read_a_subject_tells_a_damaged_row_by_its_place_alone(
    ledger: Ledger,
) -> None:
    prepared(ledger, *DAMAGES)
    for number, (name, it) in enumerate(DAMAGES.items(), len(DAMAGES) + 2):
        subject = SUBJECTS[name]
        for read in READS.values():
            with pytest.raises(StoredFactError) as caught:
                read(ledger, subject)
            error = caught.value
            assert type(error) is CLASSES[it.error], name
            assert (error.position, error.version, error.subject, error.name) == (
                number,
                2,
                str(subject),
                it.name,
            )
            assert "Lovelace" not in str(error)
            assert error.__cause__ is None
            assert error.__suppress_context__


def test_every_other_subject_is_as_it_was(ledger: Ledger) -> None:
    prepared(ledger, *DAMAGES)
    assert [it.version for it in ledger.history(WELL)] == [1]
    for name, read in READS.items():
        assert ended(lambda read=read: read(ledger, WELL)) == (  # type: ignore[misc]
            ("Refused", ended(lambda: READS["handle"](ledger, WELL))[1])
            if name == "handle"
            else ("", "")
        )


def test_check_tells_every_damaged_row_and_goes_on(ledger: Ledger) -> None:
    prepared(ledger, *DAMAGES)
    found = check(ledger)
    assert (found.facts, found.subjects) == (2 * len(DAMAGES) + 1, len(DAMAGES) + 1)
    assert [(it.position, it.subject, it.version, it.error) for it in found.damage] == [
        (number, str(SUBJECTS[name]), 2, it.error)
        for number, (name, it) in enumerate(DAMAGES.items(), len(DAMAGES) + 2)
    ]
    assert found.wrong == len(DAMAGES)
    assert "Lovelace" not in str(found)


@pytest.mark.parametrize("name", DAMAGES)
def test_what_a_view_meets_stops_it_and_is_told_by_check(name: str) -> None:
    it = DAMAGES[name]
    with open_ledger("memory:") as ledger:
        prepared(ledger, name)
        for verb in (ledger.rebuild, ledger.catch_up):
            error, message = ended(verb)
            assert error == (it.error if it.folded else "")
            assert "Lovelace" not in message
        [damage] = check(ledger).damage
        assert "engagement" in damage.views or not it.name.startswith("participant.")


def test_all_of_it_is_the_same_when_asserts_are_left_out(tmp_path: Path) -> None:
    """By `python -O`: the base library's own checks are bare asserts."""
    plain, optimised = (
        subprocess.run(
            [sys.executable, *flags, "-m", "tests.adapters.damage", f"sqlite:///{tmp_path}/{n}.db"],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            capture_output=True,
            check=True,
            text=True,
        ).stdout
        for n, flags in enumerate(((), ("-O",)))
    )
    told = json.loads(optimised)
    assert told == json.loads(plain)
    assert told == json.loads(json.dumps(everything(f"sqlite:///{tmp_path}/here.db")))
    ends = [kind for _, _, kind, _ in told[: len(DAMAGES) * len(READS)]]
    assert set(ends) == {"StoredFactError", "UnknownFact"}


@pytest.mark.long
def test_this_module_passes_when_asserts_are_left_out() -> None:
    if sys.flags.optimize:
        return
    ran = subprocess.run(
        [
            *(sys.executable, "-O", "-m", "pytest", "-q", "-p", "no:cacheprovider", "-n", "0"),
            *("-k", "memory or view_meets", "-W", "ignore", __file__),
        ],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=False,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert ran.returncode == 0, ran.stdout
    assert f"{len(DAMAGES) + 3} passed" in ran.stdout


# The base library by itself


def in_another(*flags: str) -> Mapping[str, Any]:
    """How the base library reads each of its rows, in a process of its own."""
    ran = subprocess.run(
        [sys.executable, *flags, "-m", "tests.adapters.stock_rows"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        check=True,
        text=True,
    )
    found: Mapping[str, Any] = json.loads(ran.stdout)
    return found


def test_the_base_library_raises_eight_kinds_of_exception_and_others_without_asserts() -> None:
    plain, optimised = in_another(), in_another("-O")
    assert {kind for ends in plain.values() for kind in ends if kind} == {
        "AggregateNotFoundError",
        "AssertionError",
        "AttributeError",
        "MapperDeserialisationError",
        "OriginatorVersionError",
        "TopicError",
        "TypeError",
        "ValueError",
    }
    # Read as if nothing were wrong: what is not there, and what a later version wrote.
    assert plain["a field too many"] == plain["a newer class_version"] == [None, None]
    # One row without an id closes the log to everybody; its own subject is read as if it were not.
    assert plain["no id"] == [None, "TypeError"]
    assert plain["the first event is gone"][0] == "AssertionError"
    assert optimised["the first event is gone"][0] != "AssertionError"
