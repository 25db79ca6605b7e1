"""How engaged each participant is, what can still be reached, and who needs help."""

from collections.abc import Iterable
from datetime import date

from attrs import frozen

from npq_domain.aggregates.participant import participant, standing
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.engagement import (
    AbsenceRecorded,
    Engaged,
    Progress,
    earliest,
)
from npq_domain.aggregates.participant.facts.enrolment import Enrolled
from npq_domain.calendar import LAST_DAY
from npq_domain.catalogue.types import Activity
from npq_domain.policies import pace
from npq_domain.policies.engagement import (
    NOTHING,
    Engagement,
    PlannedComponent,
    Status,
    measure,
)
from npq_domain.projections.projection import Projection, Seen

BASIS_POINTS = 10_000

STUDY = Activity.STUDY
"""By a name of its own: Python 3.11 takes as long to look up a member as to do all the rest."""


@frozen(kw_only=True)
class EngagementRow:
    """One participant's engagement. Minutes are whole; `num`/`den` are in the policy's units."""

    participant: str
    person_ref: str
    cohort_id: str
    cohort: str
    group: str | None
    programme: str
    specification: str
    policy: str | None
    """The strategy and threshold, as "total_minutes 90 %"; `None` where the source has no rule."""
    training_status: str | None
    """active, deferred, withdrawn or transferred_out, on the day of looking.

    `None` where the application was rejected after all.
    """
    status: str | None
    """on_track, at_risk (behind what has fallen due), unreachable; `None` if nothing counts."""
    at_risk: str | None
    """green, amber (behind), red (behind, and one more miss puts it out of reach), unreachable."""
    planned_min: int | None
    credited_min: int | None
    excused_min: int | None
    num: int | None
    den: int | None
    percent_bp: int | None
    """Hundredths of a per cent, rounded down; never used to decide."""
    met: bool | None
    max_attainable_num: int | None
    """The most that can still be reached, of `max_attainable_den`."""
    max_attainable_den: int | None
    minutes_needed: int | None
    """Until the threshold is met; this and the next two in the policy's units, as `num`."""
    expected_min_to_date: int | None
    gap_min: int | None
    done_min: int
    """Every minute of taking part and of study, whether it counts or not."""
    pace_least_min: int | None
    pace_most_min: int | None
    """What `done_min` is expected to be by now, where the document asks for study by the week."""
    strands: tuple[str, ...]
    """"strand num/den" where the policy is by strand."""
    sessions_attended: int
    sessions_missed: int
    check_ins: int
    """Those of the length required, or more."""
    check_ins_required: int | None
    study_pct: int | None
    missing_supporter: bool | None
    """From the day of the start on: nobody stands by the participant who should."""
    supporter_late: bool | None
    """Whether somebody was assigned after the start only, where it was to be before."""
    last_active_on: date | None
    days_since_activity: int | None
    outside_training: tuple[str, ...]
    """What was done while training stood still, as "2024-05-01 plg-2 while deferred"."""
    as_at: date
    as_of_position: int


def row(it: Participant, seen: Seen) -> EngagementRow | None:
    """The row of a participant who has joined a cohort."""
    enrolled = it.enrolment.enrolled
    if enrolled is None:
        return None
    done, rule, progress = it.engagement, enrolled.engagement, it.engagement.by(LAST_DAY)
    credited, active = progress.credits, progress.last_active_on
    place, plan = standing.joined(it) or enrolled, standing.plan(it, credited)
    # While training stands still, nothing falls due.
    due_by = it.training.went_on_until(seen.as_at)
    reached = measure(rule, plan, credited, as_at=due_by) if rule else None
    roles = enrolled.support.roles if enrolled.support else ()
    supported = earliest(done.supported_since, roles)
    missed = sum([type(each) is AbsenceRecorded for each in done.sessions.values()])
    least, most = (
        pace.expected(enrolled.learning, enrolled.duration, enrolled.start_on, seen.as_at)
        if enrolled.learning
        else (None, None)
    )
    return EngagementRow(
        participant=seen.subject,
        person_ref=enrolled.person_ref,
        cohort_id=str(place.cohort_id),
        cohort=place.cohort,
        group=place.group,
        programme=enrolled.programme,
        specification=enrolled.specification,
        policy=f"{rule.strategy.value} {rule.threshold_percent} %" if rule else None,
        training_status=None
        if it.training.rejected_by(seen.as_at)
        else it.training.status_on(seen.as_at).value,
        status=reached.status.value if reached and reached.status else None,
        at_risk=light(reached) if reached else None,
        planned_min=reached.planned_minutes if reached else None,
        credited_min=reached.credited_minutes if reached else None,
        excused_min=reached.excused_minutes if reached else None,
        num=reached.num if reached else None,
        den=reached.den if reached else None,
        percent_bp=BASIS_POINTS * reached.num // reached.den if reached and reached.den else None,
        met=reached.met if reached else None,
        max_attainable_num=reached.attainable if reached else None,
        max_attainable_den=reached.den if reached else None,
        minutes_needed=reached.needed if reached else None,
        expected_min_to_date=reached.expected if reached else None,
        gap_min=reached.behind if reached else None,
        done_min=sum([each.minutes for each in credited.values()]),
        pace_least_min=least,
        pace_most_min=most,
        strands=strands(reached) if reached else (),
        sessions_attended=len(done.sessions) - missed,
        sessions_missed=missed,
        check_ins=check_ins(enrolled, done),
        check_ins_required=enrolled.check_ins.required if enrolled.check_ins else None,
        study_pct=study_percent(plan, progress),
        missing_supporter=missing_supporter(enrolled, supported, seen.as_at),
        supporter_late=supporter_late(enrolled, supported),
        last_active_on=active,
        days_since_activity=(seen.as_at - active).days if active else None,
        outside_training=outside_training(it),
        as_at=seen.as_at,
        as_of_position=seen.position,
    )


LIGHTS = {None: None, Status.ON_TRACK: "green", Status.UNREACHABLE: "unreachable"}


def light(it: Engagement) -> str | None:
    """The status as a traffic light."""
    if it.status is Status.AT_RISK:
        return "red" if it.one_from_unreachable else "amber"
    return LIGHTS[it.status]


def strands(it: Engagement) -> tuple[str, ...]:
    """Each strand's figures in words; nothing where there is but one whole."""
    return tuple(
        f"{name} {tally.credited}/{tally.planned}" for name, tally in it.strands.items() if name
    )


def outside_training(it: Participant) -> tuple[str, ...]:
    """The participation that is dated in a deferral, or after the participant left, by its day."""
    stopped = it.training.first_stopped
    if stopped == LAST_DAY:
        return ()
    done = sorted(each for each in it.engagement.done if each[0] > stopped)
    told = ((on, what, it.training.outside(on)) for on, what in done)
    return tuple(f"{on} {what} {how}" for on, what, how in told if how)


def check_ins(enrolled: Enrolled, done: Engaged) -> int:
    """How many check-ins were held, short ones not counted."""
    least = enrolled.check_ins.minutes if enrolled.check_ins else 0
    return sum([each.minutes >= least for each in done.check_ins.values()])


def missing_supporter(enrolled: Enrolled, since: date | None, as_at: date) -> bool | None:
    """Whether nobody has been assigned although the programme has started."""
    if enrolled.support is None:
        return None
    return since is None and as_at >= enrolled.start_on


def supporter_late(enrolled: Enrolled, since: date | None) -> bool | None:
    """Whether the first one was assigned after the start."""
    if enrolled.support is None or not enrolled.support.before_start:
        return None
    return since is not None and since > enrolled.start_on


def study_percent(plan: Iterable[PlannedComponent], done: Progress) -> int | None:
    """How much of the study is done: by minutes where they are planned, else as reported."""
    units = [it for it in plan if it.activity is STUDY]
    planned = sum([it.minutes or 0 for it in units])
    if planned:
        studied = [min(done.credits.get(it.id, NOTHING).minutes, it.minutes or 0) for it in units]
        return 100 * sum(studied) // planned
    reported = done.study_percent.values()
    return sum(reported) // len(units) if reported and units else None


engagement = Projection(
    name="engagement",
    row_type=EngagementRow,
    decider=participant,
    parts=("enrolment", "engagement", "training"),
    row=row,
    tolerant=True,
    indexed=("cohort_id",),
)
