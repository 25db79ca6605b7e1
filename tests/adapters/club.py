"""A small domain to try the ledger and the engine on: members of clubs and their points."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from attrs import Factory, define, field, frozen

from npq_domain.decider import Decider, Decisions, Facts, Fold, refuse_if
from npq_domain.history import voided
from npq_domain.personal import Personal, personal
from npq_domain.projections.projection import Projection, Seen, Summary
from npq_domain.recorded import Actor, Recorded
from npq_domain.vocabulary import Vocabulary

DAY = date(2024, 5, 1)
NOW = datetime(2024, 5, 2, 12, tzinfo=UTC)
SECRETARY = Actor(role="secretary", id="s.1")


class Clock:
    """Tells the time it is set to, a second later each time."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@frozen(kw_only=True)
class Opened:
    seats: int
    on: date


@frozen(kw_only=True)
class Joined:
    club: UUID | None
    on: date


@frozen(kw_only=True)
class Scored:
    points: int
    on: date


@frozen(kw_only=True)
class Noted:
    text: Personal[str]
    on: date


@frozen(kw_only=True)
class Met:
    at: datetime


@frozen(kw_only=True)
class Withdrawn:
    """That version was written down in error."""

    version: int
    on: date


@define
class Seats:
    number: int = 0


@define
class Club:
    seats: Seats = Factory(Seats)


@define
class Entry:
    joined: bool = False
    met: datetime | None = None


@define
class Score:
    points: list[int] = Factory(list)


@define
class Diary:
    notes: int = 0
    withdrawn: int = 0


@define
class Member:
    entry: Entry = Factory(Entry)
    score: Score = Factory(Score)
    diary: Diary = Factory(Diary)


seats, entry, score, diary = Fold[Seats](), Fold[Entry](), Fold[Score](), Fold[Diary]()


@seats.on(Opened)
def _(it: Seats, fact: Opened) -> None:
    it.number = fact.seats


@entry.on(Joined)
def _(it: Entry, fact: Joined) -> None:
    it.joined = True


@entry.on(Met)
def _(it: Entry, fact: Met) -> None:
    it.met = fact.at


@score.on(Scored)
def _(it: Score, fact: Scored) -> None:
    it.points.append(fact.points)


@diary.on(Noted)
def _(it: Diary, fact: Noted) -> None:
    it.notes += 1


@diary.on(Withdrawn)
def _(it: Diary, fact: Withdrawn) -> None:
    it.withdrawn += 1


@frozen(kw_only=True)
class Open:
    seats: int
    on: date = DAY


def open_club(command: Open, it: Club) -> Facts:
    if not it.seats.number:
        yield Opened(seats=command.seats, on=command.on)


@frozen(kw_only=True)
class Join:
    club_id: UUID | None
    on: date = DAY


def join(command: Join, it: Member, *, club: Club) -> Facts:
    refuse_if(not club.seats.number, "no_seats", "the club has no seats", "rule 1")
    if not it.entry.joined:
        yield Joined(club=command.club_id, on=command.on)


@frozen(kw_only=True)
class Add:
    """Score, several times in one go."""

    points: tuple[int, ...]
    on: date = DAY


def add(command: Add, it: Member) -> Facts:
    refuse_if(0 in command.points, "no_points", "nothing is no score", "rule 2")
    yield from (Scored(points=each, on=command.on) for each in command.points)


@frozen(kw_only=True)
class Note:
    text: Personal[str] = field(converter=personal)
    on: date = DAY


def note(command: Note, it: Member) -> Facts:
    yield Noted(text=command.text, on=command.on)


@frozen(kw_only=True)
class Meet:
    at: datetime


def meet(command: Meet, it: Member) -> Facts:
    yield Met(at=command.at)


@frozen(kw_only=True)
class Withdraw:
    version: int
    on: date = DAY


def withdraw(
    command: Withdraw,
    it: Member,
    *,
    live: Mapping[int, object],
    versions: int,
    history: Sequence[Recorded[Any]],
    now: datetime,
) -> Facts:
    refuse_if(not 1 <= command.version <= versions, "unknown_fact", "no such fact", "rule 3")
    # Two ways to know the same.
    assert set(live) == {each.version for each in history} - set(voided(history, Withdrawn))
    assert all(each.recorded_at <= now for each in history)
    if command.version in live:
        yield Withdrawn(version=command.version, on=command.on)


@frozen(kw_only=True)
class Weigh:
    """Note the points that would be left without one fact, and what the catalogue says."""

    version: int
    on: date = DAY


def weigh(command: Weigh, it: Member, *, without: Callable[[int], Member], catalogue: str) -> Facts:
    left = without(command.version).score.points
    yield Noted(text=Personal(f"{left} {it.score.points} {catalogue}"), on=command.on)


MEMBER_DECISIONS: Decisions = {
    Join: join,
    Add: add,
    Note: note,
    Meet: meet,
    Withdraw: withdraw,
    Weigh: weigh,
}

member = Decider(
    name="member",
    initial=Member,
    folds={"entry": entry, "score": score, "diary": diary},
    decisions=MEMBER_DECISIONS,
    void=Withdrawn,
)
club = Decider(name="club", initial=Club, folds={"seats": seats}, decisions={Open: open_club})
vocabulary = Vocabulary({each.name: each.facts for each in (member, club)})


@frozen(kw_only=True)
class ScoreRow:
    subject: str
    total: int
    position: int
    as_at: date


def score_row(it: Member, seen: Seen) -> ScoreRow | None:
    if not it.score.points:
        return None
    return ScoreRow(
        subject=seen.subject,
        total=sum(it.score.points),
        position=seen.position,
        as_at=seen.as_at,
    )


@frozen(kw_only=True)
class EntryRow:
    subject: str
    met: datetime | None
    position: int


def entry_row(it: Member, seen: Seen) -> EntryRow | None:
    if not it.entry.joined:
        return None
    return EntryRow(subject=seen.subject, met=it.entry.met, position=seen.position)


@frozen(kw_only=True)
class TotalRow:
    """How many members share a total."""

    total: int
    members: int
    joined: int


def total_rows(
    scores: Sequence[ScoreRow], entries: Sequence[EntryRow], *, as_at: date
) -> Iterable[TotalRow]:
    joined = {each.subject for each in entries}
    for total in sorted({each.total for each in scores}):
        those = [each.subject for each in scores if each.total == total]
        yield TotalRow(total=total, members=len(those), joined=len(joined.intersection(those)))


scores = Projection(
    name="scores", row_type=ScoreRow, decider=member, parts=("score",), row=score_row
)
entries = Projection(
    name="entries", row_type=EntryRow, decider=member, parts=("entry",), row=entry_row
)
totals = Summary(
    name="totals",
    row_type=TotalRow,
    key=("total",),
    sources=(scores, entries),
    rows=total_rows,
    columns={"scores": ("subject", "total"), "entries": ("subject",)},
)
VIEWS = (scores, entries, totals)
