"""NPQSL, NPQH and NPQEL with Best Practice Network: their hours, and what 90 % of them is.

Run it: `python examples/bpn_leadership.py`. Three of each programme take part: one in everything,
one who misses a face-to-face day, one who misses two. All may sit the assessment, for here the
90 % guard the award; all pass it. Not all are awarded.
"""

from collections.abc import Iterable
from datetime import date
from itertools import groupby
from uuid import UUID

from npq_domain.catalogue.types import ComponentSpec
from npq_domain.commands import AwardQualification, GrantAccess
from story import Story, percent, specification, story, window_of

PROGRAMMES = {code: f"reform/BPN/{code}/1" for code in ("NPQSL", "NPQH", "NPQEL")}
DAYS = ("face-to-face-1", "face-to-face-2")
TALES = ("took part in everything", "missed a face-to-face day", "missed two of them")
HOUR = 60


def main() -> None:
    """Tell of each programme in turn."""
    with story("Leadership with Best Practice Network, from October 2023") as it:
        cohort = it.intake(*PROGRAMMES.values())
        for code, key in PROGRAMMES.items():
            print(f"\n{code}")
            hours(key)
            opens = window_of(specification(key))
            print(f"  the assessment opens on {opens}, for eight days")
            for missed, tale in enumerate(TALES):
                take_part(it, cohort, key, DAYS[:missed], tale)


def hours(key: str) -> None:
    """The table of learning hours, and the threshold in minutes."""
    found = specification(key)
    counting = [it for it in found.components if it.counts]
    for strand, parts in groupby(counting, key=lambda it: it.strand):
        print(f"  {strand:13} {total(parts) // HOUR:4} hours")
    whole = total(counting)
    assert found.engagement
    assert found.learning
    assert found.learning.minutes == whole, "the parts make the whole"
    least = whole * found.engagement.threshold_percent // 100
    print(f"  {'in all':13} {whole // HOUR:4} hours: {whole:,} minutes, 90 % of them {least:,}")


def total(parts: Iterable[ComponentSpec]) -> int:
    """Minutes in all."""
    return sum(it.minutes or 0 for it in parts)


def take_part(it: Story, cohort: UUID, key: str, missed: tuple[str, ...], tale: str) -> None:
    """One participant, from the first day to the award."""
    print(f"\n  One {tale}.")
    who = it.register(key, tale)
    it.join(who, cohort)
    it.attend(who, key, but=missed)
    it.aside(percent(it.engaged(who)))
    it.ask(who, GrantAccess(on=window_of(specification(key))))
    for words in (2_501, 2_500) if not missed else (2_000,):
        it.sit(who, key, cohort, words)
    it.passed(who, date(2025, 5, 6))
    if it.ask(who, AwardQualification(on=date(2025, 6, 2)), "and the award?"):
        it.aside("awarded")


if __name__ == "__main__":
    main()
