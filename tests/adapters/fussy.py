"""Views of which some members have no row: it cannot be made, or no table has a place for it."""

from attrs import evolve, frozen

from npq_domain.projections.projection import Projection, Seen
from tests.adapters.club import Member, member


@frozen(kw_only=True)
class ShareRow:
    subject: str
    share: int | None = None
    note: str = ""
    position: int


def share_row(it: Member, seen: Seen) -> ShareRow:
    share = 12 // (3 - sum(it.score.points))
    return ShareRow(subject=seen.subject, share=share, position=seen.position)


def wide_row(it: Member, seen: Seen) -> ShareRow:
    wide = 2**63 if sum(it.score.points) == 3 else 0
    return ShareRow(subject=seen.subject, share=wide, position=seen.position)


def text_row(it: Member, seen: Seen) -> ShareRow:
    note = "a\0b" if sum(it.score.points) == 3 else ""
    return ShareRow(subject=seen.subject, note=note, position=seen.position)


def kind_row(it: Member, seen: Seen) -> ShareRow:
    note: str = 3 if sum(it.score.points) == 3 else ""  # type: ignore[assignment]
    return ShareRow(subject=seen.subject, note=note, position=seen.position)


share = Projection(
    name="share",
    row_type=ShareRow,
    decider=member,
    parts=("score",),
    row=share_row,
    tolerant=True,
)
wide = evolve(share, row=wide_row)
text = evolve(share, row=text_row)
kind = evolve(share, row=kind_row)

BECAUSE = (
    (share, "no row can be made (ZeroDivisionError in share_row, fussy.py:18)"),
    (wide, "no row can be kept (view_share.share: a number beyond 64 bits)"),
    (text, "no row can be kept (view_share.note: a text with a NUL character)"),
    (kind, "no row can be kept (view_share.note: argument of type 'int' is not iterable)"),
)
