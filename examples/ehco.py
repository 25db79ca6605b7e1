"""The Early Headship Coaching Offer: support for new heads, which nobody is assessed on.

Run it: `python examples/ehco.py`. It is for the first five years of headship. There are resources,
coaching and peers; there is no threshold, no assessment and no award.
"""

from datetime import date
from uuid import UUID

from npq_domain.catalogue.types import EntryKind
from npq_domain.commands import (
    Accept,
    AwardQualification,
    Endorse,
    Enrol,
    GrantAccess,
    RecordAttendance,
    RecordCoaching,
    RecordEntryEvidence,
    RecordStudy,
    ReturnForm,
    SendForm,
)
from story import Story, story

OFFER = "support/UCL/EHCO/1"


def main() -> None:
    """Tell of a head in the fifth year, and of one in the sixth."""
    with story("The Early Headship Coaching Offer with UCL, from October 2023") as it:
        cohort = it.intake(OFFER)
        nadia, tom = it.register(OFFER, "Nadia Haddad"), it.register(OFFER, "Tom Price")
        print("\nTom has been a head for five years, Nadia for four")
        applies(it, tom, years=5)
        if applies(it, nadia, years=4):
            it.aside("accepted")
        it.ask(nadia, Enrol(cohort_id=cohort, on=date(2023, 9, 1)), "Nadia joins")
        print("\nWhat there is")
        supported(it, nadia)
        print("\nWhat there is not")
        it.ask(nadia, GrantAccess(on=date(2024, 9, 2)), "an assessment?")
        it.ask(nadia, AwardQualification(on=date(2024, 9, 2)), "a qualification?")


def applies(it: Story, who: UUID, years: int) -> bool:
    """Everything that is asked of an applicant; whether it was enough."""
    shown = RecordEntryEvidence(
        requirement=EntryKind.HEADSHIP_YEARS,
        years=years,
        evidence="file:letter-of-appointment",
        on=date(2023, 6, 7),
    )
    it.ask(who, SendForm(on=date(2023, 6, 6)))
    it.ask(who, shown, f"{years} years of headship are shown")
    it.ask(who, ReturnForm(on=date(2023, 6, 9)))
    chair = Endorse(role="headteacher", name="Mary Somerville", on=date(2023, 6, 12))
    it.ask(who, chair)
    return it.ask(who, Accept(on=date(2023, 6, 14)), "is accepted?")


def supported(it: Story, who: UUID) -> None:
    """A year of it."""
    coached = RecordCoaching(component="coaching", minutes=90, on=date(2023, 11, 6))
    it.ask(who, coached, "an hour and a half of coaching")
    read = RecordStudy(component="resources", minutes=45, on=date(2023, 11, 20))
    it.ask(who, read, "three quarters of an hour with the resources")
    peers = RecordAttendance(component="peer-networking", minutes=120, on=date(2024, 1, 15))
    it.ask(who, peers, "two hours with other new heads")
    row = it.engaged(who)
    it.aside(f"{row.done_min} minutes in all; a threshold: {row.policy or 'none'}")


if __name__ == "__main__":
    main()
