"""Pages of applications: what is recorded of them, and what becomes of bad ones."""

import json
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_adapters.inbound.applications import import_applications, read_page
from npq_adapters.transfer import hand_over, take_in
from npq_domain import Invalid, Personal
from npq_domain.aggregates.participant.facts.application import (
    ApplicationRejected,
    DfeStatusReported,
    RegistrationReceived,
    RejectionReason,
)
from npq_domain.aggregates.participant.facts.identity import (
    NameChanged,
    ParticipantIdChanged,
    TrnVerified,
)
from npq_domain.catalogue import load, shipped
from npq_domain.commands import Accept, Endorse, Reopen, ReturnForm
from npq_domain.identifiers import participant_subject
from npq_domain.recorded import Source
from tests.adapters.inbound.house import (
    CATALOGUE_TOML,
    OFFICE,
    application,
    application_id,
    faults_of,
    intake,
    memory,
    page,
    subject,
    write,
)


def facts(ledger: Any, number: int) -> list[Any]:
    return [it.fact for it in ledger.history(subject(number))]


@pytest.mark.rule("4.20")
def test_an_application_is_a_registration_of_the_london_day_it_was_made(tmp_path: Path) -> None:
    ledger = memory()
    report = import_applications(ledger, page(tmp_path / "p.json", application(1)), by=OFFICE)
    registered, status = facts(ledger, 1)
    assert isinstance(registered, RegistrationReceived)
    assert (registered.on, registered.specification) == (date(2023, 7, 1), "reform/UCL/NPQLT/1")
    assert (registered.trn, registered.trn_verified) == (Personal("0743795"), True)
    assert registered.funding_cohort == "2023a"
    assert (registered.setting.in_uk, registered.setting.country) == (True, "GBR")
    assert status == DfeStatusReported(status="pending", reason=None, on=date(2023, 7, 2))
    assert {it.source for it in ledger.history(subject(1))} == {Source.DFE_API}
    assert report.as_json()["lines"] == [
        {
            "place": "$.data[0]",
            "application_id": application_id(1),
            "subject": str(subject(1)),
            "outcome": "recorded",
            "facts": ["participant.registration-received.v1", "participant.dfe-status-reported.v1"],
            "code": None,
            "message": None,
        }
    ]


def test_what_dfe_rejects_is_rejected_for_dfes_reason(tmp_path: Path) -> None:
    ledger = memory()
    gone = application(1, status="rejected", reason_for_rejection="registration_expired")
    import_applications(ledger, page(tmp_path / "p.json", gone), by=OFFICE)
    assert facts(ledger, 1)[2:] == [
        ApplicationRejected(reason=RejectionReason.REGISTRATION_EXPIRED, on=date(2023, 7, 2))
    ]


def test_a_reason_in_free_text_is_not_kept_for_it_may_tell_of_a_person(tmp_path: Path) -> None:
    ledger = memory()
    gone = application(1, status="rejected", reason_for_rejection="Ada is unwell")
    import_applications(ledger, page(tmp_path / "p.json", gone), by=OFFICE)
    assert facts(ledger, 1)[1:] == [
        DfeStatusReported(status="rejected", reason=None, on=date(2023, 7, 2)),
        ApplicationRejected(reason=RejectionReason.REJECTED_BY_PROVIDER, on=date(2023, 7, 2)),
    ]


def test_importing_a_page_again_records_nothing(tmp_path: Path) -> None:
    ledger = memory()
    path = page(tmp_path / "p.json", application(1), application(2, status="rejected"))
    import_applications(ledger, path, by=OFFICE)
    head = ledger.store.head()
    again = import_applications(ledger, path, by=OFFICE)
    nothing_else = {"refused": 0, "contended": 0, "failed": 0, "unreadable": 0}
    assert again.totals == {"recorded": 0, "repeated": 2} | nothing_else
    assert ledger.store.head() == head


def test_a_page_does_not_reject_again_what_was_reopened_since(tmp_path: Path) -> None:
    ledger = memory()
    path = page(tmp_path / "p.json", application(1, status="rejected"))
    import_applications(ledger, path, by=OFFICE)
    ledger.handle(subject(1), Reopen(reason=Personal("a slip"), on=date(2023, 8, 1)), by=OFFICE)
    assert import_applications(ledger, path, by=OFFICE).totals["repeated"] == 1
    assert ledger.state(subject(1)).application.decision is None


def test_a_later_page_adds_what_it_says_that_is_new(tmp_path: Path) -> None:
    ledger = memory()
    first = application(1, teacher_reference_number=None, teacher_reference_number_validated=False)
    later = application(1, full_name="Ada Lovelace", updated_at="2023-08-01T10:00:00+01:00")
    import_applications(ledger, page(tmp_path / "1.json", first), by=OFFICE)
    report = import_applications(ledger, page(tmp_path / "2.json", later), by=OFFICE)
    day = date(2023, 8, 1)
    assert facts(ledger, 1)[2:] == [
        TrnVerified(trn=Personal("0743795"), on=day),
        NameChanged(name=Personal("Ada Lovelace"), previous=Personal("Ada Byron"), on=day),
    ]
    assert report.totals["recorded"] == 1


def test_a_page_that_names_another_participant_id_tells_of_a_merge(tmp_path: Path) -> None:
    ledger = memory()
    import_applications(ledger, page(tmp_path / "1.json", application(1)), by=OFFICE)
    survivor = "bb3d1243-7308-4879-942a-c4a70ced400a"
    merged = application(1, participant_id=survivor.upper(), updated_at="2023-08-01T10:00:00Z")
    path = page(tmp_path / "2.json", merged)
    import_applications(ledger, path, by=OFFICE)
    former = application(1)["attributes"]["participant_id"]
    change = ParticipantIdChanged(former=former, current=survivor, on=date(2023, 8, 1))
    assert facts(ledger, 1)[2:] == [change]
    assert import_applications(ledger, path, by=OFFICE).totals["repeated"] == 1
    retired = application(1, updated_at="2023-08-01T10:00:00Z")
    import_applications(ledger, page(tmp_path / "3.json", retired), by=OFFICE)
    assert ledger.state(subject(1)).identity.participant_id == survivor


def transferred(ledger: Any, tmp_path: Path, day: date = date(2023, 9, 4)) -> UUID:
    """Somebody of UCL's whose history BPN has taken in; the new subject."""
    import_applications(ledger, page(tmp_path / "1.json", application(1)), by=OFFICE)
    head = Personal("A. Head")
    steps = (ReturnForm(on=day), Endorse(role="headteacher", name=head, on=day), Accept(on=day))
    for command in steps:
        ledger.handle(subject(1), command, by=OFFICE)
    document = hand_over(ledger, subject(1), "BPN", by=OFFICE, on=date(2024, 1, 8)).to_json()
    taken = take_in(ledger, document, "ada.json", "BPN", by=OFFICE, on=date(2024, 1, 8))
    assert taken.subject == participant_subject("BPN", application_id(1))
    return taken.subject


def test_the_page_of_whoever_took_somebody_over_adds_what_is_new_and_no_registration(
    tmp_path: Path,
) -> None:
    ledger = memory()
    heir = transferred(ledger, tmp_path)
    before = len(ledger.history(heir))
    told = application(
        1, status="accepted", full_name="Ada Lovelace", updated_at="2024-02-01T10:00:00Z"
    )
    path = page(tmp_path / "2.json", told)
    report = import_applications(ledger, path, by=OFFICE, provider="BPN")
    assert [(it.subject, it.outcome, it.code) for it in report.lines] == [(heir, "recorded", None)]
    day = date(2024, 2, 1)
    assert [it.fact for it in ledger.history(heir)[before:]] == [
        NameChanged(name=Personal("Ada Lovelace"), previous=Personal("Ada Byron"), on=day),
        DfeStatusReported(status="accepted", reason=None, on=day),
    ]
    again = import_applications(ledger, path, by=OFFICE, provider="BPN")
    assert [it.outcome for it in again.lines] == ["repeated"]


def test_who_came_by_transfer_is_no_other_provider_s_and_on_no_other_programme(
    tmp_path: Path,
) -> None:
    ledger = memory()
    heir = transferred(ledger, tmp_path)
    other = application(1, course_identifier="npq-headship", updated_at="2024-02-01T10:00:00Z")
    path = page(tmp_path / "2.json", other)
    [line] = import_applications(ledger, path, by=OFFICE, provider="BPN").lines
    assert (line.subject, line.outcome, line.code) == (heir, "refused", "already_registered")
    assert "is for NPQLT at BPN" in (line.message or "")


def test_what_dfe_still_tells_the_provider_of_before_is_refused(tmp_path: Path) -> None:
    ledger = memory()
    transferred(ledger, tmp_path)
    path = page(tmp_path / "2.json", application(1, updated_at="2024-02-01T10:00:00Z"))
    [line] = import_applications(ledger, path, by=OFFICE, provider="UCL").lines
    assert (line.subject, line.outcome, line.code) == (subject(1), "refused", "transferred_out")


def test_an_old_page_does_not_undo_what_a_later_one_said(tmp_path: Path) -> None:
    ledger = memory()
    old = page(tmp_path / "1.json", application(1))
    new = application(1, full_name="Ada Lovelace", updated_at="2023-08-01T10:00:00Z")
    import_applications(ledger, page(tmp_path / "2.json", new), by=OFFICE)
    head = ledger.store.head()
    assert import_applications(ledger, old, by=OFFICE).totals["repeated"] == 1
    assert ledger.store.head() == head


TOLERATED: list[dict[str, Any]] = [
    {"works_as_senco": True},
    {"works_as_senco": "yes"},
    {"works_as_senco": None},
    {"cohort": 2023},
    {"cohort": None},
    {"teacher_reference_number": None},
    {"an_attribute_of_next_year": {"a": [1]}},
    {"participant_id": "53847955-7cfg-41eb-a322-96c50adc742b"},
    {"email": None, "school_urn": None, "headteacher_status": None},
]


@pytest.mark.parametrize("attributes", TOLERATED, ids=str)
def test_where_documentation_and_service_differ_both_are_read(
    tmp_path: Path, attributes: dict[str, Any]
) -> None:
    path = page(tmp_path / "p.json", application(1, **attributes))
    assert import_applications(memory(), path, by=OFFICE).totals["recorded"] == 1


AT = "$.data[1].attributes"
UNREADABLE: list[tuple[dict[str, Any], str]] = [
    (
        {"teacher_reference_number": "743795"},
        f"{AT}.teacher_reference_number: TRN '743795' has 6 digits, a TRN has 7",
    ),
    (
        {"teacher_reference_number": "0000000"},
        f"{AT}.teacher_reference_number: TRN '0000000' is nobody's TRN",
    ),
    (
        {"teacher_reference_number": "٠٧٤٣٧٩٥"},
        f"{AT}.teacher_reference_number: TRN '٠٧٤٣٧٩٥' has characters other than the digits 0 to 9",
    ),
    ({"teacher_reference_number": 743795}, f"{AT}.teacher_reference_number: 743795 is not text"),
    (
        {"created_at": "2023-07-01T10:00:00"},
        f"{AT}.created_at: 2023-07-01T10:00:00 says no offset from UTC, such as Z or +01:00",
    ),
    (
        {"created_at": "yesterday"},
        f"{AT}.created_at: 'yesterday' is not a time with offset, as 2024-01-31T09:30:00Z",
    ),
    ({"participant_id": "17"}, f"{AT}.participant_id: '17' is no UUID"),
    ({"status": "lost"}, f"{AT}.status: 'lost' is none of pending, accepted, rejected"),
    ({"eligible_for_funding": "yes"}, f"{AT}.eligible_for_funding: 'yes' is not true or false"),
    ({"full_name": " "}, f"{AT}.full_name: ' ' is no name"),
    (
        {"full_name": "Ada\0"},
        f"{AT}.full_name: 'Ada\\x00' has a character that is none (NUL, or half of a pair)",
    ),
    ({"cohort": "23"}, f"{AT}.cohort: '23' is no year of four digits"),
]


@pytest.mark.parametrize(("attributes", "fault"), UNREADABLE, ids=[it[1] for it in UNREADABLE])
def test_an_unreadable_application_is_told_by_place_and_value_and_the_others_go_on(
    tmp_path: Path, attributes: dict[str, Any], fault: str
) -> None:
    ledger = memory()
    path = page(tmp_path / "p.json", application(1), application(2, **attributes), application(3))
    report = import_applications(ledger, path, by=OFFICE)
    assert [it.outcome for it in report.lines] == ["recorded", "unreadable", "recorded"]
    assert report.lines[1].message == f"{path}: {fault}"
    assert ledger.history(subject(2)) == ()


def test_all_faults_of_an_application_are_told_at_once(tmp_path: Path) -> None:
    path = page(tmp_path / "p.json", {"id": "17", "type": "participant", "attributes": {}})
    [line] = import_applications(memory(), path, by=OFFICE, provider="UCL").lines
    assert line.application_id is None
    assert (line.message or "").split("; ") == [
        f"{path}: $.data[0].id: '17' is no UUID",
        f"{path}: $.data[0].type: 'participant' is no npq-application",
        *(
            f"{path}: $.data[0].attributes.{name}: is missing"
            for name in (
                "course_identifier",
                "full_name",
                "participant_id",
                "status",
                "eligible_for_funding",
                "created_at",
                "updated_at",
            )
        ),
    ]


REFUSED: list[tuple[dict[str, Any], str, str]] = [
    ({"course_identifier": "npq-cooking"}, "unknown_programme", "course_identifier: 'npq-cooking'"),
    ({"created_at": "2026-01-16T00:00:00Z"}, "future_dated", "created_at: 2026-01-16"),
    (
        {"created_at": "2020-01-01T00:00:00Z"},
        "programme_closed",
        "course_identifier: NPQLT was not offered on 2020-01-01",
    ),
]


@pytest.mark.parametrize(("attributes", "code", "told"), REFUSED, ids=[it[1] for it in REFUSED])
def test_what_the_rules_refuse_is_told_by_place_and_value_and_the_others_go_on(
    tmp_path: Path, attributes: dict[str, Any], code: str, told: str
) -> None:
    path = page(tmp_path / "p.json", application(1, **attributes), application(2))
    report = import_applications(memory(), path, by=OFFICE, provider="UCL")
    assert [(it.outcome, it.code) for it in report.lines] == [("refused", code), ("recorded", None)]
    assert (report.lines[0].message or "").startswith(f"{path}: $.data[0].attributes.{told}")


NO_PAGES: list[tuple[bytes, str]] = [
    (b"", "line 1, column 1: not JSON: Expecting value"),
    (b'{"data": [', "line 1, column 11: not JSON: Expecting value"),
    (b'{"data": [1,\n 2}', "line 2, column 3: not JSON: Expecting ',' delimiter"),
    (b'{"data": NaN}', "not JSON: NaN is no number"),
    (b'{"data": [], "data": []}', "key 'data' comes twice in one object"),
    (b"[" * 100_000, "nested too deeply"),
    (b"[]", "$: no page of applications: it has no data"),
    (b'[{"full_name": "Ada"}]', "$: no page of applications: it has no data"),
    (b'{"data": "none"}', "$.data: 'none' is not an array"),
    (
        b'{"data": "\xe9"}',
        "line 1: byte 0xe9 at offset 10 is not UTF-8 but looks like cp1252: save it as UTF-8",
    ),
    (
        '{"data": []}'.encode("utf-16"),
        "line 1: byte 0xff at offset 0 is not UTF-8 but looks like utf-16: save it as UTF-8",
    ),
]


@pytest.mark.parametrize(("raw", "fault"), NO_PAGES, ids=[it[1] for it in NO_PAGES])
def test_a_file_that_is_no_page_is_refused_by_name(tmp_path: Path, raw: bytes, fault: str) -> None:
    path = write(tmp_path / "p.json", raw)
    with pytest.raises(Invalid) as error:
        import_applications(memory(), path, by=OFFICE)
    assert str(error.value) == f"{path}: {fault}"


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    raw = b"\xef\xbb\xbf" + json.dumps({"data": [application(1)]}).encode()
    path = write(tmp_path / "p.json", raw)
    assert import_applications(memory(), path, by=OFFICE).totals["recorded"] == 1


def test_the_provider_is_the_one_that_was_given(tmp_path: Path) -> None:
    path = page(tmp_path / "p.json", application(1, course_identifier="npq-headship"))
    report = import_applications(memory(), path, by=OFFICE, provider="BPN")
    assert (report.provider, report.because) == ("BPN", "it was given")


def test_the_provider_is_else_the_one_whose_cohorts_these_are(tmp_path: Path) -> None:
    ledger = memory()
    intake(ledger, tmp_path, {})
    path = page(tmp_path / "p.json", application(1, course_identifier="npq-headship"))
    report = import_applications(ledger, path, by=OFFICE)
    assert (report.provider, report.because) == ("UCL", "every cohort of this ledger is theirs")


def test_the_provider_is_else_the_only_one_of_all_courses_on_the_page(tmp_path: Path) -> None:
    courses = ("npq-leading-teaching", "npq-headship")
    applications = [application(n, course_identifier=it) for n, it in enumerate(courses)]
    report = import_applications(memory(), page(tmp_path / "p.json", *applications), by=OFFICE)
    because = "nobody else in the catalogue provides all of NPQH, NPQLT"
    assert (report.provider, report.because) == ("UCL", because)


def test_the_provider_is_looked_up_in_the_catalogue_of_the_ledger(tmp_path: Path) -> None:
    path = page(tmp_path / "p.json", application(1, course_identifier="npq-for-x"))
    own = load(write(tmp_path / "own.toml", CATALOGUE_TOML), on_top_of=shipped())
    report = import_applications(memory(own), path, by=OFFICE)
    assert (report.provider, report.totals["recorded"]) == ("OWN", 1)
    with pytest.raises(Invalid, match="give --provider"):
        import_applications(memory(), path, by=OFFICE)


def test_a_reason_for_rejection_shows_to_nobody_by_accident() -> None:
    raw = json.dumps({"data": application(1, reason_for_rejection="Ada is unwell")}).encode()
    assert "unwell" not in repr(read_page(raw, "page.json"))


def test_of_two_that_say_different_things_of_one_application_the_second_is_refused(
    tmp_path: Path,
) -> None:
    one, other = application(1), application(1, full_name="Ada Lovelace")
    report = import_applications(memory(), page(tmp_path / "p.json", one, other, one), by=OFFICE)
    assert [(it.outcome, it.code) for it in report.lines] == [
        ("recorded", None),
        ("refused", "comes_twice"),
        ("repeated", None),
    ]


def test_where_nobody_can_tell_the_provider_nothing_is_recorded(tmp_path: Path) -> None:
    ledger = memory()
    path = page(tmp_path / "p.json", application(1, course_identifier="npq-headship"))
    with pytest.raises(Invalid, match=r"give --provider, one of BPN, DfE, OLP, UCL"):
        import_applications(ledger, path, by=OFFICE)
    with pytest.raises(Invalid, match=r"'Nobody' provides nothing in the catalogue; BPN, "):
        import_applications(ledger, path, by=OFFICE, provider="Nobody")
    assert ledger.store.head() == 0


def test_no_command_id_is_made_of_a_personal_value(tmp_path: Path) -> None:
    ids = []
    for trn in ("1234567", "7654321"):
        ledger = memory()
        path = page(tmp_path / "p.json", application(1, teacher_reference_number=trn))
        import_applications(ledger, path, by=OFFICE)
        ids.append([it.command_id for it in ledger.history(subject(1))])
    assert ids[0] == ids[1]


@given(raw=st.binary(max_size=200))
def test_whatever_the_bytes_there_is_a_page_or_a_named_fault(raw: bytes) -> None:
    faults = faults_of(lambda: read_page(raw, "page.json"))
    assert all(it.startswith("page.json: ") for it in faults)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.uuids().map(str),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=4,
)
MANGLED = st.builds(
    lambda number, attributes: application(number, **attributes),
    st.integers(0, 3),
    st.dictionaries(st.sampled_from(sorted(application(0)["attributes"])), JSON, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(applications=st.lists(MANGLED | JSON, max_size=6))
def test_every_application_is_accounted_for_and_none_is_recorded_twice(
    tmp_path_factory: pytest.TempPathFactory, applications: list[Any]
) -> None:
    path = page(tmp_path_factory.mktemp("in") / "p.json", *applications)
    ledger = memory()
    report = import_applications(ledger, path, by=OFFICE, provider="UCL")
    assert sum(report.totals.values()) == len(applications)
    head = ledger.store.head()
    again = import_applications(ledger, path, by=OFFICE, provider="UCL")
    assert (again.totals["recorded"], ledger.store.head()) == (0, head)


def test_a_page_of_one_application_is_a_page(tmp_path: Path) -> None:
    path = write(tmp_path / "p.json", json.dumps({"data": application(1)}))
    [line] = import_applications(memory(), path, by=OFFICE).lines
    assert (line.place, line.subject, line.outcome) == ("$.data", subject(1), "recorded")
    assert line.subject == UUID(str(subject(1)))
