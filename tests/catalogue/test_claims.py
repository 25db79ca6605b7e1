"""Rules about declarations as data: a provider's own, its partners, and since when DfE's hold."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from npq_domain.catalogue import Catalogue, load, shipped
from npq_domain.catalogue.types import DeclarationType, EvidenceKind, Partnership
from npq_domain.errors import Invalid

PARTNERSHIP = """\
[[partnership]]
provider = "UCL"
cohort = "2024a"
partners = ["Exchange Teaching Hub"]
source = "npq_domain, our own rule: partners"
"""

SPECIFICATION = """\
[[specification]]
framework = "reform"
provider = "UCL"
programme = "NPQSL"
version = 7
source = "npq_domain, our own rule: declarations"

[specification.assessment]
kind = "none"
source = "npq_domain, our own rule: declarations"

[specification.declarations]
in_order = true
source = "npq_domain, our own rule: declarations"
evidence = [
    { type = "started", kinds = ["training-event-attended"] },
    { type = "retained-1", kinds = ["training-event-attended", "self-study-material-completed"] },
]
"""


def loaded(tmp_path: Path, text: str) -> Catalogue:
    file = tmp_path / "own.toml"
    file.write_text(text)
    return load(file, on_top_of=shipped())


def test_a_provider_writes_its_own_rule_into_a_specification(tmp_path: Path) -> None:
    found = loaded(tmp_path, SPECIFICATION).specification("reform/UCL/NPQSL/7")
    assert found
    rule = found.declarations
    assert rule
    assert (rule.in_order, rule.active) == (True, False)
    assert rule.kinds(DeclarationType.STARTED) == (EvidenceKind.TRAINING_EVENT_ATTENDED,)
    assert rule.kinds(DeclarationType.COMPLETED) == ()


def test_no_shipped_specification_asks_for_more_than_dfe() -> None:
    assert not [it.key for it in shipped().specifications if it.declarations]


def test_partners_are_known_for_a_provider_and_a_cohort_by_any_name_of_it(tmp_path: Path) -> None:
    found = loaded(tmp_path, PARTNERSHIP)
    expected = Partnership(
        provider="UCL",
        cohort="2024a",
        partners=("Exchange Teaching Hub",),
        source="npq_domain, our own rule: partners",
    )
    assert found.partners("UCL", "2024a") == expected
    assert found.partners("UCL", "2024") == expected
    assert found.partners("UCL", "2023a") is None
    assert found.partners("BPN", "2024a") is None


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (PARTNERSHIP.replace("UCL", "LCU"), "there is no provider 'LCU'"),
        (PARTNERSHIP.replace("2024a", "2024"), "'2024' is another name of funding_cohort '2024a'"),
        (PARTNERSHIP.replace("2024a", "1999a"), "there is no funding_cohort '1999a'"),
        (PARTNERSHIP.replace('["Exchange Teaching Hub"]', "[]"), "partners: names none"),
        (PARTNERSHIP.replace('["E', '["A", "A", "E'), "partners: names a partner twice"),
        (PARTNERSHIP + PARTNERSHIP, "is there already"),
        (
            SPECIFICATION.replace("retained-1", "started"),
            "evidence[1].type: started is there twice",
        ),
        (SPECIFICATION.replace('["training-event-attended"]', "[]"), "[0].kinds: names none"),
        (
            SPECIFICATION.replace("self-study-material-completed", "training-event-attended"),
            "evidence[1].kinds: names a kind twice",
        ),
        (SPECIFICATION.replace("retained-1", "retained-3"), "none of started, retained-1"),
        (SPECIFICATION.replace("self-study", "selfish"), "none of training-event-attended"),
        (SPECIFICATION.replace("in_order = true", "in_ordre = true"), "in_order is meant?"),
        (
            SPECIFICATION[: SPECIFICATION.index("evidence")].replace("in_order = true\n", ""),
            "asks for nothing",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_with_its_place(
    tmp_path: Path, text: str, fault: str
) -> None:
    with pytest.raises(Invalid) as caught:
        loaded(tmp_path, text)
    assert fault in str(caught.value)


SINCE = {
    "clawback": date(2022, 8, 24),
    "has_passed": date(2023, 1, 26),
    "outcomes": date(2023, 1, 26),
    "delivery_partner": date(2025, 5, 19),
    "outcomes_after_transfer": date(2026, 7, 28),
}


@pytest.mark.parametrize(("name", "since"), SINCE.items())
def test_a_rule_of_dfe_s_holds_since_its_day_and_not_the_day_before(name: str, since: date) -> None:
    assert shipped().rule(name, since, "reform")
    assert shipped().rule(name, since - timedelta(days=1), "reform") is None


@pytest.mark.parametrize(
    ("cohort", "concerned"),
    [("2021a", False), ("2023a", False), ("2024a", True), ("2026b", True), (None, False)],
)
def test_delivery_partners_are_named_from_cohort_2024_on(
    cohort: str | None, concerned: bool
) -> None:
    rule = shipped().dated_rule("delivery_partner")
    assert rule
    assert rule.concerns(cohort) is concerned
