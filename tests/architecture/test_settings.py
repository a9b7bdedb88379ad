"""`.env.example` names every setting, with its default and its description, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from foundation.errors import Invalid
from foundation.settings import Settings, settings

EXAMPLE = (Path(__file__).parents[2] / ".env.example").read_text()


def test_every_setting_stands_in_the_example_and_none_else() -> None:
    listed = re.findall(r"^#?([A-Z][A-Z0-9_]*)=", EXAMPLE, re.MULTILINE)
    assert listed == [name.upper() for name in Settings.model_fields]


@pytest.mark.parametrize("name", Settings.model_fields)
def test_the_example_shows_description_and_default(name: str) -> None:
    field = Settings.model_fields[name]
    default = "" if field.default is None else field.default
    assert field.description
    assert re.search(
        rf"^# {re.escape(field.description)}\n(# One of: .*\n)?#{name.upper()}={re.escape(str(default))}$",
        EXAMPLE,
        re.MULTILINE,
    ), f"write this into .env.example:\n# {field.description}\n#{name.upper()}={default}"


def test_the_uncommented_example_changes_nothing(tmp_path: Path) -> None:
    copied = tmp_path / "env"
    copied.write_text(re.sub(r"^#(?=[A-Z])", "", EXAMPLE, flags=re.MULTILINE))
    of_tests = {"sauda_env", "sauda_home", "sauda_postgres_bin", "rate_limit_anonymous"}
    read = Settings(_env_file=copied).model_dump(exclude=of_tests)
    assert read == {name: field.default for name, field in Settings.model_fields.items() if name in read}


def test_a_value_that_cannot_be_read_is_named_and_not_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_PORT", "hush")
    settings.cache_clear()
    with pytest.raises(Invalid, match=r"API_PORT: .*valid integer.*correct it in the environment") as caught:
        settings()
    assert "hush" not in caught.value.message
    monkeypatch.undo()
    settings.cache_clear()


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SAUDA_POSTGRES_BIN", "")
    monkeypatch.setenv("OBJECT_STORE_URL", "")
    read = Settings()
    assert read.sauda_postgres_bin is None
    assert read.object_store_url is None
