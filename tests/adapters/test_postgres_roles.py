"""Who may do what in a PostgreSQL ledger: by privilege where one can, by trigger where not."""

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import CheckViolation, InsufficientPrivilege, RestrictViolation

from npq_adapters import grants, open_ledger
from npq_adapters.opening import open_store
from npq_adapters.projecting import table
from npq_adapters.store import Checkpoint, Row, Store, Stored, Table
from npq_domain import Actor, cohort, commands
from npq_domain.errors import Invalid, NotPermitted
from npq_domain.projections import VIEWS
from tests.adapters.test_store_contract import DAY, LINE, LINES, LONGER, PAIRS, Longer, put, read
from tests.conftest import ROLES, Backend

PAGE = Path(__file__).parents[2] / "docs" / "stores" / "postgresql.md"
ONE = str(uuid4())
FACT = Row(ONE, 1, "a.thing-done.v1", b"{}")


@pytest.fixture
def made(postgres: Backend) -> Backend:
    """A ledger with one fact and one row of a view."""
    with closing(postgres.open([LINES, PAIRS])) as store:
        store.append([FACT])
        put(store, LINES, LINE)
    return postgres


def schema(of: Backend) -> str:
    return of.url.rpartition("=")[2]


def told(of: Backend, role: str, statement: str) -> None:
    """Have a role execute a statement in the schema of a ledger."""
    address = of.role(role).replace("?schema=", "&schema=").partition("&schema=")[0]
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"SET search_path = {schema(of)}".encode())
        connection.execute(statement.encode())


# What is refused

UPSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " SELECT originator_id, 1, topic, state FROM stored_events ON CONFLICT"
    " (originator_id, originator_version) DO UPDATE SET state = 'x'"
)
CHANGES = [
    "UPDATE stored_events SET state = 'x'",
    "UPDATE stored_events SET topic = 'x' WHERE false",
    "DELETE FROM stored_events",
    "DELETE FROM stored_events WHERE position = 1",
    "TRUNCATE stored_events",
    UPSERT,
    "MERGE INTO stored_events it USING (SELECT 1) one ON true WHEN MATCHED THEN DELETE",
]


@pytest.mark.parametrize("role", ["owner", "superuser"])
@pytest.mark.parametrize("change", CHANGES)
def test_nobody_changes_or_removes_a_fact(made: Backend, role: str, change: str) -> None:
    with pytest.raises(RestrictViolation) as refused:
        told(made, role, change)
    verb = next(it for it in ("TRUNCATE", "DELETE", "UPDATE") if it in change)
    assert refused.value.diag.message_primary == (
        f"{verb} of stored_events refused: a recorded fact is never changed or removed"
    )
    assert [tuple(it)[1:] for it in facts(made)] == [tuple(FACT)]


def facts(made: Backend) -> list[Stored]:
    with closing(open_store(made.url)) as store:
        return list(map(Stored._make, store.scan()))


INSERT = (
    "INSERT INTO stored_events (originator_id, originator_version, topic, state)"
    " VALUES ('{0}', {1}, 'a', 'b')"
)


@pytest.mark.parametrize("version", [0, 3, 4])
def test_nobody_leaves_a_gap_in_the_versions_of_a_subject(made: Backend, version: int) -> None:
    with pytest.raises(CheckViolation) as refused:
        told(made, "owner", INSERT.format(ONE, version))
    assert refused.value.diag.message_primary == (
        f"a version that is not the next of its subject (version {version} of {ONE})"
    )
    told(made, "owner", INSERT.format(ONE, 2))
    assert [it.version for it in facts(made)] == [1, 2]


DDL = [
    "CREATE TABLE another (it text)",
    "CREATE FUNCTION another() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "DROP TABLE stored_events",
    "DROP TABLE view_lines",
    "ALTER TABLE stored_events DISABLE TRIGGER ALL",
    "ALTER TABLE view_lines ADD COLUMN more text",
    "DROP TRIGGER facts_stay ON stored_events",
    "CREATE TRIGGER mine BEFORE INSERT ON stored_events EXECUTE FUNCTION refuse_change()",
    "DROP FUNCTION append_facts",
    "TRUNCATE view_lines",
]

APPEND = "SELECT append_facts(ARRAY['x'], ARRAY[1], ARRAY['a'], ARRAY[''::bytea])"
READ_LOG = "SELECT * FROM stored_events"
READ_VIEW = "SELECT * FROM view_lines, view_checkpoints, npq_schema"
WRITE_VIEW = "DELETE FROM view_lines"
SETTLE = "SELECT nextval(pg_get_serial_sequence('stored_events', 'position'))"
MAY = {
    "writer": {APPEND, READ_LOG, READ_VIEW, WRITE_VIEW},
    "reader": {READ_VIEW},
    "auditor": {READ_LOG, READ_VIEW},
}
ASKED = [
    *(APPEND, READ_LOG, READ_VIEW, WRITE_VIEW, SETTLE, *DDL, *CHANGES),
    INSERT.format(ONE, 2),
    INSERT.format(ONE, 2).replace("VALUES", "OVERRIDING SYSTEM VALUE VALUES"),
    "UPDATE npq_schema SET shape = '9'",
]


@pytest.mark.parametrize("role", ROLES)
def test_a_role_may_do_what_the_page_says_and_no_more(made: Backend, role: str) -> None:
    for statement in ASKED:
        if statement in MAY[role]:
            told(made, role, statement)
        else:
            with pytest.raises(InsufficientPrivilege):
                told(made, role, statement)


# What each may do by the library

VERBS: dict[str, Callable[[Store], object]] = {
    "migrate": lambda it: it.migrate([LINES, PAIRS]),
    "append": lambda it: it.append([Row(ONE, 2, "a", b"{}")]),
    "read the log": lambda it: list(it.scan()),
    "read a subject": lambda it: it.stream(ONE),
    "ask for the end": lambda it: it.head(),
    "read views": lambda it: read(it, LINES),
    "write views": lambda it: put(it, LINES, LINE),
}
READS = ("read the log", "read a subject", "ask for the end")
ALLOWED = {
    "owner": set(VERBS),
    "writer": set(VERBS) - {"migrate"},
    "reader": {"read views"},
    "auditor": {"read views", *READS},
}


def test_the_page_says_what_each_role_may_do() -> None:
    lines = PAGE.read_text("utf-8").splitlines()
    begin = lines.index("| by the library | owner | writer | reader | auditor |")
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines[begin:]]
    rows = rows[: rows.index([])]
    [(_, *roles), _, *verbs] = rows
    assert [verb for verb, *_ in verbs] == list(VERBS)
    for number, role in enumerate(roles, 1):
        assert {it[0] for it in verbs if it[number] == "yes"} == ALLOWED[role]


@pytest.mark.parametrize("role", ALLOWED)
def test_what_a_role_may_not_do_is_told_by_its_name(made: Backend, role: str) -> None:
    with closing(open_store(made.role(role))) as store:
        store.check([LINES, PAIRS])
        for verb, ask in VERBS.items():
            if verb in ALLOWED[role]:
                ask(store)
            else:
                with pytest.raises(NotPermitted, match=f"for the role npq_{role}: `npq grants`"):
                    ask(store)


def test_a_reader_opens_a_ledger_and_sees_views(postgres: Backend) -> None:
    postgres.migrate(views=VIEWS)
    subject = UUID(int=1)
    opening = commands.OpenCohort(
        provider="UCL", name="autumn", season="autumn", start_on=DAY, on=DAY
    )
    with open_ledger(postgres.url) as writer:
        writer.handle(subject, opening, by=Actor(role="provider", id="office"))
        writer.catch_up()
        expected = writer.rows("intakes")
    with open_ledger(postgres.role("reader")) as reader:
        assert reader.rows("intakes") == expected != []
        with pytest.raises(NotPermitted, match="permission denied for table stored_events"):
            reader.history(subject)
        with pytest.raises(NotPermitted):
            reader.catch_up()
    with open_ledger(postgres.role("auditor")) as auditor:
        [opened] = auditor.history(subject)
        assert opened.name.startswith(cohort.name)
        with pytest.raises(NotPermitted, match="append_facts"):
            auditor.handle(UUID(int=2), opening, by=Actor(role="provider", id="office"))


def test_tables_that_a_later_release_makes_are_its_writer_s_and_reader_s_too(
    made: Backend,
) -> None:
    others = Table("others", type(LINE), ("subject",))
    with closing(open_store(made.owner)) as owner:
        owner.migrate([LONGER, PAIRS, others])
    with (
        closing(open_store(made.url)) as writer,
        closing(open_store(made.role("reader"))) as reader,
    ):
        put(writer, LONGER, Longer(ONE, 1, "red"))
        put(writer, others, LINE)
        with writer.views(write=True) as views:
            views.advance("lines", Checkpoint(1, DAY))
        assert (read(reader, LONGER), read(reader, others)) == ([Longer(ONE, 1, "red")], [LINE])
        with pytest.raises(NotPermitted):
            put(reader, others, LINE)


def test_a_table_made_anew_keeps_what_it_alone_had_granted(made: Backend) -> None:
    told(made, "owner", "REVOKE ALL ON view_lines FROM npq_reader")
    told(made, "owner", "GRANT SELECT ON view_lines TO PUBLIC")
    told(made, "owner", "REVOKE ALL ON view_pairs FROM npq_reader")
    with closing(open_store(made.owner)) as owner:
        owner.migrate([LONGER, Table("pairs", Longer, ("subject",))])
    with closing(open_store(made.role("reader"))) as reader:
        assert read(reader, LONGER) == []
        with pytest.raises(NotPermitted):
            read(reader, Table("pairs", Longer, ("subject",)))


# The statements


def test_the_statements_name_each_table_and_each_role() -> None:
    url = "postgresql://owner@host/db?schema=ledger"
    usage, select = (it.replace('"', "") for it in grants(url, {"reader": "BI"}, views=[]))
    assert usage == "GRANT USAGE ON SCHEMA ledger TO BI"
    assert select == (
        "GRANT SELECT ON TABLE ledger.npq_schema, ledger.view_checkpoints,"
        " ledger.view_coverage, ledger.view_quarantine, ledger.view_rebuilds,"
        " ledger.personal_keys, ledger.personal_index TO BI"
    )
    granted = "; ".join(grants(url, {role: role for role in ROLES}))
    for view in VIEWS:
        assert granted.count(f'"ledger"."view_{table(view).name}"') == len(ROLES)
    assert granted.count('"stored_events"') == 2


def test_a_name_is_quoted_whatever_it_is() -> None:
    [usage, *_] = grants("postgresql://owner@host/db", {"reader": 'x" TO me; --'}, views=[])
    assert usage == '''GRANT USAGE ON SCHEMA "public" TO "x"" TO me; --"'''


def test_a_role_that_there_is_not_is_refused() -> None:
    with pytest.raises(Invalid, match="grants: no role 'admin'; there are writer, reader, auditor"):
        grants("postgresql://owner@host/db", {"admin": "root"})


@pytest.mark.parametrize("url", ["memory:", "sqlite:///provider.db"])
def test_a_store_without_roles_says_so(url: str) -> None:
    with pytest.raises(Invalid, match="only a PostgreSQL ledger has roles"):
        grants(url, {"writer": "npq"})
