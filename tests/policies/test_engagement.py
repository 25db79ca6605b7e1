"""Engagement: credit against plan, exactly, by each strategy."""

from collections.abc import Mapping
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
from attrs import evolve
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.catalogue import shipped
from npq_domain.catalogue.types import Activity, EngagementRule, Gate, Strategy
from npq_domain.policies.engagement import (
    Credit,
    Engagement,
    Excuse,
    PlannedComponent,
    Status,
    measure,
)

LEADERSHIP = "reform/UCL/NPQSL/1"
SPECIALIST = "reform/UCL/NPQLT/1"
SENIOR = "reform/BPN/NPQSL/1"
HEADSHIP = "reform/BPN/NPQH/1"
EXECUTIVE = "reform/BPN/NPQEL/1"

BY_MINUTES = EngagementRule(
    strategy=Strategy.TOTAL_MINUTES, threshold_percent=90, gate=Gate.ACCESS, source="a handbook"
)
BY_COUNT = evolve(BY_MINUTES, strategy=Strategy.SESSION_COUNT)
BY_STRAND = evolve(BY_MINUTES, strategy=Strategy.PER_STRAND)


def planned(key: str) -> tuple[PlannedComponent, ...]:
    """The plan that a shipped specification makes."""
    found = shipped().specification(key)
    assert found
    return tuple(
        PlannedComponent(
            id=it.id, activity=it.activity, strand=it.strand, minutes=it.minutes, counts=it.counts
        )
        for it in found.components
    )


def all_but(key: str, *missed: str) -> dict[str, Credit]:
    """Everything in full, but for what was missed."""
    return {
        it.id: Credit(minutes=0 if it.id in missed else it.minutes or 0, closed=True)
        for it in planned(key)
    }


def session(name: str, minutes: int = 60, **more: Any) -> PlannedComponent:
    return PlannedComponent(id=name, activity=Activity.EVENT, minutes=minutes, **more)


def share(it: Engagement) -> Fraction:
    return Fraction(it.num, it.den)


# The cases on which the strategies differ


@pytest.mark.rule("4.15")
@pytest.mark.parametrize(
    ("key", "missed", "share_left", "met"),
    [
        (LEADERSHIP, ["plg-1"], Fraction(7, 8), False),
        (LEADERSHIP, ["induction"], Fraction(7, 8), False),
        (LEADERSHIP, ["face-to-face-1"], Fraction(7, 8), False),
        (SPECIALIST, ["plg-1"], Fraction(5, 6), False),
        (LEADERSHIP, [], Fraction(1), True),
        (SPECIALIST, [], Fraction(1), True),
    ],
)
def test_by_count_nobody_may_miss_any_session_with_ucl(
    key: str, missed: list[str], share_left: Fraction, met: bool
) -> None:
    found = measure(BY_COUNT, planned(key), all_but(key, *missed))
    assert (share(found), found.met) == (share_left, met)


@pytest.mark.rule("3.13", "4.15")
@pytest.mark.parametrize(
    ("key", "missed", "percent", "met"),
    [
        (LEADERSHIP, ["plg-1"], "93.22", True),
        (LEADERSHIP, ["induction"], "93.22", True),
        (LEADERSHIP, ["face-to-face-1"], "77.97", False),
        (SPECIALIST, ["induction"], "89.47", False),
        (SENIOR, ["face-to-face-1"], "93.33", True),
        (HEADSHIP, ["face-to-face-1"], "94.23", True),
        (EXECUTIVE, ["face-to-face-1"], "94.83", True),
        (EXECUTIVE, ["face-to-face-1", "face-to-face-2"], "89.66", False),
    ],
)
def test_by_minutes_it_depends_on_which_session_was_missed(
    key: str, missed: list[str], percent: str, met: bool
) -> None:
    found = measure(BY_MINUTES, planned(key), all_but(key, *missed))
    assert (f"{float(100 * share(found)):.2f}", found.met) == (percent, met)


@pytest.mark.rule("4.13", "4.15")
def test_a_missed_specialist_induction_leaves_seventeen_hours_of_nineteen() -> None:
    found = measure(BY_MINUTES, planned(SPECIALIST), all_but(SPECIALIST, "induction"))
    assert share(found) == Fraction(17, 19)
    assert found.needed == 6  # nine tenths of 1,140 minutes are 1,026; 1,020 were credited


@pytest.mark.rule("3.13", "4.15")
@pytest.mark.parametrize(
    ("key", "minutes"), [(SENIOR, 4_860), (HEADSHIP, 5_616), (EXECUTIVE, 6_264)]
)
def test_ninety_per_cent_is_met_on_the_very_minute(key: str, minutes: int) -> None:
    plan = planned(key)
    for credited, met in ((minutes, True), (minutes - 1, False)):
        left, credited_to = credited, {}
        for it in plan:
            credited_to[it.id] = Credit(minutes=min(left, it.minutes or 0))
            left -= credited_to[it.id].minutes
        found = measure(BY_MINUTES, plan, credited_to)
        assert (found.num, found.met) == (credited, met)


# By strand

STRANDS = (session("live", 100, strand="live"), session("study", 300, strand="study"))


def by_strand(live: int, study: int) -> Engagement:
    return measure(
        BY_STRAND, STRANDS, {"live": Credit(minutes=live), "study": Credit(minutes=study)}
    )


def test_by_strand_each_strand_has_to_reach_the_threshold() -> None:
    assert by_strand(90, 270).met
    assert not by_strand(89, 300).met
    assert not by_strand(100, 269).met


def test_by_strand_the_figures_are_those_of_the_strand_that_lags_most() -> None:
    found = by_strand(100, 150)
    assert (found.num, found.den) == (150, 300)
    assert (found.credited_minutes, found.planned_minutes) == (250, 400)
    assert {name: it.credited for name, it in found.strands.items()} == {"live": 100, "study": 150}


def test_in_one_sum_a_full_strand_makes_up_for_another_and_by_strand_it_does_not() -> None:
    credited_to = {"live": Credit(minutes=60), "study": Credit(minutes=300)}
    assert measure(BY_MINUTES, STRANDS, credited_to).met
    assert not measure(BY_STRAND, STRANDS, credited_to).met


def test_by_strand_one_strand_out_of_reach_is_enough() -> None:
    lost = {"live": Credit(minutes=0, closed=True)}
    assert measure(BY_STRAND, STRANDS, lost).status is Status.UNREACHABLE


# What counts


def test_what_does_not_count_or_has_no_known_minutes_is_left_out() -> None:
    plan = (
        session("counts"),
        session("welcome", counts=False),
        PlannedComponent(id="study", activity=Activity.STUDY),
    )
    found = measure(BY_MINUTES, plan, {"welcome": Credit(minutes=60), "study": Credit(minutes=9)})
    assert (found.num, found.den) == (0, 60)


def test_by_count_a_session_of_unknown_length_counts_and_study_does_not() -> None:
    plan = (
        PlannedComponent(id="day-1", activity=Activity.EVENT),
        PlannedComponent(id="day-2", activity=Activity.EVENT),
        PlannedComponent(id="course", activity=Activity.STUDY, minutes=600),
    )
    found = measure(BY_COUNT, plan, {"day-1": Credit(minutes=300, closed=True)})
    assert (found.num, found.den, found.attainable) == (1, 2, 2)


def test_by_count_a_session_counts_when_it_was_attended_to_the_end() -> None:
    plan = (session("day", 60),)
    for minutes, held in ((59, 0), (60, 1), (0, 0)):
        assert measure(BY_COUNT, plan, {"day": Credit(minutes=minutes, closed=True)}).num == held


def test_nothing_planned_is_nothing_reached_and_nothing_out_of_reach() -> None:
    found = measure(BY_MINUTES, (), {})
    assert (found.num, found.den, found.met, found.status) == (0, 0, False, None)


def test_credit_is_capped_at_the_plan() -> None:
    found = measure(BY_MINUTES, (session("a"), session("b")), {"a": Credit(minutes=500)})
    assert (found.num, found.credited_minutes, found.attainable) == (60, 60, 120)


# Absence, catch-up, excuse

FOUR = tuple(session(name) for name in "abcd")


def with_b(credit: Credit) -> Mapping[str, Credit]:
    full = {name: Credit(minutes=60, closed=True) for name in "acd"}
    return {**full, "b": credit}


def test_a_missed_session_is_out_of_reach_until_it_is_caught_up() -> None:
    missed = measure(BY_MINUTES, FOUR, with_b(Credit(closed=True)))
    assert (missed.num, missed.attainable, missed.status) == (180, 180, Status.UNREACHABLE)
    caught_up = measure(BY_MINUTES, FOUR, with_b(Credit(minutes=40, closed=True)))
    assert (caught_up.num, caught_up.attainable, caught_up.met) == (220, 220, True)


def test_an_excuse_may_credit_the_session() -> None:
    excused = measure(BY_MINUTES, FOUR, with_b(Credit(closed=True, excuse=Excuse.CREDIT)))
    assert (excused.num, excused.den, excused.excused_minutes, excused.met) == (240, 240, 60, True)


def test_an_excuse_may_take_the_session_out_of_the_denominator() -> None:
    excuse = Credit(closed=True, excuse=Excuse.REMOVE_FROM_DENOMINATOR)
    excused = measure(BY_MINUTES, FOUR, with_b(excuse))
    assert (excused.num, excused.den, excused.excused_minutes, excused.met) == (180, 180, 60, True)
    by_count = measure(BY_COUNT, FOUR, with_b(excuse))
    assert (by_count.num, by_count.den) == (3, 3)


def test_to_excuse_everything_leaves_nothing_to_be_engaged_in() -> None:
    excuse = Credit(closed=True, excuse=Excuse.REMOVE_FROM_DENOMINATOR)
    found = measure(BY_MINUTES, (session("a"),), {"a": excuse})
    assert (found.den, found.met) == (0, False)


# Where one stands

TEN = tuple(session(f"s-{n}", due=date(2024, 1, n)) for n in range(1, 11))
THIRD = date(2024, 1, 3)


def done(*numbers: int, missed: int = 0) -> dict[str, Credit]:
    credited_to = {f"s-{n}": Credit(minutes=60, closed=True) for n in numbers}
    return credited_to | ({f"s-{missed}": Credit(closed=True)} if missed else {})


def test_who_did_what_fell_due_is_on_track() -> None:
    found = measure(BY_MINUTES, TEN, done(1, 2, 3), as_at=THIRD)
    assert (found.status, found.expected, found.behind) == (Status.ON_TRACK, 180, 0)
    assert not found.one_from_unreachable


def test_who_lags_behind_what_fell_due_is_at_risk() -> None:
    found = measure(BY_MINUTES, TEN, done(1, 2), as_at=THIRD)
    assert (found.status, found.expected, found.behind) == (Status.AT_RISK, 180, 60)
    assert measure(BY_MINUTES, TEN, done(1, 2), as_at=date(2024, 1, 2)).status is Status.ON_TRACK


def test_who_may_miss_no_more_is_one_from_unreachable() -> None:
    found = measure(BY_MINUTES, TEN, done(1, 2, missed=3), as_at=THIRD)
    assert (found.status, found.one_from_unreachable) == (Status.AT_RISK, True)
    assert (found.attainable, found.needed) == (540, 420)


def test_who_missed_too_much_cannot_reach_the_threshold_any_more() -> None:
    found = measure(BY_MINUTES, TEN, done(1, missed=2) | {"s-3": Credit(closed=True)}, as_at=THIRD)
    assert (found.status, found.attainable, found.met) == (Status.UNREACHABLE, 480, False)


def test_without_a_day_to_look_from_nothing_has_fallen_due() -> None:
    found = measure(BY_MINUTES, TEN, {})
    assert (found.status, found.expected, found.behind) == (Status.ON_TRACK, 0, 0)


# Whatever the plan

plans = st.lists(
    st.builds(
        PlannedComponent,
        id=st.sampled_from("abcdefgh"),
        activity=st.sampled_from(Activity),
        strand=st.sampled_from([None, "live", "study"]),
        minutes=st.none() | st.integers(0, 500),
        counts=st.booleans(),
        due=st.none() | st.sampled_from([THIRD, date(2024, 2, 1)]),
    ),
    unique_by=lambda it: it.id,
)
credited_to = st.dictionaries(
    st.sampled_from("abcdefghi"),
    st.builds(
        Credit,
        minutes=st.integers(0, 900),
        closed=st.booleans(),
        excuse=st.none() | st.sampled_from(Excuse),
    ),
)
rules = st.builds(
    EngagementRule,
    strategy=st.sampled_from(Strategy),
    threshold_percent=st.integers(1, 100),
    gate=st.just(Gate.ACCESS),
    source=st.just("a handbook"),
)


@given(rule=rules, plan=plans, credited_to=credited_to)
def test_figures_keep_within_the_plan_whatever_it_is(
    rule: EngagementRule, plan: list[PlannedComponent], credited_to: dict[str, Credit]
) -> None:
    found = measure(rule, plan, credited_to, as_at=THIRD)
    assert 0 <= found.num <= found.attainable <= found.den
    assert 0 <= found.credited_minutes <= found.planned_minutes
    assert 0 <= found.behind <= found.expected
    assert found.met == (found.needed == 0 and found.den > 0)
    assert not (found.met and found.status is Status.UNREACHABLE)
    assert found.den == 0 or found.met == all(
        Fraction(it.credited, it.planned) >= Fraction(rule.threshold_percent, 100)
        for it in found.strands.values()
    )


@given(rule=rules, plan=plans, credited_to=credited_to, order=st.randoms(use_true_random=False))
def test_the_order_of_plan_and_credits_makes_no_difference_to_the_verdict(
    rule: EngagementRule, plan: list[PlannedComponent], credited_to: dict[str, Credit], order: Any
) -> None:
    shuffled = order.sample(plan, len(plan))
    again = dict(order.sample(list(credited_to.items()), len(credited_to)))
    one, other = measure(rule, plan, credited_to), measure(rule, shuffled, again)
    assert (one.met, one.status, one.needed, one.strands) == (
        other.met,
        other.status,
        other.needed,
        other.strands,
    )


@given(rule=rules, plan=plans, credited_to=credited_to, grown=st.sampled_from("abcdefgh"))
def test_more_minutes_never_make_it_worse(
    rule: EngagementRule, plan: list[PlannedComponent], credited_to: dict[str, Credit], grown: str
) -> None:
    before = measure(rule, plan, credited_to)
    credit = credited_to.get(grown, Credit())
    more = Credit(minutes=credit.minutes + 30, closed=credit.closed, excuse=credit.excuse)
    after = measure(rule, plan, {**credited_to, grown: more})
    assert after.needed <= before.needed
    assert after.met >= before.met
