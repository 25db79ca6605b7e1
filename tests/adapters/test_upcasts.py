"""A fact of a superseded version is lifted on every way that reads it, and is as one of today's."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

import npq_adapters
from npq_adapters import Ledger, open_ledger
from npq_adapters.checking import check
from npq_adapters.cli.npq import npq
from npq_adapters.inbound.commands import record
from npq_adapters.people import person
from npq_adapters.store import Row
from npq_adapters.transfer import Export, digest, export, take_in
from npq_domain import Actor
from npq_domain.aggregates import DECIDERS
from npq_domain.aggregates.participant.facts.engagement import AttendanceRecorded
from npq_domain.commands import RecordAttendance
from npq_domain.identifiers import participant_subject
from npq_domain.projections import VIEWS, engagement
from npq_domain.vocabulary import Vocabulary
from tests.adapters.cli.conftest import ADA, APPLICATIONS, intake, jsonl
from tests.conftest import Backend

PAST, PRESENT = (f"participant.attendance-recorded.v{version}" for version in (1, 2))
ME = Actor(role="provider", id="j.doe")


def in_minutes(old: dict[str, Any]) -> dict[str, Any]:
    """As if attendance had been recorded in hours once, of one mode."""
    return {
        "component": old["component"],
        "minutes": 60 * old["hours"],
        "mode": None,
        "on": old["on"],
    }


NEWER = Vocabulary({it.name: it.facts for it in DECIDERS}, upcasts={PAST: in_minutes})
"""The vocabulary of a release in which attendance has a second version."""

ROWS = {
    PAST: {"component": "induction", "hours": 2, "on": "2023-10-05"},
    PRESENT: {"component": "induction", "minutes": 120, "mode": None, "on": "2023-10-05"},
}
FACT = AttendanceRecorded(component="induction", minutes=120, mode=None, on=date(2023, 10, 5))
VERSION = 9


def row(name: str) -> Row:
    envelope = {
        "at": "2023-12-01T09:00:00Z",
        "by": {"role": "provider", "id": "j.doe"},
        "source": "provider",
        "command": "5d9d1b1c-2f5f-4a52-8d0c-0a2f6f7c9b11",
        "fact": ROWS[name],
    }
    return Row(str(ADA), VERSION, name, msgspec.json.encode(envelope))


@pytest.fixture(autouse=True)
def newer(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody opens ledgers with that vocabulary."""
    monkeypatch.setattr(npq_adapters, "vocabulary", NEWER)


@pytest.fixture(params=[PAST, PRESENT])
def ledger(request: pytest.FixtureRequest, backend: Backend) -> Iterator[Ledger]:
    """Ada's ledger, one of whose facts was stored under the one name or the other."""
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url) as opened:
        prepare(opened, request.param)
        yield opened


def prepare(ledger: Ledger, name: str) -> None:
    for asked in record(ledger, BytesIO(jsonl(intake()).encode())):
        assert asked["outcome"] == "recorded", asked
    ledger.catch_up()
    ledger.store.append([row(name)])


def credited(ledger: Ledger) -> int:
    [found] = ledger.rows(engagement, participant=str(ADA))
    minutes: int = found.credited_min
    return minutes


def test_a_load(ledger: Ledger) -> None:
    assert ledger.state(ADA).engagement.credits["induction"].minutes == 120
    asked = RecordAttendance(component="induction", minutes=120, on=date(2023, 10, 5))
    assert ledger.handle(ADA, asked, by=ME) == (), "it is so already"


def test_a_load_of_a_former_day(ledger: Ledger) -> None:
    then = ledger.state(ADA, valid_at=date(2023, 10, 6))
    assert then.engagement.credits["induction"].minutes == 120


def test_a_history(ledger: Ledger) -> None:
    last = ledger.history(ADA)[-1]
    assert (last.version, last.fact) == (VERSION, FACT)
    assert last.name in ROWS, "the name is the one it was stored under"


def test_a_person(ledger: Ledger) -> None:
    found = person(ledger, str(ADA))
    assert found is not None
    assert FACT in [it.recorded.fact for it in found.timeline]


def test_a_catch_up_and_a_rebuild(ledger: Ledger) -> None:
    assert credited(ledger) == 180
    ledger.catch_up()
    kept_up = {view.name: ledger.rows(view) for view in VIEWS}
    assert credited(ledger) == 300
    ledger.rebuild()
    assert {view.name: ledger.rows(view) for view in VIEWS} == kept_up


def test_a_check(ledger: Ledger) -> None:
    assert check(ledger).damage == ()


def test_an_export_tells_it_as_one_of_today(ledger: Ledger) -> None:
    last = export(ledger, ADA).facts[-1]
    assert (last.version, last.name, last.envelope["fact"]) == (VERSION, PRESENT, ROWS[PRESENT])


def as_written_before(document: Any) -> bytes:
    """The export as the release before would have written it."""
    for it in document["facts"]:
        if it["name"] == PRESENT:
            it["name"], old = PAST, it["envelope"]["fact"]
            hours = {"hours": old["minutes"] // 60}
            it["envelope"]["fact"] = {"component": old["component"], **hours, "on": old["on"]}
    before = msgspec.json.decode(msgspec.json.encode(document), type=Export).heading
    for it in document["facts"]:
        before = it["sha256"] = digest(before, it["version"], it["name"], it["envelope"])
    return msgspec.json.encode(document | {"sha256": before})


def test_an_import_of_what_the_release_before_wrote(ledger: Ledger) -> None:
    document = as_written_before(msgspec.json.decode(export(ledger, ADA).to_json()))
    assert PAST.encode() in document
    take_in(ledger, document, "ada.json", "LLSE", by=ME, on=date(2024, 5, 1))
    heir = participant_subject("LLSE", APPLICATIONS["ada"])
    assert ledger.history(heir)[VERSION - 1].fact == FACT
    assert ledger.store.stream(str(heir))[VERSION - 1].name == PRESENT


def printed(folder: Path, name: str, *verb: str) -> str:
    """What `npq` says of a ledger in which the fact was stored under that name."""
    url = f"sqlite:///{folder}/{name}.db"
    if not (folder / f"{name}.db").exists():
        npq_adapters.migrate(url)
        with open_ledger(url) as ledger:
            prepare(ledger, name)
    ran = CliRunner(env={"NPQ_LEDGER": url, "COLUMNS": "160"}).invoke(npq, verb)
    assert ran.exit_code == 0, ran.output
    return str(ran.stdout)


@pytest.mark.parametrize(
    "verb",
    [("explain", str(ADA)), ("explain", str(ADA), "access"), ("show", "engagement")],
)
def test_an_explanation_and_a_view(tmp_path: Path, verb: tuple[str, ...]) -> None:
    past, present = (printed(tmp_path, name, *verb) for name in (PAST, PRESENT))
    assert past == present
    assert "300" in past


def test_a_fact_of_a_later_version_still_is_unknown(ledger: Ledger) -> None:
    later = row(PRESENT)._replace(version=VERSION + 1, name=PRESENT.replace("v2", "v3"))
    ledger.store.append([later])
    [damage] = check(ledger).damage
    assert (damage.error, damage.name) == ("UnknownFact", later.name)
