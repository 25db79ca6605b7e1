"""What may be asked of a cohort, chapter by chapter: each command above its decision."""

from npq_domain.aggregates.cohort.commands import groups, intake, places, timetable
from npq_domain.decider import Decisions

DECISIONS: Decisions = {
    **intake.DECISIONS,
    **groups.DECISIONS,
    **timetable.DECISIONS,
    **places.DECISIONS,
}
