"""Identity: who the participant is, as DfE knows them.

The class names below are the storage format: add facts, never alter them.
"""

from datetime import date

from attrs import Factory, define, frozen

from npq_domain.aggregates.participant.facts.application import RegistrationReceived
from npq_domain.decider import Fold
from npq_domain.personal import Personal


@frozen(kw_only=True)
class TrnVerified:
    """DfE has confirmed that this teacher reference number is the participant's."""

    trn: Personal[str]
    on: date


@frozen(kw_only=True)
class NameChanged:
    """The participant is known by another name from now on."""

    name: Personal[str]
    previous: Personal[str]
    on: date


@frozen(kw_only=True)
class ParticipantIdChanged:
    """DfE merged two records of one person: the former id is retired."""

    former: str
    current: str
    on: date


@define
class Identity:
    """Who this is."""

    name: Personal[str] | None = None
    previous_names: list[Personal[str]] = Factory(list)
    email: Personal[str] | None = None
    trn: Personal[str] | None = None
    trn_verified: bool = False
    participant_id: str = ""
    merges: list[ParticipantIdChanged] = Factory(list)

    @property
    def retired_ids(self) -> list[str]:
        """The ids that DfE gave up, as they came; one may be in force again since."""
        return [it.former for it in self.merges]


fold = Fold[Identity]()


@fold.on(RegistrationReceived)
def _(it: Identity, fact: RegistrationReceived) -> None:
    it.name, it.email, it.participant_id = fact.name, fact.email, fact.participant_id
    it.trn, it.trn_verified = fact.trn, fact.trn_verified


@fold.on(TrnVerified)
def _(it: Identity, fact: TrnVerified) -> None:
    it.trn, it.trn_verified = fact.trn, True


@fold.on(NameChanged)
def _(it: Identity, fact: NameChanged) -> None:
    it.name = fact.name
    it.previous_names.append(fact.previous)


@fold.on(ParticipantIdChanged)
def _(it: Identity, fact: ParticipantIdChanged) -> None:
    it.participant_id = fact.current
    it.merges.append(fact)
