"""`kb doctor`: each thing kb depends on, with a sign, a fact and a remedy."""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

import typer

from kb.config import Workspace, open_workspace
from kb.console import columns, paint, safe, wrap
from kb.errors import Exit, KbError, UsageError
from kb.health import Check, Sign, fault, note, ok
from kb.lang import t

EXAMPLE = "kb doctor\nkb doctor --handover"

_COUNTED = {
    Sign.OK: t("{} 件は問題なし", "{} fine"),
    Sign.NOTE: t("{} 件は確認を", "{} to look at"),
    Sign.FAULT: t("{} 件は動きません", "{} not working"),
}
_COLOUR = {Sign.OK: "green", Sign.NOTE: "yellow", Sign.FAULT: "red"}


def command(
    handover: Annotated[
        bool,
        typer.Option(
            "--handover",
            help=str(t("kb そのものを引き継ぐための一覧", "what kb itself depends on, for whoever takes it over")),
        ),
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help=str(t("--handover を JSON で出力する", "print --handover as JSON")))
    ] = False,
) -> None:
    """Look at everything and print it. Exit 0 unless something does not work."""
    if handover:
        from kb.commands import doctor_handover

        doctor_handover.show(as_json=as_json)
        return
    if as_json:
        raise UsageError(
            t("--json は --handover と一緒に使います。", "--json goes with --handover."),
            t("例: kb doctor --handover --json", "example: kb doctor --handover --json"),
        )
    codes: list[Exit] = []
    counts = dict.fromkeys(Sign, 0)
    for check in _checks():
        counts[check.sign] += 1
        print(f"{paint(check.sign.value, _COLOUR[check.sign])} {safe(str(check.fact))}")
        if check.remedy:
            print("\n".join(_remedy(safe(str(check.remedy)))))
        if check.fault:
            codes.append(Exit(check.fault.exit_code))
    told = [str(_COUNTED[sign]).format(counts[sign]) for sign in Sign if counts[sign]]
    print(f"{str(t('、', ', ')).join(told)}{t('。', '.')}")
    raise typer.Exit(Exit.worst(*codes))


def _remedy(text: str) -> Iterator[str]:
    """The next step below its fact, cut where the terminal ends; whole where there is none."""
    lines = wrap(text, columns() - 6) if sys.stdout.isatty() else [text]
    for number, line in enumerate(lines):
        yield f"    {' ' if number else '→'} {line}"


def _checks() -> Iterator[Check]:
    yield ok(t(f"Python {sys.version.split()[0]}", f"Python {sys.version.split()[0]}"))
    yield from _engine()
    try:
        workspace = open_workspace()
    except KbError as error:
        yield fault(error)
        return
    yield ok(t(f"kb.toml: {workspace.root}", f"kb.toml: {workspace.root}"))
    yield from _store(workspace)
    yield from _key(workspace)
    yield from _owners(workspace)
    yield from _remote(workspace)


def _engine() -> Iterator[Check]:
    if importlib.util.find_spec("hyperscan") is None:
        yield note(
            t(
                "hyperscan がないので、点検は標準の正規表現で行います（遅くなります）。",
                "without hyperscan, lint uses plain regular expressions (slower).",
            ),
            t("この機械用の wheel があれば pip install hyperscan", "where there is a wheel: pip install hyperscan"),
        )


def _store(workspace: Workspace) -> Iterator[Check]:
    from kb.mirror.health import check_store

    yield from check_store(workspace)


def _key(workspace: Workspace) -> Iterator[Check]:
    from kb.commands.doctor_key import check_git, check_key

    yield from check_key(workspace)
    yield from check_git(workspace)


def _owners(workspace: Workspace) -> Iterator[Check]:
    from kb.lint.owner_checks import checks

    yield from checks(workspace)


def _remote(workspace: Workspace) -> Iterator[Check]:
    from kb.sources.health import check_esa, check_redmine

    settings = workspace.settings
    cache = workspace.cache if workspace.private.exists() else None  # looking must not make the folder
    if os.environ.get("ESA_API_BASE_URL"):
        yield note(
            t(
                "ESA_API_BASE_URL が設定されているので、esa.io ではなくそちらを読みます。",
                "ESA_API_BASE_URL is set: that is read instead of esa.io.",
            ),
        )
    if settings.esa is not None:
        yield from check_esa(settings.esa, cache=cache, now=_now)
    if settings.redmine is not None:
        yield from check_redmine(settings.redmine, cache=cache, now=_now)
    for source in settings.source:
        folder = workspace.root / source.path
        if folder.is_dir():
            yield ok(t(f"files: {source.name} は {folder}", f"files: {source.name} is {folder}"))
        else:
            yield note(
                t(
                    f"files: {source.name} のフォルダー {folder} がありません。",
                    f"files: there is no folder {folder} for {source.name}.",
                ),
                t("kb.toml の path を確かめてください。", "check its path in kb.toml."),
            )


def _now() -> datetime:
    return datetime.now(UTC)
