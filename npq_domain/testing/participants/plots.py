"""What is settled of a participant's life before it begins."""

from attrs import frozen

from npq_domain.aggregates.participant.facts import Participant
from npq_domain.catalogue import Specification
from npq_domain.testing.intakes import Intake
from npq_domain.testing.lives import Life, Telling

A_DAY = 24 * 60
AN_HOUR = 60
Tale = Telling[Participant]


@frozen(kw_only=True)
class Plot:
    """What is settled of a life before it begins."""

    specification: Specification
    intake: Intake
    absences: int
    """Of ten sessions, how many are missed."""


def plot(tale: Tale) -> Plot:
    found: Plot = tale.besides["plot"]
    return found


def plot_of(life: Life[Participant]) -> Plot:
    """What was settled of a life before it began."""
    found: Plot = life.besides["plot"]
    return found
