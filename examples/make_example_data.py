"""Writes `examples/data/`: one intake as its provider would receive it, with invented people.

Run it: `python examples/make_example_data.py`. It writes the same bytes each time. Who does what is
the table `PEOPLE`; everything else follows from it and from the timetable.
"""

import csv
import io
import json
import random
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from attrs import Factory, define, field, frozen

from npq_domain.identifiers import cohort_subject, participant_subject

HERE = Path(__file__).parent / "data"
LONDON = ZoneInfo("Europe/London")
SEED = 2023

PROVIDER, PARTNER, INTAKE = "UCL", "Exchange Teaching Hub", "Autumn 2023"
COHORT = str(cohort_subject(PROVIDER, INTAKE))
OPENED_ON = date(2023, 5, 2)
START_ON = date(2023, 10, 9)
DEADLINE = date(2023, 9, 29)

OFFICE = {"role": "provider", "id": "programme-office"}
HUB = {"role": "delivery_partner", "id": "hub-lead"}
PLATFORM = {"role": "platform", "id": "extend"}
PANEL = {"role": "provider", "id": "assessment-panel"}

Json = dict[str, Any]


@frozen
class Session:
    """A session of a programme, in local time."""

    component: str
    day: date
    begins: time
    ends: time
    mode: str

    @property
    def minutes(self) -> int:
        """How long it lasts."""
        return (at(self.day, self.ends) - at(self.day, self.begins)) // timedelta(minutes=1)


@frozen(kw_only=True)
class Programme:
    """What the intake offers of one programme."""

    code: str
    course: str
    capacity: int
    groups: tuple[tuple[str, str], ...]
    cancelled: tuple[tuple[str, str], ...] = ()
    sessions: tuple[Session, ...]
    sittings: tuple[date, ...]
    """The first day of each window; it has eight."""
    access_on: date
    check_ins: tuple[date, ...]
    study: tuple[date, ...]


def at(day: date, hour: time) -> datetime:
    """A local time of day as an instant that says its offset."""
    return datetime.combine(day, hour, LONDON)


def online(component: str, day: date, begins: str, ends: str) -> Session:
    """A session at a screen."""
    return Session(component, day, time.fromisoformat(begins), time.fromisoformat(ends), "online")


def in_person(component: str, day: date, begins: str, ends: str) -> Session:
    """A session in a room."""
    hours = (time.fromisoformat(begins), time.fromisoformat(ends))
    return Session(component, day, *hours, "face_to_face")


TEACHING = Programme(
    code="NPQLT",
    course="npq-leading-teaching",
    capacity=40,
    groups=(("lt-riverside", "Riverside Teaching School"), ("lt-moor", "Moor Lane Academy")),
    sessions=(
        online("induction", date(2023, 10, 18), "10:00", "12:00"),
        in_person("plg-1", date(2023, 11, 22), "14:00", "17:00"),
        in_person("plg-2", date(2024, 1, 24), "14:00", "17:00"),
        in_person("plg-3", date(2024, 3, 20), "14:00", "17:00"),
        in_person("plg-4", date(2024, 5, 22), "14:00", "17:00"),
        in_person("consolidation", date(2024, 7, 3), "12:30", "17:30"),
    ),
    sittings=(date(2024, 10, 10), date(2025, 2, 27)),
    access_on=date(2024, 9, 16),
    check_ins=(date(2023, 12, 6), date(2024, 4, 17), date(2024, 6, 26)),
    study=(date(2023, 12, 15), date(2024, 3, 1), date(2024, 5, 10), date(2024, 8, 30)),
)
SENIOR = Programme(
    code="NPQSL",
    course="npq-senior-leadership",
    capacity=30,
    groups=(("sl-riverside", "Riverside Teaching School"),),
    sessions=(
        online("induction", date(2023, 10, 19), "10:00", "12:00"),
        online("plg-1", date(2023, 11, 30), "15:30", "17:30"),
        in_person("face-to-face-1", date(2024, 1, 17), "09:30", "16:00"),
        online("plg-2", date(2024, 3, 7), "15:30", "17:30"),
        in_person("face-to-face-2", date(2024, 5, 15), "09:30", "16:00"),
        online("plg-3", date(2024, 9, 26), "15:30", "17:30"),
        in_person("face-to-face-3", date(2024, 11, 13), "09:30", "16:00"),
        online("plg-4", date(2025, 2, 6), "15:30", "17:30"),
    ),
    sittings=(date(2025, 5, 1), date(2025, 10, 23)),
    access_on=date(2025, 4, 14),
    check_ins=(date(2023, 12, 7), date(2024, 4, 18), date(2024, 10, 10), date(2025, 1, 23)),
    study=(date(2024, 1, 5), date(2024, 6, 14), date(2024, 12, 13), date(2025, 3, 21)),
)
HEADSHIP = Programme(
    code="NPQH",
    course="npq-headship",
    capacity=30,
    groups=(("h-riverside", "Riverside Teaching School"),),
    cancelled=(("h-coast", "Coast Road Primary School"),),
    sessions=(
        online("induction", date(2023, 10, 20), "10:00", "12:00"),
        online("plg-1", date(2023, 12, 1), "15:30", "17:30"),
        in_person("face-to-face-1", date(2024, 1, 18), "09:30", "16:00"),
        online("plg-2", date(2024, 3, 8), "15:30", "17:30"),
        in_person("face-to-face-2", date(2024, 5, 16), "09:30", "16:00"),
        online("plg-3", date(2024, 9, 27), "15:30", "17:30"),
        in_person("face-to-face-3", date(2024, 11, 14), "09:30", "16:00"),
        online("plg-4", date(2025, 2, 7), "15:30", "17:30"),
    ),
    sittings=(date(2025, 5, 1), date(2025, 10, 23)),
    access_on=date(2025, 4, 14),
    check_ins=(date(2023, 12, 8), date(2024, 4, 19), date(2024, 10, 11), date(2025, 1, 24)),
    study=(date(2024, 1, 5), date(2024, 6, 14), date(2024, 12, 13), date(2025, 3, 21)),
)
PROGRAMMES = (TEACHING, SENIOR, HEADSHIP)


@define(kw_only=True)
class Person:
    """Who applies, for what, and how it goes. The defaults are somebody for whom all goes well."""

    name: str
    programme: Programme
    ends: str = "passes"
    """passes, resits, fails, misses, late, refused, unseen; or how far the application came:
    enrolled, accepted, form, endorsement, pending, rejected."""
    absent: dict[str, str] = Factory(dict)
    """Components missed, each with the reason on the register."""
    short: dict[str, int] = Factory(dict)
    """Components attended for fewer minutes than they lasted."""
    unlisted: tuple[str, ...] = ()
    """Components whose register does not name this person."""
    endorser: str = "headteacher"
    tries: tuple[str, ...] = ()
    """Endorsements asked for before, which are refused: line_manager, self."""
    excused: tuple[str, ...] = ()
    corrected: bool = False
    too_long: bool = False
    sampled: bool = False
    trn: str | None = ""
    trn_later: bool = False
    rejected_because: str | None = None
    previously_funded: bool = False
    registered_on: date | None = None
    same_person_as: str | None = None
    role: str = ""
    id: str = field(default="", init=False)
    participant_id: str = field(default="", init=False)
    email: str = field(default="", init=False)

    @property
    def subject(self) -> str:
        """The id under which the ledger keeps this application."""
        return str(participant_subject(PROVIDER, self.id))

    @property
    def enrols(self) -> bool:
        """Whether it comes to an enrolment."""
        return self.ends not in STOPS


STOPS = ("accepted", "form", "endorsement", "pending", "rejected")
"""How far an application can come without an enrolment."""

REASONS = {
    "registration_expired": date(2023, 9, 12),
    "rejected_by_provider": date(2023, 8, 21),
    "other_application_in_this_cohort_accepted": date(2023, 9, 5),
}


def people() -> tuple[Person, ...]:
    """Everybody who applied."""
    lt, sl, h = PROGRAMMES
    return (
        Person(name="Amina Yusuf", programme=lt, trn="0743795"),
        Person(name="Tomasz Wieczorek", programme=lt, short={"plg-2": 150}),
        Person(name="Grace Oyelaran", programme=lt, sampled=True),
        Person(name="Callum Fairweather", programme=lt, ends="resits"),
        Person(name="Priya Raghunathan", programme=lt, ends="fails"),
        Person(
            name="Siobhán Ní Dhálaigh", programme=lt, absent={"induction": "ill"}, ends="refused"
        ),
        Person(
            name="Daniel Mbeki-Ross",
            programme=lt,
            absent={"plg-3": "family bereavement"},
            excused=("plg-3",),
        ),
        Person(name="Hannah Lindqvist", programme=lt, ends="misses"),
        Person(name="Yusuf Demirci", programme=lt, ends="late"),
        Person(name="Marged Prosser", programme=lt, too_long=True, tries=("line_manager",)),
        Person(name="Oliver Standish", programme=lt, trn=None, trn_later=True),
        Person(name="Femi Adeyemi-Clarke", programme=lt, trn=None, ends="pending"),
        Person(
            name="Ruth Abernathy",
            programme=lt,
            ends="rejected",
            rejected_because="registration_expired",
        ),
        Person(
            name="Zainab Choudhury",
            programme=lt,
            absent={"plg-1": "school inspection", "plg-4": ""},
            ends="refused",
        ),
        Person(name="Eleanor Whitcombe", programme=sl, role="Assistant headteacher"),
        Person(name="Kwabena Osei", programme=sl, sampled=True),
        Person(name="Lucía Ferrer", programme=sl, short={"face-to-face-2": 330}),
        Person(
            name="Jonathan Pike",
            programme=sl,
            absent={"face-to-face-1": "no cover"},
            ends="refused",
        ),
        Person(
            name="Nadia Haddad",
            programme=sl,
            unlisted=("plg-3", "face-to-face-3", "plg-4"),
            ends="unseen",
        ),
        Person(name="Owen Trevithick", programme=sl, ends="fails"),
        Person(name="Beatrice Okonjo", programme=sl, previously_funded=True),
        Person(name="Peter Hallam", programme=sl, tries=("self",), ends="endorsement"),
        Person(name="Meera Joshi", programme=sl, tries=("line_manager",)),
        Person(
            name="Graham Tulley",
            programme=sl,
            ends="rejected",
            rejected_because="rejected_by_provider",
        ),
        Person(name="Sofia Marchetti", programme=sl, absent={"plg-2": "train cancelled"}),
        Person(name="Isobel Carmichael", programme=h, endorser="line_manager", role="Headteacher"),
        Person(name="Rajesh Subramaniam", programme=h),
        Person(name="Charlotte Eze", programme=h, corrected=True, endorser="line_manager"),
        Person(name="Martin Szabo", programme=h, registered_on=date(2023, 10, 3)),
        Person(name="Abigail Thornbury", programme=h, ends="form"),
        Person(name="Hugo Delacroix", programme=h, ends="endorsement"),
        Person(name="Leila Farahani", programme=h, trn=None, ends="pending"),
        Person(name="Stuart McAllister", programme=h, ends="accepted"),
        Person(name="Constance Abara", programme=h, ends="resits", sampled=True),
        Person(
            name="Eleanor Whitcombe",
            programme=h,
            ends="rejected",
            rejected_because="other_application_in_this_cohort_accepted",
            same_person_as="Eleanor Whitcombe",
        ),
        Person(name="Nathaniel Brook", programme=h, absent={"plg-3": ""}, ends="misses"),
    )


SCHOOLS = (
    ("Riverside Teaching School", "riverside"),
    ("Moor Lane Academy", "moorlane"),
    ("Coast Road Primary School", "coastroad"),
    ("St Aldhelm’s Church of England School", "staldhelms"),
    ("Larkfield High School", "larkfield"),
    ("Hollins Bank Nursery and Infant School", "hollinsbank"),
)
"""Schools that there are not, at addresses that there cannot be."""


def draw(everybody: tuple[Person, ...]) -> dict[str, Json]:
    """Give everybody ids, a number and a school, the same each time; the applications by id."""
    dice = random.Random(SEED)
    first: dict[str, Person] = {}
    applications: dict[str, Json] = {}
    for number, it in enumerate(everybody):
        it.id, it.participant_id = drawn_id(dice), drawn_id(dice)
        school, site = SCHOOLS[dice.randrange(len(SCHOOLS))]
        urn, ukprn = str(dice.randint(100_000, 149_999)), str(dice.randint(10_000_000, 10_099_999))
        trn = f"{dice.randint(1_000_000, 9_999_999)}"
        it.email = f"{ascii_name(it.name)}@{site}.example"
        if it.trn == "":
            it.trn = trn
        if it.same_person_as:
            known = first[it.same_person_as]
            it.trn, it.participant_id, it.email = known.trn, known.participant_id, known.email
        if it.name == ODD_ID:
            # DfE's own documentation shows participant ids that are not hexadecimal.
            it.participant_id = f"{it.participant_id[:9]}7cfg{it.participant_id[13:]}"
        first.setdefault(it.name, it)
        made = it.registered_on or date(2023, 6, 5) + timedelta(days=2 * number)
        it.registered_on = made
        applications[it.id] = application(it, made, (school, urn, ukprn), dice)
    return applications


ODD_ID = "Rajesh Subramaniam"


def drawn_id(dice: random.Random) -> str:
    """A UUID, the same each time."""
    return str(UUID(int=dice.getrandbits(128), version=4))


def ascii_name(name: str) -> str:
    """A name as an address has it."""
    plain = name.lower().translate(str.maketrans("áéíóúà", "aeioua"))
    return ".".join("".join(c for c in word if c.isalpha()) for word in plain.split())


def application(it: Person, made: date, school: tuple[str, str, str], dice: random.Random) -> Json:
    """An application as the API gives it, with every attribute it has."""
    created = at(made, time(dice.randint(8, 20), dice.randint(0, 59), dice.randint(0, 59)))
    reason = it.rejected_because
    changed = at(REASONS[reason], time(9, 30)) if reason else created + timedelta(hours=2)
    name, urn, ukprn = school
    return {
        "id": it.id,
        "type": "npq-application",
        "attributes": {
            "course_identifier": it.programme.course,
            "email": it.email,
            "email_validated": True,
            "employer_name": None,
            "employment_role": it.role or None,
            "full_name": it.name,
            "funding_choice": "school" if it.previously_funded else None,
            "headteacher_status": "no",
            "ineligible_for_funding_reason": "previously-funded" if it.previously_funded else None,
            "participant_id": it.participant_id,
            "private_childcare_provider_urn": None,
            "teacher_reference_number": it.trn,
            "teacher_reference_number_validated": it.trn is not None,
            "school_urn": urn,
            "school_ukprn": ukprn,
            "status": "rejected" if reason else "pending",
            "reason_for_rejection": reason,
            "works_in_school": True,
            "cohort": "2023",
            "cohort_suffix": "a",
            "eligible_for_funding": not it.previously_funded,
            "targeted_delivery_funding_eligibility": name.endswith("Primary School"),
            "teacher_catchment": True,
            "teacher_catchment_country": None,
            "teacher_catchment_iso_country_code": "GBR",
            "itt_provider": None,
            "lead_mentor": False,
            "funded_place": None,
            "schedule_identifier": None,
            "works_as_senco": "no_i_do_not_plan_to_be_a_SENCO",
            "senco_start_date": None,
            "created_at": utc(created),
            "updated_at": utc(changed),
        },
    }


def utc(instant: datetime) -> str:
    """An instant as the API writes it."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


# The cohort


def cohort_toml() -> str:
    """The intake, as a person would write it."""
    lines = [
        f"# {INTAKE} of {PROVIDER} with {PARTNER}: what it offers, when it meets, when it is",
        "# assessed. Times are London's with their offset; days are London days.",
        "",
        "[cohort]",
        f'name = "{INTAKE}"',
        f'provider = "{PROVIDER}"',
        f'partner = "{PARTNER}"',
        'season = "autumn"',
        f"start_on = {START_ON}",
        'funding_cohort = "2023a"',
        f"application_deadline = {DEADLINE}",
        f"opened_on = {OPENED_ON}",
    ]
    for programme in PROGRAMMES:
        lines += ["", *programme_toml(programme)]
    return "\n".join(lines) + "\n"


def programme_toml(it: Programme) -> Iterator[str]:
    """One programme of the intake."""
    yield "[[programme]]"
    yield f'specification = "reform/{PROVIDER}/{it.code}/1"'
    yield f"capacity = {it.capacity}"
    yield f"funded_cap = {it.capacity - 5}"
    yield "group = ["
    for group, place in it.groups:
        yield f'  {{ id = "{group}", place = "{place}", confirmed_on = {SETTLED_ON} }},'
    for group, place in it.cancelled:
        yield (
            f'  {{ id = "{group}", place = "{place}", cancelled_on = {SETTLED_ON},'
            ' cancelled_because = "too few applications" },'
        )
    yield "]"
    yield "session = ["
    for session in it.sessions:
        begins, ends = (
            at(session.day, hour).isoformat() for hour in (session.begins, session.ends)
        )
        yield (
            f'  {{ component = "{session.component}", starts_at = {begins}, ends_at = {ends},'
            f' mode = "{session.mode}" }},'
        )
    yield "]"
    yield "window = ["
    for number, opens in enumerate(it.sittings, 1):
        yield (
            f"  {{ sitting = {number}, opens_on = {opens}, closes_on = {last_day(opens)},"
            ' set_by = "DfE" },'
        )
    yield "]"


def last_day(opens: date) -> date:
    """The eighth day of a window."""
    return opens + timedelta(days=7)


# The registers


def registers(everybody: tuple[Person, ...]) -> Iterator[tuple[str, bytes]]:
    """One file a session, named after programme and component."""
    for programme in PROGRAMMES:
        for session in programme.sessions:
            name = f"{programme.code}-{session.component}"
            yield f"registers/{name}.csv", register(name, programme, session, everybody)


def register(
    name: str, programme: Programme, session: Session, everybody: tuple[Person, ...]
) -> bytes:
    """A register as it was sent: each hub and each spreadsheet has its own way."""
    listed = [
        row(it, session)
        for it in everybody
        if it.programme is programme and it.enrols and session.component not in it.unlisted
    ]
    rows = [HEADERS.get(name, HEADER), *listed, *ADDED.get(name, ())]
    rows = [REPLACED.get((name, each[0]), each) for each in rows]
    text = io.StringIO()
    csv.writer(text, lineterminator=LINE_ENDS.get(name, "\n")).writerows(rows)
    return text.getvalue().encode("utf-8-sig" if name in WITH_MARK else "utf-8")


def row(it: Person, session: Session) -> tuple[str, ...]:
    """What a register says of somebody."""
    trn = it.trn or ""
    if session.component in it.absent:
        return (trn, it.name, "no", "0", "", it.absent[session.component])
    minutes = it.short.get(session.component, session.minutes)
    return (trn, it.name, "yes", str(minutes), session.mode, "")


HEADER = ("trn", "name", "attended", "minutes", "mode", "reason")
HEADERS = {
    "NPQSL-plg-2": (
        "Teacher reference number",
        "Name",
        "Present",
        "Minutes attended",
        "Mode",
        "Reason for absence",
    )
}
LINE_ENDS = {"NPQSL-plg-1": "\r\n", "NPQH-induction": "\r\n"}
WITH_MARK = ("NPQH-induction",)

AMINA = ("743795", "Amina Yusuf", "yes", "180", "face_to_face", "")
"""The zero in front is what a spreadsheet drops."""

REPLACED = {("NPQLT-plg-3", "0743795"): AMINA}
ADDED = {
    "NPQLT-plg-1": (("0743795", "Amina Yusuf", "yes", "180", "face_to_face", ""),),
    "NPQLT-plg-2": (("9081726", "Jan Novotny", "yes", "180", "face_to_face", ""),),
    "NPQSL-plg-3": (("", "", "", "", "", ""),),
}
"""A row that comes twice, somebody who is on no roster, and the empty row of a spreadsheet."""


# The commands


@define
class Journal:
    """Commands in the order in which they are written down, and how many facts each led to."""

    lines: list[tuple[date, int, Json]] = Factory(list)
    facts: dict[str, int] = Factory(dict)

    def ask(
        self,
        it: Person,
        command: str,
        when: date | datetime,
        data: Json | None = None,
        *,
        by: Json = OFFICE,
        source: str = "provider",
        refused: bool = False,
    ) -> None:
        """Write down one command; `when` is the day or the instant at which it happened."""
        key = "at" if isinstance(when, datetime) else "on"
        day = when.date() if isinstance(when, datetime) else when
        number = len(self.lines)
        line = {
            "subject": it.subject,
            "command": command,
            "id": str(UUID(int=random.Random(f"{it.id}/{command}/{number}").getrandbits(128))),
            "by": by,
            "source": source,
            "data": {**(data or {}), key: when.isoformat()},
        }
        self.lines.append((day, number, line))
        # The registration and DfE's status come before with the import.
        self.facts[it.id] = self.facts.get(it.id, 2) + (not refused)

    def text(self) -> str:
        """One line a command, by the day on which it happened."""
        ordered = sorted(self.lines, key=lambda each: each[:2])
        return "".join(json.dumps(line, ensure_ascii=False) + "\n" for _, _, line in ordered)


HEADS = ("Patricia Nwosu", "Gareth Llewellyn", "Sunita Kapoor", "Ian Robertshaw", "Mary Quilter")
SETTLED_ON = date(2023, 9, 18)


def joining(everybody: tuple[Person, ...]) -> str:
    """From the provider's form to the last check-in: all that does not hang on the registers."""
    journal = Journal()
    for number, it in enumerate(everybody):
        if it.ends in ("pending", "rejected"):
            continue
        apply(journal, number, it)
        if it.enrols:
            join(journal, number, it)
            learn(journal, number, it)
    return journal.text()


def apply(journal: Journal, number: int, it: Person) -> None:
    """The form, the school's word, and the decision."""
    made = it.registered_on or START_ON
    if it.trn_later:
        journal.ask(it, "VerifyTrn", made + timedelta(days=2), {"trn": it.trn}, source="dfe_api")
    journal.ask(it, "SendForm", made + timedelta(days=1))
    accepted_on = max(made + timedelta(days=2), min(made + timedelta(days=14), SETTLED_ON))
    schedule = {"schedule": SCHEDULES[it.programme.code]}
    if it.ends == "form":
        journal.ask(it, "Accept", accepted_on, schedule, refused=True)
        return
    late = 9 if number % 10 == 4 else 1
    journal.ask(it, "ReturnForm", made + timedelta(days=1 + late))
    head = HEADS[number % len(HEADS)]
    for role in it.tries:
        asked = ("headteacher", it.name) if role == "self" else (role, head)
        said = {"role": asked[0], "name": asked[1]}
        journal.ask(it, "Endorse", made + timedelta(days=1), said, by=HUB, refused=True)
    if it.ends == "endorsement":
        if not it.tries:
            reason = {"role": "headteacher", "reason": "no release time this year"}
            journal.ask(it, "DeclineEndorsement", made + timedelta(days=2), reason, by=HUB)
        journal.ask(it, "Accept", accepted_on, schedule, refused=True)
        return
    journal.ask(
        it, "Endorse", made + timedelta(days=2), {"role": it.endorser, "name": head}, by=HUB
    )
    journal.ask(it, "Accept", accepted_on, schedule)


SCHEDULES = {
    "NPQLT": "npq-specialist-autumn",
    "NPQSL": "npq-leadership-autumn",
    "NPQH": "npq-leadership-autumn",
}


def join(journal: Journal, number: int, it: Person) -> None:
    """A place in the intake, and the first steps into it."""
    late = it.registered_on is not None and it.registered_on > DEADLINE
    on = START_ON - timedelta(days=3) if late else date(2023, 9, 20)
    group = it.programme.groups[number % len(it.programme.groups)][0]
    place = {"cohort_id": COHORT, "group": group}
    if late:
        journal.ask(it, "Enrol", on, place, refused=True)
        place["late_reason"] = "new in post on 1 October"
    journal.ask(it, "Enrol", on, place)
    journal.ask(it, "NotifyPartner", on, {"partner": PARTNER})
    journal.ask(it, "ContactApplicant", on, {"by": PARTNER}, by=HUB, source="delivery_partner")
    journal.ask(it, "IssuePlatformAccess", on, {"platform": "UCL eXtend"})
    mentor = {"role": "mentor", "supporter": f"mentor-{number:02}"}
    journal.ask(it, "AssignSupporter", on, mentor, by=HUB, source="delivery_partner")


def learn(journal: Journal, number: int, it: Person) -> None:
    """Study on the platform and the check-ins; those who are not seen do little of either."""
    until = 2 if it.ends == "unseen" else len(it.programme.study)
    for step, day in enumerate(it.programme.study[:until], 1):
        done = {
            "component": "extend-study",
            "minutes": 180 + 30 * ((number + step) % 4),
            "percent": 100 * step // len(it.programme.study),
            "ref": f"extend-{number:02}-{step}",
        }
        journal.ask(it, "RecordStudy", day, done, by=PLATFORM, source="vle")
    for step, day in enumerate(it.programme.check_ins[:until], 1):
        said = {"number": step, "minutes": 6 if it.corrected and step == 1 else 60}
        journal.ask(it, "RecordCheckIn", day, said, by=HUB, source="delivery_partner")
    if it.corrected:
        correct(journal, it)


def correct(journal: Journal, it: Person) -> None:
    """The first check-in was of sixty minutes, and not of six."""
    studied = sum(day < it.programme.check_ins[0] for day in it.programme.study)
    version = journal.facts[it.id] - len(it.programme.study) - len(it.programme.check_ins) + 1
    held_on = it.programme.check_ins[0]
    meant = {"number": 1, "minutes": 60, "on": held_on.isoformat()}
    said = {
        "version": version + studied,
        "reason": "a digit was lost in typing",
        "replacement": {"command": "RecordCheckIn", "data": meant},
    }
    journal.ask(it, "CorrectFact", held_on + timedelta(days=5), said, by=HUB)


def assessing(everybody: tuple[Person, ...]) -> str:
    """From the excuses to the awards: what can be said once the registers are in."""
    journal = Journal()
    dice = random.Random(SEED + 1)
    for it in everybody:
        if it.enrols:
            excuse(journal, it)
            sit(journal, it, dice)
    return journal.text()


def excuse(journal: Journal, it: Person) -> None:
    """Absences for exceptional circumstances leave the denominator."""
    days = {session.component: session.day for session in it.programme.sessions}
    for component in it.excused:
        said = {
            "component": component,
            "effect": "remove_from_denominator",
            "basis": it.absent[component],
        }
        journal.ask(it, "ExcuseAttendance", days[component] + timedelta(days=9), said, by=PANEL)


def sit(journal: Journal, it: Person, dice: random.Random) -> None:
    """Access, and what comes of it."""
    asked_on = it.programme.access_on
    barred = it.ends in ("refused", "unseen")
    journal.ask(it, "GrantAccess", asked_on, by=PANEL, refused=barred)
    if it.ends == "refused":
        journal.ask(it, "RefuseAccess", asked_on + timedelta(days=1), by=PANEL)
    if barred:
        return
    opens = open_window(journal, it, 1, asked_on + timedelta(days=2))
    done = last_day(opens) + timedelta(days=2)
    if it.ends in ("misses", "late"):
        if it.ends == "late":
            midnight = at(last_day(opens) + timedelta(days=1), time.min)
            hand_in(journal, it, 1, midnight, 1402, refused=True)
        journal.ask(it, "RecordMissedSubmission", done, {"attempt": 1}, by=PANEL)
        if it.programme is TEACHING and it.ends == "misses":
            resit(journal, it, done + timedelta(days=20), dice)
        return
    if it.too_long:
        hand_in(journal, it, 1, at(opens + timedelta(days=5), time(20, 4)), 1620, refused=True)
        hand_in(journal, it, 1, at(last_day(opens), time(23, 59, 59)), 1489)
    else:
        day = opens + timedelta(days=dice.randint(3, 7))
        hand_in(journal, it, 1, at(day, time(dice.randint(9, 21), 30)), dice.randint(1180, 1500))
    told_on = judge(journal, it, 1, done, passed=it.ends == "passes", dice=dice)
    if it.ends == "resits":
        resit(journal, it, told_on + timedelta(days=3), dice)
        return
    asked = told_on + timedelta(days=7)
    journal.ask(it, "AwardQualification", asked, by=PANEL, refused=it.ends == "fails")


def resit(journal: Journal, it: Person, on: date, dice: random.Random) -> None:
    """A second attempt, which succeeds."""
    journal.ask(it, "OfferResit", on, {"attempt": 2}, by=PANEL)
    opens = open_window(journal, it, 2, on + timedelta(days=4))
    day = opens + timedelta(days=dice.randint(2, 6))
    hand_in(journal, it, 2, at(day, time(18, 15)), dice.randint(1250, 1500))
    done = last_day(opens) + timedelta(days=2)
    told_on = judge(journal, it, 2, done, passed=True, dice=dice)
    journal.ask(it, "AwardQualification", told_on + timedelta(days=7), by=PANEL)


def open_window(journal: Journal, it: Person, attempt: int, on: date) -> date:
    """A window for an attempt, and the case study on its first morning."""
    opens = it.programme.sittings[attempt - 1]
    window = {"attempt": attempt, "cohort_id": COHORT, "sitting": attempt}
    journal.ask(it, "SetWindow", on, window, by=PANEL)
    ref = f"{it.programme.code.lower()}-{opens.year}-{attempt}"
    released = {"attempt": attempt, "ref": ref, "words": 1890}
    journal.ask(it, "ReleaseCaseStudy", at(opens, time(9)), released, by=PANEL)
    return opens


def hand_in(
    journal: Journal,
    it: Person,
    attempt: int,
    when: datetime,
    words: int,
    *,
    refused: bool = False,
) -> None:
    """A response, by the digest of its file."""
    digest = f"{random.Random(f'{it.id}/{attempt}/{words}').getrandbits(256):064x}"
    said = {"attempt": attempt, "words": words, "sha256": digest}
    by = {"role": "participant", "id": it.participant_id}
    journal.ask(it, "SubmitResponse", when, said, by=by, source="vle", refused=refused)


def judge(
    journal: Journal,
    it: Person,
    attempt: int,
    done: date,
    *,
    passed: bool,
    dice: random.Random,
) -> date:
    """Marking, moderation of those in the sample, and the result; the day it was told."""
    outcome = "passed" if passed else "failed"
    marker = f"marker-{dice.randint(1, 4)}"
    least = 9 if passed else 4
    said = {
        "attempt": attempt,
        "marker": marker,
        "learn_that": dice.randint(least, least + 4),
        "learn_how_to": dice.randint(least, least + 5),
        "outcome": outcome,
        "sampled": it.sampled,
    }
    by = {"role": "assessor", "id": marker}
    journal.ask(it, "MarkResponse", done + timedelta(days=12), said, by=by)
    told_on = done + timedelta(days=21)
    attempted = {"attempt": attempt}
    if it.sampled:
        journal.ask(it, "PublishResult", told_on, attempted, by=PANEL, refused=True)
        seen = {"attempt": attempt, "moderator": "moderator-1", "outcome": outcome}
        moderator = {"role": "assessor", "id": "moderator-1"}
        journal.ask(it, "RecordModeration", told_on + timedelta(days=4), seen, by=moderator)
        told_on += timedelta(days=6)
    journal.ask(it, "PublishResult", told_on, attempted, by=PANEL)
    return told_on


# The files


def files() -> dict[str, bytes]:
    """Every file of the example, by its name."""
    everybody = people()
    applications = draw(everybody)
    page = json.dumps({"data": list(applications.values())}, indent=2, ensure_ascii=False)
    for it in everybody:
        if it.trn_later:
            it.trn = "2468013"
    return {
        "applications.json": f"{page}\n".encode(),
        "cohort.toml": cohort_toml().encode(),
        "commands.jsonl": joining(everybody).encode(),
        "assessment.jsonl": assessing(everybody).encode(),
        **dict(registers(everybody)),
    }


def main() -> None:
    """Write them."""
    for name, content in files().items():
        path = HERE / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        print(path.relative_to(HERE.parent.parent), len(content), "bytes")


if __name__ == "__main__":
    main()
