"""Ledgers of every size: lawful, in the proportions that were asked for, the same from a seed.

A life that was written is a decided one under other names: that it would have been decided alike
is shown by deciding it, command by command, through the ledger.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from hashlib import sha256
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest
from attrs import evolve

from benchmarks import generate, stories
from benchmarks.generate import ENDINGS, TIERS, Plan, Tier, Written, planned, rows
from benchmarks.lawful import BY, clock
from benchmarks.stories import COMPLETED, PASSED, Ending
from npq_adapters import open_ledger
from npq_adapters.folding import place
from npq_adapters.ledger import Ledger
from npq_adapters.memory import MemoryStore
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_adapters.store import Row, Stored
from npq_domain.aggregates import vocabulary
from npq_domain.aggregates.participant.facts.assessment import SummativeSubmitted
from npq_domain.aggregates.participant.facts.corrections import FactVoided
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.calendar import london_day
from npq_domain.catalogue import shipped
from npq_domain.projections import VIEWS
from npq_domain.vocabulary import Envelope

SMALL = Tier(
    participants=200,
    facts=12_000,
    stands_for="a sample of all of England",
    years=TIERS["XL"].years,
    providers=TIERS["XL"].providers,
    cohort=3,
)
"""Every programme, provider and intake, in cohorts so small that there are some of each shift."""
FEW = evolve(SMALL, participants=40, facts=2_400)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(SMALL, seed=5)


@pytest.fixture(scope="module")
def log(plan: Plan) -> list[Row]:
    return list(rows(plan))


@pytest.fixture(scope="module")
def histories(log: Sequence[Row]) -> Mapping[str, list[tuple[Row, Envelope]]]:
    found: defaultdict[str, list[tuple[Row, Envelope]]] = defaultdict(list)
    for it in log:
        found[it.subject].append((it, vocabulary.decode(place(Stored(1, *it)), it.state)))
    return found


@pytest.mark.parametrize("name", TIERS)
def test_a_tier_has_its_participants_in_whole_shares_that_add_up(name: str) -> None:
    tier = TIERS[name]
    assert sum(generate.intakes(tier).values()) == tier.participants
    assert sum(generate.apportioned(tier.participants, ENDINGS).values()) == tier.participants


@pytest.mark.parametrize("name", TIERS)
def test_so_many_complete_and_so_many_of_them_pass_as_england_saw(name: str) -> None:
    shares = generate.apportioned(TIERS[name].participants, ENDINGS)
    completed, passed = (sum(shares[it] for it in some) for some in (COMPLETED, PASSED))
    assert 0.82 <= completed / TIERS[name].participants <= 0.85
    assert 0.97 <= passed / completed <= 0.99


def test_shares_go_by_the_largest_remainder() -> None:
    assert generate.apportioned(10, {"a": 1, "b": 1, "c": 1}) == {"a": 4, "b": 3, "c": 3}
    assert generate.apportioned(7, {"a": 0.5, "b": 0.25, "c": 0.25}) == {"a": 3, "b": 2, "c": 2}


def test_the_smallest_tier_has_about_sixty_facts_a_participant() -> None:
    tier = TIERS["S"]
    assert abs(sum(1 for _ in rows(planned(tier, 1))) - tier.facts) <= tier.facts * 0.03


def test_the_same_seed_writes_the_same_ledger_to_the_byte() -> None:
    once, again, other = (digest(rows(planned(FEW, seed))) for seed in (5, 5, 6))
    assert once == again != other


def digest(log: Sequence[Row] | Iterator[Row]) -> str:
    seen = sha256()
    for it in log:
        seen.update(repr(it).encode())
    return seen.hexdigest()


def test_every_ending_is_there_as_often_as_planned_by_what_the_domain_says(
    plan: Plan, histories: Mapping[str, list[tuple[Row, Envelope]]]
) -> None:
    found: Counter[Ending] = Counter()
    for it in plan.lives:
        found[ended(it, [fact for _, fact in histories[it.text]])] += 1
    assert dict(found) == dict(plan.endings)
    assert set(found) == set(Ending)


def ended(it: Written, history: Sequence[Envelope]) -> Ending:
    """How a life ended, told by its stored facts alone."""
    kinds = Counter(type(each.fact).__name__ for each in history)
    results = kinds["ResultPublished"] or max(
        Counter(each.fact.task for each in history if has(each, "TaskResultPublished")).values(),
        default=0,
    )
    told = {
        Ending.RESUMED: kinds["QualificationAwarded"] and kinds["TrainingResumed"],
        Ending.RESAT: kinds["QualificationAwarded"] and results == 2,
        Ending.AWARDED: kinds["QualificationAwarded"],
        Ending.WITHDRAWN: kinds["TrainingWithdrawn"],
        Ending.DEFERRED: kinds["TrainingDeferred"],
        Ending.FAILED: results,
        Ending.HANDED_NOTHING_IN: kinds["SubmissionMissed"] or to_the_end(it, kinds),
        Ending.STOPPED: True,
    }
    return next(ending for ending, met in told.items() if met)


def to_the_end(it: Written, kinds: Mapping[str, int]) -> bool:
    """Whether somebody studied on to the end, of the programmes without a window to be missed."""
    at = it.template.intake.template()
    studied = kinds["StudyRecorded"] == stories.STRETCHES[at.months]
    return studied and at.specification.assessment.window is None


def has(it: Envelope, kind: str) -> bool:
    return type(it.fact).__name__ == kind


def test_facts_stand_in_the_order_of_recording_and_participants_interleave(
    plan: Plan, log: Sequence[Row], histories: Mapping[str, list[tuple[Row, Envelope]]]
) -> None:
    cohorts = {str(it.cohort_id) for it in plan.cohorts}
    lives = [it for it in log if it.subject not in cohorts]
    times = [vocabulary.decode(place(Stored(1, *it)), it.state).at for it in lives]
    assert times == sorted(times)
    changes = sum(one.subject != other.subject for one, other in pairwise(lives))
    assert changes > len(lives) * 0.5
    for history in histories.values():
        assert [it.version for it, _ in history] == list(range(1, len(history) + 1))


def test_registers_come_late_and_are_corrected_and_bursts_are_where_they_are_known(
    plan: Plan, histories: Mapping[str, list[tuple[Row, Envelope]]]
) -> None:
    lives = [[it for _, it in histories[each.text]] for each in plan.lives]
    every = [it for history in lives for it in history]
    lags = [
        (london_day(it.at) - it.fact.on).days
        for it in every
        if isinstance(it.fact, AttendanceRecorded)
    ]
    assert 0.15 < sum(lag >= 14 for lag in lags) / len(lags) < 0.35
    corrected = sum(any(isinstance(it.fact, FactVoided) for it in history) for history in lives)
    assert 0.15 < corrected / len(lives) < 0.35
    for_spring = [
        history[0].fact.on
        for each, history in zip(plan.lives, lives, strict=True)
        if each.template.intake.start.month < 6
    ]
    late = [on for on in for_spring if date(on.year, 12, 10) <= on <= date(on.year, 12, 22)]
    assert len(late) / len(for_spring) > 0.7
    assert at_the_last(lives) > 0.7


def at_the_last(lives: Sequence[Sequence[Envelope]]) -> float:
    """The share of responses that come in the last two days of their windows."""
    soon = every = 0
    for history in lives:
        closes: Any = None
        for it in history:
            if has(it, "AssessmentWindowSet"):
                closes = it.fact.closes_at
            if isinstance(it.fact, SummativeSubmitted):
                every += 1
                soon += closes - it.fact.at <= timedelta(days=2)
    return soon / every


# Lawful: decided once more, through the ledger.


class Clock:
    """The time as it was."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


def decided_again(plan: Plan, lives: Sequence[Written]) -> dict[str, list[Row]]:
    """The rows of these lives, and of every cohort, when all their commands are decided anew."""
    time, store = Clock(), MemoryStore()
    store.migrate([])
    ledger = Ledger(
        store, vocabulary, open_ledger("memory:").deciders, catalogue=shipped, clock=time
    )
    for at in plan.cohorts:
        time.now = clock(at.opened)
        for number, command in enumerate(at.asked, 1):
            asked = stories.numbered(at.cohort_id, number)
            ledger.handle(at.cohort_id, command, by=BY, command_id=asked)
    for it in lives:
        for command, now, command_id in it.commands():
            time.now = now
            ledger.handle(it.subject, command, by=BY, command_id=command_id)
    subjects = [*(str(it.cohort_id) for it in plan.cohorts), *(it.text for it in lives)]
    return {subject: [Row(*it[1:]) for it in store.stream(subject)] for subject in subjects}


def agree(plan: Plan, log: Sequence[Row], lives: Sequence[Written]) -> None:
    wanted: defaultdict[str, list[Row]] = defaultdict(list)
    again = decided_again(plan, lives)
    for it in log:
        if it.subject in again:
            wanted[it.subject].append(it)
    assert again == wanted


def test_what_is_decided_again_is_what_was_written(plan: Plan, log: Sequence[Row]) -> None:
    some = Random(7).sample(plan.lives, 50)
    assert len({(it.template, it.hub) for it in some}) > 40
    agree(plan, log, some)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_lives_of_every_intake_and_ending_are_decided_alike_however_cohorts_are_shifted() -> None:
    tier = Tier(
        participants=12_000,
        facts=0,
        stands_for="enough for every ending of every specification in cohorts of every shift",
        years=TIERS["XL"].years,
        providers=TIERS["XL"].providers,
        cohort=10,
    )
    plan = planned(tier, seed=11)
    one_of_each = {
        (it.template.intake.specification.key, it.template.ending, it.template.by(it.hub)): it
        for it in plan.lives
    }
    drawn = {it.number: it for it in Random(3).sample(plan.lives, 800)}
    some = list((drawn | {it.number: it for it in one_of_each.values()}).values())
    assert {it.template.ending for it in some} == set(Ending)
    assert {it.template.intake for it in some} == set(generate.intakes(tier))
    texts = {it.text for it in some} | {str(it.cohort_id) for it in plan.cohorts}
    agree(plan, [it for it in rows(plan) if it.subject in texts], some)


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a ledger that has not been made yet."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'small.db'}"
    found: str = request.getfixturevalue("postgres_url")
    return found


def test_a_ledger_is_filled_and_read_by_every_view(url: str) -> None:
    tier = Tier(
        participants=60, facts=0, stands_for="a hub", years=(2023,), providers=("UCL", "BPN")
    )
    plan = planned(tier, seed=2)
    store = open_store(url)
    store.migrate([table(view) for view in VIEWS])
    written = generate.fill(store, plan)
    assert store.head() == written
    assert [it.name for it in store.guarantees() if it.due and not it.held] == []
    store.close()
    with open_ledger(url) as ledger:
        ledger.catch_up(as_at=generate.SEEN_FROM)
        assert len(ledger.rows("engagement")) == 60
        awarded = [it for it in ledger.rows("eligibility") if it.awarded_on]
        passed = sum(plan.endings[it] for it in PASSED)
        assert len(awarded) == passed


def test_a_ledger_whose_making_is_broken_off_is_empty_and_guarded(url: str) -> None:
    tier = Tier(participants=30, facts=0, stands_for="a few", years=(2023,), providers=("UCL",))
    plan = planned(tier, 3)

    def broken_off() -> Iterator[Row]:
        yield from islice(rows(plan), 100)
        raise KeyboardInterrupt

    with closing(open_store(url)) as store:
        store.migrate([])
        with pytest.raises(KeyboardInterrupt):
            generate.put(store, broken_off())
        assert store.head() == 0
        assert [it.name for it in store.guarantees() if it.due and not it.held] == []
        log = list(rows(plan))
        assert generate.fill(store, plan) == len(log)
        assert [Row(*fields[1:]) for fields in store.scan()] == log


def test_a_store_that_is_no_file_is_filled_with_the_same_rows(plan: Plan, log: list[Row]) -> None:
    with closing(MemoryStore()) as store:
        assert generate.fill(store, plan) == store.head() == len(log)
        assert [Row(*fields[1:]) for fields in store.scan()] == log


def test_nothing_is_written_into_a_ledger_that_has_facts(
    url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["generate", "--into", url])
    monkeypatch.setitem(generate.TIERS, "S", FEW)
    generate.main()
    told = capsys.readouterr().out
    assert "40 participants" in told
    assert "awarded after a resit" in told
    assert "facts a second" in told
    with pytest.raises(SystemExit, match="there are facts in it already"):
        generate.main()
