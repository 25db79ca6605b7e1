"""Asking a ledger one command of many, so that what becomes of one does not stop the others."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, Protocol
from uuid import UUID

from attrs import field, frozen

from npq_adapters.ledger import Answer, Ledger
from npq_domain.errors import Conflict, Invalid, Refused
from npq_domain.recorded import Actor, Source

RECORDED, NOTHING, REPEATED = "recorded", "nothing", "repeated"
REFUSED, INVALID, UNREADABLE = "refused", "invalid", "unreadable"

IN_FILES = (RECORDED, REPEATED, REFUSED, UNREADABLE)
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


class HasOutcome(Protocol):
    """A line of a report."""

    @property
    def outcome(self) -> str:
        """One of `IN_FILES`."""


def ask(
    ledger: Ledger,
    subject: UUID,
    command: Any,
    *,
    by: Actor,
    source: Source,
    command_id: UUID | None = None,
) -> Result:
    """Ask, and tell what became of it. A store that fails still raises, and so do broken rows."""
    try:
        answer = ledger.handle(subject, command, by=by, command_id=command_id, source=source)
    except Refused as refused:
        return Result(outcome=REFUSED, code=refused.code, message=str(refused))
    except Conflict as conflict:
        return Result(outcome=REFUSED, code="conflict", message=str(conflict))
    except Invalid as invalid:
        return Result(outcome=INVALID, code=INVALID, message=str(invalid))
    outcome = REPEATED if answer.repeated else RECORDED if answer else NOTHING
    return Result(outcome=outcome, facts=tuple(it.name for it in answer), answer=answer)


def totals(lines: Iterable[HasOutcome]) -> dict[str, int]:
    """How many lines there are of each outcome; together they are all lines."""
    counted = Counter(it.outcome for it in lines)
    return {outcome: counted[outcome] for outcome in IN_FILES}
