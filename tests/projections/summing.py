"""Summaries of rows that have the columns which the summary names, and no others."""

from collections.abc import Iterable
from datetime import date
from typing import Any

from attrs import fields

from npq_domain.projections import Summary


def summed(summary: Summary[Any], *there: Iterable[Any], as_at: date) -> list[Any]:
    """The rows of a summary over these rows of each source."""
    read = (
        [only(summary.reads(source), row) for row in rows]
        for source, rows in zip(summary.sources, there, strict=True)
    )
    return list(summary.rows(*read, as_at=as_at))


def only(row_type: type[Any], row: Any) -> Any:
    """A row with the columns of this class alone."""
    return row_type(**{it.name: getattr(row, it.name) for it in fields(row_type)})
