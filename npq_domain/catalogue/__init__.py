"""What is offered, as data: programmes, frameworks, providers and specifications, with sources.

`shipped()` is what comes with this library; `load("folder", on_top_of=shipped())` adds to it.
"""

from npq_domain.catalogue.loading import Catalogue, load, shipped
from npq_domain.catalogue.types import (
    Document,
    Framework,
    FundingCohort,
    Programme,
    Provider,
    Schedule,
    Scholarship,
    Specification,
)

__all__ = [
    "Catalogue",
    "Document",
    "Framework",
    "FundingCohort",
    "Programme",
    "Provider",
    "Schedule",
    "Scholarship",
    "Specification",
    "load",
    "shipped",
]
