"""What may be asked about identity."""

from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.participant.commands.ground import registered
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.identity import (
    NameChanged,
    ParticipantIdChanged,
    TrnVerified,
)
from npq_domain.decider import Decisions, Facts, refuse_if
from npq_domain.identifiers import trn_fault
from npq_domain.personal import Personal, personal

TRN = "DFE npq-registration, teacher reference number: seven digits, not all zeros"
NAMES = "DFE early-careers-framework, application forms: full name"
LONGEST_NAME = 128
MERGES = "DFE npq-registration, participant_id_changes"


@frozen(kw_only=True)
class VerifyTrn:
    """DfE confirmed the participant's teacher reference number."""

    trn: Personal[str] = field(converter=personal)
    on: date


def verify_trn(command: VerifyTrn, it: Participant) -> Facts:
    registered(it)
    refuse_bad_trn(command.trn)
    if not (it.identity.trn_verified and it.identity.trn == command.trn):
        yield TrnVerified(trn=command.trn, on=command.on)


def refuse_bad_trn(trn: Personal[str] | None) -> None:
    """Refuse what is no TRN: what is none belongs to nobody, so it may be shown."""
    fault = trn_fault(trn.reveal()) if trn else None
    refuse_if(fault, "invalid_trn", f"TRN {fault}", TRN)


def refuse_bad_name(name: Personal[str]) -> None:
    """Refuse what names nobody or is no name: blank, too long, or with control characters."""
    text = name.reveal()
    refuse_if(
        not text.strip() or len(text) > LONGEST_NAME or not text.isprintable(),
        "invalid_name",
        f"a name has 1 to {LONGEST_NAME} printable characters, this one has {len(text)}",
        NAMES,
    )


@frozen(kw_only=True)
class ChangeName:
    """The participant is known by another name from now on."""

    name: Personal[str] = field(converter=personal)
    on: date


def change_name(command: ChangeName, it: Participant) -> Facts:
    previous = it.identity.name or registered(it).name
    refuse_bad_name(command.name)
    if previous != command.name:
        yield NameChanged(name=command.name, previous=previous, on=command.on)


@frozen(kw_only=True)
class ChangeParticipantId:
    """DfE merged two records of this person: `former` is retired for `current`."""

    former: str
    current: str
    on: date


def change_participant_id(command: ChangeParticipantId, it: Participant) -> Facts:
    registered(it)
    known = it.identity.participant_id
    if command.former == command.current:
        return
    if command.former in it.identity.retired_ids and command.current == known:
        return
    refuse_if(
        command.former != known,
        "stale_participant_id",
        f"the participant id is {known}, not {command.former}",
        MERGES,
    )
    yield ParticipantIdChanged(former=command.former, current=command.current, on=command.on)


DECISIONS: Decisions = {
    VerifyTrn: verify_trn,
    ChangeName: change_name,
    ChangeParticipantId: change_participant_id,
}
