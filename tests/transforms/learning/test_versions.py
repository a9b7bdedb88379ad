"""Model versions name the method and its settings."""

from __future__ import annotations

from dataclasses import dataclass, field

from transforms.learning.versions import model_version


@dataclass(frozen=True)
class Inner:
    leaves: int = 15


@dataclass(frozen=True)
class Outer:
    rate: float = 0.1
    inner: Inner = field(default_factory=Inner)


def test_equal_parameters_have_one_version() -> None:
    assert model_version("m", "1.2.0", Outer()) == model_version("m", "1.2.0", Outer(0.1, Inner(15)))


def test_a_changed_setting_changes_the_version_however_deep_it_lies() -> None:
    versions = {
        model_version("m", "1.2.0", one) for one in (Outer(), Outer(rate=0.2), Outer(inner=Inner(16)))
    }
    assert len(versions) == 3


def test_the_name_and_the_semantic_version_can_be_read() -> None:
    name, version = model_version("demand-boosting", "1.2.0", Outer()).split(" ")
    assert name == "demand-boosting"
    assert version.startswith("1.2.0+")
    assert len(version) == len("1.2.0+") + 8
