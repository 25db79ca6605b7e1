"""UCL's plan for a specialist and for a leader: which session may be missed, and which may not.

Run it: `python examples/ucl_plans.py`. Without 90 % engagement there is no access to the
assessment. The handbook does not say of what the 90 % are; here they are minutes of the live
sessions, and beside them stands what a count of sessions would say.
"""

from datetime import date
from fractions import Fraction
from uuid import UUID

from npq_domain.catalogue.types import ComponentSpec
from npq_domain.commands import (
    AssignSupporter,
    AwardQualification,
    ExcuseAttendance,
    GrantAccess,
    RecordCheckIn,
)
from npq_domain.policies.engagement import Excuse
from story import Story, percent, specification, story, window_of

PLANS = {"a specialist, NPQLT": "reform/UCL/NPQLT/1", "a leader, NPQSL": "reform/UCL/NPQSL/1"}
MARKED = {12: date(2024, 11, 4), 18: date(2025, 5, 6)}


def main() -> None:
    """Tell of the specialist, then of the leader."""
    with story("Two plans of UCL's, from October 2023") as it:
        cohort = it.intake(*PLANS.values())
        for who, key in PLANS.items():
            print(f"\nThe plan of {who}")
            sessions = live(key)
            for each in sessions:
                hours = f"{each.starts}-{each.ends}" if each.starts else "about"
                print(f"  {each.title:27} {hours:12} {each.minutes:4} minutes")
            print(f"  {'in all':27} {'':12} {sum(map(minutes, sessions)):4} minutes")
            for name in first_of_each(sessions):
                miss(it, cohort, key, name)
            see_it_through(it, cohort, key)


def live(key: str) -> list[ComponentSpec]:
    """The sessions that count."""
    return [it for it in specification(key).components if it.counts]


def minutes(it: ComponentSpec) -> int:
    """How long a session is."""
    return it.minutes or 0


def first_of_each(sessions: list[ComponentSpec]) -> list[str]:
    """One session of each length and name: the others are like it."""
    return [it.id for it in sessions if not it.id[-1].isdigit() or it.id.endswith("-1")]


def miss(it: Story, cohort: UUID, key: str, component: str) -> None:
    """Somebody who misses one session, and would like to be assessed."""
    print(f"\n  Missed: {component}")
    who = it.register(key, f"without {component}")
    it.join(who, cohort)
    it.attend(who, key, but=[component])
    held = len(live(key))
    count = Fraction(100 * (held - 1), held)
    it.aside(f"{percent(it.engaged(who))}; by a count {held - 1}/{held}, {float(count):.1f} %")
    on = window_of(specification(key))
    if it.ask(who, GrantAccess(on=on), "asks for access to the assessment"):
        it.aside("granted")
        return
    excuse = ExcuseAttendance(
        component=component, effect=Excuse.CREDIT, basis="jury service", on=on
    )
    it.ask(who, excuse, "the absence is excused for exceptional circumstances")
    if it.ask(who, GrantAccess(on=on), "asks again"):
        it.aside("granted")


def see_it_through(it: Story, cohort: UUID, key: str) -> None:
    """Somebody who misses nothing, up to the award."""
    found = specification(key)
    assert found.check_ins
    print("\n  Missed: nothing")
    who = it.register(key, "in full")
    it.join(who, cohort)
    early = RecordCheckIn(number=1, minutes=60, on=date(2023, 11, 30))
    it.ask(who, early, "checks in with a mentor whom nobody has named")
    it.ask(who, AssignSupporter(role="mentor", supporter="staff-17", on=date(2023, 9, 20)))
    it.attend(who, key)
    for number in range(1, found.check_ins.required + 1):
        on = date(2023, 10 + number // 2, 28)
        it.ask(who, RecordCheckIn(number=number, minutes=60, on=on))
    row = it.engaged(who)
    it.aside(f"{percent(row)}; {row.check_ins} check-ins of {row.check_ins_required}")
    it.ask(who, GrantAccess(on=window_of(found)))
    for words in (1_501, 1_500):
        it.sit(who, key, cohort, words)
    assert found.duration
    marked = MARKED[found.duration.most]
    it.passed(who, marked)
    it.ask(who, AwardQualification(on=marked.replace(month=marked.month + 1)), "is awarded")


if __name__ == "__main__":
    main()
