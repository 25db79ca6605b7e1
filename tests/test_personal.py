"""Personal values never show by accident."""

import logging
import pickle
import traceback
from typing import Any

import msgspec
import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from npq_domain.personal import REDACTED, Personal, maybe_personal, personal

NAME = "Ada Byron"
ADA = Personal(NAME)


@frozen
class Holder:
    name: Personal[str]


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        "{}".format,
        "{:>40}".format,
        lambda it: f"{it}",
        lambda it: f"{it!r:>9}",
        lambda it: "%s %r" % (it, it),  # noqa: UP031 - the way that logging formats
        lambda it: repr(Holder(it)),
        lambda it: repr([it, {it: it}]),
    ],
)
def test_no_way_of_printing_shows_the_value(show: Any) -> None:
    assert NAME not in show(ADA)
    assert REDACTED in show(ADA)


def test_the_value_shows_where_it_is_asked_for() -> None:
    assert ADA.reveal() == NAME


def test_a_log_does_not_show_the_value(caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("npq").warning("registered %s", Holder(ADA))
    assert NAME not in caplog.text


def test_a_traceback_does_not_show_the_value() -> None:
    with pytest.raises(ValueError, match=REDACTED) as caught:
        raise ValueError(ADA)
    assert NAME not in "".join(traceback.format_exception(caught.value))


def test_a_personal_value_is_equal_by_its_value_and_to_nothing_else() -> None:
    assert Personal(NAME) == ADA
    assert hash(Personal(NAME)) == hash(ADA)
    assert Personal("Ada King") != ADA
    assert ADA != NAME


def test_a_personal_value_is_not_changed() -> None:
    with pytest.raises(AttributeError):
        ADA.name = "Ada King"  # type: ignore[attr-defined]


def test_to_wrap_a_wrapped_value_leaves_it_as_it_is() -> None:
    assert personal(ADA) is ADA
    assert personal(NAME) == ADA
    assert maybe_personal(None) is None
    assert maybe_personal(NAME) == ADA


def test_a_personal_value_is_not_written_as_json_unless_somebody_means_it() -> None:
    with pytest.raises(TypeError):
        msgspec.json.encode(ADA)


@given(st.text())
def test_any_text_can_be_personal_and_comes_back(text: str) -> None:
    assert Personal(text).reveal() == text
    assert pickle.loads(pickle.dumps(Personal(text))) == Personal(text)  # noqa: S301 - our own
