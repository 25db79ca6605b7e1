"""What a catalogue says: programmes, documents, providers, frameworks, and specifications.

Every group of figures bears its `source`: the short title of a document of the catalogue and the
clause in it ("UCL/ETH handbook 2023, section 5, Engagement with the Programme"). What a document
is silent on stays `None`. Durations are whole minutes, ages and lengths whole months or days.
"""

from datetime import date
from enum import Enum

from attrs import frozen


class Kind(Enum):
    """Whether a programme ends in a qualification."""

    NPQ = "npq"
    SUPPORT = "support"


class Strategy(Enum):
    """What the engagement percentage is a percentage of."""

    TOTAL_MINUTES = "total_minutes"
    SESSION_COUNT = "session_count"
    PER_STRAND = "per_strand"


class Gate(Enum):
    """Which gate the engagement threshold guards. The award checks it, whichever that is."""

    ACCESS = "access"
    AWARD = "award"
    BOTH = "both"


class Activity(Enum):
    """How taking part in a component is recorded."""

    EVENT = "event"
    STUDY = "study"
    COACHING = "coaching"
    TASK = "task"
    CHECK_IN = "check_in"


class Mode(Enum):
    """Where a component takes place."""

    FACE_TO_FACE = "face_to_face"
    ONLINE = "online"
    RESIDENTIAL = "residential"
    REMOTE = "remote"
    BLENDED = "blended"


class AssessmentKind(Enum):
    """How a programme is assessed."""

    CASE_STUDY = "case_study"
    PROJECTS = "projects"
    NONE = "none"


class EntryKind(Enum):
    """What an applicant has to show besides an endorsement."""

    GATEWAY = "gateway"
    QUALIFICATION_LEVEL = "qualification_level"
    HEADSHIP_YEARS = "headship_years"


class FundingMode(Enum):
    """How DfE funds the places of one of its cohorts."""

    ZERO = "zero"
    CAPPED = "capped"
    FULL = "full"


class DeclarationType(Enum):
    """What a provider declares to DfE of a participant: the wire values."""

    STARTED = "started"
    RETAINED_1 = "retained-1"
    RETAINED_2 = "retained-2"
    COMPLETED = "completed"


class EvidenceKind(Enum):
    """What a claim of DfE's is supported by: the wire values of its early career service.

    DfE's service for NPQs has no such field, so here they are the provider's own record.
    """

    TRAINING_EVENT_ATTENDED = "training-event-attended"
    SELF_STUDY_MATERIAL_COMPLETED = "self-study-material-completed"
    MATERIALS_ENGAGED_WITH_OFFLINE = "materials-engaged-with-offline"
    ENGAGEMENT_MET = "75-percent-engagement-met"
    ENGAGEMENT_MET_REDUCED_INDUCTION = "75-percent-engagement-met-reduced-induction"
    ONE_TERM_INDUCTION = "one-term-induction"
    OTHER = "other"


@frozen(kw_only=True)
class BankHoliday:
    """A day on which schools and offices are closed by law or custom."""

    on: date
    name: str


@frozen(kw_only=True)
class BankHolidays:
    """The bank holidays of a year: no working days."""

    id: str
    days: tuple[BankHoliday, ...]
    source: str


@frozen(kw_only=True)
class Partnership:
    """Which delivery partners a provider may name for one of DfE's cohorts."""

    provider: str
    cohort: str
    partners: tuple[str, ...]
    source: str

    @property
    def id(self) -> str:
        """Whose, and for when."""
        return f"{self.provider}/{self.cohort}"


class Scope(Enum):
    """How far an assessed project of the 2017 era reaches."""

    TEAM = "team"
    WHOLE_SCHOOL = "whole_school"
    OWN_SCHOOL = "own_school"
    PLACEMENT_SCHOOL = "placement_school"
    SEVERAL_SCHOOLS = "several_schools"


class School(Enum):
    """Which of a candidate's schools is meant."""

    HOME = "home"
    PLACEMENT = "placement"


class Section(Enum):
    """A part of the written account of a project."""

    DESIGN = "design"
    IMPLEMENTATION = "implementation"
    EVALUATION = "evaluation"


@frozen(kw_only=True)
class Document:
    """A published document that figures are taken from; `id` opens every `source` naming it."""

    id: str
    title: str
    publisher: str
    published: str | None = None
    """As exactly as is known: a day, a month, or a year."""


@frozen(kw_only=True)
class Programme:
    """A qualification or a support offer, whoever provides it."""

    code: str
    """DfE's short code, such as NPQH."""
    title: str
    kind: Kind
    group: str | None = None
    """DfE's course group: leadership, specialist, ehco, support; `None` before there were any."""
    audience: str
    leads: str | None = None
    """What the holder leads: a team, across a school, a school, more than one school."""
    course_identifier: str | None = None
    """DfE's identifier, such as npq-headship; `None` for programmes its service never had."""
    aliases: tuple[str, ...] = ()
    """Other short codes in use for it."""
    first_offered: date | None = None
    last_offered: date | None = None
    supersedes: tuple[str, ...] = ()
    leads_on_to: tuple[str, ...] = ()
    """Where holders often go on to; never a prerequisite."""
    same_course_as: tuple[str, ...] = ()
    """Codes that DfE counts as the same course."""
    source: str


@frozen(kw_only=True)
class Framework:
    """An era's rules of content."""

    id: str
    title: str
    accredited_by: str | None = None
    first_offered: date | None = None
    last_offered: date | None = None
    content_areas: int | None = None
    content_area_names: tuple[str, ...] = ()
    leadership_behaviours: int | None = None
    assessed_by: str
    """In words: what this era's assessment consists of."""
    source: str


@frozen(kw_only=True)
class IntakeRule:
    """How many intakes a provider usually has: more is worth a look, and refused by nobody."""

    at_once: int
    """How many run side by side."""
    programmes: int
    """How many programmes each of them offers."""
    source: str


@frozen(kw_only=True)
class Departure:
    """One way in which a provider departs from the framework."""

    about: str
    says: str
    source: str


@frozen(kw_only=True)
class GroupRule:
    """When delivery groups can be confirmed, where most applications arrive at the last."""

    deadline: str
    """The day of the year, such as 12-20, on which applications close."""
    confirmed_from: str
    """The day of the year after it on which it is known which groups are viable."""
    source: str


@frozen(kw_only=True)
class Provider:
    """A lead provider, and what it does otherwise than the framework."""

    id: str
    name: str
    managed_by: str | None = None
    delivery_partners: tuple[str, ...] = ()
    delivery_partner_kinds: tuple[str, ...] = ()
    intake_rule: IntakeRule | None = None
    active: bool
    """Whether DfE's service names it today."""
    accreditations: tuple[str, ...] = ()
    """What it is besides, and how it was judged, in a document's words."""
    intakes: tuple[str, ...] = ()
    groups: GroupRule | None = None
    departures: tuple[Departure, ...] = ()
    source: str


@frozen(kw_only=True)
class Scholarship:
    """Whose fees DfE pays, as a document words it. What decides a case is a funding policy."""

    id: str
    applies: str
    """When, in the document's words."""
    settings: tuple[str, ...]
    source: str


@frozen(kw_only=True)
class FundingCohort:
    """A cohort of DfE's, such as 2023a: a contract year and a suffix, not a provider's intake."""

    id: str
    aliases: tuple[str, ...] = ()
    """What it was called before there were suffixes: its year, if that has one cohort only."""
    funding: FundingMode
    source: str


@frozen(kw_only=True)
class Milestone:
    """By when DfE expects a declaration: advisory, nothing is refused over it."""

    type: DeclarationType
    on: date


@frozen(kw_only=True)
class Schedule:
    """One of DfE's schedules in one of its cohorts: when training may start, what is declared."""

    identifier: str
    """DfE's wire value, such as npq-leadership-autumn."""
    cohort: str
    """The funding cohort's id."""
    groups: tuple[str, ...]
    """The course groups it is legal for."""
    applies_from: date
    applies_to: date | None = None
    declaration_types: tuple[DeclarationType, ...]
    milestones: tuple[Milestone, ...] = ()
    source: str


@frozen(kw_only=True)
class Assignment:
    """Into which schedule an application falls that is accepted on some days."""

    cohorts: tuple[str, ...] = ()
    """The funding cohorts it is for; none named: for all."""
    groups: tuple[str, ...]
    first: date | None = None
    last: date | None = None
    yearly_first: str | None = None
    """The first and the last day of every year, such as 12-26; the year may end between them."""
    yearly_last: str | None = None
    schedules: tuple[str, ...]
    """Identifiers, of which the one that is legal for the course group is meant."""
    source: str


@frozen(kw_only=True)
class Span:
    """Whole months, both ends included."""

    least: int
    most: int
    source: str


@frozen(kw_only=True)
class LearningTime:
    """Guided learning, in minutes; `weekly_*` where a document gives minutes a week instead."""

    minutes: int | None = None
    weekly_least: int | None = None
    weekly_most: int | None = None
    source: str


@frozen(kw_only=True)
class ComponentSpec:
    """One thing to take part in: a session, a course, a task."""

    id: str
    title: str
    activity: Activity
    mode: Mode | None = None
    strand: str | None = None
    minutes: int | None = None
    counts: bool = True
    """Whether it counts towards engagement. What has no known minutes cannot, by minutes."""
    starts: str | None = None
    """The usual time of day, as "14:00"."""
    ends: str | None = None
    open_days: int | None = None
    """How many days it stays open for credit, where it is spread over a window."""
    source: str


@frozen(kw_only=True)
class EngagementRule:
    """How engagement is measured and what it has to reach."""

    strategy: Strategy
    threshold_percent: int
    gate: Gate
    catch_up: bool | None = None
    """Whether a missed session may be caught up; `None`: the document does not say, so no."""
    excuse: bool | None = None
    """Whether an absence may be excused; `None`: the document does not say, so no."""
    source: str


@frozen(kw_only=True)
class CheckInRule:
    """Check-ins with a mentor or line manager: how many, how long each."""

    required: int
    minutes: int
    source: str


@frozen(kw_only=True)
class TrainingRule:
    """What a provider asks of changes of training beyond DfE's service."""

    strict_defer: bool = False
    """Whether a deferral needs a started declaration that is not voided: DfE's note says so, its
    service is content with any declaration."""
    source: str


@frozen(kw_only=True)
class SupportRule:
    """Who has to stand by the participant. Any one of `roles` will do."""

    roles: tuple[str, ...]
    before_start: bool = False
    source: str


@frozen(kw_only=True)
class EntryRule:
    """One entry requirement. `level` for a qualification, `below_years` for time in post."""

    kind: EntryKind
    level: int | None = None
    full_and_relevant: bool | None = None
    below_years: int | None = None
    source: str


@frozen(kw_only=True)
class EndorsementRule:
    """Who may endorse an application. The applicant never may."""

    roles: tuple[str, ...]
    source: str


@frozen(kw_only=True)
class FormRule:
    """The provider's own application form: days from its receipt to its return."""

    days: int
    working_days: bool | None = None
    """`None`: the document says days and no more; counted as calendar days."""
    source: str


@frozen(kw_only=True)
class EvidenceRule:
    """The evidence that a declaration of a type has to rest on: something of every kind."""

    type: DeclarationType
    kinds: tuple[EvidenceKind, ...]


@frozen(kw_only=True)
class DeclarationRule:
    """What a provider asks of its own declarations beyond what DfE's service asks."""

    in_order: bool = False
    """Whether a type is declared only after every type that comes before it."""
    active: bool = False
    """Whether nothing is declared while training is deferred."""
    evidence: tuple[EvidenceRule, ...] = ()
    source: str

    def kinds(self, of: DeclarationType) -> tuple[EvidenceKind, ...]:
        """The kinds of evidence that a type needs."""
        return next((it.kinds for it in self.evidence if it.type is of), ())


@frozen(kw_only=True)
class WordRule:
    """Limits in words; `None` where there is none."""

    least: int | None = None
    most: int | None = None
    may_be_higher: bool = False
    """The document says that `most` may be higher for some, and neither whose nor by how much:
    until a specification of their own says so, `most` holds."""
    source: str


@frozen(kw_only=True)
class WindowRule:
    """The assessment window: how long, and when it may open, in months after the start."""

    days: int
    months_least: int | None = None
    months_most: int | None = None
    set_by: str | None = None
    source: str


@frozen(kw_only=True)
class AttemptRule:
    """How often the assessment may be sat in all."""

    most: int
    source: str


@frozen(kw_only=True)
class ProjectSpec:
    """An assessed project of the 2017 era, and what its written account has to rest on."""

    id: str
    title: str
    scope: Scope
    schools_least: int | None = None
    """Across how many schools at least it is led."""
    terms_least: int | None = None
    board: School | None = None
    """Whose governing board sees the plan."""
    board_before_implementation: bool = False
    feedback: bool = False
    """Whether that board's feedback is gathered."""
    contrast: bool = False
    """Whether the placement school has to contrast with the home school."""
    placement_days_least: int | None = None
    """Working days of the placement, wherever they lie."""
    sections: tuple[Section, ...] = ()
    source: str


@frozen(kw_only=True)
class AssessmentRule:
    """How a programme is assessed, and within what limits."""

    kind: AssessmentKind
    response: WordRule | None = None
    case_study: WordRule | None = None
    window: WindowRule | None = None
    attempts: AttemptRule | None = None
    projects: tuple[ProjectSpec, ...] = ()
    mark_scheme: str | None = None
    moderated_by: str | None = None
    invigilated: bool | None = None
    source: str


@frozen(kw_only=True)
class CreditRule:
    """Master's credits that a university may give: the ceiling, the level, with whom."""

    most: int | None = None
    level: int | None = None
    university: str | None = None
    source: str


@frozen(kw_only=True)
class DeliveryRule:
    """Who runs it and how."""

    led_by: str | None = None
    """lead_provider where it is run centrally, else delivery_partner."""
    modes: tuple[str, ...] = ()
    applies_to: str | None = None
    """The nation it is offered in, where the document limits it."""
    dual_award: bool | None = None
    """Whether it is mapped to an apprenticeship standard as well."""
    funding_routes: tuple[str, ...] = ()
    """Ways to pay for it besides DfE's scholarships and fees."""
    source: str


@frozen(kw_only=True)
class Alternative:
    """Another mode of delivery: its components stand in for those that bear the same ids."""

    mode: str
    title: str
    components: tuple[ComponentSpec, ...]
    source: str


@frozen(kw_only=True)
class Specification:
    """One provider's version of one programme under one framework. Immutable; keyed by all four."""

    framework: str
    provider: str
    programme: str
    version: int
    valid_from: date | None = None
    """The first and last day of registration it applies to; `None` where no document says."""
    valid_until: date | None = None
    audience: str | None = None
    """Whom this provider's document addresses, where it says so in words of its own."""
    duration: Span | None = None
    learning: LearningTime | None = None
    components: tuple[ComponentSpec, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    engagement: EngagementRule | None = None
    check_ins: CheckInRule | None = None
    support: SupportRule | None = None
    training: TrainingRule | None = None
    entry: tuple[EntryRule, ...] = ()
    endorsement: EndorsementRule | None = None
    form: FormRule | None = None
    assessment: AssessmentRule
    credits: CreditRule | None = None
    delivery: DeliveryRule | None = None
    declarations: DeclarationRule | None = None
    source: str

    @property
    def key(self) -> str:
        """Its name in facts: `framework/provider/programme/version`."""
        return f"{self.framework}/{self.provider}/{self.programme}/{self.version}"

    def components_by(self, mode: str | None = None) -> tuple[ComponentSpec, ...]:
        """The components under a mode of delivery; raises `KeyError` if there is no such mode."""
        if mode is None:
            return self.components
        instead = {it.mode: {each.id: each for each in it.components} for it in self.alternatives}
        return tuple(instead[mode].get(it.id, it) for it in self.components)
