"""Compiled patterns are kept, and made again when what was kept cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from kb.lint.cache import compiled, engines
from kb.rules.gate import HyperscanEngine, ReEngine
from kb.rules.registry import GateGroup, GateHint

GROUPS = (GateGroup("test-kept", GateHint(("原因",))),)
TEXT = "■ 原因".encode()


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one with every compilation."""
    made: list[int] = []
    real = HyperscanEngine.compile

    def counting(patterns: list[str]) -> HyperscanEngine:
        made.append(len(patterns))
        return real(patterns)

    monkeypatch.setattr(HyperscanEngine, "compile", counting)
    return made


def test_the_second_run_compiles_nothing(tmp_path: Path, compilations: list[int]) -> None:
    for _ in range(2):
        assert engines.open_gate(GROUPS, tmp_path).opened(TEXT) == {"test-kept"}
    assert len(compilations) == 1


def test_other_patterns_are_compiled_apart(tmp_path: Path, compilations: list[int]) -> None:
    engines.open_gate(GROUPS, tmp_path)
    gate = engines.open_gate((GateGroup("test-kept", GateHint(("影響",))),), tmp_path)
    assert gate.opened(TEXT) == frozenset()
    assert len(compilations) == 2


@pytest.mark.parametrize("damage", [b"", b"x" * 500, None])
def test_a_damaged_file_is_made_again(tmp_path: Path, compilations: list[int], damage: bytes | None) -> None:
    engines.open_gate(GROUPS, tmp_path)
    (kept,) = tmp_path.iterdir()
    whole = kept.read_bytes()
    kept.write_bytes(whole[:-7] if damage is None else damage)
    assert engines.open_gate(GROUPS, tmp_path).opened(TEXT) == {"test-kept"}
    assert len(compilations) == 2
    assert kept.read_bytes() == whole


def test_a_database_of_another_hyperscan_is_made_again(tmp_path: Path, compilations: list[int]) -> None:
    engines.open_gate(GROUPS, tmp_path)
    (kept,) = tmp_path.iterdir()
    compiled.write(kept, b"whole, and not a database")
    assert engines.open_gate(GROUPS, tmp_path).opened(TEXT) == {"test-kept"}
    assert len(compilations) == 2


def test_a_folder_that_cannot_be_made_keeps_nothing_and_stops_nothing(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    assert engines.open_gate(GROUPS, tmp_path / "file" / "cache").opened(TEXT) == {"test-kept"}


def test_the_switch_takes_the_standard_library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(engines.GATE_VARIABLE, "re")
    gate = engines.open_gate(GROUPS, tmp_path)
    assert isinstance(gate._engine, ReEngine)
    assert gate.opened(TEXT) == {"test-kept"}
    assert list(tmp_path.iterdir()) == []


def test_a_pattern_that_is_too_large_for_hyperscan_is_left_to_the_standard_library(tmp_path: Path) -> None:
    group = GateGroup("test-large", GateHint(patterns=("a{1,40000}b",)))
    assert engines.open_gate((group,), tmp_path).opened(b"aaab") == {"test-large"}
