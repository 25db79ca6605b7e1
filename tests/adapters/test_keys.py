"""Wrapping keys are kept in a file that its owner alone reads, or in the environment."""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path

import pytest

from npq_adapters.keys import KeyStore, KeysUnavailable, Wrapped, WrongKey, keys_at
from npq_adapters.keystores import EnvironmentKeyStore, FileKeyStore
from npq_domain.errors import Invalid

KEY, OTHER = bytes(range(32)), bytes(range(1, 33))
DATA_KEY = b"d" * 32
CONTEXT = b"npq data key of ada"

Make = Callable[[], KeyStore]


@pytest.fixture(params=["file", "environment"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Make:
    if request.param == "file":
        return lambda: FileKeyStore(tmp_path / "keys.json", make=True)
    variables = {"KEYS": f"k1={b64encode(KEY).decode()} k0={b64encode(OTHER).decode()}"}
    return lambda: EnvironmentKeyStore("KEYS", variables)


def test_a_wrapped_key_opens_again_for_what_it_was_bound_to(made: Make) -> None:
    keys = made()
    wrapped = keys.wrap(DATA_KEY, CONTEXT)
    assert wrapped.key_id == keys.current
    assert DATA_KEY not in wrapped.data
    assert made().unwrap(wrapped, CONTEXT) == DATA_KEY
    for wrong in (
        (wrapped, b"npq data key of bob"),
        (Wrapped(wrapped.key_id, wrapped.data[:-1]), CONTEXT),
        (Wrapped(wrapped.key_id, b""), CONTEXT),
        (Wrapped(wrapped.key_id, bytes([wrapped.data[0] ^ 1]) + wrapped.data[1:]), CONTEXT),
        (Wrapped("k-unknown", wrapped.data), CONTEXT),
    ):
        with pytest.raises(WrongKey):
            keys.unwrap(*wrong)


def test_a_file_of_keys_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    FileKeyStore(path, make=True)
    assert path.stat().st_mode & 0o777 == 0o600
    FileKeyStore(path).renew()
    assert path.stat().st_mode & 0o777 == 0o600
    assert [it.name for it in tmp_path.iterdir()] == ["keys.json"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o666])
def test_a_file_of_keys_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "keys.json"
    FileKeyStore(path, make=True)
    path.chmod(mode)
    with pytest.raises(Invalid, match=f"its mode is {mode:04o}"):
        FileKeyStore(path)


def test_a_file_of_keys_that_is_there_is_not_made_anew(tmp_path: Path) -> None:
    first = FileKeyStore(tmp_path / "keys.json", make=True)
    assert FileKeyStore(tmp_path / "keys.json", make=True).current == first.current


def test_a_file_that_is_not_there_is_no_new_file(tmp_path: Path) -> None:
    with pytest.raises(KeysUnavailable, match=r"keys\.json: No such file"):
        keys_at(str(tmp_path / "keys.json"))


@pytest.mark.parametrize(
    "change",
    [
        lambda it: it[:0],
        lambda it: f"[{it}]",
        lambda it: it[:-5],
        lambda it: it.replace("npq keys 1", "npq keys 9"),
        lambda it: it.replace('"current": "k', '"current": "other'),
        lambda it: it.replace("=", ""),
        lambda it: json.dumps({**json.loads(it), "keys": {"k": "c2hvcnQ="}}),
        lambda it: json.dumps({**json.loads(it), "more": 1}),
    ],
)
def test_what_is_no_file_of_keys_is_refused_without_a_word_of_what_it_holds(
    tmp_path: Path, change: Callable[[str], str]
) -> None:
    path = tmp_path / "keys.json"
    FileKeyStore(path, make=True)
    [secret] = json.loads(path.read_text())["keys"].values()
    path.write_text(change(path.read_text()))
    with pytest.raises(Invalid) as caught:
        FileKeyStore(path)
    assert secret.rstrip("=") not in str(caught.value)


def test_another_key_is_current_after_a_renewal_and_the_old_one_opens_still(
    tmp_path: Path,
) -> None:
    path = tmp_path / "keys.json"
    one, other = FileKeyStore(path, make=True), FileKeyStore(path)
    wrapped = one.wrap(DATA_KEY, CONTEXT)
    assert one.renew() == one.current != wrapped.key_id
    assert one.old == frozenset({wrapped.key_id})
    assert one.unwrap(wrapped, CONTEXT) == DATA_KEY
    anew = one.wrap(DATA_KEY, CONTEXT)
    assert other.unwrap(anew, CONTEXT) == DATA_KEY, "a process that read the file before"
    assert one.drop() == frozenset({wrapped.key_id})
    assert one.drop() == frozenset()
    with pytest.raises(WrongKey, match="is not among the keys"):
        FileKeyStore(path).unwrap(wrapped, CONTEXT)
    assert FileKeyStore(path).unwrap(anew, CONTEXT) == DATA_KEY


def test_a_folder_that_cannot_be_written_to_leaves_the_keys_as_they_are(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    keys = FileKeyStore(path, make=True)
    before, gone = path.read_bytes(), tmp_path / "gone"
    keys._path = gone / "keys.json"
    with pytest.raises(KeysUnavailable):
        keys.renew()
    assert path.read_bytes() == before


def test_keys_in_the_environment_are_neither_made_nor_destroyed_here() -> None:
    texts = (f"{name}={b64encode(key).decode()}" for name, key in (("b", KEY), ("a", OTHER)))
    keys = EnvironmentKeyStore("K", {"K": " ".join(texts)})
    assert (keys.current, keys.old) == ("b", frozenset({"a"}))
    assert keys.renew() == "b"
    assert keys.drop() == frozenset()
    assert keys.old == frozenset({"a"})


@pytest.mark.parametrize("text", ["k1", "=AAAA", "k1=", "k1=c2hvcnQ=", "k1=%%%"])
def test_a_variable_that_holds_no_keys_is_refused_by_its_name(text: str) -> None:
    with pytest.raises(Invalid, match="environment variable K"):
        EnvironmentKeyStore("K", {"K": text})


@pytest.mark.parametrize("variables", [{}, {"K": ""}, {"K": "  "}])
def test_a_variable_that_is_not_set_is_no_store(variables: dict[str, str]) -> None:
    with pytest.raises(KeysUnavailable, match="K is not set"):
        EnvironmentKeyStore("K", variables)


def test_an_address_names_a_file_or_a_variable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPQ_TEST_KEYS", f"k1={b64encode(KEY).decode()}")
    assert keys_at("env:NPQ_TEST_KEYS").current == "k1"
    made = keys_at(str(tmp_path / "keys.json"), make=True)
    assert keys_at(str(tmp_path / "keys.json")).current == made.current
    assert os.environ["NPQ_TEST_KEYS"]


@pytest.mark.parametrize("show", [repr, str])
def test_a_store_of_keys_shows_none(tmp_path: Path, show: Callable[[object], str]) -> None:
    keys = FileKeyStore(tmp_path / "keys.json", make=True)
    [secret] = json.loads((tmp_path / "keys.json").read_text())["keys"].values()
    assert secret not in show(keys)
