"""What can have happened to a cohort, chapter by chapter, and what is known after it."""

from typing import Any

from attrs import Factory, define

from npq_domain.aggregates.cohort.facts import groups, intake, places, timetable
from npq_domain.aggregates.cohort.facts.groups import Groups
from npq_domain.aggregates.cohort.facts.intake import Intake
from npq_domain.aggregates.cohort.facts.places import Places
from npq_domain.aggregates.cohort.facts.timetable import Timetable
from npq_domain.decider import Fold


@define
class Cohort:
    """One intake of one provider, as known after replay.

    The roster is a view, not a part of the cohort: thousands join within days, and one stream
    would be contended by them all.
    """

    intake: Intake = Factory(Intake)
    groups: Groups = Factory(Groups)
    timetable: Timetable = Factory(Timetable)
    places: Places = Factory(Places)


FOLDS: dict[str, Fold[Any]] = {
    "intake": intake.fold,
    "groups": groups.fold,
    "timetable": timetable.fold,
    "places": places.fold,
}
"""The fold of each part of the state, by the part's name."""
