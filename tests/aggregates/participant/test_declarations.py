"""Declarations: DfE's rules in DfE's order, the provider's own, voids, states and outcomes."""

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from attrs import evolve

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.commands.declarations import Evidence, in_england
from npq_domain.aggregates.participant.evidence import evidence_intact, examine
from npq_domain.aggregates.participant.facts import Participant
from npq_domain.aggregates.participant.facts.application import FundingStated, Setting
from npq_domain.aggregates.participant.facts.declarations import (
    DeclarationStateReported,
    DeclarationVoided,
    DeliveryPartnerChanged,
    EvidenceLink,
    OutcomeReported,
    OutcomeState,
)
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.aggregates.participant.facts.training import (
    DeferralReason,
    TrainingDeferred,
    TrainingResumed,
    TrainingWithdrawn,
    TransferredIn,
    TransferredOut,
    WithdrawalReason,
)
from npq_domain.calendar import add_days, midnight
from npq_domain.catalogue.types import (
    EvidenceKind,
)
from npq_domain.personal import Personal
from npq_domain.policies.declarations import LIVE, DeclarationState
from npq_domain.testing import Scene, given
from npq_domain.testing.clock import last_instant
from tests.aggregates.claims import (
    APPLIES,
    COMPLETED,
    DAY,
    FIRST,
    FIVE,
    FOUR,
    LATER,
    LITERACY,
    NOON,
    ONE,
    PARTNERS,
    RULES,
    SECOND,
    SPRING,
    STARTED,
    STRICT,
    THREE,
    TWO,
    claim,
    completion,
    declared,
    heard,
    made,
    somebody,
)
from tests.aggregates.ground import COACHING_OFFER, SENIOR

# What a claim makes


def test_a_claim_says_what_is_declared_by_whom_of_which_course_in_which_schedule() -> None:
    somebody().when(claim()).then(made())


def test_a_claim_asked_again_is_the_same_claim() -> None:
    somebody(SENIOR, claim()).when(claim()).then_nothing()


@pytest.mark.parametrize(
    "other",
    [
        {"declared_at": NOON - timedelta(days=1)},
        {"type": FIRST},
        {"delivery_partner": "Exchange Teaching Hub"},
        {"evidence": (Evidence(version=1, kind=EvidenceKind.OTHER),)},
    ],
)
def test_an_id_is_not_used_for_another_claim(other: dict[str, Any]) -> None:
    somebody(SENIOR, claim()).when(claim(**other)).then_refused("already_declared")


def test_a_pass_and_a_fail_are_not_one_claim() -> None:
    scene = somebody(SENIOR, completion())
    scene.when(completion()).then_nothing()
    scene.when(completion(has_passed=False)).then_refused("already_declared")


def test_what_was_claimed_twice_under_two_ids_is_claimed_once() -> None:
    somebody(SENIOR, claim()).when(claim(id=TWO)).then_refused("already_declared")


@pytest.mark.parametrize("state", ["eligible", "payable", "paid"])
def test_a_live_declaration_keeps_another_of_its_type_away(state: str) -> None:
    scene = somebody(SENIOR, claim(), heard(state))
    scene.when(claim(id=TWO)).then_refused("already_declared")


@pytest.mark.parametrize("state", ["ineligible", "voided", "awaiting-clawback", "clawed-back"])
def test_one_that_is_not_live_makes_room_for_another(state: str) -> None:
    somebody(SENIOR, claim(), heard(state)).when(claim(id=TWO)).then(made(id=TWO))


def test_there_may_be_a_declaration_of_each_type_in_any_order() -> None:
    second = claim(id=TWO, type=SECOND)
    somebody(SENIOR, claim(), second).when(claim(id=THREE, type=FIRST)).then(
        made(id=THREE, type=FIRST)
    )


# DfE's rules, one by one


def test_a_claim_names_the_participant_by_their_present_id() -> None:
    moved = ask.ChangeParticipantId(former="p-1", current="p-2", on=date(2023, 10, 9))
    scene = somebody(SENIOR, moved)
    scene.when(claim(participant_id="p-1")).then_refused("stale_participant_id")
    scene.when(claim(participant_id="p-2")).then(made(participant_id="p-2"))
    scene.when(claim()).then(made(participant_id="p-2"))


def test_nothing_is_declared_of_whom_nobody_accepted() -> None:
    registered = declared()[:1]
    scene = given(participant, *registered, catalogue=RULES)
    scene.when(claim()).then_refused("not_accepted", "not_accepted", "schedule_missing")
    given(participant, catalogue=RULES).when(claim()).then_refused("registration_missing")


def test_nothing_is_declared_before_the_acceptance_and_something_on_its_day() -> None:
    at, early = APPLIES - timedelta(hours=1), date(2023, 9, 19)
    codes = ("not_accepted", "before_schedule")
    soon = claim(declared_at=at - timedelta(days=30), on=early)
    somebody().when(soon).then_refused("not_accepted", *codes)
    somebody().when(evolve(soon, on=date(2023, 9, 20))).then_refused("before_schedule")


def test_who_has_gone_to_another_provider_is_declared_by_that_one() -> None:
    gone = TransferredOut(to="BPN", successor=None, sha256=None, on=date(2024, 1, 8))
    after = claim(on=date(2024, 1, 9))
    somebody(SENIOR, gone).when(after).then_refused("transferred_out")
    somebody(SENIOR).when(after).then(made(claimed_on=after.on))


WITHDRAWN = TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=date(2024, 1, 8))


def test_what_is_declared_of_a_withdrawn_participant_was_before_the_withdrawal() -> None:
    on = date(2024, 1, 9)
    first, last = midnight(WITHDRAWN.on), midnight(WITHDRAWN.on) - timedelta(microseconds=1)
    scene = somebody(SENIOR, WITHDRAWN)
    scene.when(claim(declared_at=first, on=on)).then_refused("declared_after_withdrawal")
    scene.when(claim(declared_at=last, on=on)).then(made(at=last, claimed_on=on))


def test_who_has_come_back_after_a_withdrawal_is_declared_as_any_other() -> None:
    back = TrainingResumed(rejoined=None, carried=(), on=date(2024, 3, 4))
    at = midnight(WITHDRAWN.on)
    scene = somebody(SENIOR, WITHDRAWN, back)
    scene.when(claim(declared_at=at, on=back.on)).then(made(at=at, claimed_on=back.on))


@pytest.mark.parametrize("course", ["npq-headship", "NPQSL", "npq-no-such-course", ""])
def test_the_course_is_that_of_the_application_by_dfe_s_identifier(course: str) -> None:
    somebody().when(claim(course_identifier=course)).then_refused("course_mismatch")
    somebody().when(claim(course_identifier="npq-senior-leadership")).then(made())


def test_the_two_coaching_offers_count_as_one_course() -> None:
    scene = somebody(COACHING_OFFER)
    at = datetime(2023, 11, 24, 12, tzinfo=UTC)
    scene.when(claim(course_identifier="npq-additional-support-offer", declared_at=at)).then(
        made(
            programme="EHCO",
            course_identifier="npq-additional-support-offer",
            schedule="npq-ehco-november",
        )
    )


def test_a_date_is_neither_ahead_nor_before_the_schedule_applies() -> None:
    second = timedelta(microseconds=1)
    scene = somebody()
    scene.when(claim(declared_at=APPLIES)).then(made(at=APPLIES))
    scene.when(claim(declared_at=APPLIES - second)).then_refused("before_schedule")
    scene.when(claim(), now=NOON).then(made())
    scene.when(claim(), now=NOON - second).then_refused("future_dated")


def test_before_the_schedule_is_said_before_ahead_and_that_before_the_type() -> None:
    on = date(2023, 9, 25)
    early = claim(type=SECOND, declared_at=midnight(date(2023, 9, 30)), on=on)
    somebody(LITERACY).when(early, now=last_instant(on)).then_refused(
        "before_schedule", "before_schedule", "future_dated", "declaration_type_not_allowed"
    )


def test_a_claim_that_is_recorded_late_was_not_ahead_of_its_own_day() -> None:
    last = last_instant(DAY)
    scene = somebody()
    scene.when(claim(declared_at=last)).then(made(at=last))
    after = midnight(add_days(DAY, 1))
    scene.when(claim(declared_at=after)).then_refused("future_dated")


def test_a_date_without_an_offset_is_no_date() -> None:
    with pytest.raises(ValueError, match="says no UTC offset"):
        claim(declared_at=datetime(2023, 11, 24, 12))  # noqa: DTZ001


def test_where_no_schedule_is_known_nothing_is_declared() -> None:
    somebody(SENIOR, cohort=None).when(claim()).then_refused("schedule_missing")


def test_specialists_have_no_second_retained_declaration() -> None:
    second = claim(type=SECOND)
    somebody(LITERACY).when(second).then_refused("declaration_type_not_allowed")
    somebody(SENIOR).when(second).then(made(type=SECOND))


ELIGIBLE = FundingStated(eligible=True)


def test_what_dfe_pays_for_needs_a_statement_that_is_open_that_day() -> None:
    scene = somebody(SENIOR, funding=ELIGIBLE)
    scene.when(claim(statement_deadline=DAY)).then(made())
    scene.when(claim(statement_deadline=DAY - timedelta(days=1))).then_refused("no_open_statement")
    scene.when(claim()).then(made())


def test_a_place_that_is_not_funded_needs_no_statement_whoever_is_eligible() -> None:
    late = claim(
        declared_at=datetime(2025, 5, 1, tzinfo=UTC),
        statement_deadline=date(2025, 5, 17),
        on=date(2025, 5, 18),
    )
    assert in_2024(Setting(), funding=ELIGIBLE).when(late).facts
    funded = in_2024(Setting(), funding=ELIGIBLE, place=True)
    funded.when(late).then_refused("no_open_statement")
    assert funded.when(evolve(late, statement_deadline=late.on)).facts


def test_what_dfe_does_not_pay_for_needs_none() -> None:
    late = claim(statement_deadline=DAY - timedelta(days=1))
    somebody(SENIOR, funding=FundingStated(eligible=False)).when(late).then(made())
    somebody(SENIOR).when(late).then(made())


@pytest.mark.parametrize("passed", [True, False])
def test_who_has_completed_has_passed_or_not_and_dfe_has_an_outcome(passed: bool) -> None:
    somebody().when(completion(has_passed=passed)).then(
        made(id=FOUR, type=COMPLETED, has_passed=passed, claimed_on=LATER, at=SPRING),
        OutcomeReported(
            declaration=FOUR,
            state=OutcomeState.PASSED if passed else OutcomeState.FAILED,
            completion_date=SPRING.date(),
            on=LATER,
        ),
    )


def test_a_completed_declaration_without_it_is_refused_and_any_other_with_it() -> None:
    somebody().when(completion(has_passed=None)).then_refused("has_passed_required")
    somebody().when(claim(has_passed=False)).then_refused("has_passed_not_allowed")


def test_a_course_without_an_outcome_is_completed_without_one() -> None:
    done = completion(declared_at=SPRING)
    scene = somebody(COACHING_OFFER)
    scene.when(done).then_refused("has_passed_not_allowed")
    assert len(scene.when(evolve(done, has_passed=None)).facts) == 1


def test_has_passed_is_mandatory_since_26_january_2023_and_not_before() -> None:
    early = date(2022, 10, 3)
    scene = given(
        participant,
        *[
            evolve(it, on=date(2022, 9, 1))
            for it in declared(cohort="2022a")
            if not isinstance(it, ask.Enrol)
        ],
        catalogue=RULES,
    )
    at = midnight(early)
    before, after = date(2023, 1, 25), date(2023, 1, 26)
    told = completion(declared_at=at, has_passed=None, on=before)
    assert len(scene.when(told).facts) == 1
    scene.when(evolve(told, on=after)).then_refused("has_passed_required")


# Delivery partners

AUTUMN = date(2025, 9, 1)
INSIDE, OUTSIDE = Setting(country="England", in_uk=True), Setting(country="wales", in_uk=True)


def in_2024(
    setting: Setting, cohort: str = "2024a", *more: Any, place: bool = False, **told: Any
) -> Scene[Participant]:
    """Somebody accepted in a later cohort, from somewhere."""
    given_one = place if cohort > "2024" else None
    asked = [
        evolve(it, on=date(2024, 9, 20), funded_place=given_one)
        if isinstance(it, ask.Accept)
        else it
        for it in declared(cohort=cohort, setting=setting, **told)
        if not isinstance(it, ask.Enrol)
    ]
    return given(participant, *asked, *more, catalogue=RULES)


def with_partner(**other: Any) -> ask.Declare:
    at = datetime(2025, 5, 1, tzinfo=UTC)
    return claim(**{"declared_at": at, "on": AUTUMN} | other)


HUB, OTHER_HUB = PARTNERS.partners


def test_inside_england_the_delivery_partner_is_named_from_cohort_2024_on() -> None:
    in_2024(INSIDE).when(with_partner()).then_refused("delivery_partner_required")
    assert in_2024(INSIDE).when(with_partner(delivery_partner=HUB)).facts
    assert in_2024(INSIDE, "2023a").when(with_partner()).facts


def test_outside_england_no_delivery_partner_is_named() -> None:
    named = with_partner(delivery_partner=HUB)
    in_2024(OUTSIDE).when(named).then_refused("delivery_partner_not_allowed")
    assert in_2024(OUTSIDE).when(with_partner()).facts


def test_where_nobody_knows_from_where_an_application_comes_either_will_do() -> None:
    assert in_2024(Setting()).when(with_partner()).facts
    assert in_2024(Setting()).when(with_partner(delivery_partner=HUB)).facts


def test_the_delivery_partner_is_mandatory_since_19_may_2025() -> None:
    last = date(2025, 5, 18)
    assert in_2024(INSIDE).when(with_partner(on=last)).facts
    after = with_partner(on=date(2025, 5, 19))
    in_2024(INSIDE).when(after).then_refused("delivery_partner_required")


def test_a_delivery_partner_is_one_of_the_provider_s_for_that_cohort() -> None:
    stranger = with_partner(delivery_partner="A Hub Elsewhere")
    in_2024(INSIDE).when(stranger).then_refused("unknown_delivery_partner")
    assert in_2024(INSIDE, "2023a").when(stranger).facts  # of 2023 no list is known
    second = with_partner(delivery_partner=HUB, secondary_delivery_partner="A Hub Elsewhere")
    in_2024(INSIDE).when(second).then_refused("unknown_delivery_partner")


def test_a_second_partner_needs_a_first_and_is_another() -> None:
    scene = in_2024(INSIDE, "2023a")
    alone = with_partner(secondary_delivery_partner=HUB)
    scene.when(alone).then_refused("delivery_partner_required")
    scene.when(evolve(alone, delivery_partner=HUB)).then_refused("delivery_partner_not_allowed")
    both = evolve(alone, delivery_partner=OTHER_HUB)
    (fact,) = scene.when(both).facts
    assert (fact.delivery_partner, fact.secondary_delivery_partner) == (OTHER_HUB, HUB)


def test_a_claim_is_given_other_partners_by_the_same_rules() -> None:
    on = date(2025, 9, 2)
    change = ask.ChangeDeliveryPartner(id=ONE, delivery_partner=OTHER_HUB, on=on)
    fact = DeliveryPartnerChanged(
        id=ONE, delivery_partner=OTHER_HUB, secondary_delivery_partner=None, on=on
    )
    named = with_partner(delivery_partner=HUB)
    scene = in_2024(INSIDE, "2024a", named)
    scene.when(change).then(fact)
    scene.when(evolve(change, delivery_partner=HUB)).then_nothing()
    stranger = evolve(change, delivery_partner="A Hub Elsewhere")
    scene.when(stranger).then_refused("unknown_delivery_partner")
    twice = evolve(change, secondary_delivery_partner=OTHER_HUB)
    scene.when(twice).then_refused("delivery_partner_not_allowed")
    scene.when(evolve(change, on=date(2025, 8, 31))).then_refused("out_of_order")
    in_2024(INSIDE).when(change).then_refused("unknown_declaration")
    outside = in_2024(OUTSIDE, "2024a", with_partner())
    outside.when(change).then_refused("delivery_partner_not_allowed")
    after = in_2024(INSIDE, "2024a", named, change)
    after.when(change).then_nothing()
    claims = after.state.declarations
    assert claims.named(claims.made[ONE]) == (OTHER_HUB, None)
    came = evolve(CAME, on=on)
    in_2024(INSIDE, "2024a", named, came).when(change).then_refused("not_the_creator")


@pytest.mark.parametrize(
    ("country", "in_uk", "inside"),
    [
        ("England", True, True),
        (" england", None, True),
        ("GBR", True, True),
        ("United Kingdom of Great Britain and Northern Ireland", True, True),
        ("wales", True, False),
        ("jersey_guernsey_isle_of_man", False, False),
        ("FRA", False, False),
        (None, True, True),
        (None, False, False),
        (None, None, None),
    ],
)
def test_inside_england_is_what_the_application_says(
    country: str | None, in_uk: bool | None, inside: bool | None
) -> None:
    assert in_england(Setting(country=country, in_uk=in_uk)) is inside


# All at once


def test_everything_that_is_wrong_is_told_in_dfe_s_order_and_the_first_decides() -> None:
    scene = somebody(
        LITERACY,
        claim(id=FIVE, declared_at=NOON),
        TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=DAY),
        funding=ELIGIBLE,
    )
    wrong = claim(
        participant_id="p-9",
        course_identifier="npq-headship",
        type=SECOND,
        declared_at=NOON,
        statement_deadline=DAY - timedelta(days=1),
        has_passed=True,
        secondary_delivery_partner=HUB,
        evidence=(Evidence(version=99, kind=EvidenceKind.OTHER),),
    )
    scene.when(wrong, now=NOON - timedelta(hours=1)).then_refused(
        "stale_participant_id",
        "stale_participant_id",
        "declared_after_withdrawal",
        "course_mismatch",
        "future_dated",
        "declaration_type_not_allowed",
        "no_open_statement",
        "has_passed_not_allowed",
        "delivery_partner_required",
        "unknown_fact",
    )
    again = evolve(wrong, participant_id=None, type=STARTED)
    scene.when(again).then_refused(
        "declared_after_withdrawal",
        "declared_after_withdrawal",
        "course_mismatch",
        "no_open_statement",
        "has_passed_not_allowed",
        "already_declared",
        "delivery_partner_required",
        "unknown_fact",
    )


# The provider's own rules

SESSION = ask.RecordAttendance(component="induction", minutes=120, on=date(2023, 10, 5))
SEEN = AttendanceRecorded(component="induction", minutes=120, mode=None, on=date(2023, 10, 5))


def strictly(*more: Any, **told: Any) -> Scene[Participant]:
    """Somebody at a provider that declares in order and on evidence, with a session attended."""
    return somebody(STRICT, SEEN, *more, **told)


def at_version(scene: Scene[Participant], kind: type) -> int:
    """The version of the first fact of a kind."""
    return next(number for number, it in enumerate(scene.facts, 1) if isinstance(it, kind))


def evidence_of(scene: Scene[Participant], kind: str = "training-event-attended") -> Any:
    version = at_version(scene, AttendanceRecorded)
    return (Evidence(version=version, kind=EvidenceKind(kind)),)


def test_where_a_provider_asks_for_it_types_are_declared_in_their_order() -> None:
    scene = strictly()
    second = claim(id=THREE, type=SECOND)
    scene.when(second).then_refused("out_of_sequence")
    supported = claim(evidence=evidence_of(scene))
    both = (*evidence_of(scene), *evidence_of(scene, "other"))
    strictly(supported).when(second).then_refused("out_of_sequence")
    first = claim(id=TWO, type=FIRST, evidence=both)
    strictly(supported).when(first).then_refused("evidence_missing")
    somebody(SENIOR).when(second).then(made(id=THREE, type=SECOND))


def test_everything_that_comes_before_is_declared_and_not_the_last_of_it_alone() -> None:
    second, before = claim(id=THREE, type=SECOND), made(id=TWO, type=FIRST)
    strictly(before).when(second).then_refused("out_of_sequence")
    strictly(made(), before).when(second).then(made(id=THREE, type=SECOND))


def test_a_voided_declaration_does_not_count_as_declared_before() -> None:
    supported = claim(evidence=evidence_of(strictly()))
    gone = ask.VoidDeclaration(id=ONE, reason=Personal("a slip"), on=DAY)
    first = claim(id=TWO, type=FIRST)
    strictly(supported, gone).when(first).then_refused(
        "out_of_sequence", "out_of_sequence", "evidence_missing"
    )


def test_where_a_provider_asks_for_it_a_claim_rests_on_evidence() -> None:
    scene = strictly()
    scene.when(claim()).then_refused("evidence_missing")
    scene.when(claim(evidence=evidence_of(scene, "other"))).then_refused("evidence_missing")
    (fact,) = scene.when(claim(evidence=evidence_of(scene))).facts
    assert [it.kind for it in fact.evidence] == [EvidenceKind.TRAINING_EVENT_ATTENDED]


def test_where_a_provider_asks_for_it_nobody_is_declared_while_deferred() -> None:
    away = TrainingDeferred(
        reason=DeferralReason.CAREER_BREAK, expected_return=None, on=date(2023, 11, 1)
    )
    scene = strictly(away)
    scene.when(claim(evidence=evidence_of(scene))).then_refused("not_active")
    somebody(SENIOR, away).when(claim()).then(made())


# Evidence


WRITTEN = (
    b"participant.attendance-recorded.v1\n"
    b'{"component":"induction","minutes":120,"mode":null,"on":"2023-10-05"}'
)


def test_a_claim_links_to_the_facts_that_support_it_with_their_hashes() -> None:
    scene = somebody(SENIOR, SESSION)
    version = at_version(scene, AttendanceRecorded)
    (fact,) = scene.when(claim(evidence=evidence_of(scene))).facts
    assert fact == made(
        evidence=(
            EvidenceLink(
                version=version,
                fact="participant.attendance-recorded.v1",
                sha256=sha256(WRITTEN).hexdigest(),
                kind=EvidenceKind.TRAINING_EVENT_ATTENDED,
            ),
        )
    )


def test_evidence_is_a_fact_that_is_there_stands_is_of_the_kind_and_had_happened() -> None:
    scene = somebody(SENIOR, SESSION)
    version = at_version(scene, AttendanceRecorded)

    def on(number: int, kind: str = "training-event-attended") -> ask.Declare:
        return claim(evidence=(Evidence(version=number, kind=EvidenceKind(kind)),))

    assert scene.when(on(version)).facts
    for number in (0, -1, len(scene.facts) + 1):
        scene.when(on(number)).then_refused("unknown_fact")
    scene.when(on(version, "self-study-material-completed")).then_refused("evidence_not_of_kind")
    early = evolve(on(version), declared_at=midnight(SESSION.on) - timedelta(microseconds=1))
    scene.when(early).then_refused("out_of_order")
    assert scene.when(evolve(early, declared_at=midnight(SESSION.on))).facts
    void = ask.VoidFact(version=version, reason=Personal("a slip"), on=DAY)
    somebody(SENIOR, SESSION, void).when(on(version)).then_refused("already_voided")


def test_evidence_holds_until_it_is_voided_or_says_something_else() -> None:
    before = somebody(SENIOR, SESSION)
    version = at_version(before, AttendanceRecorded)
    scene = somebody(SENIOR, SESSION, claim(evidence=evidence_of(before)))
    history, fact = scene.past.history, scene.state.declarations.made[ONE]
    assert evidence_intact(history, fact)

    void = ask.VoidFact(version=version, reason=Personal("a slip"), on=DAY)
    gone = somebody(SENIOR, SESSION, claim(evidence=evidence_of(before)), void).past.history
    assert not evidence_intact(gone, fact)
    assert [(it.matches, it.voided_by) for it in examine(gone, fact)] == [(True, len(gone))]

    altered = evolve(
        scene.past,
        facts=tuple(
            evolve(it, minutes=60) if isinstance(it, AttendanceRecorded) else it
            for it in scene.facts
        ),
    )
    assert not evidence_intact(altered.history, fact)
    assert not evidence_intact(history[:3], fact)
    assert evidence_intact((), made())


# Voids


REASON = Personal("declared in error")
VOID = ask.VoidDeclaration(id=ONE, reason=REASON, on=date(2024, 1, 8))
GONE = DeclarationVoided(id=ONE, state=DeclarationState.VOIDED, reason=REASON, on=VOID.on)


@pytest.mark.parametrize("state", ["submitted", "eligible", "payable", "ineligible"])
def test_what_was_not_paid_is_voided(state: str) -> None:
    somebody(SENIOR, claim(), heard(state)).when(VOID).then(GONE)


def test_what_was_paid_is_clawed_back_on_an_open_statement() -> None:
    scene = somebody(SENIOR, claim(), heard("paid"))
    scene.when(VOID).then_refused("no_open_statement")
    late = evolve(VOID, statement_deadline=VOID.on - timedelta(days=1))
    scene.when(late).then_refused("no_open_statement")
    scene.when(evolve(VOID, statement_deadline=VOID.on)).then(
        evolve(GONE, state=DeclarationState.AWAITING_CLAWBACK)
    )


def test_what_was_paid_is_voided_since_24_august_2022_and_not_before() -> None:
    asked = [
        evolve(it, on=date(2022, 4, 1))
        for it in declared(cohort="2021a")
        if not isinstance(it, ask.Enrol)
    ]
    on = date(2022, 5, 2)
    started = claim(declared_at=midnight(on), on=on)
    scene = given(participant, *asked, started, heard("paid", on=on), catalogue=RULES)
    first = date(2022, 8, 24)
    void = evolve(VOID, statement_deadline=first, on=first)
    scene.when(evolve(void, on=first - timedelta(days=1))).then_refused("not_voidable")
    scene.when(void).then(evolve(GONE, state=DeclarationState.AWAITING_CLAWBACK, on=first))


@pytest.mark.parametrize("state", ["voided", "awaiting-clawback", "clawed-back"])
def test_what_is_taken_back_is_not_taken_back_again(state: str) -> None:
    somebody(SENIOR, claim(), heard(state)).when(VOID).then_refused("already_voided")


def test_a_void_asked_again_is_the_same_void_and_for_another_reason_it_is_refused() -> None:
    scene = somebody(SENIOR, claim(), VOID)
    scene.when(evolve(VOID, on=date(2024, 1, 9))).then_nothing()
    scene.when(evolve(VOID, reason=Personal("another"))).then_refused("already_voided")


def test_a_void_is_of_a_claim_that_was_made_and_not_before_it() -> None:
    somebody(SENIOR).when(VOID).then_refused("unknown_declaration")
    early = evolve(VOID, on=DAY - timedelta(days=1))
    somebody(SENIOR, claim()).when(early).then_refused("out_of_order")


CAME = TransferredIn(
    provider="BPN",
    former_provider="UCL",
    predecessor=UUID(int=9),
    sha256="ab" * 32,
    facts=9,
    on=date(2024, 1, 2),
)


def test_a_declaration_stays_its_creator_s_across_a_transfer_and_only_they_void_it() -> None:
    scene = somebody(SENIOR, claim(), CAME)
    scene.when(VOID).then_refused("not_the_creator")
    after = claim(id=TWO, type=FIRST, on=date(2024, 3, 4))
    (own,) = scene.when(after).facts
    assert own.provider == "BPN"
    mine = somebody(SENIOR, claim(), CAME, after)
    assert mine.when(evolve(VOID, id=TWO, on=date(2024, 3, 5))).facts


def test_with_a_completed_declaration_falls_its_outcome() -> None:
    scene = somebody(SENIOR, completion())
    void = ask.VoidDeclaration(id=FOUR, reason=REASON, on=LATER)
    scene.when(void).then(
        evolve(GONE, id=FOUR, on=LATER),
        OutcomeReported(
            declaration=FOUR,
            state=OutcomeState.VOIDED,
            completion_date=SPRING.date(),
            on=LATER,
        ),
    )
    started = somebody(SENIOR, claim(), completion())
    started.when(evolve(VOID, on=LATER)).then(evolve(GONE, on=LATER))


# States reported


@pytest.mark.parametrize("state", list(DeclarationState))
def test_a_state_that_dfe_reports_is_recorded_and_the_same_again_is_nothing(
    state: DeclarationState,
) -> None:
    fact = DeclarationStateReported(id=ONE, state=state, statement="s-1", on=DAY)
    told = ask.ReportDeclarationState(id=ONE, state=state, statement="s-1", on=DAY)
    scene = somebody(SENIOR, claim())
    scene.when(told).then(fact)
    again = somebody(SENIOR, claim(), told)
    again.when(evolve(told, on=DAY + timedelta(days=7))).then_nothing()
    assert again.state.declarations.state(ONE) is state
    assert bool(again.state.declarations.live) is (state in LIVE)


def test_states_are_read_with_dashes_or_underscores_and_written_with_dashes() -> None:
    assert DeclarationState("awaiting_clawback") is DeclarationState("awaiting-clawback")
    assert DeclarationState("clawed_back").value == "clawed-back"
    with pytest.raises(ValueError, match="lost"):
        DeclarationState("lost")


def test_a_report_is_of_a_claim_that_was_made_and_not_older_than_the_last() -> None:
    somebody(SENIOR).when(heard("paid")).then_refused("unknown_declaration")
    scene = somebody(SENIOR, claim(), heard("eligible", on=DAY + timedelta(days=2)))
    scene.when(heard("payable", on=DAY + timedelta(days=1))).then_refused("out_of_order")
    early = heard("eligible", on=DAY - timedelta(days=1))
    somebody(SENIOR, claim()).when(early).then_refused("out_of_order")


@pytest.mark.parametrize(
    ("first", "then", "unexpected"),
    [
        ("submitted", "paid", False),
        ("payable", "eligible", False),
        ("paid", "clawed-back", False),
        ("ineligible", "voided", False),
        ("paid", "eligible", True),
        ("clawed-back", "awaiting-clawback", True),
    ],
)
def test_what_dfe_s_rules_have_no_way_to_is_recorded_and_shown_as_unexpected(
    first: str, then: str, unexpected: bool
) -> None:
    it = somebody(SENIOR, claim(), heard(first), heard(then)).state.declarations
    assert (ONE in it.unexpected) is unexpected
    assert it.state(ONE) is DeclarationState(then)


def test_what_is_ineligible_does_not_become_eligible() -> None:
    scene = somebody(SENIOR, claim(), heard("ineligible"), heard("eligible"))
    assert scene.state.declarations.state(ONE) is DeclarationState.INELIGIBLE
    assert ONE in scene.state.declarations.unexpected


@pytest.mark.parametrize("state", ["submitted", "eligible", "payable", "paid"])
def test_what_was_taken_back_never_counts_again(state: str) -> None:
    scene = somebody(SENIOR, claim(), VOID, heard(state, on=date(2024, 1, 9)))
    assert scene.state.declarations.state(ONE) is DeclarationState.VOIDED
    assert ONE in scene.state.declarations.unexpected
    assert scene.state.declarations.live == ()


@pytest.mark.parametrize("state", ["voided", "awaiting-clawback", "clawed-back"])
def test_an_outcome_falls_too_when_it_is_dfe_that_takes_the_declaration_back(state: str) -> None:
    (_, fallen) = somebody(SENIOR, completion()).when(heard(state, FOUR, LATER)).facts
    assert fallen.state is OutcomeState.VOIDED
    assert len(somebody(SENIOR, completion()).when(heard("paid", FOUR, LATER)).facts) == 1


# Outcomes


def outcome(state: str = "passed", **other: Any) -> ask.ReportOutcome:
    asked = ask.ReportOutcome(
        state=OutcomeState(state), completion_date=date(2025, 9, 5), on=date(2025, 9, 8)
    )
    return evolve(asked, **other)


def told(state: str = "passed", **other: Any) -> OutcomeReported:
    fact = OutcomeReported(
        declaration=FOUR,
        state=OutcomeState(state),
        completion_date=date(2025, 9, 5),
        on=date(2025, 9, 8),
    )
    return evolve(fact, **other)


def test_a_resit_s_outcome_comes_after_the_first_which_stays_on_record() -> None:
    failed = completion(has_passed=False)
    scene = somebody(SENIOR, failed)
    scene.when(outcome()).then(told())
    it = somebody(SENIOR, failed, outcome()).state.declarations
    assert [each.state.value for each in it.outcomes] == ["failed", "passed"]
    assert it.latest_outcome == told()


def test_the_same_outcome_again_is_nothing_and_with_another_date_dfe_passes_over_it() -> None:
    scene = somebody(SENIOR, completion(has_passed=False), outcome())
    scene.when(outcome(on=date(2025, 9, 9))).then_nothing()
    moved = outcome(completion_date=date(2025, 9, 4))
    scene.when(moved).then_refused("outcome_already_reported")


def test_an_outcome_needs_a_completed_declaration_that_stands() -> None:
    somebody(SENIOR, claim()).when(outcome()).then_refused("no_completed_declaration")
    void = ask.VoidDeclaration(id=FOUR, reason=REASON, on=LATER)
    gone = somebody(SENIOR, completion(), void)
    gone.when(outcome()).then_refused("no_completed_declaration")
    unpaid = somebody(SENIOR, completion(has_passed=False), heard("ineligible", FOUR, LATER))
    unpaid.when(outcome()).then(told())


@pytest.mark.parametrize("state", ["voided", "awaiting-clawback", "clawed-back"])
def test_a_completed_declaration_that_dfe_takes_back_has_no_more_outcomes(state: str) -> None:
    gone = somebody(SENIOR, completion(), heard(state, FOUR, LATER))
    gone.when(outcome()).then_refused("no_completed_declaration")


def test_of_two_completed_declarations_an_outcome_is_the_later_one_s() -> None:
    scene = somebody(
        SENIOR,
        completion(has_passed=False),
        heard("ineligible", FOUR, LATER),
        completion(id=FIVE, has_passed=False),
    )
    scene.when(outcome()).then(told(declaration=FIVE))


def test_an_outcome_falls_once_however_far_its_declaration_is_taken_back() -> None:
    paid = heard("paid", FOUR, LATER)
    taken = ask.VoidDeclaration(id=FOUR, reason=REASON, statement_deadline=LATER, on=LATER)
    scene = somebody(SENIOR, completion(), paid, taken)
    assert scene.state.declarations.latest_outcome is not None
    assert scene.state.declarations.latest_outcome.state is OutcomeState.VOIDED
    back = heard("clawed-back", FOUR, LATER)
    scene.when(back).then(
        DeclarationStateReported(id=FOUR, state=back.state, statement=None, on=LATER)
    )


def test_an_outcome_is_completed_on_the_london_day_that_was_declared() -> None:
    late = datetime(2025, 5, 1, 23, 30, tzinfo=UTC)
    void = ask.VoidDeclaration(id=FOUR, reason=REASON, on=LATER)
    scene = somebody(SENIOR, completion(declared_at=late), void)
    days = [each.completion_date for each in scene.state.declarations.outcomes]
    assert days == [date(2025, 5, 2), date(2025, 5, 2)]


def test_an_outcome_is_passed_or_failed_of_a_qualification_and_never_ahead() -> None:
    scene = somebody(SENIOR, completion(has_passed=False))
    scene.when(outcome("voided")).then_refused("not_applicable")
    ahead = outcome(completion_date=date(2025, 9, 9))
    scene.when(ahead).then_refused("future_dated")
    scene.when(outcome(completion_date=date(2025, 9, 8))).then(
        told(completion_date=date(2025, 9, 8))
    )
    coached = somebody(COACHING_OFFER, completion(has_passed=None))
    coached.when(outcome()).then_refused("not_applicable")
    scene.when(outcome(on=date(2023, 1, 25))).then_refused("not_applicable")


def test_an_outcome_is_not_reported_before_the_last() -> None:
    scene = somebody(SENIOR, completion(has_passed=False))
    early = outcome(completion_date=SPRING.date(), on=LATER - timedelta(days=1))
    scene.when(early).then_refused("out_of_order")


def test_of_transferred_applications_outcomes_are_reported_since_28_july_2026() -> None:
    came = evolve(CAME, on=date(2025, 6, 2))
    scene = somebody(SENIOR, completion(has_passed=False), came)
    last, first = date(2026, 7, 27), date(2026, 7, 28)
    scene.when(outcome(on=last)).then_refused("not_the_creator")
    scene.when(outcome(on=first)).then(told(on=first))
