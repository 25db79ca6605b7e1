"""The roster shows who is who to those who ask for it, and to no log."""

from npq_domain.projections import RosterRow


def test_a_row_of_the_roster_is_shown_without_name_and_number() -> None:
    row = RosterRow(
        participant="p",
        person_ref="r",
        application_id="a",
        provider="UCL",
        programme="NPQH",
        cohort_id=None,
        group=None,
        name="Ann Other",
        trn="0743795",
        as_of_position=1,
    )
    assert not [it for it in ("Other", "0743795") if it in repr(row)]
    assert (row.name, row.trn) == ("Ann Other", "0743795")
