"""The benchmarks compare like with like: the same histories in, the same figures out."""

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

import pytest

from benchmarks import jobs, lawful, stock
from benchmarks.measuring import OURS, Job, measure
from npq_domain.aggregates.participant import participant
from npq_domain.history import live

THEM = jobs.corpus(jobs.Size(participants=24, rounds=1))


@pytest.fixture(params=jobs.PLACES)
def on(
    request: pytest.FixtureRequest, tmp_path: Path, postgres_uri: str
) -> Iterator[jobs.Contenders]:
    with jobs.contenders(request.param, tmp_path, postgres_uri, THEM.log) as opened:
        yield opened


def test_every_history_has_sixty_facts_and_no_two_are_alike() -> None:
    assert {len(it) for it in THEM.histories} == {lawful.LENGTH}
    assert len({it[0].subject for it in THEM.histories}) == len(THEM.histories)


def test_the_same_seed_draws_the_same_histories() -> None:
    assert tuple(lawful.lives(8)) == THEM.histories[:8]


def test_participants_interleave_in_the_log_and_versions_keep_their_order() -> None:
    assert len({it.subject for it in THEM.log[: lawful.LENGTH]}) > 1
    for history in THEM.histories:
        subject = history[0].subject
        assert [it for it in THEM.log if it.subject == subject] == list(history)


def test_stock_makes_the_rows_that_ours_makes(on: jobs.Contenders) -> None:
    on.ledger.rebuild(["engagement"], as_at=lawful.SEEN_FROM)
    ours = jobs.rows(on.ledger.store)
    assert len(ours) == len(THEM.histories)
    for filtered in (True, False):
        stock.rebuild(on.app, on.views, lawful.SEEN_FROM, filtered=filtered)
        assert jobs.rows(on.views) == ours


def test_loading_gives_what_the_history_says_and_stock_credits_the_same(
    on: jobs.Contenders,
) -> None:
    for history in THEM.histories:
        subject = history[0].subject
        standing = live(history, participant.void)
        loaded = on.ledger.state(subject, participant)
        assert loaded == participant.replay(it.fact for it in standing)
        if len(standing) == len(history):  # stock replays what was voided, too
            found: stock.Participant = on.app.repository.get(subject)
            assert found.credits == loaded.engagement.credits


def test_the_floor_reads_every_row_of_the_ledger(on: jobs.Contenders) -> None:
    names = tuple({it.name for it in THEM.log})
    assert len(list(on.floor.scan(names))) == len(THEM.log)
    for history in THEM.histories:
        assert len(list(on.floor.stream(str(history[0].subject)))) == lawful.LENGTH


@pytest.mark.parametrize(
    "on",
    [
        "memory",
        pytest.param("SQLite", marks=pytest.mark.long),
        pytest.param("PostgreSQL", marks=pytest.mark.long),
    ],
    indirect=True,
)
def test_every_job_runs_on_every_store(on: jobs.Contenders) -> None:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as crew:
        for job in jobs.jobs(on, THEM, crew):
            figures = measure(on.kind, job, rounds=1)
            assert [it.contender for it in figures] == list(job.contenders)
            assert all(it.microseconds > 0 for it in figures)


def test_an_aim_is_told_with_whether_it_was_reached() -> None:
    job = Job(
        title="nothing",
        unit="time",
        units=1,
        stock=OURS,
        contenders={OURS: jobs.at_once(lambda: None)},
        times_stock=2,
    )
    (only,) = measure("memory", job, rounds=3)
    assert (only.times_stock, only.times_floor) == (1, None)
    assert only.aim == "≥ 2 × stock: missed"
