"""Where the master key comes from, who may read it, and what is sealed with it."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import pytest

from foundation import keys, personal
from foundation.errors import Unavailable
from foundation.settings import settings


@pytest.fixture(autouse=True)
def _fresh_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    monkeypatch.setenv("SAUDA_HOME", str(tmp_path))
    settings.cache_clear()
    keys._kept.cache_clear()
    yield
    monkeypatch.undo()
    settings.cache_clear()
    keys._kept.cache_clear()


def test_a_key_is_made_once_and_only_its_owner_may_read_it(tmp_path: Path):
    first = keys.derived("tests")
    keys._kept.cache_clear()
    assert keys.derived("tests") == first
    kept = tmp_path / "master_key"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert len(kept.read_text()) >= keys.MASTER_KEY_LENGTH_MIN
    assert [path.name for path in tmp_path.iterdir()] == ["master_key"]


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path):
    make = keys._kept.__wrapped__
    with ThreadPoolExecutor(8) as starters:
        made = set(starters.map(lambda _: make(tmp_path / "master_key"), range(32)))
    assert len(made) == 1


def test_production_wants_a_key_that_was_given(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SAUDA_ENV", "production")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="MASTER_KEY is not set"):
        keys.derived("tests")


def test_a_short_key_is_refused_without_being_quoted(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MASTER_KEY", "hunter2")
    settings.cache_clear()
    with pytest.raises(Unavailable, match="32 or more") as refused:
        keys.derived("tests")
    assert "hunter2" not in str(refused.value)


def test_keys_of_different_purposes_differ():
    assert len({keys.derived(purpose) for purpose in ("a", "b", "c")}) == 3


def test_what_is_sealed_opens_with_its_key_and_label_alone(monkeypatch: pytest.MonkeyPatch):
    key = keys.derived("tests")
    sealed = keys.seal(key, b"+9779841234567", "phone:1")
    assert b"9841234567" not in sealed
    assert keys.open_sealed(key, sealed, "phone:1") == b"+9779841234567"
    assert keys.seal(key, b"+9779841234567", "phone:1") != sealed
    changed = bytes([*sealed[:-1], sealed[-1] ^ 1])
    for wrong_key, wrong, label in (
        (keys.derived("others"), sealed, "phone:1"),
        (key, sealed, "phone:2"),
        (key, changed, "phone:1"),
    ):
        with pytest.raises(Unavailable, match="sealed with another key"):
            keys.open_sealed(wrong_key, wrong, label)


def test_a_field_of_one_person_is_not_passed_off_as_another():
    subject = personal.Subject(uuid4(), keys.derived("a person"))
    other = personal.Subject(uuid4(), keys.derived("a person"))
    sealed = subject.seal("phone", "+9779841234567")
    assert subject.open("phone", sealed) == "+9779841234567"
    for reader, field in ((subject, "full_name"), (other, "phone")):
        with pytest.raises(Unavailable):
            reader.open(field, sealed)


def test_an_index_is_the_same_for_the_same_value_and_tells_nothing_across_fields():
    assert personal.blind_index("mail", "a@b.example") == personal.blind_index("mail", "a@b.example")
    assert personal.blind_index("mail", "a@b.example") != personal.blind_index("phone", "a@b.example")
    assert b"a@b" not in personal.blind_index("mail", "a@b.example")
