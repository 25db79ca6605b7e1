"""How far a log in PostgreSQL can be read so that nothing appears later behind the reader.

Positions are given before they are committed. Those who append by our function take turns from
the one to the other, so their facts appear in the order of the log. Whoever inserts otherwise may
hold a position while others commit higher ones: a reader that went on to those would never see
it. Therefore readers stop before a gap that somebody under way may still fill.
"""

from time import monotonic, sleep
from typing import Any

from psycopg import Cursor
from psycopg.sql import SQL, Identifier, Literal

from npq_adapters.postgres_schema import LOG
from npq_adapters.tables import CHECKPOINTS

PATIENCE = 0.02
"""Seconds to wait for those under way: an append takes about a thousandth."""

PAUSE = 0.0005

# The last position that is seen, and after that who is under way: on this server whoever has
# the log open for inserting, which is so before a position is given and until all of it shows; on
# a standby, which is told of no locks, anybody who has written anything and has not yet ended.
LOOK = """SELECT (SELECT max(position) FROM {log}), CASE
  WHEN pg_is_in_recovery() THEN ARRAY(
    SELECT 'somebody' FROM pg_current_snapshot() AS it
    WHERE pg_snapshot_xmin(it) < pg_snapshot_xmax(it))
  ELSE ARRAY(
    SELECT virtualtransaction FROM pg_locks
    WHERE relation = {named}::regclass AND mode = 'RowExclusiveLock' AND granted
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())) END"""

# A view has read up to its checkpoint, so nothing is under way below it.
VOUCHED = "SELECT coalesce(max(position), 0) FROM {checkpoints}"

BEFORE_A_GAP = """SELECT min(behind) FROM (
    SELECT position, lag(position, 1, %s) OVER (ORDER BY position) AS behind
    FROM {log} WHERE position > %s AND position <= %s) AS it
  WHERE position > behind + 1"""


class Tail:
    """The end of the log of a schema, as far as it is settled."""

    def __init__(self, schema: str) -> None:
        log = Identifier(schema, LOG)
        names = {
            "log": log,
            "named": Literal(log.as_string()),
            "checkpoints": Identifier(schema, CHECKPOINTS.name),
        }
        self._look = SQL(LOOK).format(**names)
        self._vouched = SQL(VOUCHED).format(**names)
        self._before_a_gap = SQL(BEFORE_A_GAP).format(**names)

    def settled(self, cursor: Cursor[Any], after: int = 0) -> int | None:
        """The last position up to which every fact shows that ever will; `None` of an empty log.

        `after` is a position up to which the caller has read everything.
        """
        last, under_way = self._looked(cursor)
        until = monotonic() + PATIENCE
        while under_way and monotonic() < until:
            sleep(PAUSE)
            under_way &= self._looked(cursor)[1]
        if last is None or not under_way:
            return last
        return self._up_to_a_gap(cursor, after, last)

    def _looked(self, cursor: Cursor[Any]) -> tuple[int | None, set[str]]:
        [(last, under_way)] = cursor.execute(self._look, prepare=True).fetchall()
        return last, set(under_way)

    def _up_to_a_gap(self, cursor: Cursor[Any], after: int, last: int) -> int:
        [(vouched,)] = cursor.execute(self._vouched).fetchall()
        begin = max(after, vouched)
        [(before,)] = cursor.execute(self._before_a_gap, (begin, begin, last)).fetchall()
        return last if before is None else int(before)
