"""`kb init --systemd|--cron|--github|--collect`: write the files that run kb, and say how to install them."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from shlex import quote

from kb.console.terminal import say
from kb.deploy.files import FileStatus, WrittenFile, find_repository, write_files
from kb.deploy.github import check_runner, find_installation, render_workflows
from kb.deploy.host import (
    COLLECT,
    CRONTAB,
    UNITS,
    HostSetup,
    is_unpublished,
    read_host,
    render_collect,
    render_crontab,
    render_units,
    report_words,
)
from kb.diagram.model.toml import MODEL_FOLDER, list_model_files, load_model
from kb.errors import UsageError
from kb.settings.workspace import FILE_NAME, Workspace, find_config, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

WORKFLOWS_FOLDER = Path(".github/workflows")
_HOST = compile_lazy(r"[A-Za-z0-9][A-Za-z0-9.-]*")


def write_schedules(ways: dict[str, bool], out: str, runs_on: str, kb_source: str) -> None:
    """Write the files. Raises UsageError, RefusedError for edited files, StoreError."""
    flag = _one_of(ways)
    if flag != "--github" and (runs_on or kb_source):
        raise UsageError(
            t("--runs-on と --kb-source は --github と一緒に使います。", "--runs-on and --kb-source go with --github."),
            t("例: kb init --github --runs-on self-hosted", "example: kb init --github --runs-on self-hosted"),
        )
    config = find_config()
    if config is None:
        raise UsageError(
            t(f"{flag} には {FILE_NAME} が要ります。", f"{flag} needs a {FILE_NAME}."),
            t("先に kb init で作ってください。", "make one with kb init first."),
        )
    workspace = open_workspace()
    if flag == "--collect":
        _collect(read_host(workspace, config), workspace, Path(out) if out else workspace.root / "deploy")
        return
    if workspace.settings.esa is None and workspace.settings.redmine is None:
        raise UsageError(
            t("kb.toml に esa も Redmine もありません。", "kb.toml configures neither esa nor Redmine."),
            t(
                "報告を載せる先が要ります。どちらかを書き足してください。",
                "add one of them: a report is published there.",
            ),
        )
    if flag == "--github":
        _github(workspace, config, out, runs_on, kb_source)
    else:
        folder = Path(out) if out else workspace.root / "deploy"
        (_systemd if flag == "--systemd" else _cron)(read_host(workspace, config), folder)
    _say_publish_target(workspace)


def _one_of(ways: dict[str, bool]) -> str:
    wanted = [flag for flag, on in ways.items() if on]
    if len(wanted) == 1:
        return wanted[0]
    raise UsageError(
        t(f"{'、'.join(wanted)} は一度に 1 つです。", f"one at a time: {', '.join(wanted)}."),
        t(f"例: kb init {wanted[0]}", f"example: kb init {wanted[0]}"),
    )


def _systemd(host: HostSetup, folder: Path) -> None:
    _say_written(write_files(folder, render_units(host)))
    _warn_temporary(host.kb)
    services = " ".join(quote(str(_short_path(folder / name))) for name in UNITS)
    timers = " ".join(name for name in UNITS if name.endswith(".timer"))
    _say_install(f"install -D -m 644 -t ~/.config/systemd/user {services}", f"systemctl --user enable --now {timers}")
    _say_credentials(host)
    say(
        t(
            "ログインしていない間も動かすには: loginctl enable-linger",
            "to run while nobody is logged in: loginctl enable-linger",
        )
    )


def _cron(host: HostSetup, folder: Path) -> None:
    now = datetime.now(UTC)
    there = now.astimezone().tzinfo
    _say_written(write_files(folder, render_crontab(host, there or UTC, now)))
    _warn_temporary(host.kb)
    file = quote(str(_short_path(folder / CRONTAB)))
    without = "sed -e '/^# kb init --cron /d' -e '/^# kb: begin$/,/^# kb: end$/d' crontab.old"
    _say_install("crontab -l > crontab.old || true", f"{{ {without}; cat {file}; }} | crontab -")
    _say_credentials(host)


def _collect(host: HostSetup, workspace: Workspace, folder: Path) -> None:
    model = load_model(workspace.root / MODEL_FOLDER)
    hosts = sorted({each for node in model.nodes for each in node.match.host if _HOST.fullmatch(each)})
    _say_written(write_files(folder, render_collect(host, hosts, zabbix=workspace.settings.zabbix is not None)))
    _warn_temporary(host.kb)
    file = quote(str(_short_path(folder / COLLECT)))
    print(t("書き換えて、動かすには（kb は動かしません）:", "to edit and run it, which kb leaves to you:"))
    print(f"  ${{EDITOR:-vi}} {sanitize(file)}\n  sh {sanitize(file)}")


def _github(workspace: Workspace, config: Path, out: str, runs_on: str, kb_source: str) -> None:
    root = find_repository(config.parent)
    below = os.path.relpath(config.absolute(), root)
    where = check_runner(runs_on or "ubuntu-latest", below, kb_source or _kb_source())
    folder = Path(out) if out else root / WORKFLOWS_FOLDER
    drawn = bool(list_model_files(config.parent / MODEL_FOLDER))
    _say_written(write_files(folder, render_workflows(workspace, where, datetime.now(UTC), drawn=drawn)))
    print(t(f"kb の入手元: {sanitize(where.source)}", f"kb is installed from: {sanitize(where.source)}"))
    if not where.is_pinned:
        say(
            t(
                "タグやブランチは、あとから別のコミットを指せます。@ のあとにコミット（40 桁）を書くと、変わりません。",
                "a tag or a branch may point elsewhere tomorrow: with a commit (40 digits) after the @ it cannot.",
            )
        )
    _say_install(
        "kb key export | gh secret set --env kb --env-file -",
        f"git add {quote(str(_short_path(folder)))} && git commit",
    )
    say(
        t(
            "ほかに入れるシークレットは、kb-weekly.yml の初めにあります。公開リポジトリでは使わないでください。",
            "the other secrets it needs stand at the top of kb-weekly.yml. Not for public repositories.",
        )
    )
    if not drawn:
        say(
            t(
                "構成図（diagrams/）があれば、そのワークフローも書きます（kb diagram init のあとで、もう一度）。",
                "where there is a diagram (diagrams/), a workflow for it is written too: do this again after "
                "kb diagram init.",
            )
        )


def _kb_source() -> str:
    """Return kb's source. Raises UsageError when only this machine has it."""
    source = find_installation()
    if source:
        return source
    raise UsageError(
        t(
            "この kb は手元のフォルダーから入れたものなので、GitHub でどこから入れるか分かりません。",
            "this kb was installed from a local folder: where GitHub shall install it from is not known.",
        ),
        t(
            "--kb-source で指定してください。例: --kb-source 'kb-steward @ git+https://git.example.jp/kb@コミット'",
            "say it with --kb-source, as in --kb-source 'kb-steward @ git+https://git.example.jp/kb@commit'.",
        ),
    )


def _say_written(written: list[WrittenFile]) -> None:
    words = {
        FileStatus.NONE: t("書きました", "written"),
        FileStatus.OURS: t("書き直しました", "rewritten"),
        FileStatus.SAME: t("変わりません", "as it was"),
    }
    for each in written:
        name = sanitize(str(_short_path(each.path)))
        print(t(f"{words[each.before].ja}: {name}", f"{words[each.before].en}: {name}"))
    if all(each.before is FileStatus.SAME for each in written):
        print(t("することはありません。", "nothing to do."))


def _short_path(path: Path) -> Path:
    """Return a path as typed here."""
    short = Path(os.path.relpath(path))
    return path.absolute() if short.parts[:1] == ("..",) else short


def _say_install(first: str, second: str) -> None:
    print(t("入れるには（kb は入れません）:", "to install it, which kb leaves to you:"))
    print(f"  {sanitize(first)}\n  {sanitize(second)}")


def _say_credentials(host: HostSetup) -> None:
    file = f"~/{host.variables}"
    say(
        t(
            f"トークンは kb.toml の *_command か、{file}（chmod 600）で渡します。書き方: {host.variable}=…",
            f"tokens come from *_command in kb.toml, or from {file} (chmod 600): {host.variable}=…",
        )
    )


def _say_publish_target(workspace: Workspace) -> None:
    """Print what is missing before a report can be published unattended."""
    if is_unpublished(workspace.settings):
        keys = ("esa_post", "redmine_ticket") if workspace.settings.esa else ("redmine_ticket",)
        first = " ".join(("kb", *(word for word in report_words(workspace) if word != "--yes")))
        say(
            t(
                f"報告を載せる先が、まだ kb.toml の [report] にありません（{' か '.join(keys)}）。"
                f"書いたら、はじめの 1 回は場所を決めて手で載せてください: {first} --insert top",
                f"kb.toml does not say yet where the report is published ([report]: {', '.join(keys)}). "
                f"Then publish it once by hand, choosing the place: {first} --insert top",
            )
        )


def _warn_temporary(kb: tuple[str, ...]) -> None:
    """Warn when kb runs from a temporary folder, as `uvx` does."""
    if any(part in ("archive-v0", "builds-v0") for word in kb for part in Path(word).parts):
        path = sanitize(kb[0])
        say(
            t(
                f"この kb は一時的な場所（{path}）にあります。pip か pipx で入れてからやり直してください。",
                f"this kb stands in a passing place ({path}): install it with pip or pipx, and do this again.",
            )
        )
