"""The steps of `kb demo`: a clean folder, real commands in it, and what to try next."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import kb
from kb.console.terminal import paint, say
from kb.diagram.model.toml import MODEL_FOLDER
from kb.errors import Exit, ToolError, UsageError, os_reason
from kb.files import replace_file
from kb.sandbox.demo.estate import LISTINGS
from kb.sandbox.demo.process import RunningSandbox
from kb.sandbox.team import InventedTeam
from kb.settings.workspace import FILE_NAME
from kb.text.display import display_width, pad
from kb.text.lang import Text, current_language, t

DEMO_MARK = ".kb-demo"
"""The file that marks a folder as made by `kb demo`, so that it may be replaced."""

PLAN_FILE = "demo-plan.toml"
"""The plan a demo makes, sends and undoes; a person's own has another name."""

REPORT_PAGE = "kb-week.html"
"""The last week's report as one page."""

VARIABLES_FILE = "sandbox.env"
"""What `kb demo --stay` writes for another terminal: the addresses and keys of its esa and Redmine."""

_OURS = (FILE_NAME, ".kb", PLAN_FILE, "demo-plan.receipt.toml", REPORT_PAGE, VARIABLES_FILE, MODEL_FOLDER, LISTINGS)


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
            t(
                f"{folder} に書けません（{os_reason(error).ja}）。",
                f"{folder} cannot be written to ({os_reason(error).en}).",
            ),
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


def start_step(folder: Path, env: Mapping[str, str], *words: str) -> Callable[[], None]:
    """Start a command that prints little; return what waits for it, shows its line and output, and raises ToolError."""
    process = subprocess.Popen(
        _argv(words), cwd=folder, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8"
    )

    def show() -> None:
        output, said = process.communicate()
        print(f"\n{paint('$ ' + format_command_line(words), 'bold')}\n{output}", end="", flush=True)
        say(said.rstrip("\n"))
        _check(words, process.returncode, (Exit.OK,))

    return show


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


def introduce(team: InventedTeam) -> Text:
    """Return what is going to be seen, before the first step."""
    people = len(team.members)
    return t(
        f"架空の広告配信チーム {team.name}（メンバー {people} 人）に、kb を初めて入れます。"
        f"esa の記事 {len(team.posts)} 件、Redmine のチケット {len(team.tickets)} 件。\n"
        "入れた日から 4 週間を、打つコマンドのとおりに動かします（1 分ほど）。",
        f"An invented ad delivery team, {team.name} ({people} members), installs kb: {len(team.posts)} posts in esa, "
        f"{len(team.tickets)} tickets in Redmine.\n"
        "Four weeks from that day follow, with every command as it is typed (about a minute).",
    )


@contextmanager
def write_variables(folder: Path, sandbox: RunningSandbox) -> Iterator[None]:
    """Keep the file of a running sandbox's addresses and keys while the block lasts, for its owner alone."""
    path = folder / VARIABLES_FILE
    values = {**sandbox.credentials, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in values.items())
    replace_file(path, lines.encode(), private=True)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def describe_stay(folder: Path, sandbox: RunningSandbox) -> str:
    """Return what runs where, what to try with it, and how to stop it."""
    typed = format_command_line(())
    lines = [
        (
            f"cd {shlex.quote(str(folder))} && . ./{VARIABLES_FILE}",
            t("別の端末で。鍵はこの sandbox のものだけ", "in another terminal; the keys are this sandbox's alone"),
        ),
        (f"{typed} sync", t("写し直す", "mirror it again")),
        (f"{typed} plan done", t("済んだ障害を片付ける変更案", "a plan for finished incidents")),
        (f"{typed} review done.toml", t("決める（q でやめる）", "decide (q ends)")),
        (f"{typed} apply done.toml", t("送る。送る前に尋ねます", "send it; it asks first")),
        (f"{typed} undo last", t("元に戻す", "take it back")),
        (
            f"{typed} diagram publish --insert top",
            t("構成図を記事「サーバ一覧」に載せる", "the diagram into the post on servers"),
        ),
    ]
    room = max(display_width(words) for words, _ in lines)
    return "\n".join(
        [
            str(t("偽の esa と Redmine は動いたままです（Ctrl-C で止まります）:", "Still up, until Ctrl-C:")),
            f"  esa      {sandbox.esa}",
            f"  Redmine  {sandbox.redmine}",
            str(t("書き込むところまで試せます:", "Now what writes can be tried, too:")),
            *(f"  {pad(words, room)}  # {why}" for words, why in lines),
        ]
    )


def next_steps(folder: Path, team: InventedTeam, *, stays: bool = False) -> str:
    """Return what to try in the workspace; nothing of it needs the sandbox, which `stays` or has ended."""
    page = next(post for post in reversed(team.posts) if "delivery-api-2.8.1-hotfix" in post["body_md"])
    typed = format_command_line(())
    lines = [
        (f"cd {shlex.quote(str(folder))}", t("作業フォルダー", "the workspace")),
        (
            REPORT_PAGE,
            t("最後の週の週報（ブラウザーで開いてください）", "the last week's report: open it in a browser"),
        ),
        *_picture(folder),
        (
            f"{typed} diagram check --drift",
            t(
                "図と動いているものの違い。だれに聞くか、次の一手も",
                "how what runs differs from it, and what to do next",
            ),
        ),
        (f"{typed} report", t("今週の週報", "this week's report")),
        (f"{typed} lint --all", t("指摘をすべて見る", "all findings")),
        (
            f"{typed} show esa:{_undecided(team)} --findings",
            t("1 件を、指摘と一緒に読む", "one page with its findings"),
        ),
        (
            f"{typed} lint --update-baseline",
            t("今ある情報と警告を脇に置き、新しいものだけを見る", "set today's warnings aside; what is new speaks"),
        ),
        (
            f"{typed} secrets list",
            t("書かれたパスワードや鍵を、読める人の多い順に", "credentials, the most exposed first"),
        ),
        (f"{typed} triage", t("指摘を 1 件ずつ決める（q でやめる）", "decide on findings one by one (q ends)")),
        (f"{typed} incidents --by cause", t("過去のトラブルを原因ごとに", "past troubles by their causes")),
        (f"{typed} explain SEC101", t("規則の理由と直し方", "why a rule exists, and how to mend")),
        (f"{typed} history", t("送ったものと、元に戻したもの", "what was sent, and taken back")),
        (f"{typed} plan done", t("済んだ障害の記事を直す変更案を作る", "a plan for pages of finished incidents")),
        (f"{typed} review done.toml", t("変更案をグループごとに決める（q でやめる）", "decide on it (q ends)")),
        (f"{typed} show esa:{page['number']}", t("1 件を読む", "read one page")),
        (f"{typed} search adsv-prd-web-03", t("サーバの記録をまとめて探す", "all that is written on one server")),
    ]
    wide = max(len(words) for words, _ in lines)
    return "\n".join(
        [
            str(
                t("次に試せること（手元の写しだけで動きます）:", "Try next (all of this reads the mirror):")
                if stays
                else t(
                    "次に試せること（esa と Redmine はもう動いていません。手元の写しだけで動きます）:",
                    "Try next (esa and Redmine have ended; all of this reads the mirror):",
                )
            ),
            *(f"  {words:<{wide}}  # {why}" for words, why in lines),
            *_walk(),
            str(t("自分のチームで始めるには: kb init", "To start with your own team: kb init")),
        ]
    )


def _picture(folder: Path) -> Iterator[tuple[str, Text]]:
    """Yield the picture of the system, where it was drawn."""
    page = Path(MODEL_FOLDER, "pictures", "all.html")
    if (folder / page).is_file():
        yield str(page), t("構成図（ブラウザーで開いてください）", "the system diagram: open it in a browser")


def _undecided(team: InventedTeam) -> int:
    """Return the number of an incident page whose prevention says TODO."""
    found = (post for post in team.posts if "再発防止\nTODO" in post["body_md"])
    return int(next(found, team.posts[-1])["number"])
