"""The catalogue: looked up by name and day, loaded from TOML files, one set of which is shipped."""

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from os import PathLike
from pathlib import Path

from attrs import field, frozen

from npq_domain.catalogue import checks, sheets
from npq_domain.catalogue.sheets import Sheet
from npq_domain.catalogue.types import (
    Document,
    Framework,
    Programme,
    Provider,
    Scholarship,
    Specification,
)
from npq_domain.errors import Invalid


@frozen(kw_only=True, eq=False)
class Catalogue:
    """What is offered, by whom, under which rules. Immutable; every lookup is a dictionary's."""

    documents: tuple[Document, ...]
    frameworks: tuple[Framework, ...]
    programmes: tuple[Programme, ...]
    providers: tuple[Provider, ...]
    scholarships: tuple[Scholarship, ...]
    specifications: tuple[Specification, ...]
    sheets: tuple[tuple[str, Sheet], ...] = field(repr=False)
    """The files it was read from: name and content."""
    _programmes: dict[str, Programme] = field(init=False, repr=False)
    _specifications: dict[str, Specification] = field(init=False, repr=False)
    _versions: dict[tuple[str, str], list[Specification]] = field(init=False, repr=False)
    _frameworks: dict[str, Framework] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        """Index everything once."""
        versions: dict[tuple[str, str], list[Specification]] = {}
        for it in sorted(self.specifications, key=lambda it: it.version, reverse=True):
            versions.setdefault((it.provider, it.programme), []).append(it)
        by_name = {name: it for it in self.programmes for name in checks.names(it)}
        object.__setattr__(self, "_programmes", by_name)
        object.__setattr__(self, "_specifications", {it.key: it for it in self.specifications})
        object.__setattr__(self, "_versions", versions)
        object.__setattr__(self, "_frameworks", {it.id: it for it in self.frameworks})

    def programme(self, name: str) -> Programme | None:
        """The programme of a short code, an alias or DfE's course identifier; `None` if none."""
        return self._programmes.get(name)

    def provider(self, name: str) -> Provider | None:
        """The provider of an id; `None` if there is none."""
        return next((it for it in self.providers if it.id == name), None)

    def specification(self, key: str) -> Specification | None:
        """The specification of a key, `framework/provider/programme/version`; `None` if none."""
        return self._specifications.get(key)

    def specification_for(self, provider: str, programme: str, on: date) -> Specification | None:
        """The highest version in force for registrations on that day; `None` if there is none.

        `programme` may be any name of it. Where a specification bears no days of its own, those
        of its framework hold.
        """
        known = self.programme(programme)
        versions = self._versions.get((provider, known.code), []) if known else []
        return next((it for it in versions if self.in_force(it, on)), None)

    def offered(self, programme: str, on: date) -> bool:
        """Whether a programme, by any name of it, is open to registrations on that day."""
        known = self.programme(programme)
        return known is not None and within(known.first_offered, on, known.last_offered)

    def in_force(self, it: Specification, on: date) -> bool:
        era = self._frameworks[it.framework]
        return within(it.valid_from or era.first_offered, on, it.valid_until or era.last_offered)


def within(first: date | None, on: date, last: date | None) -> bool:
    """Whether a day lies between two others, both included; `None` is no bound."""
    return (first is None or first <= on) and (last is None or on <= last)


def load(*paths: str | PathLike[str], on_top_of: Catalogue | None = None) -> Catalogue:
    """Read TOML files, or every TOML file in folders; what `on_top_of` holds stays beside them.

    Nothing is overridden: a specification that an enrolment may have pinned never changes, so a
    name that is there already is a fault. Raises `Invalid` with every fault that was found.
    """
    found = [it for path in paths for it in named(path)]
    return build(found, on_top_of.sheets if on_top_of else ())


@cache
def shipped() -> Catalogue:
    """The catalogue that comes with this library, read on first use."""
    return build(toml_files(files("npq_domain.catalogue") / "data", ""), ())


def toml_files(path: Traversable, name: str) -> Iterator[tuple[str, Traversable]]:
    """Each TOML file at or under a path, with the name to call it by, in order of names."""
    if not path.is_dir():
        yield name, path
        return
    for it in sorted(path.iterdir(), key=lambda it: it.name):
        if it.is_dir() or it.name.endswith(".toml"):
            yield from toml_files(it, f"{name}/{it.name}" if name else it.name)


def named(path: str | PathLike[str]) -> list[tuple[str, Traversable]]:
    """The TOML files that a path names; a folder without any is refused, for it is a slip."""
    found = list(toml_files(Path(path), str(path)))
    if not found:
        raise Invalid(str(path), ["no TOML file in this folder"])
    return found


def build(
    found: Iterable[tuple[str, Traversable]], base: tuple[tuple[str, Sheet], ...]
) -> Catalogue:
    """Read, check and join files; a file that cannot be read spares the others no check."""
    read, faults = list(base), list[checks.Fault]()
    for name, file in found:
        try:
            read.append((name, sheets.read(file, name)))
        except Invalid as error:
            faults += [(name, fault) for fault in error.faults]
    # References to what an unreadable file would have held are no faults of their own.
    refuse(faults)
    refuse(list(checks.check(read)))
    return Catalogue(
        documents=tuple(it for _, sheet in read for it in sheet.document),
        frameworks=tuple(it for _, sheet in read for it in sheet.framework),
        programmes=tuple(it for _, sheet in read for it in sheet.programme),
        providers=tuple(it for _, sheet in read for it in sheet.provider),
        scholarships=tuple(it for _, sheet in read for it in sheet.scholarship),
        specifications=tuple(it for _, sheet in read for it in sheet.specification),
        sheets=tuple(read),
    )


def refuse(faults: list[checks.Fault]) -> None:
    """Raise what was found, under the file's name, or with each file's if there are several."""
    places = {file for file, _ in faults}
    if len(places) == 1:
        raise Invalid(places.pop(), [fault for _, fault in faults])
    if faults:
        raise Invalid("catalogue", [f"{file}: {fault}" for file, fault in faults])
