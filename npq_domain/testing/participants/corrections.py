"""Makers of commands about what was recorded in error."""

from typing import Any

from npq_domain import commands as ask
from npq_domain.personal import Personal
from npq_domain.testing.participants.engagement import work_on
from npq_domain.testing.participants.plots import Tale


def void(tale: Tale) -> Any:
    last = len(tale.past.facts)
    version = tale.one_of([last, last, tale.number(0, last + 1)])
    return ask.VoidFact(version=version, reason=Personal("a slip"), on=tale.later())


def correct(tale: Tale) -> Any:
    wrong = [
        (version, fact)
        for version, fact in enumerate(tale.past.facts, 1)
        if getattr(fact, "component", None) in tale.it.enrolment.plan
    ]
    if not wrong:
        return None
    version, fact = tale.one_of(wrong)
    replacement = work_on(tale, tale.it.enrolment.plan[fact.component])
    return replacement and ask.CorrectFact(
        version=version,
        replacement=replacement,
        reason=Personal("a slip"),
        on=max(replacement.on, tale.later()),
    )
