"""How each view is laid out for people: few columns, what matters first."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from attrs import frozen
from rich.console import RenderableType
from rich.text import Text

from npq_adapters.cli import tables
from npq_adapters.cli.tables import Column
from npq_domain.calendar import london_day

Names = Mapping[str, str]
"""Each participant's name."""

ROOMY = 150
"""Columns of a terminal that has room for subjects' ids beside the rest."""

AMPLE = 175
"""Columns of a terminal that has room for everything."""

NAME = 14
"""Columns that the name of a cohort or a group takes."""

NARROW = 115
"""Columns of a terminal that has no room for what can be done without."""

SEVERITY = ("unreachable", "red", "amber", "green")


@frozen
class Layout:
    """What a view's table shows, in which order, with a line wherever `section` changes."""

    columns: Callable[[Sequence[Any], Names, int], Sequence[Column]]
    order: Callable[[Any, Names], Any]
    section: Callable[[Any], Any]
    note: Callable[[Sequence[Any]], str]


def many(rows: Sequence[Any], noun: str) -> str:
    """How many, and seen from which day where the view says so."""
    count = f"{len(rows)} {noun}{'' if len(rows) == 1 else 's'}"
    seen = {row.as_at for row in rows if hasattr(row, "as_at")}
    return f"{count}, as at {min(seen)}" if seen else count


def people(rows: Sequence[Any]) -> str:
    """How many participants."""
    return many(rows, "participant")


def who(names: Names) -> Column:
    """The participant's name."""
    return Column("participant", lambda row: tables.text(names.get(row.participant)))


def subject(width: int) -> list[Column]:
    """The participant's id, where there is room."""
    column = Column("subject", lambda row: tables.dim(row.participant), whole=True)
    return [column] if width >= ROOMY else []


PROGRAMME = Column("programme", lambda row: tables.text(row.programme), whole=True)


def engagement_columns(rows: Sequence[Any], names: Names, width: int) -> Sequence[Column]:
    """How far everybody is, worst first."""
    return (
        who(names),
        PROGRAMME,
        *(groups(rows) if width >= AMPLE else ()),
        Column("engagement", lambda it: tables.percent(it.percent_bp, met_style(it)), whole=True),
        Column("credited", lambda it: tables.share(it.num, it.den), "right", whole=True),
        Column("status", standing, whole=True),
        Column("to go", lambda it: tables.count(it.minutes_needed), "right", whole=True),
        MISSED,
        Column("check-\nins", check_ins, "right", whole=True, spare=2),
        *unless_narrow(width, LAST_ACTIVE),
        *subject(width),
    )


MISSED = Column(
    "missed", lambda it: tables.count(it.sessions_missed, "red"), "right", whole=True, spare=1
)

LAST_ACTIVE = Column("last active", lambda it: tables.text(it.last_active_on), whole=True)


def unless_narrow(width: int, *columns: Column) -> Sequence[Column]:
    """Columns that give way where there is little room."""
    return () if width < NARROW else columns


def groups(rows: Sequence[Any]) -> list[Column]:
    """The delivery group, if anybody is in one."""
    column = Column("group", lambda row: tables.text(row.group or None), whole=True)
    return [column] if any(row.group for row in rows) else []


def met_style(it: Any) -> str:
    """The colour of an engagement: reached, not yet, or out of reach."""
    if it.met:
        return "green"
    return tables.COLOURS.get((it.status or "").replace("_", " "), "yellow")


def standing(it: Any) -> Text:
    """Where a participant stands: reached, or how it looks."""
    return Text("✓ reached", "green") if it.met else tables.word(it.status)


def check_ins(it: Any) -> Text:
    """Check-ins held, of those required."""
    return tables.share(it.check_ins, it.check_ins_required)


def engagement_order(it: Any, names: Names) -> Any:
    """By programme; within it whoever needs help first."""
    lamp = SEVERITY.index(it.at_risk) if it.at_risk in SEVERITY else len(SEVERITY)
    share = it.percent_bp if it.percent_bp is not None else -1
    return it.cohort, it.programme, bool(it.met), lamp, share, names.get(it.participant, "")


def eligibility_columns(_: Sequence[Any], names: Names, width: int) -> Sequence[Column]:
    """Application, assessment, award, and what stands in the way."""
    return (
        who(names),
        PROGRAMME,
        Column("application", lambda it: tables.word(it.decision), whole=True),
        Column("access", access, whole=True, spare=2),
        *unless_narrow(width, Column("submitted", submitted, whole=True)),
        Column("outcome", outcome, whole=True, spare=1),
        Column("awarded", awarded, whole=True),
        Column("in the way", in_the_way, ratio=1),
        *subject(width),
    )


def access(it: Any) -> Text:
    """How access to the assessment was decided, if it was."""
    return tables.word(None if it.access == "not_decided" else it.access)


def submitted(it: Any) -> Text:
    """The day of the submission."""
    return tables.text(it.submitted_at and london_day(it.submitted_at))


def outcome(it: Any) -> Text:
    """How the assessment ended, or that the window closed without a response."""
    return tables.word(it.outcome or ("missed" if it.missed else None))


def awarded(it: Any) -> Text:
    """The day of the award, unless it was taken back."""
    if it.revoked:
        return Text("revoked", "bold red")
    return tables.text(it.awarded_on, "bold green" if it.awarded_on else "dim")


def in_the_way(it: Any) -> RenderableType:
    """What keeps the next gate shut: nobody is told of the assessment who is not accepted."""
    if it.awarded_on:
        return Text()
    blockers = {
        "pending": it.application_blockers,
        "accepted": it.award_blockers if it.access == "granted" else it.assessment_blockers,
    }.get(it.decision, ())
    return Text(", ".join(code.replace("_", " ") for code in blockers), "yellow")


def eligibility_order(it: Any, names: Names) -> Any:
    """By programme and decision, then by name."""
    return it.programme, it.decision, names.get(it.participant, "")


def declarations_columns(rows: Sequence[Any], names: Names, width: int) -> Sequence[Column]:
    """What is declared of everybody, what comes next, and what it rests on."""
    return (
        who(names),
        PROGRAMME,
        *(states(rows) if width >= NARROW else [DECLARED]),
        Column("next", coming, whole=width >= NARROW),
        Column("evidence", rests_on, "right", whole=True, spare=1),
        Column("in the way", lambda it: hindering(it.blocked), ratio=1),
        *subject(width),
    )


TYPES = ("started", "retained_1", "retained_2", "completed", "outcome")
"""What is declared, in its order, as columns of the view."""


def states(rows: Sequence[Any]) -> list[Column]:
    """Where declarations of each type stand, a column each."""
    shown = [it for it in TYPES if it != "retained_2" or any(map(has_second, rows))]
    return [declared(it) for it in shown]


def declared(column: str) -> Column:
    """A column of where declarations of a type stand."""
    return Column(column.replace("_", " "), lambda it: tables.word(getattr(it, column)), whole=True)


def in_one(it: Any) -> Text:
    """Where declarations stand, a line each, where there is no room for columns."""
    said = [(name, getattr(it, name)) for name in TYPES if getattr(it, name)]
    lines = [
        Text(f"{name.replace('_', '-')} ").append_text(tables.word(each)) for name, each in said
    ]
    return Text("\n").join(lines) if lines else tables.text(None, "dim")


DECLARED = Column("declared", in_one, whole=True)


def has_second(it: Any) -> bool:
    """Whether there is a second retained declaration in a participant's schedule."""
    return it.retained_2 is not None or "retained-2" in it.due


def coming(it: Any) -> Text:
    """What is due next, and by when."""
    said = " ".join(map(str, filter(None, (it.due_next, it.due_on))))
    return tables.text(said or None, "bold red" if it.overdue else "")


def rests_on(it: Any) -> Text:
    """How many facts the declarations rest on, and how many of these no longer stand."""
    if it.evidence_voided:
        return Text(f"{it.evidence_voided} of {it.evidence} voided", "bold red")
    return tables.count(it.evidence)


def hindering(codes: Sequence[str]) -> Text:
    """Codes of what stands in the way, as people say them."""
    return Text(", ".join(code.replace("_", " ") for code in codes), "yellow")


def declarations_order(it: Any, names: Names) -> Any:
    """By programme; within it by what is due first."""
    return it.programme, it.due_on is None, str(it.due_on), names.get(it.participant, "")


def cohort_columns(rows: Sequence[Any], _: Names, width: int) -> Sequence[Column]:
    """The counts of an intake, from application to award."""
    names = [*cohort_names(rows), *groups(rows)]
    room = width - NAME * len(names)
    return (
        *cohort_names(rows),
        PROGRAMME,
        *groups(rows),
        counts("applied", "applied"),
        counts("pending", "pending", "yellow", spare=2),
        counts("turned\ndown", "rejected", "red", spare=3),
        counts("joined", "enrolled"),
        Column("engaged,\nmean", lambda it: mean(it, room), "right", whole=True),
        counts("at\nrisk", "at_risk", "yellow"),
        counts("out of\nreach", "unreachable", "bold red"),
        *unless_narrow(
            room,
            counts("access", "access_granted"),
            counts("passed", "passed", "green"),
            counts("failed", "failed", "red"),
        ),
        counts("awarded", "awarded", "bold green"),
        Column("funded", funded, "right", whole=True, spare=1),
    )


def cohort_names(rows: Sequence[Any]) -> list[Column]:
    """Which cohort, if it is not the same in every row."""
    column = Column("cohort", lambda it: tables.text(it.cohort or "none yet"), whole=True)
    return [column] if len({row.cohort for row in rows}) > 1 else []


def intake(rows: Sequence[Any]) -> str:
    """How many rows, and of which cohort if of one."""
    names = {row.cohort for row in rows}
    return f"{names.pop()}, {many(rows, 'row')}" if len(names) == 1 else many(rows, "row")


def counts(heading: str, column: str, style: str = "", *, spare: int = 0) -> Column:
    """A column of numbers of people."""

    def cell(it: Any) -> Text:
        return tables.count(getattr(it, column), style)

    return Column(heading, cell, "right", whole=True, spare=spare)


def mean(it: Any, width: int) -> Text:
    """The mean engagement, with a bar where there is room."""
    shown = tables.percent(it.engagement_mean_bp, "cyan")
    return shown if width >= ROOMY else Text(shown.plain.rstrip("█▏▎▍▌▋▊▉░ "), "cyan")


def funded(it: Any) -> Text:
    """Funded places taken, of those there are."""
    return tables.share(it.funded_used or None, it.funded_cap)


def funding_columns(_: Sequence[Any], names: Names, width: int) -> Sequence[Column]:
    """Who pays, on whose word, and what is open."""
    return (
        who(names),
        PROGRAMME,
        Column("cohort", lambda it: tables.text(it.funding_cohort), whole=True),
        Column("eligible", lambda it: tables.text(it.eligible), whole=True),
        Column("code", lambda it: tables.word("in review" if it.review else it.code), ratio=1),
        Column("funded\nplace", lambda it: tables.text(it.funded_place), whole=True),
        Column("route", lambda it: tables.word(it.route), whole=True),
        *unless_narrow(
            width,
            Column("policy", lambda it: tables.text(it.policy_id), whole=True),
            Column("support", lambda it: tables.text(pounds(it.tsf_pence)), "right", whole=True),
        ),
        *subject(width),
    )


def pounds(pence: int | None) -> str | None:
    """An amount of money; `None` where none was asked for."""
    return None if pence is None else f"£{pence // 100:,}.{pence % 100:02}"


def roster_columns(_: Sequence[Any], __: Names, width: int) -> Sequence[Column]:
    """Who is who; the one place where the id is always there."""
    application = Column("application", lambda it: tables.dim(it.application_id), whole=True)
    return (
        Column("name", lambda it: tables.text(it.name and it.name.reveal())),
        Column("TRN", lambda it: tables.text(it.trn and it.trn.reveal()), whole=True),
        PROGRAMME,
        Column("group", lambda it: tables.text(it.group), whole=True, spare=1),
        Column("subject", lambda it: tables.text(it.participant), whole=True),
        *([application] if width >= ROOMY else []),
    )


def enrolments_columns(_: Sequence[Any], names: Names, width: int) -> Sequence[Column]:
    """Every application of everybody, and how far they came."""
    return (
        who(names),
        PROGRAMME,
        Column("provider", lambda it: tables.text(it.provider), whole=True),
        Column("registered", lambda it: tables.text(it.registered_on), whole=True),
        Column("state", lambda it: tables.word(it.state), whole=True),
        Column("participant id", lambda it: tables.dim(it.participant_id)),
        *subject(width),
    )


def people_columns(_: Sequence[Any], names: Names, __: int) -> Sequence[Column]:
    """Who is one person, and what they enrolled for."""
    return (
        Column("person", lambda it: tables.text(names.get(it.person)), whole=True),
        Column("participant id", lambda it: tables.dim(it.participant_id)),
        Column("retired", retired, "right", whole=True),
        Column("enrolments", taken_together, ratio=1),
    )


def retired(it: Any) -> Text:
    """How many ids of a person DfE has retired."""
    return tables.count(len(it.participant_ids) - len(it.current_ids))


def taken_together(it: Any) -> Text:
    """Each enrolment of a person in a few words."""
    each = zip(it.programmes, it.providers, it.states, strict=True)
    return tables.text(tuple(" ".join(words).replace("_", " ") for words in each))


def intakes_columns(_: Sequence[Any], __: Names, ___: int) -> Sequence[Column]:
    """What each cohort is and offers."""
    return (
        Column("cohort", lambda it: tables.text(it.name)),
        Column("provider", lambda it: tables.text(it.provider), whole=True, spare=1),
        Column("starts", lambda it: tables.text(it.start_on), whole=True),
        Column("programmes", lambda it: tables.text(it.programmes), ratio=1),
        Column("sessions", lambda it: tables.count(it.sessions), "right", whole=True, spare=2),
        Column("windows", lambda it: tables.count(it.windows), "right", whole=True, spare=3),
        Column("subject", lambda it: tables.text(it.cohort_id), whole=True),
    )


LAYOUTS: dict[str, Layout] = {
    "engagement": Layout(
        engagement_columns, engagement_order, lambda it: (it.cohort, it.programme), people
    ),
    "eligibility": Layout(eligibility_columns, eligibility_order, lambda it: it.programme, people),
    "declarations": Layout(
        declarations_columns, declarations_order, lambda it: it.programme, people
    ),
    "cohort": Layout(
        cohort_columns,
        lambda it, _: (it.cohort, it.programme, it.group),
        lambda it: it.cohort,
        intake,
    ),
    "funding": Layout(
        funding_columns,
        lambda it, names: (it.programme, names.get(it.participant, "")),
        lambda it: it.programme,
        people,
    ),
    "roster": Layout(
        roster_columns,
        lambda it, _: (it.programme, it.name.reveal() if it.name else ""),
        lambda it: it.programme,
        people,
    ),
    "enrolments": Layout(
        enrolments_columns,
        lambda it, names: (names.get(it.participant, ""), it.registered_on),
        lambda _: None,
        lambda rows: many(rows, "enrolment"),
    ),
    "people": Layout(
        people_columns,
        lambda it, names: (-it.enrolments, names.get(it.person, "")),
        lambda _: None,
        lambda rows: f"{len(rows)} people" if len(rows) != 1 else "1 person",
    ),
    "intakes": Layout(
        intakes_columns,
        lambda it, _: (it.start_on, it.name),
        lambda _: None,
        lambda rows: many(rows, "cohort"),
    ),
}
"""By the view's name; a view without a layout shows every column."""
