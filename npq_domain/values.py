"""What commands take beside plain values: every enumeration and small class, by its name.

`npq commands NAME` shows which field is of which, and what an enumeration may be. Each is made
from the text that DfE and files write: `Mode("online")`, `DeferralReason("parental-leave")`.
"""

from npq_domain.aggregates.participant.commands.declarations import Evidence
from npq_domain.aggregates.participant.facts.appeals import Decision
from npq_domain.aggregates.participant.facts.application import (
    FundingStated,
    PriorApplication,
    RejectionReason,
    Setting,
)
from npq_domain.aggregates.participant.facts.assessment import Outcome
from npq_domain.aggregates.participant.facts.circumstances import (
    Circumstance,
    Effect,
    EffectKind,
    EvidenceRef,
)
from npq_domain.aggregates.participant.facts.declarations import OutcomeState
from npq_domain.aggregates.participant.facts.funding import FundingOverride, FundingRoute
from npq_domain.aggregates.participant.facts.projects import Contrast, CriterionMark
from npq_domain.aggregates.participant.facts.retention import ErasureBasis
from npq_domain.aggregates.participant.facts.training import DeferralReason, WithdrawalReason
from npq_domain.catalogue.funding import (
    EmploymentType,
    HeadteacherStatus,
    Institution,
    KindOfNursery,
    Phase,
    ScholarshipSetting,
    WorkSetting,
)
from npq_domain.catalogue.types import (
    DeclarationType,
    EntryKind,
    EvidenceKind,
    FundingMode,
    Mode,
    Scope,
    Section,
)
from npq_domain.policies.declarations import DeclarationState
from npq_domain.policies.engagement import Excuse
from npq_domain.policies.funding import FundingCase

__all__ = [
    "Circumstance",
    "Contrast",
    "CriterionMark",
    "Decision",
    "DeclarationState",
    "DeclarationType",
    "DeferralReason",
    "Effect",
    "EffectKind",
    "EmploymentType",
    "EntryKind",
    "ErasureBasis",
    "Evidence",
    "EvidenceKind",
    "EvidenceRef",
    "Excuse",
    "FundingCase",
    "FundingMode",
    "FundingOverride",
    "FundingRoute",
    "FundingStated",
    "HeadteacherStatus",
    "Institution",
    "KindOfNursery",
    "Mode",
    "Outcome",
    "OutcomeState",
    "Phase",
    "PriorApplication",
    "RejectionReason",
    "ScholarshipSetting",
    "Scope",
    "Section",
    "Setting",
    "WithdrawalReason",
    "WorkSetting",
]
