"""Nothing that is stored is ever imported: a name is looked up in a closed table, or is unknown."""

import sys
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from uuid import UUID, uuid5

import pytest
from click.testing import CliRunner
from eventsourcing.application import Application
from eventsourcing.domain import Aggregate
from eventsourcing.persistence import StoredEvent
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from npq_adapters import Ledger, open_ledger
from npq_adapters.checking import check
from npq_adapters.cli.npq import npq
from npq_adapters.store import Row
from npq_domain.aggregates import vocabulary
from npq_domain.errors import UnknownFact
from npq_domain.projections import VIEWS
from tests.adapters.damage import READS, told
from tests.conftest import Backend

CANARY = "npq_canary"
"""A module on the path that leaves a trace when it is imported."""

HAND_MADE = (
    f"{CANARY}:Canary",
    f"{CANARY}.Canary",
    f"{CANARY}:Canary.Sung",
    f"{CANARY}:sing()",
    f"{CANARY}",
    f"participant.{CANARY}.v1",
    f"{CANARY}.attendance-recorded.v1",
    "os:system",
    "os.system",
    "builtins:eval",
    "builtins:__import__",
    "subprocess:Popen",
    "npq_domain.aggregates:vocabulary",
    "npq_domain.aggregates.participant.facts.engagement:AttendanceRecorded",
    "participant.__class__.v1",
    "__main__",
    "__init__:__globals__",
    "participant.attendance-recorded.v0",
    "participant.attendance-recorded.v01",
    "participant.attendance-recorded.v-1",
    "participant.attendance-recorded.v2",
    "participant.attendance-recorded.v1 ",
    "Participant.Attendance-Recorded.V1",
    "participant.attendance-recorded.v\u00b9",
    "participant\u2024attendance-recorded\u2024v1",
    "participant.attendance-recorded.v1\n",
    "participant.attendance-recorded",
    "participant.",
    ".",
    "",
    " ",
    "\x1b[2J",
    "\u202e",
    "{0.__class__}",
    "%s%s%n",
    "'; DROP TABLE stored_events; --",
    "../../etc/passwd",
    "a" * 100_000,
    "participant." * 5_000,
)

drawn = st.one_of(
    st.text(max_size=30),
    st.text(st.characters(categories=["Cc", "Cf", "Cs", "Zl"]), min_size=1, max_size=9),
    st.from_regex(r"__[a-z]{1,8}__", fullmatch=True),
    st.from_regex(r"[a-z_]{1,9}(\.[a-z_]{1,9}){0,3}", fullmatch=True),
    st.integers().map(str),
)

SHAPES = ("{}", f"{CANARY}:{{}}", f"{{}}:{CANARY}", "os:{}", "participant.{}.v1", "{}.v2", "__{}__")
"""What is made of each name that is drawn."""


@cache
def names(examples: int) -> Sequence[str]:
    """Names that the vocabulary does not have, those made by hand first."""
    found = dict.fromkeys(HAND_MADE)

    @settings(max_examples=examples, suppress_health_check=[*HealthCheck])
    @given(drawn)
    def draw(name: str) -> None:
        found.update(dict.fromkeys(it.format(name) for it in SHAPES))

    draw()
    return [it for it in found if it not in vocabulary]


SURE = [read for how, read in READS.items() if how != "person"]
"""What reads a subject that never registered, too."""


class Watch:
    """Sees every module that is asked for and is not loaded yet."""

    def __init__(self) -> None:
        self.asked: set[str] = set()

    def find_spec(self, name: str, *_: object) -> None:
        self.asked.add(name)


@pytest.fixture
def watch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watch]:
    """A canary on the path; whoever imports it is seen."""
    folder = tmp_path / "path"
    folder.mkdir()
    trace = "from pathlib import Path\nPath(__file__).with_suffix('.sung').touch()\nCanary = dict\n"
    (folder / f"{CANARY}.py").write_text(trace)
    monkeypatch.syspath_prepend(folder)
    watch = Watch()
    monkeypatch.setattr(sys, "meta_path", [watch, *sys.meta_path])
    yield watch
    sys.modules.pop(CANARY, None)


def sung(tmp_path: Path) -> bool:
    return CANARY in sys.modules or (tmp_path / "path" / f"{CANARY}.sung").exists()


def storable(name: str, backend: Backend) -> bool:
    """What a column of text takes; memory takes anything."""
    if backend.kind == "memory":
        return True
    try:
        return "\0" not in name and bool(name.encode() or True)
    except UnicodeEncodeError:
        return False


@pytest.fixture
def ledger(backend: Backend) -> Iterator[Ledger]:
    backend.migrate(views=VIEWS)
    with open_ledger(backend.url) as opened:
        yield opened


@pytest.mark.parametrize("least", [1_000, pytest.param(10_000, marks=pytest.mark.long)])
def test_thousands_of_hostile_names_are_looked_up_and_never_imported(
    backend: Backend, ledger: Ledger, watch: Watch, tmp_path: Path, least: int
) -> None:
    hostile = [it for it in names(least * 3 // 20) if storable(it, backend)]
    assert len(hostile) >= least * 19 // 20
    subjects = [uuid5(UUID(int=0), repr(it)) for it in hostile]
    for start in range(0, len(hostile), 500):
        each = zip(subjects[start : start + 500], hostile[start : start + 500], strict=True)
        ledger.store.append([Row(str(subject), 1, name, told()) for subject, name in each])
    for subject, name in zip(subjects, hostile, strict=True):
        for read in SURE:
            with pytest.raises(UnknownFact) as caught:
                read(ledger, subject)
            assert (caught.value.name, caught.value.version) == (name, 1)
            assert len(str(caught.value)) < 300
    for verb in (ledger.rebuild, ledger.catch_up):
        with pytest.raises(UnknownFact):
            verb()
    found = check(ledger)
    assert [it.error for it in found.damage] == ["UnknownFact"] * len(hostile)
    assert all(len(it.name) <= 100 for it in found.damage)
    assert not {it for it in watch.asked if it.partition(".")[0] == CANARY}
    assert not sung(tmp_path)


@pytest.mark.parametrize("name", HAND_MADE[:7:2])
def test_nor_by_a_view_that_meets_one_in_a_history_that_goes_on(
    ledger: Ledger, watch: Watch, tmp_path: Path, name: str
) -> None:
    subject = UUID(int=5)
    ledger.catch_up()
    known = ("participant.attendance-recorded.v1", told())
    stored = enumerate((known, (name, told()), known), 1)
    ledger.store.append([Row(str(subject), version, *each) for version, each in stored])
    for read in SURE:
        with pytest.raises(UnknownFact):
            read(ledger, subject)
    with pytest.raises(UnknownFact):
        ledger.catch_up()
    [damage] = check(ledger).damage
    assert (damage.position, damage.version, damage.error) == (2, 2, "UnknownFact")
    assert not sung(tmp_path)


def test_the_command_line_shows_no_name_that_steers_a_terminal(
    tmp_path: Path, watch: Watch
) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    runner = CliRunner(env={"NPQ_LEDGER": url})
    assert runner.invoke(npq, ["init"]).exit_code == 0
    with open_ledger(url) as ledger:
        ledger.store.append([Row(str(UUID(int=5)), 1, f"\x1b[2J{CANARY}:Canary", told())])
    for verb in (["history", str(UUID(int=5))], ["explain", str(UUID(int=5))], ["check"]):
        ran = runner.invoke(npq, verb)
        assert ran.exit_code == 3
        assert "\x1b" not in ran.output
    assert not sung(tmp_path)


class Song(Aggregate):
    """What the base library keeps by its own means."""


def test_the_base_library_imports_what_a_stored_topic_names(tmp_path: Path, watch: Watch) -> None:
    application = Application[UUID]()
    song = Song()
    application.save(song)
    row = StoredEvent(song.id, 2, f"{CANARY}:Canary", b"{}")
    application.recorder.insert_events([row])
    with pytest.raises(TypeError):
        application.repository.get(song.id)
    assert sung(tmp_path)
    assert CANARY in watch.asked
