"""The cohort dashboard: how each programme and group of an intake stands, in counts."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from attrs import frozen

from npq_domain.policies.engagement import Status
from npq_domain.projections.declarations import DeclarationsRow, declarations
from npq_domain.projections.eligibility import EligibilityRow, eligibility
from npq_domain.projections.engagement import EngagementRow, engagement
from npq_domain.projections.intakes import IntakeRow, intakes
from npq_domain.projections.projection import Summary

Place = tuple[str, str, str]
"""Cohort id, programme and group; an empty text where there is none."""


@frozen(kw_only=True)
class CohortRow:
    """One programme and group of one intake. Counts are of participants.

    Applicants who have joined no cohort yet stand in the intake of their provider that opened
    for their funding cohort, if there is just one that offers their programme.
    """

    cohort_id: str
    cohort: str
    programme: str
    group: str
    applied: int
    pending: int
    accepted: int
    rejected: int
    applications_by_month: tuple[str, ...]
    """"month number" of the registrations, such as "2023-12 14"."""
    overdue_forms: int
    enrolled: int
    active: int
    deferred: int
    withdrawn: int
    transferred_out: int
    """Who has gone to another provider; of `enrolled` these four are all."""
    engagement_mean_bp: int | None
    """Hundredths of a per cent, rounded down."""
    engagement_p25_bp: int | None
    """Nearest rank: a quarter are at or below it."""
    engagement_median_bp: int | None
    engagement_p75_bp: int | None
    below_threshold: int
    """Who has not reached what their specification asks for: 90 % in every document."""
    at_risk: int
    """As the engagement view says: of those who have left, as they stood on the last day."""
    unreachable: int
    access_granted: int
    submitted: int
    missed: int
    passed: int
    failed: int
    awarded: int
    declarations: tuple[str, ...]
    """"type state number" of all declarations, such as "started paid 12"."""
    declarations_by_type: tuple[str, ...]
    """"type number", whatever their states."""
    declarations_by_state: tuple[str, ...]
    """"state number", whatever their types."""
    declarations_overdue: int
    """Participants of whom something should have been declared by now."""
    funded_used: int
    """Funded places belong to the programme: they are told in its row without a group."""
    funded_cap: int | None
    as_at: date


def rows(
    applications: Iterable[EligibilityRow],
    engaged: Iterable[EngagementRow],
    declared: Iterable[DeclarationsRow],
    cohorts: Iterable[IntakeRow],
    *,
    as_at: date,
) -> Iterator[CohortRow]:
    """Count the rows of the other views, place by place."""
    by_id = {each.cohort_id: each for each in cohorts}
    # Who joined and was rejected after all counts among the rejected alone.
    figures = {each.participant: each for each in engaged if each.training_status}
    claims = {each.participant: each for each in declared}
    people: dict[Place, list[EligibilityRow]] = {}
    for intake in by_id.values():
        for programme in intake.programmes:
            people[intake.cohort_id, programme, ""] = []
    for each in applications:
        cohort_id = joined(each, by_id) or expected_in(each, by_id.values())
        people.setdefault((cohort_id, each.programme, each.group or ""), []).append(each)
    for place, those in sorted(people.items()):
        known = [figures[it.participant] for it in those if it.participant in figures]
        claimed = [claims[it.participant] for it in those if it.participant in claims]
        yield counted(place, by_id.get(place[0]), those, known, claimed, as_at)


def joined(it: EligibilityRow, by_id: Mapping[str, IntakeRow]) -> str:
    """The intake that somebody has joined; an empty text if none, or it was another provider's.

    Who came by transfer has a history in the intake of before, and counts there under the subject
    that they had there.
    """
    intake = by_id.get(it.cohort_id or "")
    elsewhere = intake is not None and intake.provider != it.provider
    return "" if elsewhere else it.cohort_id or ""


def expected_in(it: EligibilityRow, cohorts: Iterable[IntakeRow]) -> str:
    """The one intake that an applicant can be meant for; an empty text if none or several."""
    fit = [
        each.cohort_id
        for each in cohorts
        if each.provider == it.provider
        and each.funding_cohort == it.funding_cohort
        and it.programme in each.programmes
    ]
    return fit[0] if len(fit) == 1 else ""


def counted(
    place: Place,
    intake: IntakeRow | None,
    those: list[EligibilityRow],
    known: list[EngagementRow],
    claimed: list[DeclarationsRow],
    as_at: date,
) -> CohortRow:
    """The counts of one place."""
    cohort_id, programme, group = place
    decided = [it.decision for it in those]
    shares = sorted(it.percent_bp for it in known if it.percent_bp is not None)
    outcomes = [it.outcome for it in those]
    statuses = [it.training_status for it in known]
    declared = [stands for it in claimed for stands in it.states]
    used, cap = (0, None) if group else funded(intake, programme)
    return CohortRow(
        cohort_id=cohort_id,
        cohort=intake.name if intake else "",
        programme=programme,
        group=group,
        applied=len(those),
        pending=decided.count("pending"),
        accepted=decided.count("accepted"),
        rejected=decided.count("rejected"),
        applications_by_month=numbered(f"{it.registered_on:%Y-%m}" for it in those),
        overdue_forms=sum(it.form_overdue for it in those),
        enrolled=len(known),
        active=statuses.count("active"),
        deferred=statuses.count("deferred"),
        withdrawn=statuses.count("withdrawn"),
        transferred_out=statuses.count("transferred_out"),
        engagement_mean_bp=sum(shares) // len(shares) if shares else None,
        engagement_p25_bp=nearest_rank(shares, 25),
        engagement_median_bp=nearest_rank(shares, 50),
        engagement_p75_bp=nearest_rank(shares, 75),
        below_threshold=sum(it.met is False for it in known),
        at_risk=sum(it.status == Status.AT_RISK.value for it in known),
        unreachable=sum(it.status == Status.UNREACHABLE.value for it in known),
        access_granted=sum(it.access == "granted" for it in those),
        submitted=sum(it.attempts_submitted > 0 for it in those),
        missed=sum(it.missed for it in those),
        passed=outcomes.count("passed"),
        failed=outcomes.count("failed"),
        awarded=sum(it.awarded_on is not None for it in those),
        declarations=numbered(declared),
        declarations_by_type=numbered(it.partition(" ")[0] for it in declared),
        declarations_by_state=numbered(it.partition(" ")[2] for it in declared),
        declarations_overdue=sum(bool(it.overdue) for it in claimed),
        funded_used=used,
        funded_cap=cap,
        as_at=as_at,
    )


def numbered(words: Iterable[str]) -> tuple[str, ...]:
    """How many there are of each, in alphabetical order: tidy enough for SQL to take apart."""
    return tuple(f"{word} {number}" for word, number in sorted(Counter(words).items()))


def nearest_rank(ordered: list[int], percent: int) -> int | None:
    """The percentile by nearest rank; `None` of nothing."""
    if not ordered:
        return None
    rank = -(-percent * len(ordered) // 100)
    return ordered[max(rank, 1) - 1]


def funded(intake: IntakeRow | None, programme: str) -> tuple[int, int | None]:
    """Funded places of a programme: taken, and how many there are."""
    if intake is None or programme not in intake.programmes:
        return 0, None
    at = intake.programmes.index(programme)
    cap = intake.funded_caps[at]
    return int(intake.funded_used[at]), int(cap) if cap else None


cohort_dashboard = Summary(
    name="cohort",
    row_type=CohortRow,
    key=("cohort_id", "programme", "group"),
    sources=(eligibility, engagement, declarations, intakes),
    rows=rows,
    columns={
        "eligibility": (
            "participant",
            "provider",
            "programme",
            "funding_cohort",
            "cohort_id",
            "group",
            "registered_on",
            "form_overdue",
            "decision",
            "access",
            "attempts_submitted",
            "missed",
            "outcome",
            "awarded_on",
        ),
        "engagement": ("participant", "training_status", "status", "percent_bp", "met"),
        "declarations": ("participant", "states", "overdue"),
    },
)
