"""`kb init`: look at the team, propose, ask, write a commented kb.toml."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.commands.registry import command, option
from kb.console.terminal import can_ask, confirm, paint, read_line, say, terminal_width
from kb.errors import ConfigError, UsageError
from kb.files import load_template
from kb.reading.pages.category_tree import SettingsProposal, propose_settings
from kb.settings.kb_toml import EsaSettings, RedmineSettings
from kb.settings.toml import format_toml
from kb.settings.workspace import FILE_NAME, parse_settings
from kb.text.display import display_width, pad, sanitize
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.sources.redmine.protocol import RedmineIdentity

_FIRST = "kb init --team docs --redmine-url https://redmine.example.jp"
_SHOWN = 12
_ADDRESS = re.compile(r"https://([A-Za-z0-9-]+)\.esa\.io(?:/.*)?")


@command(
    "init",
    t("kb.toml を作る（チームの分類から提案）", "write kb.toml, proposed from the team's own categories"),
    example="kb init --team docs --redmine-url https://redmine.example.jp\nkb init --systemd\nkb init --github",
)
def init(
    team: Annotated[
        str | None,
        option("--team TEAM", t("esa のチーム名（https://TEAM.esa.io）", "the esa team (https://TEAM.esa.io)")),
    ] = None,
    redmine_url: Annotated[str | None, option("--redmine-url URL", t("Redmine の URL", "the Redmine's URL"))] = None,
    no_redmine: Annotated[bool, option("--no-redmine", t("Redmine を使わない", "without Redmine"))] = False,
    yes: Annotated[bool, option("--yes, -y", t("確認せずに書く", "write without asking"))] = False,
    systemd: Annotated[
        bool, option("--systemd", t("毎日と毎週動かすユニットを書く", "write units that run kb by itself"))
    ] = False,
    cron: Annotated[
        bool, option("--cron", t("毎日と毎週動かす crontab を書く", "write a crontab that runs kb"))
    ] = False,
    github: Annotated[
        bool, option("--github", t("GitHub のワークフローを書く", "write workflows of GitHub Actions"))
    ] = False,
    out: Annotated[str, option("--out DIR", t("それらを書くフォルダー", "the folder these are written to"))] = "",
    runs_on: Annotated[
        str,
        option(
            "--runs-on LABEL",
            t("--github のランナー（既定は ubuntu-latest）", "the runner of --github (ubuntu-latest)"),
        ),
    ] = "",
    kb_source: Annotated[
        str,
        option(
            "--kb-source SPEC",
            t("--github で kb を入れる元（pip install の書き方）", "what --github installs kb from, for pip"),
        ),
    ] = "",
) -> None:
    """Ask what is not given, test the credentials, propose places, write kb.toml; or what runs kb by itself."""
    ways = {"--systemd": systemd, "--cron": cron, "--github": github}
    if any(ways.values()):
        from kb.deploy import install

        if team is not None or redmine_url is not None or no_redmine or yes:
            raise UsageError(
                t("この指定は、今ある kb.toml に対して使います。", "these flags work beside a kb.toml that is there."),
                t("例: kb init --systemd", "example: kb init --systemd"),
            )
        install.write_schedules(ways, out, runs_on, kb_source)
        return
    if out or runs_on or kb_source:
        raise UsageError(
            t(
                "--out、--runs-on、--kb-source は --systemd か --cron か --github と一緒に使います。",
                "--out, --runs-on and --kb-source go with --systemd, --cron or --github.",
            ),
            t("例: kb init --systemd --out deploy", "example: kb init --systemd --out deploy"),
        )
    target = Path.cwd() / FILE_NAME
    if target.exists():
        raise UsageError(
            t(f"{target} はもうあります。", f"{target} is there already."),
            t(
                "編集するか、別のフォルダーで kb init を実行してください。"
                "毎日動かすなら kb init --systemd、--cron、--github です。",
                "edit it, or run kb init in another folder. To have kb run by itself: kb init --systemd, --cron or "
                "--github.",
            ),
        )
    if redmine_url and no_redmine:
        raise UsageError(
            t(
                "--redmine-url と --no-redmine は同時に使えません。",
                "--redmine-url and --no-redmine exclude each other.",
            ),
            t("どちらかにしてください。", "give one of them."),
        )
    team = (
        team
        if team is not None
        else _ask(t("esa のチーム名（使わないなら空）: ", "esa team (empty: none): "), "--team", yes)
    )
    team = _parse_team(team)
    parse_settings(_render(team, "", propose_settings({})))  # a bad name is told before the next question is asked
    if redmine_url is None and not no_redmine:
        redmine_url = _ask(t("Redmine の URL（使わないなら空）: ", "Redmine URL (empty: none): "), "--redmine-url", yes)
    redmine_url = (redmine_url or "").strip().rstrip("/")
    if not team and not redmine_url:
        raise UsageError(
            t("esa も Redmine も指定されていません。", "neither esa nor Redmine was given."),
            t(f"例: {_FIRST}", f"example: {_FIRST}"),
        )
    parse_settings(_render(team, redmine_url, propose_settings({})))  # and a bad address before anything is asked of it

    proposal = _look_at_esa(team) if team else propose_settings({})
    if redmine_url:
        _say_redmine_account(_look_at_redmine(redmine_url))
    _print_proposal(proposal)
    if not yes and not _confirm_write():
        say(t("何も書きませんでした。", "nothing was written."))
        raise typer.Exit(0)
    _write(target, _render(team, redmine_url, proposal))
    print(t(f"{FILE_NAME} を書きました。次は: kb sync", f"wrote {FILE_NAME}. next: kb sync"))


def _parse_team(given: str) -> str:
    """The team's name, which people also paste as the address of their esa."""
    match = _ADDRESS.fullmatch(given.strip())
    return match[1] if match else given.strip()


def _ask(question: Text, flag: str, yes: bool) -> str:
    if yes:
        return ""
    if not can_ask():
        raise UsageError(
            t(
                f"{flag} が必要です（端末でないので尋ねられません）。",
                f"{flag} is needed (there is no terminal to ask on).",
            ),
            t(f"例: {_FIRST}", f"example: {_FIRST}"),
        )
    return read_line(question)


def _confirm_write() -> bool:
    return confirm(
        t("この内容で kb.toml を書きますか [y/N]: ", "write kb.toml with this [y/N]: "),
        UsageError(
            t("端末でないので確認できません。", "there is no terminal to ask on."),
            t("提案のとおりでよければ --yes を付けてください。", "add --yes to take the proposal."),
        ),
    )


def _look_at_esa(team: str) -> SettingsProposal:
    """What the team's categories and its latest hundred posts propose. Four requests and one per 100 members.

    A password has the looks of a host's name (`web-01`): they are masked before anything is proposed.
    """
    from kb.secrets.mask_document import mask_text
    from kb.sources.esa.client import Esa

    with Esa.connect(EsaSettings(team)) as esa:
        who = esa.identify()
        _say_connected("esa", team, who.screen_name)
        latest = next(esa.posts_updated(), None)
        texts = [mask_text(str(row["body_md"])) for row in latest] if latest else []
        members = [str(row["screen_name"]) for row in esa.members()]
        counts = esa.category_counts()
        clean = {name: count for name, count in counts.items() if not name or mask_text(name) == name}
        return propose_settings(clean, texts, members)


def _look_at_redmine(url: str) -> RedmineIdentity:
    from kb.sources.redmine.client import Redmine

    with Redmine.connect(RedmineSettings(url)) as redmine:
        return redmine.identify()


def _say_redmine_account(who: RedmineIdentity) -> None:
    _say_connected("Redmine", "", who.login)
    if who.admin:
        say(
            paint("! ", "yellow", stream=sys.stderr)
            + str(
                t(
                    "管理者の鍵です。読むだけなら、権限の狭い利用者の鍵を使うほうが安全です。",
                    "this is an administrator's key; to read, a key of a user with fewer rights is safer.",
                )
            )
        )


def _say_connected(system: str, where: str, who: str) -> None:
    at = f" {sanitize(where)}" if where else ""
    say(
        paint("✓ ", "green", stream=sys.stderr)
        + str(
            t(f"{system}{at} に {sanitize(who)} として接続しました。", f"connected to {system}{at} as {sanitize(who)}.")
        )
    )


def _print_proposal(proposal: SettingsProposal) -> None:
    if proposal.top:
        print(t("最上位の分類（記事数）:", "top categories (posts):"))
        room = min(40, max(display_width(sanitize(name)) for name, _ in proposal.top[:_SHOWN]))
        for name, count in proposal.top[:_SHOWN]:
            print(f"  {pad(sanitize(name), room)} {count:>6}")
        rest = len(proposal.top) - _SHOWN
        if rest > 0:
            print(t(f"  ほか {rest} 分類", f"  and {rest} more"))
    none = str(t("（見つかりません。本文の構造から見分けます）", "(none found; told by how pages are built)"))
    rows = (
        (t("障害の記事", "incident pages"), ", ".join(proposal.incidents) or none),
        (t("終わった記事", "done pages"), proposal.done_place),
        (t("個人の場所", "personal folders"), ", ".join(proposal.personal) or none.split("。")[0].rstrip("）") + "）"),
        (
            t("ホスト名", "host names"),
            ", ".join(proposal.host_examples) or str(t("（まだ分かりません）", "(not known yet)")),
        ),
    )
    print(t("提案:", "proposal:"))
    room = max(display_width(str(label)) for label, _ in rows)
    for label, value in rows:
        print(f"  {pad(str(label), room)}  {sanitize(value)[: terminal_width() * 2]}")


def _render(team: str, redmine_url: str, proposal: SettingsProposal) -> str:
    template = load_template("templates/kb.toml.jinja", {"toml": format_toml}, keep_trailing_newline=True)
    return template.render(
        team=team,
        redmine_url=redmine_url,
        timezone="Asia/Tokyo",
        incidents=list(proposal.incidents),
        not_places=list(_default_not_places()),
        done_place=proposal.done_place,
        done_mark="【完了】",
        personal=list(proposal.personal),
        host_pattern=proposal.host_pattern,
        host_examples=[sanitize(host) for host in proposal.host_examples],
    )


def _default_not_places() -> tuple[str, ...]:
    from kb.settings.kb_toml import IncidentSettings

    return IncidentSettings().not_places


def _write(target: Path, text: str) -> None:
    """Write the file whole or not at all."""
    parse_settings(text)
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with open(partial, "x", encoding="utf-8") as file:
            file.write(text)
        os.link(partial, target)  # fails when somebody else has made the file meanwhile
    except OSError as error:
        raise ConfigError(
            t(f"{target} を書けません（{error.strerror}）。", f"{target} cannot be written ({error.strerror})."),
            t("フォルダーの権限を確かめてください。", "check the folder's permissions."),
        ) from None
    finally:
        partial.unlink(missing_ok=True)
