"""The view of declarations: made, due, overdue, blocked, and on what evidence."""

from datetime import date
from typing import Any

from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.commands.declarations import Evidence
from npq_domain.aggregates.participant.facts.declarations import OutcomeState
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.aggregates.participant.facts.training import (
    TrainingWithdrawn,
    TransferredIn,
    WithdrawalReason,
)
from npq_domain.catalogue.types import EvidenceKind
from npq_domain.personal import Personal
from npq_domain.projections import DeclarationsRow, Seen, declarations, eligibility
from npq_domain.testing import Scene, given
from tests.aggregates.claims import (
    DAY,
    FIRST,
    FOUR,
    LATER,
    ONE,
    RULES,
    STRICT,
    TWO,
    claim,
    completion,
    declared,
    heard,
    somebody,
)
from tests.aggregates.ground import COACHING_OFFER, SENIOR


def row(scene: Scene[Any], as_at: date = DAY) -> DeclarationsRow:
    found = declarations.row(scene.state, Seen(subject="p", position=9, as_at=as_at))
    assert found is not None
    return found


def test_nobody_has_a_row_before_registration() -> None:
    seen = Seen(subject="p", position=1, as_at=DAY)
    assert declarations.row(given(participant).state, seen) is None


def test_an_applicant_has_nothing_due() -> None:
    it = row(given(participant, *declared()[:1], catalogue=RULES))
    assert (it.training_status, it.schedule, it.due, it.due_next) == (None, None, (), None)
    assert it.funding_cohort == "2023a"


def test_whoever_is_accepted_is_due_to_start_by_the_milestone() -> None:
    it = row(somebody())
    assert (it.funding_cohort, it.schedule) == ("2023a", "npq-leadership-autumn")
    assert it.due == ("started", "retained-1", "retained-2", "completed")
    assert (it.due_next, it.due_on) == ("started", date(2023, 11, 24))
    assert (it.overdue, it.blocked, it.training_status) == ((), (), "active")
    late = row(somebody(), date(2023, 11, 25))
    assert late.overdue == ("started",)


def test_a_schedule_without_milestones_has_no_days_and_nothing_overdue() -> None:
    it = row(somebody(COACHING_OFFER), date(2030, 1, 1))
    assert (it.due_next, it.due_on, it.overdue) == ("started", None, ())


def test_what_stands_in_the_way_of_the_next_declaration_is_named() -> None:
    assert row(somebody(), date(2023, 9, 30)).blocked == ("before_schedule",)
    assert row(somebody(), date(2023, 10, 1)).blocked == ()


def test_where_order_is_asked_for_a_gap_is_due_first() -> None:
    scene = somebody(STRICT)
    assert row(scene).due_next == "started"
    assert row(scene).blocked == ()


def test_declarations_are_counted_with_their_states_and_statements() -> None:
    eligible = ask.ReportDeclarationState(
        id=ONE, state=heard("eligible").state, statement="s-1", on=DAY
    )
    gone = ask.VoidDeclaration(id=TWO, reason=Personal("a slip"), on=DAY)
    it = row(somebody(SENIOR, claim(), eligible, claim(id=TWO, type=FIRST), gone))
    assert (it.made, it.live) == (2, 1)
    assert it.states == ("started eligible", "retained-1 voided")
    assert (it.started, it.retained_1, it.retained_2) == ("eligible", "voided", None)
    assert it.statements == ("s-1",)
    assert it.due_next == "retained-1"


def test_what_dfe_reports_against_its_own_rules_is_shown() -> None:
    scene = somebody(SENIOR, claim(), heard("paid"), heard("submitted"))
    assert row(scene).unexpected == ("started submitted",)
    assert row(somebody(SENIOR, claim(), heard("paid"))).unexpected == ()


def test_evidence_is_counted_and_so_is_what_was_voided_of_it() -> None:
    session = ask.RecordAttendance(component="induction", minutes=120, on=date(2023, 10, 5))
    scene = somebody(SENIOR, session)
    version = 1 + [type(it) for it in scene.facts].index(AttendanceRecorded)
    kind = EvidenceKind.TRAINING_EVENT_ATTENDED
    supported = claim(evidence=(Evidence(version=version, kind=kind),))
    before = row(somebody(SENIOR, session, supported, claim(id=TWO, type=FIRST)))
    assert (before.evidence, before.evidence_voided, before.without_evidence) == (1, 0, 1)
    void = ask.VoidFact(version=version, reason=Personal("a slip"), on=DAY)
    after = row(somebody(SENIOR, session, supported, void))
    assert (after.evidence, after.evidence_voided, after.without_evidence) == (1, 1, 0)


def test_the_latest_outcome_stands_beside_how_many_there_were() -> None:
    passed = ask.ReportOutcome(
        state=OutcomeState.PASSED, completion_date=date(2025, 9, 5), on=date(2025, 9, 8)
    )
    it = row(somebody(SENIOR, completion(has_passed=False), passed), LATER)
    assert (it.has_passed, it.outcome, it.outcome_on, it.outcomes) == (
        False,
        "passed",
        date(2025, 9, 5),
        2,
    )
    void = ask.VoidDeclaration(id=FOUR, reason=Personal("a slip"), on=date(2025, 9, 9))
    gone = row(somebody(SENIOR, completion(has_passed=False), passed, void), LATER)
    assert (gone.outcome, gone.outcomes, gone.completed) == ("voided", 3, "voided")


def test_what_dfe_was_told_stands_beside_what_was_published() -> None:
    seen = Seen(subject="p", position=9, as_at=LATER)
    started, done = (
        eligibility.row(somebody(SENIOR, it).state, seen) for it in (claim(), completion())
    )
    assert started
    assert done
    assert (started.dfe_outcome, started.outcome) == (None, None)
    assert (done.dfe_outcome, done.outcome) == ("passed", None)


def test_nothing_is_due_of_who_has_left() -> None:
    left = TrainingWithdrawn(reason=WithdrawalReason.OTHER, on=date(2024, 1, 8))
    it = row(somebody(SENIOR, claim(), left), date(2024, 3, 12))
    assert (it.training_status, it.due, it.due_next, it.overdue) == ("withdrawn", (), None, ())
    before = row(somebody(SENIOR, claim(), left), date(2024, 1, 7))
    assert before.due_next == "retained-1"


def test_after_a_transfer_the_row_is_the_new_provider_s() -> None:
    came = TransferredIn(
        provider="BPN",
        former_provider="UCL",
        predecessor=ONE,
        sha256="ab" * 32,
        facts=9,
        on=date(2024, 1, 2),
    )
    assert row(somebody(SENIOR, claim(), came)).provider == "BPN"
    assert row(somebody(SENIOR, claim())).provider == "UCL"
