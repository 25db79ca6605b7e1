"""`python -m benchmarks.generate --tier M --seed 1 --into URL`: lawful ledgers of every size.

To decide every fact of England's NPQs afresh would take hours. So some lives of every programme,
provider, intake and ending are decided, command by command, by the domain's own deciders; they
are then written out again and again, under other subjects and ids and with other people's values,
in other cohorts that begin some days earlier or later. A test decides all commands of lives so
written once more, through the ledger, and gets the very rows that were written.

What is drawn is drawn from the seed: the same seed gives the same ledger to the byte. How many
lives there are of each ending is not drawn, it is exact. Facts stand in the order in which they
were recorded, so participants interleave.
"""

import argparse
import random
import re
import sys
from array import array
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from datetime import UTC, date, datetime, timedelta
from functools import cache, partial
from itertools import islice
from time import perf_counter
from typing import Any, TypeVar
from uuid import UUID

import attrs
import msgspec
from attrs import frozen
from psycopg.sql import SQL, Identifier

from benchmarks import stories
from benchmarks.lawful import BY, row
from benchmarks.stories import Course, Ending, Life, course
from npq_adapters.opening import open_store
from npq_adapters.postgres import PostgresStore
from npq_adapters.projecting import table
from npq_adapters.sqlite import GUARDS, SqliteStore
from npq_adapters.store import Row, Store
from npq_domain.aggregates import vocabulary
from npq_domain.catalogue import Specification, shipped
from npq_domain.catalogue.types import Kind
from npq_domain.identifiers import participant_subject
from npq_domain.personal import Personal, personal_values
from npq_domain.projections import VIEWS
from npq_domain.recorded import Recorded, Source

K = TypeVar("K")


@frozen(kw_only=True)
class Tier:
    """A size of ledger, and what it stands for."""

    participants: int
    facts: int
    """About how many: sixty a participant, as the model's own estimate says."""
    stands_for: str
    years: tuple[int, ...]
    """The years in whose autumn an intake of the year begins, and in whose next spring another."""
    providers: tuple[str, ...]
    cohort: int = 300
    """About how many participants there are in a cohort, where there are enough."""


TIERS = {
    "S": Tier(
        participants=600,
        facts=36_000,
        stands_for="one hub, three years",
        years=(2022, 2023, 2024),
        providers=("UCL",),
    ),
    "M": Tier(
        participants=2_500,
        facts=150_000,
        stands_for="one provider-year",
        years=(2023,),
        providers=("UCL",),
    ),
    "L": Tier(
        participants=44_000,
        facts=2_600_000,
        stands_for="England, peak year",
        years=(2023,),
        providers=("UCL", "BPN", "DfE"),
    ),
    "XL": Tier(
        participants=144_000,
        facts=8_700_000,
        stands_for="England since reform",
        years=(2021, 2022, 2023, 2024),
        providers=("UCL", "BPN", "DfE", "OLP"),
    ),
}

STARTS = {2021: 31_677, 2022: 38_906, 2023: 43_840, 2024: 29_818}
"""England's NPQ starts by year (explore-education-statistics.service.gov.uk)."""

ENDINGS = {
    Ending.AWARDED: 790,
    Ending.RESAT: 20,
    Ending.RESUMED: 8,
    Ending.FAILED: 17,
    Ending.WITHDRAWN: 70,
    Ending.DEFERRED: 40,
    Ending.HANDED_NOTHING_IN: 25,
    Ending.STOPPED: 30,
}
"""Of a thousand. 83.5 % complete, 98 % of them pass: England's figures of completed years. How
those who do not complete divide is published nowhere: that is assumed."""

PROGRAMMES = {
    "NPQSL": 9.0, "NPQLT": 7.4, "NPQLTD": 5.0, "NPQH": 4.4, "NPQLBC": 4.0, "NPQEYL": 3.1,
    "NPQLL": 3.1, "NPQML": 2.0, "NPQEL": 1.5,
}  # fmt: skip
"""How many of each are on a programme: of five, as DfE paid for them in 2022/23; else assumed."""

PROVIDERS = {"UCL": 6.0, "BPN": 3.0, "DfE": 1.0, "OLP": 1.0}
"""How many are with a provider: assumed. What no catalogue details goes by DfE's own page."""

SEASONS = {"autumn": 0.7, "spring": 0.3}
BEGINS = {
    (2021, "autumn"): (date(2021, 11, 1), "2021a"),
    (2021, "spring"): (date(2022, 3, 7), "2021a"),
    (2022, "autumn"): (date(2022, 10, 3), "2022a"),
    (2022, "spring"): (date(2023, 3, 6), "2022a"),
    (2023, "autumn"): (date(2023, 10, 2), "2023a"),
    (2023, "spring"): (date(2024, 3, 4), "2023a"),
    (2024, "autumn"): (date(2024, 9, 30), "2024a"),
    (2024, "spring"): (date(2025, 3, 3), "2025a"),
}
"""The first day of an intake, and DfE's cohort of it."""

SEEN_FROM = date(2026, 11, 2)
"""The day that views look from: every life has ended."""

SHIFTS = (0, 1, -2, 2, -1)
"""Days by which cohorts begin earlier or later. No instant of a life passes a change of clocks."""
WEEKS = (0, 7, -7)
"""The same for the programmes of 2017: days of a placement are working days."""

VARIANTS = {Ending.AWARDED: 9}
"""How many lives are decided of an ending, for each programme, provider and intake; else two."""
TRIES = 60
"""How often a life is drawn anew that did not come to its ending."""

BULK = 10_000
"""Rows that are handed over at a time."""

ROOM = 512
"""Mebibytes of a file that the connection which fills it may hold; SQLite's own measure is 2."""


def apportioned(total: int, weights: Mapping[K, float]) -> dict[K, int]:
    """Whole shares of a total, as near their weights as can be: largest remainders first."""
    whole = sum(weights.values())
    exact = {key: total * weight / whole for key, weight in weights.items()}
    shares = {key: int(share) for key, share in exact.items()}
    by_rest = sorted(exact, key=lambda key: shares[key] - exact[key])
    for key in by_rest[: total - sum(shares.values())]:
        shares[key] += 1
    return shares


# What there is to be written.


@frozen(cache_hash=True)  # asked of each fact, and a specification is large
class Intake:
    """One specification's intake of one season, wherever it is held."""

    specification: Specification
    start: date
    funding_cohort: str

    @property
    def shifts(self) -> tuple[int, ...]:
        return SHIFTS if self.specification.assessment.window else WEEKS

    def name(self, hub: int) -> str:
        """The name of a hub's cohort."""
        specification, season = self.specification, "autumn" if self.start.month > 6 else "spring"
        of = f"{specification.programme}/{specification.version}, {season} {self.start.year}"
        return f"{of}, hub {hub + 1}"

    def template(self) -> Course:
        """The cohort for which lives are decided: the first hub's."""
        return course(self.specification.key, self.start, self.funding_cohort, self.name(0))

    def held(self, hub: int) -> Course:
        """The cohort of a hub: the same some days later, decided for itself."""
        return held(self, hub)


@cache
def held(intake: Intake, hub: int) -> Course:
    at = intake.template()
    if not hub:
        return at
    by, name = intake.shifts[hub % len(intake.shifts)], intake.name(hub)
    later = moved(at.sessions, by, {})
    there = attrs.evolve(
        at,
        name=name,
        start=moved(at.start, by, {}),
        opened=moved(at.opened, by, {}),
        sessions=later,
    )
    return stories.opened_by(there, (moved(it, by, {at.name: name}) for it in at.asked))


def intakes(tier: Tier) -> dict[Intake, int]:
    """Every intake of a tier, and how many participants it has."""
    weights = {
        Intake(specification, start, funding_cohort): STARTS[year]
        * SEASONS[season]
        * PROGRAMMES[specification.programme]
        * PROVIDERS[specification.provider]
        for (year, season), (start, funding_cohort) in BEGINS.items()
        for specification in shipped().specifications
        if year in tier.years
        and specification.provider in tier.providers
        and runs(specification, start)
    }
    return apportioned(tier.participants, weights)


def runs(specification: Specification, start: date) -> bool:
    """Whether the programme is an NPQ that can be completed, and open all the while before."""
    programme = shipped().programme(specification.programme)
    if programme is None or programme.kind is not Kind.NPQ:
        return False
    if specification.engagement and not any(it.minutes for it in specification.components):
        return False  # a share of no minutes is never reached
    closed = shipped().last_offered(specification)
    registering = start - timedelta(days=95)
    return shipped().offered(programme.code, registering) and (not closed or start <= closed)


@frozen(kw_only=True)
class Written:
    """One life to be written: a decided one, in the cohort of a hub, of somebody else."""

    number: int
    template: "Template"
    hub: int
    application_id: UUID
    subject: UUID
    text: str
    head: bytes
    """The subject as a text, and the beginning of the participant's own ids."""

    def names(self) -> dict[Any, Any]:
        """What stands in this life for what stands in the decided one."""
        number, digits = self.number, 1_000_000 + self.application_id.int % 9_000_000
        theirs = (
            str(self.application_id),
            f"{self.text[:24]}{0:012x}",
            f"Participant {number}",
            f"participant{number}@school.example",
            f"{digits}",
            f"Head {digits % 500}",
        )
        return dict(zip(self.template.names(), theirs, strict=True))

    def commands(self) -> Iterator[tuple[Any, datetime, UUID]]:
        """Each command as it would have been asked in this life, when, and under which id."""
        by, there = self.template.by(self.hub), self.template.there
        for asked in self.template.life.asked:
            yield (
                renumbered(there(asked.command, self.hub, self.names()), self),
                asked.now + by,
                stories.numbered(self.subject, asked.number),
            )


def renumbered(command: Any, it: Written) -> Any:
    """The command with its own id, if it has one, of this participant's."""
    if isinstance(getattr(command, "id", None), UUID):
        number = command.id.int & 0xFFFFFFFFFFFF
        return attrs.evolve(command, id=stories.numbered(it.subject, number))
    return command


@frozen(eq=False)
class Template:
    """A decided life."""

    intake: Intake
    ending: Ending
    subject: UUID
    application_id: str
    life: Life

    def names(self) -> tuple[str, ...]:
        """What in it is another's in another life."""
        participant_id = str(stories.numbered(self.subject, 0))
        return (self.application_id, participant_id, *stories.NAMES)

    def by(self, hub: int) -> timedelta:
        """How much later everything happens in the cohort of a hub."""
        return self.intake.held(hub).start - self.intake.start

    def there(self, value: Any, hub: int, same: Mapping[Any, Any]) -> Any:
        """A value of the life as it is in the cohort of a hub, these things named otherwise."""
        if not hub and not same:
            return value
        before, after = self.intake.template(), self.intake.held(hub)
        placed = {before.cohort_id: after.cohort_id, before.name: after.name, **same}
        return moved(value, self.by(hub).days, placed, (before.name, after.name))


def decided(intake: Intake, ending: Ending, variant: int, seed: int) -> Template:
    """A life that comes to this ending, drawn from the seed."""
    at = intake.template()
    for number in range(TRIES):
        named = f"{seed}/{at.specification.key}/{at.start}/{ending.name}/{variant}/{number}"
        dice = random.Random(named)
        application_id = str(UUID(int=dice.getrandbits(128), version=4))
        subject = participant_subject(at.specification.provider, application_id)
        life = stories.life(subject, application_id, at, ending, dice)
        if stories.came_to(life, at, ending):
            return Template(intake, ending, subject, application_id, life)
    msg = f"no life on {at.specification.key} from {at.start} came to be {ending.value}"
    raise RuntimeError(msg)


# The lives, in the order of their intakes.


@frozen(kw_only=True)
class Plan:
    """Everything that a tier's ledger is written from."""

    tier: Tier
    cohorts: tuple[Course, ...]
    lives: tuple[Written, ...]
    endings: Mapping[Ending, int]


def planned(tier: Tier, seed: int) -> Plan:
    """Draw who there is: each ending as often as it has to be."""
    dice = random.Random(seed)
    endings = apportioned(tier.participants, ENDINGS)
    fates = [ending for ending, number in endings.items() for _ in range(number)]
    dice.shuffle(fates)
    lives: list[Written] = []
    cohorts: list[Course] = []
    for intake, number in intakes(tier).items():
        hubs = max(1, round(number / tier.cohort))
        cohorts += (intake.held(hub) for hub in range(min(hubs, number)))
        lives += some_lives(intake, fates[len(lives) :][:number], hubs, seed, len(lives), dice)
    return Plan(tier=tier, cohorts=tuple(cohorts), lives=tuple(lives), endings=endings)


def some_lives(
    intake: Intake,
    fates: Sequence[Ending],
    hubs: int,
    seed: int,
    first: int,
    dice: random.Random,
) -> Iterator[Written]:
    """The lives of one intake."""
    known: dict[tuple[Ending, int], Template] = {}
    met: Counter[Ending] = Counter()
    for number, ending in enumerate(fates):
        variant = met[ending] % VARIANTS.get(ending, 2)
        met[ending] += 1
        if (ending, variant) not in known:
            known[ending, variant] = decided(intake, ending, variant, seed)
        application_id = UUID(int=dice.getrandbits(128), version=4)
        subject = participant_subject(intake.specification.provider, str(application_id))
        text = str(subject)
        yield Written(
            number=first + number,
            template=known[ending, variant],
            hub=number % hubs,
            application_id=application_id,
            subject=subject,
            text=text,
            head=text[:24].encode(),
        )


# Their facts, as they are written.


@frozen
class Fact:
    """A fact of a decided life in the cohort of a hub: all but whose it is."""

    name: str
    parts: tuple[bytes, ...]
    """Between them stands what a participant's own ids begin with; empty where more is theirs."""
    recorded: Recorded[Any]
    own: tuple[str, ...]
    """The fields that hold what is another's in another life."""

    def of(self, it: Written, version: int) -> Row:
        """The row that is written."""
        if self.parts:
            return Row(it.text, version, self.name, it.head.join(self.parts))
        found, names = self.recorded, it.names()
        changed = {name: moved(getattr(found.fact, name), 0, names) for name in self.own}
        return row(
            msgspec.structs.replace(
                found,
                subject=it.subject,
                command_id=stories.numbered(it.subject, found.command_id.int & 0xFFFFFFFFFFFF),
                fact=attrs.evolve(found.fact, **changed),
            )
        )


@frozen
class Told:
    """A decided life as it is in the cohort of a hub."""

    facts: tuple[Fact, ...]
    entries: tuple[tuple[int, int], ...]
    """Of each fact the day on which it was recorded, and its entry in the order of that day."""


@cache
def told(template: Template, hub: int) -> Told:
    """The facts of a decided life, as they are in the cohort of a hub."""
    by = template.by(hub)
    head, mine = str(template.subject)[:24].encode(), template.names()
    made, entries = [], []
    for it in template.life.history:
        fact = template.there(it.fact, hub, {})
        there = msgspec.structs.replace(it, recorded_at=it.recorded_at + by, fact=fact)
        parts = () if any(personal_values(there.fact)) else tuple(row(there).state.split(head))
        own = tuple(name for name in names(type(fact)) if whose(getattr(fact, name)) in mine)
        made.append(Fact(it.name, parts, there, own))
        day, second = divmod(int(there.recorded_at.timestamp()), SECONDS)
        entries.append((day, second << LIVES + VERSIONS | it.version))
    return Told(tuple(made), tuple(entries))


PUBLISHED = "npq_domain.catalogue."
"""Values of the catalogue's own classes are published, and stay as they are."""


def moved(value: Any, days: int, same: Mapping[Any, Any], told: tuple[str, str] = ("", "")) -> Any:
    """A value some days later, and with these things in it named otherwise.

    Sentences name days, too, and the cohort: by the first name of `told`, then by the second.
    """
    if isinstance(value, date):
        return value + timedelta(days=days)
    if isinstance(value, str) and " " in value and any(told):
        return DAY.sub(lambda day: later(day.group(), days), value.replace(*told))
    if isinstance(value, str | UUID):
        return same.get(value, value)
    if isinstance(value, Personal):
        return Personal(moved(value.reveal(), days, same))
    if isinstance(value, tuple):
        return tuple(moved(it, days, same, told) for it in value)
    changed = {name: moved(getattr(value, name), days, same, told) for name in names(type(value))}
    return type(value)(**changed) if changed else value


DAY = re.compile(r"\d{4}-\d\d-\d\d")


def later(day: str, days: int) -> str:
    """A day in a sentence, some days later."""
    return (date.fromisoformat(day) + timedelta(days=days)).isoformat()


def names(kind: Any) -> tuple[str, ...]:
    """The fields of a class whose values may be other ones in another life."""
    if kind not in NAMES:
        stays = not attrs.has(kind) or kind.__module__.startswith(PUBLISHED)
        NAMES[kind] = () if stays else tuple(it.name for it in attrs.fields(kind))
    return NAMES[kind]


NAMES: dict[type, tuple[str, ...]] = {}


def whose(value: Any) -> Any:
    """The value itself, where it is a person's."""
    return value.reveal() if isinstance(value, Personal) else value


# The log, in the order of recording.

SECONDS = 86_400
VERSIONS, LIVES = 8, 24
"""Bits for a version, and for the number of a life, after the second of the day."""
ONE_VERSION, ONE_LIFE = (1 << VERSIONS) - 1, (1 << LIVES) - 1


def rows(plan: Plan) -> Iterator[Row]:
    """Every row of a ledger, cohorts first: they are there before anybody joins them."""
    for at in plan.cohorts:
        yield from cohort_rows(at)
    days: defaultdict[int, array[int]] = defaultdict(partial(array, "Q"))
    lives = [(it, told(it.template, it.hub)) for it in plan.lives]
    for it, how in lives:
        whose = it.number << VERSIONS
        for day, entry in how.entries:
            days[day].append(entry | whose)
    for day in sorted(days):
        for entry in sorted(days.pop(day)):
            version = entry & ONE_VERSION
            it, how = lives[entry >> VERSIONS & ONE_LIFE]
            yield how.facts[version - 1].of(it, version)


def cohort_rows(it: Course) -> Iterator[Row]:
    """The rows of a cohort, which was decided as such."""
    now = datetime.combine(it.opened, datetime.min.time(), UTC) + timedelta(hours=17)
    for version, fact in enumerate(it.facts, 1):
        yield row(
            Recorded(
                subject=it.cohort_id,
                version=version,
                name=vocabulary.name(type(fact)),
                recorded_at=now,
                by=BY,
                source=Source.PROVIDER,
                command_id=stories.numbered(it.cohort_id, version),
                fact=fact,
            )
        )


def batched(items: Iterable[Row], size: int) -> Iterator[list[Row]]:
    """So many at a time."""
    them = iter(items)
    while some := list(islice(them, size)):
        yield some


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """A ledger's store, with a table for every view."""
    with closing(open_store(url)) as store:
        store.migrate([table(view) for view in VIEWS])
        yield store


def fill(store: Store, plan: Plan) -> int:
    """Write a whole ledger, and tell how many facts it has."""
    return put(store, rows(plan))


def length(store: Store) -> int:
    """How many facts there are. The head tells a position, and positions have gaps on a server."""
    return sum(store.counts(0, store.head()).values())


def put(store: Store, log: Iterable[Row]) -> int:
    """Write these rows, many at a time; where there are indexes and guards, all at once.

    A guard that looks at each row takes a fifth of the time; and since ids are random, each
    transaction would write most of an index anew. So a log is written in one transaction, for whose
    time it is unguarded: who draws lives counts. Whoever is stopped half way leaves nothing.
    """
    if isinstance(store, SqliteStore):
        return into_sqlite(store, log)
    if isinstance(store, PostgresStore):
        return into_postgres(store, log)
    written = 0
    for some in batched(log, BULK):
        store.append(some)
        written += len(some)
    return written


def into_sqlite(store: SqliteStore, log: Iterable[Row]) -> int:
    """Write a log into a file."""
    with store.datastore.transaction(commit=True) as cursor:
        cursor.execute(f"PRAGMA cache_size = {-1024 * ROOM}")
        for drop, _ in GUARDS.values():
            cursor.execute(drop)
        insert = store.recorder.insert_events_statement
        written: int = cursor.sqlite_cursor.executemany(insert, log).rowcount
        for _, make in GUARDS.values():
            cursor.execute(make)
    return written


def into_postgres(store: PostgresStore, log: Iterable[Row]) -> int:
    """Write a log by COPY, while nobody else can write to it."""
    facts = Identifier(store.datastore.schema, store.recorder.events_table_name)
    columns = SQL("(originator_id, originator_version, topic, state)")
    with store.datastore.get_connection() as connection, connection.transaction():
        cursor = connection.cursor()
        cursor.execute(SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(facts))
        with cursor.copy(SQL("COPY {} {} FROM STDIN").format(facts, columns)) as copy:
            for it in log:
                copy.write_row(it)
        written = cursor.rowcount
        cursor.execute(SQL("ALTER TABLE {} ENABLE TRIGGER USER").format(facts))
    return written


# The command.


def arguments() -> argparse.Namespace:
    ask = argparse.ArgumentParser(prog="python -m benchmarks.generate", description=__doc__)
    ask.add_argument("--tier", choices=TIERS, default="S")
    ask.add_argument("--seed", type=int, default=1)
    ask.add_argument("--into", required=True, metavar="URL", help="a ledger with nothing in it")
    return ask.parse_args()


def main() -> None:
    asked = arguments()
    tier = TIERS[asked.tier]
    with opened(asked.into) as store:
        if store.head():
            sys.exit(f"{asked.into}: there are facts in it already")
        begun = perf_counter()
        written = fill(store, planned(tier, asked.seed))
        seconds = perf_counter() - begun
    endings = apportioned(tier.participants, ENDINGS)
    print(f"tier {asked.tier}, {tier.stands_for}; seed {asked.seed}")
    print(f"{tier.participants:,} participants, {written:,} facts")
    print(f"{written / seconds:,.0f} facts a second, {seconds:.1f} s in all")
    for ending, number in endings.items():
        print(f"  {ending.value:<26}{number:>9,}{100 * number / tier.participants:>8.2f} %")
    completed = sum(endings[it] for it in stories.COMPLETED)
    passed = sum(endings[it] for it in stories.PASSED)
    print(f"  completed {100 * completed / tier.participants:.2f} %,", end=" ")
    print(f"of whom {100 * passed / completed:.2f} % passed")


if __name__ == "__main__":
    main()
