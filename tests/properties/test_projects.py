"""What holds of every life on a programme of the 2017 era, whatever was drawn."""

from hypothesis import event, given, settings

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.catalogue import shipped
from npq_domain.testing import laws
from npq_domain.testing.lives import Life
from npq_domain.testing.participants import participant_lives

CATALOGUE = shipped()
BY_PROJECTS = [it for it in CATALOGUE.specifications if it.assessment.projects]
DISTANCE = [it for it in BY_PROJECTS if it.alternatives]

lives = participant_lives(CATALOGUE, BY_PROJECTS, least=30, most=90)
whole = participant_lives(CATALOGUE, DISTANCE, least=70, most=100)


@settings(max_examples=12)
@given(life=whole)
def test_a_task_rests_on_what_its_specification_asks(life: Life[Participant]) -> None:
    event(f"handed in: {sorted(life.state.projects.tasks)}")
    laws.a_task_rests_on_what_its_specification_asks(life)


@settings(max_examples=12)
@given(life=whole)
def test_an_event_day_at_a_distance_is_attended_in_its_two_weeks(life: Life[Participant]) -> None:
    laws.what_is_open_for_a_while_is_attended_within(life)


@settings(max_examples=12)
@given(life=lives)
def test_an_award_of_2017_rests_on_a_pass_of_every_task(life: Life[Participant]) -> None:
    event(f"awarded: {life.state.award.awarded is not None}")
    laws.an_award_rests_on_engagement_and_a_pass(life)


@settings(max_examples=12)
@given(life=lives)
def test_every_command_about_projects_may_be_asked_again(life: Life[Participant]) -> None:
    laws.a_retry_is_silent(life)


@settings(max_examples=12)
@given(life=lives)
def test_to_void_a_record_of_a_project_is_as_if_it_had_never_been(life: Life[Participant]) -> None:
    for _, _, after in laws.each_command(life):
        laws.a_void_undoes(after)
