"""Every figure of the source documents that the catalogue holds, by its number.

The numbers are those of the table of facts that this library was built from: 0 is the OLP NPQH
page, 1 the OLP comparison table, 2 the gov.uk NPQH page, 3 the BPN slides, 4 the UCL/ETH handbook.
What follows a number says which of several figures is meant.
"""

from collections.abc import Callable, Iterator
from datetime import date
from operator import attrgetter
from typing import Any

import pytest
from attrs import frozen

from npq_domain.catalogue import Catalogue, shipped
from npq_domain.catalogue.types import (
    Activity,
    AssessmentKind,
    EntryKind,
    Gate,
    Kind,
    Mode,
    School,
    Scope,
    Section,
    Strategy,
)

PAGE = "2017/OLP/NPQH/2"
ALL_2017 = {it: f"2017/OLP/{it}/1" for it in ("NPQML", "NPQSL", "NPQH", "NPQEL")}
BPN = {it: f"reform/BPN/{it}/1" for it in ("NPQSL", "NPQH", "NPQEL")}
GOV = "reform/DfE/NPQH/1"
SPECIALIST = {it: f"reform/UCL/{it}/1" for it in ("NPQLL", "NPQLT", "NPQLTD", "NPQLBC")}
LEADERSHIP = {it: f"reform/UCL/{it}/1" for it in ("NPQSL", "NPQH", "NPQEYL")}
CENTRAL = "reform/UCL/NPQEL/1"
EHCO = "support/UCL/EHCO/1"
UCL = SPECIALIST | LEADERSHIP | {"NPQEL": CENTRAL}


@frozen
class Reader:
    """Looks figures up by dotted path: one path gives its value, several give a tuple."""

    catalogue: Catalogue

    def spec(self, key: str, *paths: str) -> Any:
        return attrgetter(*paths)(self.catalogue.specification(key))

    def programme(self, code: str, *paths: str) -> Any:
        return attrgetter(*paths)(self.catalogue.programme(code))

    def framework(self, name: str, *paths: str) -> Any:
        return attrgetter(*paths)(named(self.catalogue.frameworks, name))

    def provider(self, name: str, *paths: str) -> Any:
        return attrgetter(*paths)(named(self.catalogue.providers, name))

    def departs(self, name: str, about: str) -> str:
        (found,) = (it for it in self.provider(name, "departures") if it.about == about)
        return str(found.says)

    def scholarship(self, name: str) -> Any:
        return named(self.catalogue.scholarships, name).settings

    def minutes(self, key: str, begins: str = "", *, counting: bool = True) -> list[Any]:
        return [it.minutes for it in self.components(key, begins) if it.counts is counting]

    def components(self, key: str, begins: str = "") -> list[Any]:
        return [it for it in self.spec(key, "components") if it.id.startswith(begins)]

    def project(self, key: str, name: str, *paths: str) -> Any:
        return attrgetter(*paths)(named(self.spec(key, "assessment.projects"), name))


def named(entries: tuple[Any, ...], name: str) -> Any:
    (found,) = (it for it in entries if it.id == name)
    return found


Figure = Callable[[Reader], Any]
Case = tuple[str, Figure, Any]


def each(
    number: str, keys: dict[str, str], figure: Callable[[Reader, str], Any], *expected: Any
) -> Iterator[Case]:
    """One case for each of several specifications; a single expectation holds for all."""
    values = expected * len(keys) if len(expected) == 1 else expected
    for (name, key), value in zip(keys.items(), values, strict=True):
        yield f"{number}-{name}", of(figure, key), value


def of(figure: Callable[[Reader, str], Any], key: str) -> Figure:
    return lambda it: figure(it, key)


OLP_NPQH_PAGE: list[Case] = [
    ("0.1-managed-by", lambda it: it.provider("OLP", "managed_by"), "BPN"),
    ("0.1-accredited", lambda it: it.framework("2017", "accredited_by"), "DfE"),
    (
        "0.1-delivered-by",
        lambda it: it.provider("OLP", "delivery_partner_kinds"),
        ("school", "teaching school alliance", "multi-academy trust"),
    ),
    (
        "0.2",
        lambda it: it.spec(PAGE, "audience"),
        (
            "Those who are, or are aspiring to become, a headteacher or head of school with"
            " responsibility for leading a school, including those with cross-school"
            " responsibilities such as a National Leader of Education"
        ),
    ),
    ("0.3", lambda it: [each.kind for each in it.spec(PAGE, "entry")], [EntryKind.GATEWAY]),
    (
        "0.6",
        lambda it: it.spec(PAGE, "delivery.modes", "delivery.led_by"),
        (("online", "face_to_face", "distance"), "delivery_partner"),
    ),
    ("0.7", lambda it: it.spec(PAGE, "support.roles"), ("learning_coach", "mentor", "tutor")),
    ("0.8", lambda it: it.spec(PAGE, "duration.least", "duration.most"), (12, 18)),
    (
        "0.9-content-areas-and-behaviours",
        lambda it: it.framework("2017", "content_areas", "leadership_behaviours"),
        (6, 7),
    ),
    ("0.9-names-absent", lambda it: it.framework("2017", "content_area_names"), ()),
    ("0.9-online-courses", lambda it: len(it.components(PAGE, "online-course")), 3),
    (
        "0.10",
        lambda it: it.project(PAGE, "task-1", "scope", "terms_least"),
        (Scope.WHOLE_SCHOOL, 2),
    ),
    (
        "0.11",
        lambda it: it.project(PAGE, "task-1", "board", "board_before_implementation", "feedback"),
        (School.HOME, True, True),
    ),
    (
        "0.12",
        lambda it: it.project(PAGE, "task-1", "sections"),
        (Section.DESIGN, Section.IMPLEMENTATION, Section.EVALUATION),
    ),
    (
        "0.13",
        lambda it: it.project(PAGE, "task-2", "title"),
        (
            "Research a contrasting placement school's current or projected resource and capability"
            " challenges, and design an action plan to address them"
        ),
    ),
    (
        "0.14",
        lambda it: it.project(PAGE, "task-2", "scope", "contrast"),
        (Scope.PLACEMENT_SCHOOL, True),
    ),
    ("0.15", lambda it: it.project(PAGE, "task-2", "placement_days_least"), 9),
    (
        "0.16",
        lambda it: it.project(PAGE, "task-2", "board", "board_before_implementation", "feedback"),
        (School.PLACEMENT, False, True),
    ),
    ("0.18", lambda it: it.spec(PAGE, "assessment.mark_scheme"), "DfE"),
    ("0.19", lambda it: it.spec(PAGE, "assessment.moderated_by"), "national moderation"),
    ("0.20", lambda it: it.programme("NPQH", "leads_on_to"), ("NPQEL",)),
    (
        "0.21",
        lambda it: it.spec(PAGE, "credits.university", "credits.level", "credits.most"),
        ("Chester University", 7, None),
    ),
    (
        "0.22",
        lambda it: [
            (each.id, each.mode, each.open_days)
            for each in it.spec(PAGE, "components_by")("distance")
            if each.open_days
        ],
        [(f"face-to-face-{day}", Mode.ONLINE, 14) for day in range(1, 6)],
    ),
]

OLP_COMPARISON: list[Case] = [
    *(
        (f"1.1-{code}", lambda it, code=code: it.programme(code, "leads"), leads)
        for code, leads in (
            ("NPQML", "a team"),
            ("NPQSL", "across a school"),
            ("NPQH", "a school"),
            ("NPQEL", "more than one school"),
        )
    ),
    *each(
        "1.1-audience",
        ALL_2017,
        lambda it, key: it.spec(key, "audience"),
        "Aspiring or current middle leaders leading across a team",
        "Aspiring or current senior leaders leading across a school",
        "Aspiring or current headteachers leading a school",
        "Aspiring or current executive leaders with responsibility across more than one school",
    ),
    ("1.2", lambda it: it.provider("OLP", "intakes"), ("autumn", "spring")),
    *each(
        "1.3", ALL_2017, lambda it, key: it.spec(key, "duration.least", "duration.most"), (12, 15)
    ),
    (
        "1.4",
        lambda it: it.scholarship("2017"),
        (
            "schools in category 5 and 6 areas",
            "multi-academy trusts or dioceses with one school in a category 5 or 6 area",
        ),
    ),
    ("1.5", lambda it: it.framework("2017", "accredited_by"), "DfE"),
    *each(
        "1.6-days",
        ALL_2017,
        lambda it, key: len(it.components(key, "face-to-face") + it.components(key, "residential")),
        3,
        3,
        5,
        6,
    ),
    *each(
        "1.6-residential-days",
        ALL_2017,
        lambda it, key: sum(each.mode is Mode.RESIDENTIAL for each in it.components(key)),
        0,
        0,
        0,
        4,
    ),
    *each("1.7", ALL_2017, lambda it, key: len(it.components(key, "online-course")), 3),
    *each("1.8", ALL_2017, lambda it, key: it.spec(key, "support.roles"), ("tutor",)),
    *each(
        "1.9",
        ALL_2017,
        lambda it, key: any(
            each.activity is Activity.COACHING for each in it.spec(key, "components")
        ),
        False,
        False,
        True,
        True,
    ),
    *each(
        "1.10",
        ALL_2017,
        lambda it, key: it.spec(key, "learning.minutes"),
        84 * 60,
        84 * 60,
        106 * 60,
        115 * 60,
    ),
    *each("1.10-no-split", ALL_2017, lambda it, key: {*it.minutes(key)}, {None}),
    *each(
        "1.11",
        ALL_2017,
        lambda it, key: tuple(each.scope for each in it.spec(key, "assessment.projects")),
        (Scope.TEAM,),
        (Scope.WHOLE_SCHOOL,),
        (Scope.OWN_SCHOOL, Scope.PLACEMENT_SCHOOL),
        (Scope.OWN_SCHOOL, Scope.SEVERAL_SCHOOLS),
    ),
    *each("1.12", ALL_2017, lambda it, key: it.spec(key, "credits.most"), 40, 60, 100, 60),
    *(
        (f"1.other-next-{code}", lambda it, code=code: it.programme(code, "leads_on_to"), then)
        for code, then in (
            ("NPQML", ("NPQSL",)),
            ("NPQSL", ("NPQH",)),
            ("NPQH", ("NPQEL",)),
            ("NPQEL", ()),
        )
    ),
    *each("1.other-who-can-apply", ALL_2017, lambda it, key: it.spec(key, "entry"), ()),
    *each(
        "1.other-enrichment",
        ALL_2017,
        lambda it, key: [each.activity for each in it.components(key, "enrichment-practice")],
        [Activity.TASK],
    ),
    (
        "1.other-library",
        lambda it: it.departs("OLP", "projects"),
        "Final projects are shown in a public School Improvement Library.",
    ),
    *each(
        "1.other-projects",
        ALL_2017,
        lambda it, key: it.spec(key, "assessment.kind"),
        AssessmentKind.PROJECTS,
    ),
    (
        "1.other-exceptional",
        lambda it: it.provider("OLP", "accreditations"),
        ("rated exceptional by DfE's quality assurance agent against the NPQ Quality Framework",),
    ),
]

GOV_UK: list[Case] = [
    (
        "2.1",
        lambda it: it.spec(GOV, "delivery.applies_to", "audience"),
        (
            "England",
            "School leaders who are, or want to be, a headteacher or head of school",
        ),
    ),
    ("2.2-months", lambda it: it.spec(GOV, "duration.least", "duration.most"), (18, 18)),
    (
        "2.2-weekly",
        lambda it: it.spec(GOV, "learning.weekly_least", "learning.weekly_most"),
        (60, 120),
    ),
    (
        "2.3",
        lambda it: [(each.activity, each.mode) for each in it.components(GOV)],
        [
            (Activity.STUDY, None),
            (Activity.COACHING, None),
            (Activity.EVENT, Mode.FACE_TO_FACE),
        ],
    ),
    (
        "2.4",
        lambda it: it.spec(GOV, "assessment.response.least", "assessment.response.most"),
        (1500, 2500),
    ),
    ("2.6", lambda it: it.scholarship("2023-september"), ("state-funded settings",)),
    ("2.7", lambda it: it.framework("reform", "content_areas"), 10),
    (
        "2.8-own-courses",
        lambda it: sum(
            each.programme == "NPQH" and each.framework == "reform"
            for each in it.catalogue.specifications
        ),
        3,
    ),
    (
        "2.8-partners",
        lambda it: it.provider("DfE", "delivery_partner_kinds"),
        ("teaching school hub",),
    ),
    (
        "2.10",
        lambda it: named(it.catalogue.documents, "gov.uk NPQH page 2023").published,
        "2023-09-20",
    ),
]

BPN_SLIDES: list[Case] = [
    *(
        (
            f"3.1-{code}",
            lambda it, code=code: it.catalogue.offered(code, date(2021, 10, 1)),
            True,
        )
        for code in ("NPQLT", "NPQLTD", "NPQLBC", "NPQSL", "NPQH", "NPQEL")
    ),
    (
        "3.1-audience-NPQLT",
        lambda it: it.programme("NPQLT", "audience"),
        "Those who lead, or aspire to lead, teaching in a subject, year group, key stage or phase",
    ),
    *each(
        "3.1-audience",
        BPN,
        lambda it, key: it.spec(key, "audience"),
        "Those who are, or aspire to be, senior leaders leading across a school",
        "Those who are, or aspire to be, headteachers leading across a whole school",
        "Those who are, or aspire to be, executive leaders with responsibility across more than"
        " one school",
    ),
    *(
        (f"3.2-{code}", lambda it, code=code: it.programme(code, "supersedes"), ("NPQML",))
        for code in ("NPQLT", "NPQLTD", "NPQLBC")
    ),
    ("3.2-closed", lambda it: it.catalogue.offered("NPQML", date(2022, 9, 1)), False),
    *each("3.3", BPN, lambda it, key: it.spec(key, "assessment.kind"), AssessmentKind.CASE_STUDY),
    (
        "3.3-framework",
        lambda it: it.framework("reform", "assessed_by"),
        (
            "practice-based formative and summative assessment tasks;"
            " the summative one is a case study"
        ),
    ),
    ("3.4-framework", lambda it: it.framework("reform", "leadership_behaviours"), 0),
    (
        "3.4-provider",
        lambda it: it.departs("BPN", "leadership behaviours"),
        "Behaviours do not feature in DfE's frameworks; they are embedded throughout all the same.",
    ),
    *each(
        "3.5",
        BPN,
        lambda it, key: [each.title for each in it.components(key, "coaching")],
        ["Leadership performance coaching"],
    ),
    (
        "3.6",
        lambda it: it.framework("reform", "content_area_names"),
        (
            "School Culture",
            "Teaching",
            "Curriculum & Assessment",
            "Behaviour",
            "Additional and Special Education Needs/Disabilities",
            "Professional Development",
            "Organisational Management",
            "Implementation",
            "Working in Partnership",
            "Governance and accountability",
        ),
    ),
    *each("3.7", BPN, lambda it, key: it.minutes(key, "expert-talks", counting=False), [None]),
    *each("3.8-induction", BPN, lambda it, key: it.minutes(key, "induction"), [120]),
    *each(
        "3.8-initial-needs-analysis",
        BPN,
        lambda it, key: [each.title for each in it.components(key, "induction")],
        ["Induction, including one hour of initial needs analysis"],
    ),
    *each(
        "3.8-face-to-face",
        BPN,
        lambda it, key: it.minutes(key, "face-to-face"),
        [360] * 4,
        [360] * 5,
        [360] * 6,
    ),
    *each("3.8-online", BPN, lambda it, key: it.minutes(key, "online-course"), [38 * 60]),
    *each(
        "3.8-formative",
        BPN,
        lambda it, key: it.minutes(key, "formative-tasks"),
        [20 * 60],
        [28 * 60],
        [34 * 60],
    ),
    *each("3.8-coaching", BPN, lambda it, key: it.minutes(key, "coaching"), [6 * 60]),
    *each(
        "3.8-total",
        BPN,
        lambda it, key: it.spec(key, "learning.minutes"),
        90 * 60,
        104 * 60,
        116 * 60,
    ),
    *each("3.8-sum", BPN, lambda it, key: sum(it.minutes(key)), 90 * 60, 104 * 60, 116 * 60),
    *each(
        "3.8-ninety-percent",
        BPN,
        lambda it, key: sum(it.minutes(key)) * it.spec(key, "engagement.threshold_percent"),
        4860 * 100,
        5616 * 100,
        6264 * 100,
    ),
    *each(
        "3.9",
        BPN,
        lambda it, key: it.spec(key, "assessment.response.most", "assessment.case_study"),
        (2500, None),
    ),
    *each(
        "3.10-months",
        BPN,
        lambda it, key: it.spec(key, "duration.least", "duration.most"),
        (18, 18),
    ),
    *each(
        "3.10-window",
        BPN,
        lambda it, key: it.spec(
            key, "assessment.window.months_least", "assessment.window.months_most"
        ),
        (18, 21),
    ),
    *each("3.11", BPN, lambda it, key: it.spec(key, "assessment.window.days"), 8),
    *each(
        "3.12",
        BPN,
        lambda it, key: it.spec(key, "assessment.mark_scheme"),
        "the task's own; marks for 'learn that' and for 'learn how to' statements",
    ),
    *each(
        "3.13",
        BPN,
        lambda it, key: it.spec(
            key, "engagement.strategy", "engagement.threshold_percent", "engagement.gate"
        ),
        (Strategy.TOTAL_MINUTES, 90, Gate.AWARD),
    ),
    *each(
        "3.13-silent",
        BPN,
        lambda it, key: it.spec(key, "engagement.catch_up", "engagement.excuse"),
        (None, None),
    ),
    (
        "3.14",
        lambda it: it.provider("BPN", "accreditations"),
        (
            "accredited national ITT provider",
            "apprenticeship provider supporting 2000+ apprentices",
            "DfE accredited lead provider of ITT, ECF and NPQs",
            "Ofsted Outstanding Provider, 2023",
        ),
    ),
    (
        "3.15",
        lambda it: it.provider("BPN", "delivery_partner_kinds"),
        ("teaching school hub", "multi-academy trust", "school group"),
    ),
    *each(
        "3.17",
        BPN,
        lambda it, key: it.spec(key, "delivery.modes"),
        ("face_to_face", "online", "remote"),
    ),
    (
        "3.18",
        lambda it: it.scholarship("2022-autumn"),
        (
            "state-funded schools",
            "state-funded 16 to 19 organisations",
            "independent special schools",
            "virtual schools (local-authority-run, for children in care)",
            "hospital schools not already included in other categories",
            "young offender institutions",
        ),
    ),
    *each(
        "3.20",
        BPN,
        lambda it, key: it.spec(key, "delivery.dual_award", "delivery.funding_routes"),
        (True, ("apprenticeship_levy",)),
    ),
    (
        "3.20-levels",
        lambda it: it.departs("BPN", "dual award"),
        "NPQSL, NPQH and NPQEL are mapped against Level 5 to Level 7 Apprenticeship Standards.",
    ),
    *each(
        "3.21",
        BPN,
        lambda it, key: it.spec(key, "source"),
        *(f"BPN leadership NPQs 2023, Learning Hours, {it}" for it in BPN),
    ),
]

UCL_HANDBOOK: list[Case] = [
    (
        "4.1",
        lambda it: sorted(
            each.programme for each in it.catalogue.specifications if each.provider == "UCL"
        ),
        sorted([*UCL, "EHCO"]),
    ),
    *(
        (f"4.1-group-{code}", lambda it, code=code: it.programme(code, "group"), group)
        for group, codes in (
            ("leadership", ("NPQEYL", "NPQSL", "NPQH", "NPQEL")),
            ("specialist", ("NPQLL", "NPQLT", "NPQLTD", "NPQLBC")),
            ("ehco", ("EHCO",)),
        )
        for code in codes
    ),
    *each(
        "4.2-leadership",
        LEADERSHIP | {"NPQEL": CENTRAL},
        lambda it, key: it.spec(key, "duration.most"),
        18,
    ),
    *each("4.2-specialist", SPECIALIST, lambda it, key: it.spec(key, "duration.most"), 12),
    *each(
        "4.2-window",
        UCL,
        lambda it, key: it.spec(key, "assessment.window.days", "assessment.window.set_by"),
        (8, "DfE"),
    ),
    *each(
        "4.3",
        SPECIALIST | LEADERSHIP,
        lambda it, key: it.spec(key, "delivery.modes"),
        ("face_to_face", "online"),
    ),
    *each(
        "4.3-study",
        UCL,
        lambda it, key: it.minutes(key, "extend-study", counting=False),
        [None],
    ),
    (
        "4.4",
        lambda it: [each.id for each in it.components(EHCO)],
        ["resources", "coaching", "peer-networking"],
    ),
    ("4.4-kind", lambda it: it.programme("EHCO", "kind"), Kind.SUPPORT),
    ("4.4-not-assessed", lambda it: it.spec(EHCO, "assessment.kind"), AssessmentKind.NONE),
    (
        "4.4-headship",
        lambda it: [(each.kind, each.below_years) for each in it.spec(EHCO, "entry")],
        [(EntryKind.HEADSHIP_YEARS, 5)],
    ),
    (
        "4.5",
        lambda it: [
            (each.kind, each.level, each.full_and_relevant)
            for each in it.spec(LEADERSHIP["NPQEYL"], "entry")
        ],
        [(EntryKind.QUALIFICATION_LEVEL, 3, True)],
    ),
    (
        "4.6-central",
        lambda it: it.spec(CENTRAL, "delivery.led_by", "delivery.modes"),
        ("lead_provider", ("online", "residential")),
    ),
    *each(
        "4.6-audience",
        {"NPQSL": LEADERSHIP["NPQSL"], "NPQH": LEADERSHIP["NPQH"], "NPQEL": CENTRAL},
        lambda it, key: it.spec(key, "audience"),
        "School leaders who are, or are aspiring to be, a senior leader with cross-school"
        " responsibilities",
        "School leaders who are, or are aspiring to be, a headteacher or head of school with"
        " responsibility for leading a school",
        "School leaders who are, or are aspiring to be, an executive headteacher or a school trust"
        " CEO with responsibility for leading several schools",
    ),
    *each(
        "4.7",
        SPECIALIST,
        lambda it, key: it.spec(key, "audience"),
        "Those who develop expertise in leading literacy, with a deep understanding of"
        " evidence-based practice in language, reading and writing",
        "Teachers who have, or are aspiring to have, responsibilities for leading teaching in a"
        " subject, year group, key stage or phase",
        "Teachers who have, or are aspiring to have, responsibilities for leading the development"
        " of other teachers in their school: of all across a school, or specifically trainees or"
        " teachers early in their career",
        "Teachers who have, or are aspiring to have, responsibilities for leading behaviour and/or"
        " supporting pupil wellbeing in their school",
    ),
    ("4.8", lambda it: it.provider("UCL", "delivery_partners"), ("Exchange Teaching Hub",)),
    (
        "4.8-project",
        lambda it: it.departs("UCL", "projects"),
        (
            "Most programmes include an implementation or research project, which is not the"
            " award's assessment."
        ),
    ),
    (
        "4.9",
        lambda it: it.provider("UCL", "accreditations"),
        ("2017-2022 versions of its NPQ programmes rated outstanding",),
    ),
    (
        "4.9-era",
        lambda it: it.framework("2017", "first_offered", "last_offered"),
        (date(2017, 9, 1), date(2022, 8, 31)),
    ),
    ("4.10", lambda it: it.provider("UCL", "intakes"), ("autumn", "spring")),
    (
        "4.11",
        lambda it: it.scholarship("2023-february"),
        ("state-funded schools", "state-funded organisations that offer 16-19 places"),
    ),
    *each(
        "4.12",
        UCL | {"EHCO": EHCO},
        lambda it, key: it.spec(key, "endorsement.roles"),
        *(
            ("headteacher", "principal", "line_manager")
            if code in ("NPQH", "NPQEL")
            else ("headteacher", "principal")
            for code in (*UCL, "EHCO")
        ),
    ),
    *each("4.13-induction", SPECIALIST, lambda it, key: it.minutes(key, "induction"), [120]),
    *each(
        "4.13-peer-learning-groups",
        SPECIALIST,
        lambda it, key: [(each.starts, each.ends) for each in it.components(key, "plg")],
        [("14:00", "17:00")] * 4,
    ),
    *each(
        "4.13-consolidation",
        SPECIALIST,
        lambda it, key: [(each.starts, each.ends) for each in it.components(key, "consolidation")],
        [("12:30", "17:30")],
    ),
    *each("4.13-live-minutes", SPECIALIST, lambda it, key: sum(it.minutes(key)), 19 * 60),
    *each("4.14-induction", LEADERSHIP, lambda it, key: it.minutes(key, "induction"), [120]),
    *each(
        "4.14-peer-learning-groups",
        LEADERSHIP,
        lambda it, key: [(each.starts, each.ends, each.mode) for each in it.components(key, "plg")],
        [("15:30", "17:30", Mode.ONLINE)] * 4,
    ),
    *each(
        "4.14-face-to-face",
        LEADERSHIP,
        lambda it, key: [
            (each.starts, each.ends, each.mode) for each in it.components(key, "face-to-face")
        ],
        [("09:30", "16:00", Mode.FACE_TO_FACE)] * 3,
    ),
    *each("4.14-live-minutes", LEADERSHIP, lambda it, key: sum(it.minutes(key)), 29 * 60 + 30),
    ("4.14-NPQEL-unclear", lambda it: it.minutes(CENTRAL), []),
    *each(
        "4.15",
        UCL,
        lambda it, key: it.spec(key, "engagement.threshold_percent", "engagement.gate"),
        (90, Gate.ACCESS),
    ),
    *each(
        "4.15-exceptional-circumstances",
        UCL,
        lambda it, key: it.spec(key, "engagement.excuse", "engagement.catch_up"),
        (True, None),
    ),
    *each(
        "4.16-support",
        UCL,
        lambda it, key: it.spec(key, "support.roles", "support.before_start"),
        (("mentor", "line_manager"), True),
    ),
    *each(
        "4.16-check-ins",
        UCL,
        lambda it, key: it.spec(key, "check_ins.required", "check_ins.minutes"),
        *([(3, 60)] * 4 + [(4, 60)] * 4),
    ),
    *each("4.18", UCL, lambda it, key: it.spec(key, "assessment.invigilated"), False),
    *each("4.19-case", UCL, lambda it, key: it.spec(key, "assessment.case_study.most"), 2000),
    *each(
        "4.19-response",
        UCL,
        lambda it, key: it.spec(
            key, "assessment.response.most", "assessment.response.may_be_higher"
        ),
        *([(1500, False)] * 4 + [(1500, True)] * 4),
    ),
    *each(
        "4.21",
        UCL | {"EHCO": EHCO},
        lambda it, key: it.spec(key, "form.days", "form.working_days"),
        (5, None),
    ),
    *each("4.22", UCL, lambda it, key: it.minutes(key, "welcome", counting=False), [None]),
]

FIGURES = OLP_NPQH_PAGE + OLP_COMPARISON + GOV_UK + BPN_SLIDES + UCL_HANDBOOK


@pytest.mark.parametrize(
    ("figure", "expected"), [pytest.param(*it[1:], id=it[0]) for it in FIGURES]
)
def test_the_catalogue_says_what_the_document_says(figure: Figure, expected: Any) -> None:
    assert figure(Reader(shipped())) == expected


def test_every_number_is_stated_once() -> None:
    numbers = [number for number, _, _ in FIGURES]
    assert sorted(set(numbers)) == sorted(numbers)
