"""`kb doctor` tells of the key that names secrets, and warns before git takes `.kb/` along."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from kb.files import make_private_folder
from kb.model.health import CheckStatus
from kb.reports.health import check_git, check_key
from kb.settings.kb_toml import Settings
from kb.settings.secret_key import KEY_VARIABLE, SecretKey, load_key, parse_key
from kb.settings.workspace import Workspace
from kb.text.lang import t

TEXTS = ("00" * 16, "11" * 16)


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    monkeypatch.delenv(KEY_VARIABLE, raising=False)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return Workspace(tmp_path, Settings())


def key(number: int) -> SecretKey:
    return parse_key(TEXTS[number], t("", ""))


def decided(workspace: Workspace, key_id: str) -> None:
    (workspace.root / "kb-decisions.toml").write_text(
        '[[decision]]\nwhat = "rotated"\nby = "ono"\non = "2026-11-20"\n'
        f'value_id = "5f0c1d2e3b4a59687786a5b4"\nkey = "{key_id}"\n'
    )


def test_a_workspace_without_a_key_is_told_so_and_gets_none(workspace: Workspace) -> None:
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.OK
    assert "まだありません" in check.fact.ja
    assert not workspace.private.exists()


def test_a_key_is_told_by_its_id_and_mode_and_never_by_its_bytes(workspace: Workspace) -> None:
    made = load_key(workspace, make=True)
    assert made is not None
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.OK
    assert made.id in check.fact.ja
    assert "0600" in check.fact.ja
    assert made.text not in check.fact.ja + check.fact.en


def test_a_key_that_others_may_read_does_not_work(workspace: Workspace) -> None:
    load_key(workspace, make=True)
    workspace.key.chmod(0o640)
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.FAULT
    assert check.remedy is not None
    assert "chmod 600" in check.remedy.ja


def test_a_key_of_the_environment_goes_first_and_one_that_differs_from_the_file_is_told(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, TEXTS[0])
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.OK
    assert key(0).id in check.fact.ja
    monkeypatch.delenv(KEY_VARIABLE)
    made = load_key(workspace, make=True)
    assert made is not None
    monkeypatch.setenv(KEY_VARIABLE, TEXTS[0])
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.NOTE
    assert made.id in check.fact.ja


def test_a_key_nobody_can_read_is_a_fault_without_its_text(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, "too-short")
    (check,) = check_key(workspace)
    assert check.sign is CheckStatus.FAULT
    assert "too-short" not in f"{check.fact.ja}{check.remedy}"


@pytest.mark.parametrize(("theirs", "signs"), [(0, [CheckStatus.OK]), (1, [CheckStatus.OK, CheckStatus.NOTE])])
def test_entries_of_another_key_are_counted(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, theirs: int, signs: list[CheckStatus]
) -> None:
    monkeypatch.setenv(KEY_VARIABLE, TEXTS[0])
    decided(workspace, key(theirs).id)
    found = list(check_key(workspace))
    assert [check.sign for check in found] == signs
    assert sum(f"鍵 {key(1).id}" in check.fact.ja for check in found) == theirs


def test_entries_of_a_key_that_is_not_here_are_told_before_one_is_made(workspace: Workspace) -> None:
    decided(workspace, key(0).id)
    *_, check = check_key(workspace)
    assert check.sign is CheckStatus.NOTE
    assert key(0).id in check.fact.ja
    assert check.remedy is not None
    assert "kb key import" in check.remedy.ja


@pytest.mark.parametrize(
    ("until", "sign", "says"),
    [
        ('until = "2027-02-28"', CheckStatus.OK, "2027-02-28 まで出しません（あと 1 日）"),
        ('until = "2027-02-26"', CheckStatus.NOTE, "2027-02-26 に終わり、3 件をまた出しています"),
        ("", CheckStatus.NOTE, "終わりの日がありません（3 件）"),
    ],
)
def test_it_tells_until_when_the_baseline_holds(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, until: str, sign: CheckStatus, says: str
) -> None:
    monkeypatch.setenv("KB_NOW", "2027-02-27T12:00")
    (workspace.root / "kb-baseline.toml").write_text(
        f'format = 1\n{until}\n\n[[finding]]\ndoc = "esa:1"\ncode = "INC203"\ncontent = "9b1c"\ncount = 3\n', "utf-8"
    )
    _, check = check_key(workspace)
    assert (check.sign, says in check.fact.ja) == (sign, True)
    assert (check.remedy is not None) is (sign is CheckStatus.NOTE)
    if check.remedy is not None:
        assert "kb lint --update-baseline --until 4w" in check.remedy.ja


def git(workspace: Workspace, *words: str) -> None:
    subprocess.run(["git", *words], cwd=workspace.root, check=True, capture_output=True)


def test_outside_of_git_there_is_nothing_to_say(workspace: Workspace) -> None:
    make_private_folder(workspace.private)
    assert list(check_git(workspace)) == []


def test_the_folder_kb_makes_stays_out_of_git(workspace: Workspace) -> None:
    git(workspace, "init", "-q")
    assert list(check_git(workspace)) == []
    make_private_folder(workspace.private)
    assert [check.sign for check in check_git(workspace)] == [CheckStatus.OK]


def test_a_folder_git_would_take_is_told_and_the_remedy_mends_it(workspace: Workspace) -> None:
    git(workspace, "init", "-q")
    make_private_folder(workspace.private)
    (workspace.private / ".gitignore").unlink()
    (check,) = check_git(workspace)
    assert check.sign is CheckStatus.NOTE
    assert check.remedy is not None
    subprocess.run(["sh", "-c", check.remedy.ja], check=True)
    assert [each.sign for each in check_git(workspace)] == [CheckStatus.OK]


def test_a_team_may_ignore_it_higher_up(workspace: Workspace) -> None:
    inner = Workspace(workspace.root / "ops", Settings())
    git(workspace, "init", "-q")
    make_private_folder(inner.private)
    (inner.private / ".gitignore").unlink()
    (workspace.root / ".gitignore").write_text(".kb/\n")
    assert [check.sign for check in check_git(inner)] == [CheckStatus.OK]


def test_what_git_holds_already_is_counted(workspace: Workspace) -> None:
    git(workspace, "init", "-q")
    load_key(workspace, make=True)
    git(workspace, "add", "-f", ".kb/key")
    (check,) = check_git(workspace)
    assert check.sign is CheckStatus.NOTE
    assert "1 個が git に入っています" in check.fact.ja


def test_without_a_git_to_ask_the_file_kb_made_is_looked_at(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    git(workspace, "init", "-q")
    make_private_folder(workspace.private)
    monkeypatch.setenv("PATH", "")
    assert [check.sign for check in check_git(workspace)] == [CheckStatus.OK]
    (workspace.private / ".gitignore").unlink()
    assert [check.sign for check in check_git(workspace)] == [CheckStatus.NOTE]
