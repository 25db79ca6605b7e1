"""The benchmark of funding assesses what it says, and all of it. Nothing here is timed."""

from benchmarks.funding import drawn, held, written
from npq_adapters.inbound.funding_cases import assess_cases
from npq_domain.catalogue import shipped
from npq_domain.catalogue.funding import Institution


def test_every_case_drawn_is_assessed_in_memory_and_from_a_file() -> None:
    cases = [it for it in drawn(300) if it[1].institution is not Institution.NONE]
    report = assess_cases(shipped(), written(cases), "cases.csv")
    assert report.totals == {"assessed": len(cases), "refused": 0, "unreadable": 0}
    assert held(cases) == len(cases) > 200


def test_the_same_seed_draws_the_same_cases() -> None:
    assert list(drawn(20)) == list(drawn(20))
