"""Asking a ledger one command of many, so that what becomes of one does not stop the others."""

from collections import Counter
from typing import Any
from uuid import UUID

from attrs import field, frozen

from npq_adapters.inbound.reading import plain
from npq_adapters.ledger import Answer, Ledger
from npq_domain.errors import Conflict, Invalid, Refused, StoredFactError
from npq_domain.recorded import Actor, Source

RECORDED, NOTHING, REPEATED = "recorded", "nothing", "repeated"
REFUSED, INVALID, UNREADABLE = "refused", "invalid", "unreadable"
CONTENDED = "contended"
"""Others kept writing to the subject: no rule said no, and asking again is worth while."""
FAILED = "failed"
"""A stored fact of the subject cannot be read, so nobody can tell what may be asked of it."""
DAMAGED = "stored_fact_error"

IN_FILES = (RECORDED, REPEATED, REFUSED, CONTENDED, FAILED, UNREADABLE)
"""What can become of a row of a file; every row is one of these."""

OF_ROWS = {NOTHING: REPEATED, INVALID: UNREADABLE}
"""What a file's report calls the others: what is so already was said before."""


@frozen(kw_only=True)
class Result:
    """What became of one command."""

    outcome: str
    facts: tuple[str, ...] = ()
    """The names of the facts it led to, now or, if repeated, then."""
    code: str | None = None
    message: str | None = None
    answer: Answer = field(factory=Answer)


@frozen(kw_only=True)
class Report:
    """What became of a file, line by line."""

    file: str
    lines: tuple[Any, ...]
    """Each has one of the outcomes `IN_FILES`."""

    @property
    def totals(self) -> dict[str, int]:
        """How many lines there are of each outcome; together they are all lines."""
        counted = Counter(it.outcome for it in self.lines)
        return {outcome: counted[outcome] for outcome in IN_FILES}

    def as_json(self) -> dict[str, Any]:
        """The report as JSON can tell it."""
        return {**plain(self), "read": len(self.lines), "totals": self.totals}


def ask(
    ledger: Ledger,
    subject: UUID,
    command: Any,
    *,
    by: Actor,
    source: Source,
    command_id: UUID | None = None,
) -> Result:
    """Ask, and tell what became of it. A store that fails still raises."""
    try:
        answer = ledger.handle(subject, command, by=by, command_id=command_id, source=source)
    except Refused as refused:
        return Result(outcome=REFUSED, code=refused.code, message=str(refused))
    except Conflict as conflict:
        return Result(outcome=CONTENDED, code="conflict", message=str(conflict))
    except Invalid as invalid:
        return Result(outcome=INVALID, code=INVALID, message=str(invalid))
    except StoredFactError as damage:
        return failed(damage)
    outcome = REPEATED if answer.repeated else RECORDED if answer else NOTHING
    return Result(outcome=outcome, facts=tuple(it.name for it in answer), answer=answer)


def failed(damage: StoredFactError) -> Result:
    """The result for a subject of which a stored fact cannot be read: it tells where that is."""
    return Result(outcome=FAILED, code=DAMAGED, message=str(damage))
