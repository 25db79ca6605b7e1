"""Strategies for the lives of participants, from registration to award, on any specification."""

from collections.abc import Iterable, Sequence
from datetime import date

from hypothesis import strategies as st

from npq_domain.aggregates.participant import participant
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import ApplicationAccepted
from npq_domain.calendar import add_days
from npq_domain.catalogue import Catalogue, Specification, shipped
from npq_domain.testing.intakes import STARTS, intake
from npq_domain.testing.lives import Life, Maker, Milestone, beginning, tell
from npq_domain.testing.participants.appeals import contest
from npq_domain.testing.participants.application import (
    accept,
    endorse,
    enrol,
    entry_open,
    fund,
    identify,
    register,
    return_form,
    send_form,
    show_entry,
    waver,
    welcome,
)
from npq_domain.testing.participants.assessment import (
    after_award,
    attempt,
    awaits_moderation,
    award,
    give_window,
    mark,
    moderate,
    passed,
    presume,
    publish,
    release,
    resit,
    seek_access,
    submit,
)
from npq_domain.testing.participants.circumstances import extenuate
from npq_domain.testing.participants.corrections import correct, void
from npq_domain.testing.participants.declarations import deal_with_dfe
from npq_domain.testing.participants.engagement import (
    any_work,
    catch_up,
    check_in,
    excuse,
    still_open,
    support,
    take_part,
)
from npq_domain.testing.participants.plots import Plot, plot, plot_of
from npq_domain.testing.participants.projects import any_task, by_projects, to_pass, work_on_task
from npq_domain.testing.participants.retention import keep_or_erase
from npq_domain.testing.participants.training import GOING_ON, leave, move, resume

ROAD: tuple[Milestone, ...] = (
    (lambda it: it.it.application.registered, register),
    (lambda it: not plot(it).specification.form or it.it.application.form_sent, send_form),
    (lambda it: not plot(it).specification.form or it.it.application.form_returned, return_form),
    (lambda it: not any(entry_open(it)), show_entry),
    (lambda it: not plot(it).specification.endorsement or it.it.application.endorsed, endorse),
    (lambda it: isinstance(it.it.application.decision, ApplicationAccepted), accept),
    (lambda it: it.it.enrolment.enrolled, enrol),
    (lambda it: it.it.engagement.supporters, support),
    (lambda it: not any(still_open(it)), take_part),
    (lambda it: it.it.training.status in GOING_ON, resume),
    (lambda it: not to_pass(it), work_on_task),
    (lambda it: not by_projects(it) or it.it.award.awarded, award),
    (lambda it: it.it.assessment.access, seek_access),
    (lambda it: attempt(it).window, give_window),
    (lambda it: not plot(it).absences or it.it.circumstances.claims, extenuate),
    (lambda it: attempt(it).submitted or not it.it.circumstances.open, extenuate),
    (lambda it: attempt(it).released or attempt(it).missed, release),
    (lambda it: attempt(it).submitted or attempt(it).missed, submit),
    (lambda it: attempt(it).marked or attempt(it).missed, mark),
    (lambda it: attempt(it).missed or not awaits_moderation(attempt(it)), moderate),
    (lambda it: attempt(it).published or attempt(it).missed, publish),
    (lambda it: passed(attempt(it)), resit),
    (lambda it: it.it.award.awarded, award),
)


ASIDES: tuple[Maker, ...] = (
    any_work, any_work, any_work, catch_up, excuse, check_in, identify, identify, waver, welcome,
    void, void, correct, correct, presume, give_window, release, submit, mark, moderate, publish,
    resit, after_award, extenuate, extenuate, contest, contest, leave, leave, leave, move,
    any_task,
    deal_with_dfe, deal_with_dfe, deal_with_dfe, fund, fund, keep_or_erase,
)  # fmt: skip


def may_begin(catalogue: Catalogue, specification: Specification, start_on: date) -> bool:
    """Whether one may register for this specification in time for an intake of that day."""
    on, closed = add_days(start_on, -90), catalogue.last_offered(specification)
    offered = catalogue.offered(specification.programme, on) and (not closed or start_on <= closed)
    return offered and catalogue.in_force(specification, on)


def participant_lives(
    catalogue: Catalogue | None = None,
    specifications: Iterable[Specification] = (),
    *,
    least: int = 0,
    most: int = 60,
    asides: Sequence[Maker] = ASIDES,
) -> st.SearchStrategy[Life[Participant]]:
    """The life of a participant on one of these specifications, of so many commands.

    Without any, every specification of the catalogue may be drawn. `asides` are what leaves the
    usual road.
    """
    known = catalogue or shipped()
    by_key = {it.key: it for it in tuple(specifications) or known.specifications}

    # Without arguments, which Hypothesis would print: a catalogue is hundreds of lines.
    @st.composite
    def participant_life(draw: st.DrawFn) -> Life[Participant]:
        specification = by_key[draw(st.sampled_from(list(by_key)))]
        starts = [it for it in STARTS if may_begin(known, specification, it)]
        joined = intake(specification, draw(st.sampled_from(starts)), known)
        chosen = Plot(
            specification=specification,
            intake=joined,
            absences=draw(st.sampled_from([0, 0, 1, 5])),
        )
        besides = {"catalogue": known, "sealed": True, "cohort": joined.cohort, "plot": chosen}
        tale = beginning(draw, participant, add_days(joined.start_on, -90), besides)
        return tell(tale, ROAD, asides, least, most)

    return participant_life()


__all__ = ["ASIDES", "ROAD", "any_work", "participant_lives", "plot_of", "void"]
