"""A history on its way from one provider to another, on every store."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
import pytest

from npq_adapters import Ledger, open_ledger
from npq_adapters.transfer import Export, Taken, digest, export, hand_over, take_in
from npq_domain import commands as ask
from npq_domain import participant
from npq_domain.aggregates.participant.facts.training import TransferredIn, TransferredOut
from npq_domain.errors import Invalid, Refused
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal
from npq_domain.projections import VIEWS
from npq_domain.recorded import Actor, Source
from tests.conftest import Backend

ME = Actor(role="provider", id="j.doe")
APPLICATION = "0c4a1f3e-1d52-4c3b-9f41-6a1f8f3f2b01"
ADA, HEIR = participant_subject("UCL", APPLICATION), participant_subject("LLSE", APPLICATION)
LAST, DAY = date(2023, 6, 10), date(2024, 5, 1)
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    """Ada as UCL knows her: a form that was sent, voided and sent anew, and an acceptance."""
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url, clock=lambda: NOW) as opened:
        for command in asked():
            opened.handle(ADA, command, by=ME)
        yield opened


def asked() -> Iterator[Any]:
    on = date(2023, 6, 1)
    yield ask.ReceiveRegistration(
        application_id=APPLICATION,
        participant_id=APPLICATION,
        name=Personal("Ada Byron"),
        trn=Personal("0743795"),
        provider="UCL",
        programme="NPQLT",
        on=on,
    )
    yield ask.SendForm(on=on)
    yield ask.VoidFact(version=2, reason=Personal("a slip"), on=on)
    yield ask.SendForm(on=date(2023, 6, 2))
    yield ask.ReturnForm(on=date(2023, 6, 3))
    yield ask.Endorse(role="headteacher", name=Personal("Grace Hopper"), on=LAST)
    yield ask.Accept(on=LAST)


def taken(ledger: Ledger, document: bytes, provider: str = "LLSE", on: date = DAY) -> Taken:
    return take_in(ledger, document, "ada.json", provider, by=ME, on=on)


def test_a_history_goes_on_under_the_new_provider_linked_both_ways(ledger: Ledger) -> None:
    before = ledger.history(ADA)
    found = hand_over(ledger, ADA, "LLSE", by=ME, on=DAY)
    came = taken(ledger, found.to_json())
    assert came == Taken(subject=HEIR, predecessor=ADA, facts=len(before), sha256=found.sha256)
    [*old, out], [*new, into] = ledger.history(ADA), ledger.history(HEIR)
    assert out.fact == TransferredOut(to="LLSE", successor=HEIR, sha256=found.sha256, on=DAY)
    assert into.fact == TransferredIn(
        provider="LLSE",
        former_provider="UCL",
        predecessor=ADA,
        sha256=found.sha256,
        facts=len(before),
        on=DAY,
    )
    assert into.source is Source.IMPORT
    moved = [msgspec.structs.replace(it, subject=HEIR) for it in old]
    assert new == moved
    assert tuple(old) == before


def test_what_was_voided_stays_voided_where_it_goes_on(ledger: Ledger) -> None:
    taken(ledger, export(ledger, ADA).to_json())
    here, there = ledger.state(ADA, participant), ledger.state(HEIR, participant)
    assert there.application == here.application
    assert there.application.form_sent.on == date(2023, 6, 2)
    assert there.corrections.voided == {2}


def test_the_same_file_a_second_time_records_nothing(ledger: Ledger) -> None:
    document = export(ledger, ADA).to_json()
    taken(ledger, document)
    after = ledger.store.head()
    assert taken(ledger, document, on=date(2024, 5, 9)).repeated
    assert ledger.store.head() == after


def test_it_is_still_the_same_history_after_more_was_recorded_of_it(ledger: Ledger) -> None:
    document = export(ledger, ADA).to_json()
    taken(ledger, document)
    ledger.handle(HEIR, ask.ContactApplicant(by="LLSE", on=DAY), by=ME)
    assert taken(ledger, document).repeated


def test_whoever_hands_over_twice_hands_over_the_same(ledger: Ledger) -> None:
    first = hand_over(ledger, ADA, "LLSE", by=ME, on=DAY)
    after = ledger.store.head()
    assert hand_over(ledger, ADA, "LLSE", by=ME, on=date(2024, 5, 9)) == first
    assert export(ledger, ADA) == first
    assert ledger.store.head() == after


def test_a_history_that_was_handed_over_does_not_go_to_yet_another(ledger: Ledger) -> None:
    hand_over(ledger, ADA, "LLSE", by=ME, on=DAY)
    with pytest.raises(Refused) as refused:
        hand_over(ledger, ADA, "BPN", by=ME, on=DAY)
    assert refused.value.code == "transferred_out"


def test_after_two_transfers_the_history_still_tells_of_the_first(ledger: Ledger) -> None:
    taken(ledger, hand_over(ledger, ADA, "LLSE", by=ME, on=DAY).to_json())
    found = hand_over(ledger, HEIR, "BPN", by=ME, on=DAY)
    assert found.provider == "LLSE"
    came = taken(ledger, found.to_json(), "BPN")
    history = ledger.history(came.subject)
    providers = [it.fact.provider for it in history if isinstance(it.fact, TransferredIn)]
    assert providers == ["LLSE", "BPN"]


def test_an_export_says_whose_it_is_and_digests_all_of_it(ledger: Ledger) -> None:
    found = export(ledger, ADA)
    assert (found.provider, found.application_id, found.subject) == ("UCL", APPLICATION, ADA)
    assert [it.version for it in found.facts] == [1, 2, 3, 4, 5, 6, 7]
    assert found.sha256 == found.facts[-1].sha256
    assert b"Ada Byron" in found.to_json()
    assert msgspec.json.decode(found.to_json(), type=Export) == found


Changes = dict[str, Any]


def damaged(found: Export, change: Any) -> bytes:
    document: Changes = msgspec.json.decode(found.to_json())
    change(document)
    return msgspec.json.encode(document)


def rename(document: Changes) -> None:
    document["facts"][0]["envelope"]["fact"]["name"] = "Eve Byron"


def backdate(document: Changes) -> None:
    document["facts"][6]["envelope"]["fact"]["on"] = "2023-06-09"


def reorder(document: Changes) -> None:
    facts = document["facts"]
    facts[3], facts[4] = facts[4], facts[3]


def leave_out(document: Changes) -> None:
    del document["facts"][2]


def cut_off(document: Changes) -> None:
    del document["facts"][5:]


def another_actor(document: Changes) -> None:
    document["facts"][1]["envelope"]["by"]["id"] = "nobody"


def another_subject(document: Changes) -> None:
    document["subject"] = str(UUID(int=1))


def another_digest(document: Changes) -> None:
    document["facts"][4]["sha256"] = "ab" * 32


@pytest.mark.parametrize(
    ("change", "version"),
    [
        (rename, 1),
        (another_actor, 2),
        (leave_out, 3),
        (reorder, 4),
        (another_digest, 5),
        (cut_off, 5),
        (backdate, 7),
        (another_subject, 1),
    ],
)
def test_a_history_that_was_tampered_with_is_refused_with_the_version(
    ledger: Ledger, change: Any, version: int
) -> None:
    document = damaged(export(ledger, ADA), change)
    after = ledger.store.head()
    with pytest.raises(Invalid, match=f"version {version}\\b") as refused:
        taken(ledger, document)
    assert "Eve" not in str(refused.value)
    assert ledger.store.head() == after


def test_blanks_and_the_order_of_keys_are_no_tampering(ledger: Ledger) -> None:
    document = msgspec.json.decode(export(ledger, ADA).to_json())
    facts = [dict(reversed(it.items())) for it in document["facts"]]
    shuffled = dict(reversed(document.items())) | {"facts": facts}
    assert taken(ledger, msgspec.json.format(msgspec.json.encode(shuffled), indent=7)).facts == 7


def chained_anew(document: Changes) -> bytes:
    """As whoever forges a history would write it: every digest is right again."""
    before = msgspec.json.decode(msgspec.json.encode(document), type=Export).heading
    for it in document["facts"]:
        before = it["sha256"] = digest(before, it["version"], it["name"], it["envelope"])
    return msgspec.json.encode(document | {"sha256": before})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", "Eve\0Byron"),
        ("name", "Eve" * 22_000),
        ("trn", 7),
        ("on", "9999-12-31"),
        ("on", "0001-01-01"),
        ("on", "2023-06-01T00:00:00Z"),
    ],
)
def test_what_could_not_be_recorded_here_cannot_be_taken_in_either(
    ledger: Ledger, field: str, value: Any
) -> None:
    document = msgspec.json.decode(export(ledger, ADA).to_json())
    assert msgspec.json.decode(chained_anew(document)) == document
    document["facts"][0]["envelope"]["fact"][field] = value
    after = ledger.store.head()
    with pytest.raises(Invalid, match=r"version 1: participant\.registration-received") as refused:
        taken(ledger, chained_anew(document))
    assert "Eve" not in str(refused.value)
    assert ledger.store.head() == after


DEEP = b'{"format": %s}' % (b"[" * 100_000)


@pytest.mark.parametrize(
    "document",
    [b"", b"{}", b"[1]", b"\xff", b'{"format": "other"}', b'{"format": "\xff"}', DEEP],
)
def test_what_is_no_export_is_refused(ledger: Ledger, document: bytes) -> None:
    with pytest.raises(Invalid, match=r"ada\.json"):
        taken(ledger, document)


def test_a_subject_with_a_history_of_its_own_takes_in_no_other(ledger: Ledger) -> None:
    document = export(ledger, ADA).to_json()
    ledger.handle(ADA, ask.ContactApplicant(by="UCL", on=DAY), by=ME)
    with pytest.raises(Refused) as refused:
        taken(ledger, document, "UCL")
    assert refused.value.code == "already_registered"
    taken(ledger, document)
    with pytest.raises(Refused) as refused:
        taken(ledger, export(ledger, ADA).to_json())
    assert refused.value.code == "already_registered"


def test_who_was_never_registered_has_no_history_to_hand_over(ledger: Ledger) -> None:
    with pytest.raises(Invalid, match="has no facts"):
        export(ledger, UUID(int=7))


def test_of_many_who_take_it_in_at_once_one_does(ledger: Ledger) -> None:
    document = export(ledger, ADA).to_json()
    with ThreadPoolExecutor(4) as many:
        came = list(many.map(lambda _: taken(ledger, document), range(4)))
    assert sorted(it.repeated for it in came) == [False, True, True, True]
    assert len(ledger.history(HEIR)) == 8
