"""Headship as DfE's page of September 2023 has it, from registration to award.

Run it: `python examples/dfe_npqh_2023.py`. Eighteen months from October 2023 with one to two hours
of study a week, and a written assessment of 1,500 to 2,500 words. The NPQ takes the whole course
and a pass, and who applies has registered with DfE before.
"""

from datetime import date, timedelta

from npq_domain.commands import (
    AwardQualification,
    GrantAccess,
    RecordAttendance,
    RecordCoaching,
    RecordStudy,
    ReturnForm,
)
from story import START, story

HEADSHIP = "reform/DfE/NPQH/1"
WEEKS = 78
A_WEEK = 80
"""Minutes that Amina studies each week."""


def main() -> None:
    """Tell the story, step by step."""
    with story("NPQH, as gov.uk had it on 20 September 2023") as it:
        cohort = it.intake(HEADSHIP)
        amina = it.register(HEADSHIP, "Amina Okafor", "DfE passes on Amina's registration")
        early = ReturnForm(on=date(2023, 6, 2))
        it.ask(amina, early, "had she applied to the provider before that?")
        it.join(amina, cohort)
        it.aside("In June she is accepted, and in September she joins the intake of October.")

        print("\nAn hour and twenty minutes a week")
        for week in range(1, WEEKS + 1):
            studied = RecordStudy(
                component="independent-study",
                minutes=A_WEEK,
                percent=100 * week // WEEKS,
                on=START + timedelta(weeks=week, days=-1),
            )
            it.ask(amina, studied)
            if week in (26, 52, WEEKS):
                day = START + timedelta(weeks=week)
                row = it.engaged(amina, day)
                least, most = row.pace_least_min or 0, row.pace_most_min or 0
                told = f"{row.done_min // 60} hours of study; the page asks for"
                print(f"  {day}  {told} {least // 60} to {most // 60} by now")

        print("\nThe assessment, and the award")
        it.ask(amina, GrantAccess(on=date(2025, 4, 1)))
        for words in (1_499, 2_501, 2_140):
            it.sit(amina, HEADSHIP, cohort, words)
        it.passed(amina, date(2025, 5, 6))
        award = AwardQualification(on=date(2025, 6, 2))
        it.ask(amina, award, "a pass, and so the award?")
        coaching = RecordCoaching(component="group-coaching", minutes=60, on=date(2025, 6, 4))
        it.ask(amina, coaching, "the group coaching that was left")
        met = RecordAttendance(component="face-to-face", minutes=360, on=date(2025, 6, 5))
        it.ask(amina, met, "and the sessions with other participants")
        it.ask(amina, AwardQualification(on=date(2025, 6, 6)), "Amina holds the NPQH")


if __name__ == "__main__":
    main()
