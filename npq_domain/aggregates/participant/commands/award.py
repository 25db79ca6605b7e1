"""What may be asked about the award."""

from datetime import date

from attrs import field, frozen

from npq_domain.aggregates.participant import gates
from npq_domain.aggregates.participant.commands.ground import enrolled, in_order
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.award import (
    AwardRevoked,
    MastersCreditReported,
    QualificationAwarded,
)
from npq_domain.decider import Decisions, Facts, refuse_if, require
from npq_domain.errors import refusal
from npq_domain.personal import Personal, personal

CREDITS = "OLP NPQ comparison, Master's credits"


@frozen(kw_only=True)
class AwardQualification:
    """Award the NPQ."""

    on: date


def award_qualification(command: AwardQualification, it: Participant) -> Facts:
    if it.award.awarded is not None:
        return
    if it.award.revoked is not None:
        in_order(command.on, it.award.revoked.on, "revoked")
    requirements = tuple(gates.award(it, command.on))
    require(*requirements, code="award_conditions_unmet")
    yield QualificationAwarded(basis=tuple(each.because for each in requirements), on=command.on)


@frozen(kw_only=True)
class RevokeAward:
    """Take the award back."""

    reason: Personal[str] = field(converter=personal)
    on: date


def revoke_award(command: RevokeAward, it: Participant) -> Facts:
    if it.award.awarded is not None:
        in_order(command.on, it.award.awarded.on, "awarded")
        yield AwardRevoked(reason=command.reason, on=command.on)
        return
    refuse_if(it.award.revoked is None, "not_awarded", "nothing was awarded", gates.AWARD)


@frozen(kw_only=True)
class ReportMastersCredit:
    """A university reported how many credits it gives towards a master's degree."""

    university: str
    credits: int
    on: date


def report_masters_credit(command: ReportMastersCredit, it: Participant) -> Facts:
    if it.award.awarded is None:
        raise refusal("not_awarded", "credits follow the award, and nothing was awarded", CREDITS)
    in_order(command.on, it.award.awarded.on, "awarded")
    rule = enrolled(it).credits
    others = sum(it.award.credits.values()) - it.award.credits.get(command.university, 0)
    most = rule.most if rule else None
    refuse_if(
        command.credits < 0 or (most is not None and others + command.credits > most),
        "credits_out_of_range",
        f"{command.credits} credits beside {others} from elsewhere,"
        f" of {'any number' if most is None else most} possible",
        rule.source if rule else CREDITS,
    )
    if it.award.credits.get(command.university) != command.credits:
        yield MastersCreditReported(
            university=command.university, credits=command.credits, on=command.on
        )


DECISIONS: Decisions = {
    AwardQualification: award_qualification,
    RevokeAward: revoke_award,
    ReportMastersCredit: report_masters_credit,
}
