"""What `migrate` makes in PostgreSQL: the log, what it refuses, and who may do what with it."""

import hashlib
from collections.abc import Iterable, Mapping

from psycopg.sql import SQL, Composable, Identifier, Literal

from npq_adapters.mapper import NOT_NEXT
from npq_adapters.store import Table
from npq_adapters.tables import PARTS, Guards, Steps, own
from npq_domain.errors import Invalid

LOG = "stored_events"
"""The table of facts, named and with its columns as the base library has them."""


def lock_key(schema: str, purpose: str) -> int:
    """The key of an advisory lock. Such locks belong to a database; this makes one a schema's."""
    digest = hashlib.blake2b(f"npq_domain {purpose} {schema}".encode(), digest_size=8)
    return int.from_bytes(digest.digest(), "big", signed=True)


TABLE = """CREATE TABLE {log} (
  position bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  originator_id text COLLATE "C" NOT NULL,
  originator_version bigint NOT NULL,
  topic text COLLATE "C" NOT NULL,
  state bytea NOT NULL,
  PRIMARY KEY (originator_id, originator_version))"""

# It runs by its owner's rights, so those who append need no right to insert: all they write goes
# through here and takes the lock. Names are looked up nowhere but where they are said to be.
APPEND = """CREATE OR REPLACE FUNCTION {append}
  (subjects text[], versions bigint[], names text[], states bytea[])
  RETURNS SETOF bigint LANGUAGE plpgsql
  SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$ BEGIN
    PERFORM pg_advisory_xact_lock({key});
    NOTIFY {channel};
    RETURN QUERY INSERT INTO {log} AS it (originator_id, originator_version, topic, state)
      SELECT * FROM unnest(subjects, versions, names, states)
      RETURNING it.position;
  END $$"""

NOT_FOR_ALL = "REVOKE ALL ON FUNCTION {append} FROM PUBLIC"

REFUSE = """CREATE OR REPLACE FUNCTION {refuse}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
    RAISE EXCEPTION '% of % refused: a recorded fact is never changed or removed',
      TG_OP, TG_TABLE_NAME
      USING ERRCODE = 'restrict_violation', HINT = 'Record a correction or a void after it.';
  END $$"""

STAY = """CREATE TRIGGER facts_stay BEFORE UPDATE OR DELETE OR TRUNCATE ON {log}
  FOR EACH STATEMENT EXECUTE FUNCTION {refuse}()"""

# Once a statement, over all its rows: a trigger for each row makes a bulk load half as fast.
# Where every version comes after the one before it, none is missing.
NEXT = """CREATE OR REPLACE FUNCTION {next}() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE gap record; BEGIN
    SELECT it.originator_id AS subject, it.originator_version AS version INTO gap
      FROM added AS it
      WHERE it.originator_version < 1 OR it.originator_version > 1 AND NOT EXISTS (
        SELECT FROM {log} AS before WHERE before.originator_id = it.originator_id
        AND before.originator_version = it.originator_version - 1
        AND before.position < it.position)
      LIMIT 1;
    IF FOUND THEN
      RAISE EXCEPTION '% (version % of %)', {not_next}, gap.version, gap.subject
        USING ERRCODE = 'check_violation';
    END IF;
    RETURN NULL;
  END $$"""

FOLLOW = """CREATE TRIGGER versions_follow AFTER INSERT ON {log}
  REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION {next}()"""

STEPS = ((TABLE,), (APPEND, NOT_FOR_ALL, REFUSE, STAY, NEXT, FOLLOW))
"""The log, version by version. What guards it is in the database, so it holds for every program."""


GUARDS = {
    "facts_stay": (REFUSE, "DROP TRIGGER IF EXISTS facts_stay ON {log}", STAY),
    "versions_follow": (NEXT, "DROP TRIGGER IF EXISTS versions_follow ON {log}", FOLLOW),
}
"""What puts each trigger there, also in the place of one that was switched off or altered."""

# What they are called at, as in the statements above: pg_trigger.tgtype.
IN_FORCE = """SELECT tgname FROM pg_trigger WHERE tgrelid = to_regclass(%s)
  AND tgenabled IN ('O', 'A')
  AND (tgname, tgtype) IN (('facts_stay', 58), ('versions_follow', 4))"""


def log_steps(schema: str, channel: str) -> Steps:
    """What makes the log of a schema."""
    names = named(schema, channel)
    return [[SQL(it).format(**names).as_string() for it in step] for step in STEPS]


def log_guards(schema: str, channel: str) -> Guards:
    """What puts each guard of the log of a schema back."""
    names = named(schema, channel)
    return {
        guard: [SQL(it).format(**names).as_string() for it in step]
        for guard, step in GUARDS.items()
    }


def named(schema: str, channel: str) -> dict[str, Composable]:
    """What the statements leave open."""
    return {
        "log": Identifier(schema, LOG),
        "append": Identifier(schema, "append_facts"),
        "refuse": Identifier(schema, "refuse_change"),
        "next": Identifier(schema, "check_versions"),
        "channel": Identifier(channel),
        "key": Literal(lock_key(schema, "append")),
        "not_next": Literal(NOT_NEXT),
    }


EVERYWHERE = ("USAGE", "SCHEMA {schema}")

RIGHTS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "writer": (
        EVERYWHERE,
        ("SELECT", "TABLE {log}, {parts}"),
        ("EXECUTE", "FUNCTION {append}(text[], bigint[], text[], bytea[])"),
        ("SELECT, INSERT, UPDATE, DELETE", "TABLE {views}"),
    ),
    "reader": (EVERYWHERE, ("SELECT", "TABLE {parts}, {views}")),
    "auditor": (EVERYWHERE, ("SELECT", "TABLE {log}, {parts}, {views}")),
}
"""What each role is granted, and on what. The owner has every right on what it made."""


def grants(schema: str, tables: Iterable[Table], roles: Mapping[str, str]) -> list[str]:
    """The statements that give roles their rights; `roles` is from ours to the database's names."""
    if unknown := sorted(roles.keys() - RIGHTS.keys()):
        raise Invalid(
            "grants", [f"no role {it!r}; there are {', '.join(RIGHTS)}" for it in unknown]
        )
    views = [it.name for it in own(tables)]
    on: dict[str, Composable] = {
        "schema": Identifier(schema),
        "log": Identifier(schema, LOG),
        "parts": Identifier(schema, PARTS.name),
        "append": Identifier(schema, "append_facts"),
        "views": SQL(", ").join(Identifier(schema, it) for it in views),
    }
    return [
        SQL(f"GRANT {right} ON {place} TO {{role}}")
        .format(**on, role=Identifier(named))
        .as_string()
        for role, named in roles.items()
        for right, place in RIGHTS[role]
    ]
