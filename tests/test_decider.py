"""Deciders: how facts fold into what is known, and what a command makes of it."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from attrs import Factory, define, frozen

from npq_domain.decider import (
    Decider,
    Facts,
    Fold,
    not_in_future,
    refuse_if,
    require,
    says_the_same,
)
from npq_domain.errors import Refused, Requirement
from npq_domain.testing.clock import last_instant

DAY = date(2024, 6, 20)


@frozen(kw_only=True)
class LampLit:
    lamp: str
    on: date


@frozen(kw_only=True)
class Light:
    lamp: str
    on: date


@frozen(kw_only=True)
class LightAt:
    at: datetime


@define
class Lamps:
    lit: list[str] = Factory(list)


@define
class Bill:
    total: int = 0


@define
class House:
    lamps: Lamps = Factory(Lamps)
    bill: Bill = Factory(Bill)


lamps, bill = Fold[Lamps](), Fold[Bill]()


@lamps.on(LampLit)
def _(it: Lamps, fact: LampLit) -> None:
    it.lit.append(fact.lamp)


@bill.on(LampLit)
def _(it: Bill, _: LampLit) -> None:
    it.total += 1


def light(command: Light, it: House, *, now: datetime, most: int) -> Facts:
    refuse_if(len(it.lamps.lit) >= most, "too_bright", f"{most} are lit", "the house rules")
    if command.lamp not in it.lamps.lit:
        yield LampLit(lamp=command.lamp, on=command.on)


def light_at(command: LightAt, it: House) -> Facts:
    yield from ()


house = Decider(
    name="house",
    initial=House,
    folds={"lamps": lamps, "bill": bill},
    decisions={Light: light, LightAt: light_at},
)
NOW = last_instant(DAY)


def test_each_part_of_the_state_keeps_what_it_reads() -> None:
    state = house.replay([LampLit(lamp="hall", on=DAY), LampLit(lamp="attic", on=DAY)])
    assert state == House(lamps=Lamps(lit=["hall", "attic"]), bill=Bill(total=2))


def test_each_replay_builds_a_state_of_its_own() -> None:
    assert house.replay([]) is not house.replay([])
    house.replay([LampLit(lamp="hall", on=DAY)])
    assert house.replay([]) == House()


def test_the_steps_of_one_part_fold_no_other() -> None:
    assert [[part for part, _ in steps] for steps in house.steps.values()] == [["lamps", "bill"]]
    assert [[part for part, _ in it] for it in house.steps_of(["bill"]).values()] == [["bill"]]


def test_a_fact_that_is_not_the_subjects_is_a_fault() -> None:
    with pytest.raises(KeyError):
        house.replay([DAY])


def test_a_decision_is_given_what_it_names_and_nothing_else() -> None:
    asked = Light(lamp="hall", on=DAY)
    assert house.needs(asked) == {"now", "most"}
    assert house.needs(LightAt(at=NOW)) == frozenset()
    assert house.decide(asked, House(), now=NOW, most=1, weather="fair") == (
        LampLit(lamp="hall", on=DAY),
    )
    with pytest.raises(KeyError, match="most"):
        house.decide(asked, House(), now=NOW)


def test_a_refusal_bears_code_reason_and_source() -> None:
    lit = House(lamps=Lamps(lit=["hall"]))
    with pytest.raises(Refused, match=r"1 are lit \(the house rules\)") as caught:
        house.decide(Light(lamp="attic", on=DAY), lit, now=NOW, most=1)
    assert caught.value.code == "too_bright"


@pytest.mark.parametrize(
    ("command", "met"),
    [
        (Light(lamp="hall", on=DAY), True),
        (Light(lamp="hall", on=date(2024, 6, 21)), False),
        (LightAt(at=NOW), True),
        (LightAt(at=last_instant(date(2024, 6, 21))), False),
    ],
)
def test_nothing_is_recorded_before_it_has_happened(command: Any, met: bool) -> None:
    assert not_in_future(command, NOW).met is met
    if not met:
        with pytest.raises(Refused) as caught:
            house.decide(command, House(), now=NOW, most=9)
        assert caught.value.code == "future_dated"


def test_today_is_the_day_that_london_has_by_now() -> None:
    past_midnight_in_london = datetime(2024, 6, 20, 23, 30, tzinfo=UTC)
    assert not_in_future(Light(lamp="hall", on=date(2024, 6, 21)), past_midnight_in_london).met


def requirement(code: str, *, met: bool) -> Requirement:
    return Requirement(code=code, met=met, because=f"{code} because", source="a handbook")


def test_requirements_are_refused_all_at_once_under_the_first_ones_code() -> None:
    wants = [requirement("a", met=False), requirement("b", met=True), requirement("c", met=False)]
    with pytest.raises(Refused) as caught:
        require(*wants)
    assert (caught.value.code, caught.value.requirements) == ("a", (wants[0], wants[2]))
    with pytest.raises(Refused) as caught:
        require(*wants, code="unmet")
    assert caught.value.code == "unmet"
    require(wants[1])


def test_a_fact_says_the_same_on_whatever_day_it_is_said() -> None:
    known = LampLit(lamp="hall", on=DAY)
    assert says_the_same(LampLit(lamp="hall", on=date(2024, 6, 1)), known)
    assert not says_the_same(LampLit(lamp="attic", on=DAY), known)
    assert not says_the_same(known, None)
