"""What holds of every kind of fact: it is folded, it is stored as it is, its name never changes."""

import inspect
import pkgutil
from importlib import import_module
from types import ModuleType
from typing import Any

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npq_domain import commands
from npq_domain.aggregates import DECIDERS, vocabulary
from npq_domain.aggregates.cohort import facts as cohort_facts
from npq_domain.aggregates.participant import facts as participant_facts
from npq_domain.testing import laws
from npq_domain.testing.values import FACTS

CHAPTERS = [
    import_module(f"{package.__name__}.{it.name}")
    for package in (participant_facts, cohort_facts)
    for it in pkgutil.iter_modules(package.__path__)
]


def told_in(chapter: ModuleType) -> list[type]:
    """The facts of a chapter: what it defines and says when it happened."""
    return [
        it
        for _, it in inspect.getmembers(chapter, inspect.isclass)
        if it.__module__ == chapter.__name__
        and attrs.has(it)
        and {"on", "at"} & {field.name for field in attrs.fields(it)}
    ]


@pytest.mark.parametrize("kind", FACTS, ids=lambda it: it.__name__)
@settings(max_examples=25)
@given(data=st.data())
def test_every_fact_survives_the_codec(kind: type, data: st.DataObject) -> None:
    laws.a_fact_comes_back(vocabulary, data.draw(st.from_type(kind)))


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda it: it.__name__)
def test_every_fact_of_a_chapter_is_in_its_folds_table(chapter: ModuleType) -> None:
    found = told_in(chapter)
    assert found
    assert [it for it in found if it not in chapter.fold.steps] == []


def test_every_fact_of_every_chapter_has_a_name_to_be_stored_under() -> None:
    assert {it for chapter in CHAPTERS for it in told_in(chapter)} == set(FACTS)
    assert {vocabulary.name(it) for it in FACTS} <= set(vocabulary)


@pytest.mark.parametrize("kind", FACTS, ids=lambda it: it.__name__)
def test_every_fact_says_when_it_happened_and_nothing_is_left_out_by_default(kind: Any) -> None:
    fields = {it.name: it for it in attrs.fields(kind)}
    assert ("on" in fields) != ("at" in fields)
    assert [name for name, it in fields.items() if it.default is not attrs.NOTHING] == []
    assert kind.__setattr__ is not object.__setattr__, "facts are frozen"


def test_every_command_has_a_decision_and_a_place_at_the_front_door() -> None:
    decided = {it.__name__ for decider in DECIDERS for it in decider.decisions}
    assert decided == set(commands.__all__)
    assert all(hasattr(commands, name) for name in commands.__all__)
