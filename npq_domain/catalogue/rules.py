"""Rules of DfE's service that came in on a day, and rules on how long records are kept."""

from datetime import date
from enum import Enum

from attrs import frozen


@frozen(kw_only=True)
class DatedRule:
    """A rule of DfE's service, and since when, and of which frameworks, it holds."""

    id: str
    since: date
    frameworks: tuple[str, ...] = ()
    """Whose participants it is about; none named: everybody's."""
    first_cohort: int | None = None
    """The year of the first of DfE's cohorts that it is about; none named: all of them."""
    says: str
    source: str

    def concerns(self, cohort: str | None) -> bool:
        """Whether it is about applications of a funding cohort, such as 2024a."""
        return self.first_cohort is None or (cohort or "") >= str(self.first_cohort)

    def holds(self, on: date, framework: str | None = None) -> bool:
        """Whether it holds for a participant of a framework on a day."""
        return self.since <= on and (not self.frameworks or framework in self.frameworks)


class KeptSince(Enum):
    """From when the time counts that records are kept."""

    REGISTERED = "registered"
    ACCEPTED = "accepted"
    CLAIMED = "claimed"
    """The last that was heard of any claim: made, voided, paid, or its outcome told."""
    AWARDED = "awarded"


@frozen(kw_only=True)
class RetentionRule:
    """For how long records are kept. Where what it counts from never was, it asks for nothing."""

    id: str
    years: int
    since: KeptSince
    says: str
    source: str
