"""`npq check`: what it tells, and how it ends."""

import sqlite3
from contextlib import closing

from npq_adapters.cli import exits
from tests.adapters.cli.conftest import ADA, BOB, Run, damage
from tests.adapters.tampering import unguarded


def test_a_sound_ledger_ends_well(npq_with: Run) -> None:
    npq_with("show", "engagement")
    ran = npq_with("check")
    assert ran.code == 0
    assert "13 facts of 3 subjects; nothing is wrong." in ran.out
    assert "Damaged" not in ran.out
    found = npq_with("--json", "check").json
    assert (found["wrong"], found["head"], found["damage"]) == (0, 13, [])
    assert {it["name"]: it["held"] for it in found["guarantees"]}["append_only"]
    assert found["views"][0] == {
        "view": "engagement",
        "position": 13,
        "as_at": found["views"][0]["as_at"],
        "behind": 0,
        "ahead": 0,
        "another_log": False,
    }


def test_every_damaged_row_is_told_and_the_run_ends_with_3(npq_with: Run, url: str) -> None:
    names = [damage(url, ADA, 9), damage(url, BOB, 2)]
    ran = npq_with("--json", "check")
    assert ran.code == 3
    assert [(it["position"], it["subject"], it["version"]) for it in ran.json["damage"]] == [
        (14, str(ADA), 9),
        (15, str(BOB), 2),
    ]
    assert [it["name"] for it in ran.json["damage"]] == names
    assert ran.json["wrong"] == 2
    shown = npq_with("check")
    assert shown.code == 3
    assert str(ADA) in shown.out
    assert "2 things are wrong" in shown.out
    assert "secret" not in ran.out + shown.out


def test_a_log_whose_guards_are_gone_is_wrong(npq_with: Run, url: str) -> None:
    with unguarded(url) as db:
        db.commit()
        ran = npq_with("check")
        assert ran.code == 3
        assert "✗     triggers refuse nothing" in ran.out
    assert npq_with("check").code == 0


def test_views_of_a_longer_log_are_named_by_whoever_shows_them(npq_with: Run, url: str) -> None:
    npq_with("show", "engagement")
    with unguarded(url) as db:
        db.execute("DELETE FROM stored_events WHERE position > 11")
        db.commit()
    for verb in (("show", "engagement"), ("show", "cohort", "--as-at", "2024-01-01")):
        ran = npq_with("--json", *verb)
        assert ran.code == 3
        assert ran.json["error"]["code"] == "view_ahead"
        assert (ran.json["error"]["position"], ran.json["error"]["head"]) == (13, 11)
        named = ran.json["error"]["view"]
        why = f"an older backup was restored under it; `npq rebuild {named}` makes it anew"
        assert why in ran.err
    ran = npq_with("check")
    assert ran.code == 3
    assert "2 ahead: an older backup was restored" in ran.out
    assert npq_with("rebuild").code == 0
    assert [npq_with("check").code, npq_with("show", "engagement").code] == [0, 0]


def test_views_of_a_log_that_is_gone_are_named_though_another_is_as_long(
    npq_with: Run, url: str
) -> None:
    npq_with("show", "engagement")
    with unguarded(url) as db:
        db.execute(
            "UPDATE stored_events SET state = CAST(state || ' ' AS BLOB) WHERE position = 13"
        )
        db.commit()
    for verb in (("show", "engagement"), ("show", "cohort")):
        ran = npq_with("--json", *verb)
        assert ran.code == 3
        assert ran.json["error"] == {
            "code": "another_log",
            "message": "the view engagement has read up to position 13, but the log has another"
            " fact: an older backup was restored under it; `npq rebuild engagement` makes it anew",
            "view": "engagement",
            "position": 13,
        }
    ran = npq_with("check")
    assert ran.code == 3
    assert "of another log: an older backup was restored; rebuild engagement" in ran.out
    found = npq_with("--json", "check").json
    read = [it["view"] for it in found["views"] if it["position"] is not None]
    assert [it["view"] for it in found["views"] if it["another_log"]] == read
    assert (found["wrong"], "engagement" in read) == (len(read), True)
    assert npq_with("rebuild").code == 0
    assert [npq_with("check").code, npq_with("show", "engagement").code] == [0, 0]


def test_progress_goes_to_standard_error(npq_with: Run) -> None:
    ran = npq_with("--json", "check")
    assert ran.err.startswith("checking: 13 of 13 facts, ")


def test_every_fact_that_a_view_goes_on_without_is_told_by_its_place(
    npq_with: Run, url: str
) -> None:
    npq_with("show", "roster")
    name = damage(url, ADA, 9)
    position = npq_with("--json", "show", "eligibility").json["error"]["position"]
    npq_with("show", "roster")
    ran = npq_with("--json", "check")
    assert {
        "view": "roster",
        "position": position,
        "subject": str(ADA),
        "version": 9,
        "name": name,
        "error": "StoredFactError",
    } in ran.json["set_aside"]
    assert "Set aside" in npq_with("check").out


def test_a_view_whose_books_do_not_come_to_the_log_is_told_by_name(npq_with: Run, url: str) -> None:
    npq_with("show", "engagement")
    with closing(sqlite3.connect(url.removeprefix("sqlite:///"))) as db, db:
        db.execute(
            "UPDATE view_coverage SET applied = applied - 1"
            " WHERE view = 'engagement' AND name = 'participant.enrolled.v1'"
        )
    ran = npq_with("--json", "check")
    assert (ran.code, ran.json["wrong"]) == (exits.INTEGRITY, 1)
    assert ran.json["uncovered"] == [
        {
            "view": "engagement",
            "name": "participant.enrolled.v1",
            "logged": 1,
            "applied": 0,
            "ignored": 0,
            "quarantined": 0,
        }
    ]
    assert "Not covered" in npq_with("check").out
    npq_with("rebuild", "engagement")
    assert npq_with("check").code == exits.DONE
