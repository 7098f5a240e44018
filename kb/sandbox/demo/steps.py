"""The steps of `kb demo`: a clean folder, real commands in it, and what to try next."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import kb
from kb.console.terminal import paint, say
from kb.errors import Exit, ToolError, UsageError
from kb.sandbox.team import InventedTeam
from kb.settings.workspace import FILE_NAME
from kb.text.lang import current_language, t

DEMO_MARK = ".kb-demo"
"""The file that marks a folder as made by `kb demo`, so that it may be replaced."""

PLAN_FILE = "demo-plan.toml"
"""The plan a demo makes, sends and undoes; a person's own has another name."""

REPORT_PAGE = "kb-week.html"
"""The last week's report as one page."""

_OURS = (FILE_NAME, ".kb", PLAN_FILE, "demo-plan.receipt.toml", REPORT_PAGE)


def prepare_folder(folder: Path) -> Path:
    """Create a clean workspace folder, replacing an earlier demo's.

    Only what kb itself makes is removed. Raises UsageError for anything else.
    """
    if folder.is_symlink() or (folder.exists() and not (folder.is_dir() and _may_use(folder))):
        raise UsageError(
            t(
                f"{folder} はもうあり、kb demo のフォルダーではありません。",
                f"{folder} is there already, and no folder of kb demo.",
            ),
            t("--keep で別の場所を指定してください。", "give another place with --keep."),
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / DEMO_MARK).touch()
        for name in _OURS:
            path = folder / name
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise UsageError(
            t(f"{folder} に書けません（{error.strerror}）。", f"{folder} cannot be written to ({error.strerror})."),
            t("--keep で書ける場所を指定してください。", "give a place you can write to with --keep."),
        ) from None
    return folder.absolute()


def _may_use(folder: Path) -> bool:
    return (folder / DEMO_MARK).is_file() or not any(folder.iterdir())


def step_environment(credentials: Mapping[str, str] | None = None) -> dict[str, str]:
    """Return this process's environment for a step, with the sandbox's credentials for the person's."""
    env = {key: value for key, value in os.environ.items() if not key.startswith(("ESA_", "REDMINE_", "KB_"))}
    # The same kb as this one, wherever a step is run; and loopback is never a proxy's business.
    env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(Path(kb.__file__).parents[1]), env.get("PYTHONPATH"))))
    env["NO_PROXY"] = env["no_proxy"] = "127.0.0.1,localhost"
    return env | dict(credentials or {})


def run_step(folder: Path, env: Mapping[str, str], *words: str, fine: Sequence[Exit] = (Exit.OK,)) -> None:
    """Show a command line and run it. Raises ToolError when it fails."""
    print(f"\n{paint('$ ' + format_command_line(words), 'bold')}", flush=True)
    _check(words, subprocess.run(_argv(words), cwd=folder, env=env, check=False).returncode, fine)


def capture_step(folder: Path, env: Mapping[str, str], *words: str, fine: Sequence[Exit] = (Exit.OK,)) -> str:
    """Return a command's output. Raises ToolError when it fails."""
    done = subprocess.run(_argv(words), cwd=folder, env=env, check=False, capture_output=True)
    if done.returncode not in fine:
        say(done.stderr.decode("utf-8", "replace"))
    _check(words, done.returncode, fine)
    return done.stdout.decode()


def format_command_line(words: Sequence[str]) -> str:
    """Format a command line as a person would type it."""
    return shlex.join(("kb", *_language(), *words))


def _argv(words: Sequence[str]) -> list[str]:
    return [sys.executable, "-m", "kb", *_language(), *words]


def _language() -> tuple[str, ...]:
    """Return the flags for kb's present language."""
    return () if current_language() == "ja" else ("--lang", current_language())


def _check(words: Sequence[str], code: int, fine: Sequence[Exit]) -> None:
    if code not in fine:
        raise ToolError(
            t(
                f"`{format_command_line(words)}` が終了コード {code} で終わりました。",
                f"`{format_command_line(words)}` ended with exit code {code}.",
            ),
            t("上の出力を確かめてください。", "see its output above."),
        )


def _walk() -> list[str]:
    """Return the command that walks through the changes, where the script exists: in a checkout."""
    script = Path(kb.__file__).parents[1] / "docs" / "walkthrough-changes.sh"
    if not script.is_file():
        return []
    return [
        str(t("送って元に戻すまでを 1 歩ずつ:", "Changes step by step, sent and taken back:")),
        f"  bash {shlex.quote(str(script))}",
    ]


def next_steps(folder: Path, team: InventedTeam) -> str:
    """Return what to try in the workspace; nothing of it needs the sandbox."""
    page = next(post for post in reversed(team.posts) if "delivery-api-2.8.1-hotfix" in post["body_md"])
    typed = format_command_line(())
    lines = [
        (f"cd {shlex.quote(str(folder))}", t("作業フォルダー", "the workspace")),
        (
            REPORT_PAGE,
            t("最後の週の週報（ブラウザーで開いてください）", "the last week's report: open it in a browser"),
        ),
        (f"{typed} report", t("今週の週報", "this week's report")),
        (f"{typed} lint --all", t("指摘をすべて見る", "all findings")),
        (
            f"{typed} secrets list",
            t("書かれたパスワードや鍵を、読める人の多い順に", "credentials, the most exposed first"),
        ),
        (f"{typed} triage", t("指摘を 1 件ずつ決める（q でやめる）", "decide on findings one by one (q ends)")),
        (f"{typed} incidents --by cause", t("過去のトラブルを原因ごとに", "past troubles by their causes")),
        (f"{typed} explain SEC101", t("規則の理由と直し方", "why a rule exists, and how to mend")),
        (f"{typed} history", t("送ったものと、元に戻したもの", "what was sent, and taken back")),
        (f"{typed} plan done", t("済んだ障害の記事を直す変更案を作る", "a plan for pages of finished incidents")),
        (f"{typed} review plan.toml", t("変更案をグループごとに決める（q でやめる）", "decide on it (q ends)")),
        (f"{typed} show esa:{page['number']}", t("1 件を読む", "read one page")),
        (f"{typed} search adsv-prd-web-03", t("サーバの記録をまとめて探す", "all that is written on one server")),
    ]
    wide = max(len(words) for words, _ in lines)
    return "\n".join(
        [
            str(
                t(
                    "次に試せること（esa と Redmine はもう動いていません。手元の写しだけで動きます）:",
                    "Try next (esa and Redmine have ended; all of this reads the mirror):",
                )
            ),
            *(f"  {words:<{wide}}  # {why}" for words, why in lines),
            *_walk(),
            str(t("自分のチームで始めるには: kb init", "To start with your own team: kb init")),
        ]
    )
