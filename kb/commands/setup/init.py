"""`kb init`: look at the team, propose, ask, write a commented kb.toml."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from kb.commands.registry import command, option
from kb.commands.setup.init_hosts import describe_hosts, describe_unsure, learn_hosts, propose_hosts
from kb.commands.setup.init_http import consent_to_http
from kb.commands.setup.init_people import say_open_names, settle_people
from kb.commands.setup.init_tickets import describe_places, settle_trackers
from kb.console.terminal import can_ask, confirm, paint, read_line, say, terminal_width
from kb.errors import UsageError
from kb.model.host_names import HostPage
from kb.reading.pages.category_tree import SettingsProposal, propose_settings
from kb.settings.propose import render_config, write_config
from kb.settings.workspace import FILE_NAME, Workspace, open_workspace, parse_settings
from kb.text.display import display_width, pad, sanitize
from kb.text.lang import Text, t

_FIRST = "kb init --team docs --redmine-url https://redmine.example.jp"
_ALONE = "kb init --redmine-url https://redmine.example.jp --yes"
_SHOWN = 12


@command(
    "init",
    t("kb.toml を作る（チームの分類から提案）", "write kb.toml, proposed from the team's own categories"),
    example="kb init --team docs --redmine-url https://redmine.example.jp\n"
    "kb init --redmine-url https://redmine.example.jp --yes\nkb init --hosts\nkb init --systemd\nkb init --github\n"
    "kb init --collect",
    shared=True,
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
    collect: Annotated[
        bool,
        option(
            "--collect",
            t("動いているものを全部取り込むスクリプトを書く", "write a script that collects all of what runs"),
        ),
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
    hosts: Annotated[
        bool,
        option(
            "--hosts",
            t(
                "写しからホスト名を提案する（kb.toml を作ったあと）",
                "propose host names from the mirror, for a kb.toml",
            ),
        ),
    ] = False,
    inventory: Annotated[
        list[str] | None,
        option(
            "--inventory FILE",
            t(
                "サーバーの一覧（aws ec2 describe-instances の JSON、host 列のある CSV。繰り返せる）",
                "machines: JSON of aws ec2 describe-instances, or CSV with a column host; repeatable",
            ),
        ),
    ] = None,
    source: Annotated[
        list[str] | None,
        option("--source NAME=VALUE", t("ほかの source の場所（繰り返せる）", "where another source is; repeatable")),
    ] = None,
) -> None:
    """Ask what is not given, test the credentials, propose places, write kb.toml; or what runs kb by itself."""
    ways = {"--systemd": systemd, "--cron": cron, "--github": github, "--collect": collect}
    if any(ways.values()):
        from kb.deploy import install

        if team is not None or redmine_url is not None or no_redmine or yes or source:
            raise UsageError(
                t("この指定は、今ある kb.toml に対して使います。", "these flags work beside a kb.toml that is there."),
                t("例: kb init --systemd", "example: kb init --systemd"),
            )
        install.write_schedules(ways, out, runs_on, kb_source)
        return
    if hosts:
        propose_hosts(open_workspace(), inventory or ())
        return
    if out or runs_on or kb_source:
        raise UsageError(
            t(
                "--out、--runs-on、--kb-source は --systemd か --cron か --github と使います"
                "（--out は --collect とも）。",
                "--out, --runs-on and --kb-source go with --systemd, --cron or --github (--out with --collect, too).",
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
    flags = {"esa": team, "redmine": "" if no_redmine else redmine_url}
    answers = _ask_sources(flags | _parse_sources(source or (), flags), yes)
    if not any(answers.values()):
        raise UsageError(
            t("esa も Redmine も指定されていません。", "neither esa nor Redmine was given."),
            t(f"例: {_FIRST}", f"example: {_FIRST}"),
        )
    proposal = settle_trackers(settle_people(_introduce_sources(answers, inventory or ()), yes), yes)
    _print_proposal(proposal)
    if not yes and not _confirm_write():
        say(t("何も書きませんでした。", "nothing was written."))
        raise typer.Exit(0)
    write_config(target, render_config(answers, proposal))
    print(t(f"{FILE_NAME} を書きました。次は: kb sync", f"wrote {FILE_NAME}. next: kb sync"))


def _parse_sources(given: Sequence[str], flags: Mapping[str, str | None]) -> dict[str, str]:
    """Return the values of `--source NAME=VALUE` by source. `flags` are those of sources with a flag of their own."""
    from kb.sources.registry import source_kinds

    names = [kind.source.value for kind in source_kinds() if kind.question is not None]
    pairs = [each.partition("=") for each in given]
    if (wrong := next((name for name, equals, _ in pairs if not equals or name not in names), None)) is not None:
        raise UsageError(
            t(f"--source に「{wrong}」は指定できません。", f"--source does not take {wrong!r}."),
            t(f"NAME=VALUE の形で書きます。NAME: {'、'.join(names)}", f"write NAME=VALUE; NAME: {', '.join(names)}."),
        )
    names = [name for name, value in flags.items() if value is not None] + [name for name, _, _ in pairs]
    if twice := next((name for name in names if names.count(name) > 1), ""):
        raise UsageError(
            t(f"{twice} が 2 回指定されています。", f"{twice} is given twice."),
            t("どちらかにしてください。", "give one of them."),
        )
    return {name: value for name, _, value in pairs}


def _ask_sources(given: Mapping[str, str | None], yes: bool) -> dict[str, str]:
    """Return what sets each source up, asking for what is not given; "" for a source that is not used.

    A bad answer is reported before the next question.
    """
    from kb.sources.registry import source_kinds

    answers: dict[str, str] = {}
    for kind in source_kinds():
        if kind.question is None:
            continue
        answer = given.get(kind.source)
        if answer is None:
            answer = _ask(kind.question.text, kind.question.option, yes)
        answers[kind.source] = kind.parse_answer(answer)
        answers |= consent_to_http(answers, yes)
        parse_settings(render_config(answers, propose_settings({})))
    return answers


def _ask(question: Text, flag: str, yes: bool) -> str:
    if yes:
        return ""
    if not can_ask():
        raise UsageError(
            t(
                f"{flag} が必要です（端末でないので尋ねられません）。",
                f"{flag} is needed (there is no terminal to ask on).",
            ),
            t(f"例: {_FIRST}", f"example: {_FIRST}")
            if flag != "--team"
            else t(f"例: {_FIRST}（esa がなければ: {_ALONE}）", f"example: {_FIRST} (without esa: {_ALONE})"),
        )
    return read_line(question)


def _introduce_sources(answers: Mapping[str, str], inventory: Sequence[str]) -> SettingsProposal:
    """Connect to each source and say whose account it is; return what they propose."""
    from kb.sources.registry import configured_sources

    proposal = propose_settings({})
    pages: list[HostPage] = []
    members: dict[str, str] = {}
    accounts: list[str] = []
    workspace = Workspace(Path.cwd(), parse_settings(render_config(answers, proposal)))
    for source in configured_sources(workspace.settings):
        found = source.introduce(workspace)
        if found is None:
            continue
        where, who = f" {sanitize(found.where)}" if found.where else "", sanitize(found.account)
        _say_sign(
            "✓ ",
            "green",
            t(
                f"{source.system}{where} に {who} として接続しました。",
                f"connected to {source.system}{where} as {who}.",
            ),
        )
        for remark in found.remarks:
            _say_sign("! ", "yellow", remark)
        proposal = found.proposal or proposal
        pages += found.pages
        members |= found.members
        accounts += found.accounts
    say_open_names(members, proposal, accounts)
    return replace(proposal, hosts=learn_hosts(pages, list(members), inventory, workspace.mirror, proposal.limited))


def _say_sign(sign: str, colour: str, text: Text) -> None:
    say(paint(sign, colour, stream=sys.stderr) + str(text))


def _confirm_write() -> bool:
    return confirm(
        t("この内容で kb.toml を書きますか [y/N]: ", "write kb.toml with this [y/N]: "),
        UsageError(
            t("端末でないので確認できません。", "there is no terminal to ask on."),
            t("提案のとおりでよければ --yes を付けてください。", "add --yes to take the proposal."),
        ),
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
    pages = (
        (t("障害の記事", "incident pages"), ", ".join(proposal.incidents) or none),
        (t("終わった記事", "done pages"), proposal.done_place),
        (t("個人の場所", "personal folders"), ", ".join(proposal.personal) or none.split("。")[0].rstrip("）") + "）"),
        *(
            ((t("一部の人だけの分類（週報などに載せない）", "limited (in no report)"), ", ".join(proposal.limited)),)
            if proposal.limited
            else ()
        ),
    )
    rows = (
        *(describe_places(proposal.tickets) if proposal.tickets else pages),
        (
            t("ホスト名", "host names"),
            describe_hosts(proposal.hosts),
        ),
    )
    print(t("提案:", "proposal:"))
    room = max(display_width(str(label)) for label, _ in rows)
    for label, value in rows:
        print(f"  {pad(str(label), room)}  {sanitize(value)[: terminal_width() * 2]}")
    if unsure := describe_unsure(proposal.hosts):
        say(unsure)
