"""Rules about declarations: what has to hold of their tables."""

from collections.abc import Iterator

from npq_domain.catalogue.types import DeclarationRule, Partnership


def check_declaration_rule(it: DeclarationRule) -> Iterator[str]:
    """Each type has its evidence asked for once, and of some kind; the rule asks for something."""
    types = [each.type for each in it.evidence]
    for index, each in enumerate(it.evidence):
        if each.type in types[:index]:
            yield f".evidence[{index}].type: {each.type.value} is there twice"
        if not each.kinds:
            yield f".evidence[{index}].kinds: names none"
        if len(set(each.kinds)) < len(each.kinds):
            yield f".evidence[{index}].kinds: names a kind twice"
    if not (it.in_order or it.active or it.evidence):
        yield ": asks for nothing; leave it out"


def check_partnership(it: Partnership) -> Iterator[str]:
    """Somebody is named, and nobody twice."""
    if not it.partners:
        yield ".partners: names none"
    if len(set(it.partners)) < len(it.partners):
        yield ".partners: names a partner twice"
