"""`kb purge-secrets`: take the values of credentials out of the copies on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import command, option
from kb.console.terminal import confirm, say
from kb.errors import UsageError
from kb.settings.workspace import Workspace, open_workspace
from kb.text.display import sanitize
from kb.text.lang import t

if TYPE_CHECKING:
    from pathlib import Path

    from kb.mirror.purge import PurgeStats, PurgeSurvey


@command(
    "purge-secrets",
    t("見つかった秘密を手元の写しから消す", "take found secrets out of the mirror"),
    example="kb purge-secrets\nkb purge-secrets --yes",
)
def purge_secrets(
    yes: Annotated[bool, option("--yes, -y", t("確認せずに消す", "do it without asking"))] = False,
) -> None:
    """Show what would go, ask, rewrite the mirror, and tell what is left."""
    from kb.console.progress import Meter
    from kb.mirror.purge import delete_findings_cache, files_with_values, purge_values, survey_values, vacuum
    from kb.mirror.store import Mirror
    from kb.mirror.sync.lock import run_lock
    from kb.settings.secret_key import load_key

    workspace = open_workspace()
    path = workspace.mirrored()
    key = load_key(workspace, make=True)
    name = key.bytes_ if key else b""
    with run_lock(workspace.private, "sync", workspace.settings.timezone), Mirror.open(path) as mirror:
        with Meter(str(t("調べています", "looking"))) as meter:
            found = survey_values(mirror, name, meter.step)
        if found.values:
            _preview(found, path)
            if not yes and not _confirm():
                say(t("何も変えませんでした。", "nothing was changed."))
                return
        before = path.stat().st_size
        with Meter(str(t("書き直しています", "rewriting"))) as meter:
            done = purge_values(mirror, found, name, meter.step)
        delete_findings_cache(workspace.cache)
        vacuum(mirror)
    left = files_with_values(workspace.private, found.telling, _own_files(workspace))
    _print_result(found, done, before, path, left)


def _own_files(workspace: Workspace) -> list[Path]:
    """Return the mirror, which was just rewritten, and the key."""
    mirror = workspace.mirror
    return [mirror, *(mirror.with_name(mirror.name + end) for end in ("-wal", "-shm")), workspace.key]


def _preview(found: PurgeSurvey, path: Path) -> None:
    olds = t(f"、うち古い版 {found.olds:,}", f", {found.olds:,} of them in old versions") if found.olds else t("", "")
    print(
        t(
            f"見つかった値: {len(found.values):,} 個（{len(found.found):,} ページの {found.places:,} か所{olds.ja}）",
            f"values found: {len(found.values):,} ({found.places:,} places on {len(found.found):,} pages{olds.en})",
        )
    )
    if found.besides:
        print(
            t(
                f"同じ値がほかの言い回しで: {len(found.besides):,} ページ",
                f"the same values in other words: {len(found.besides):,} pages",
            )
        )
    print(
        t(
            f"{path} から消します。esa と Redmine のものは消えません。\n"
            "元のページが変わるまで、写し直しても戻りません。",
            f"they go from {path}. Nothing changes in esa and Redmine.\n"
            "they do not come back with a sync, until their page changes there.",
        )
    )


def _confirm() -> bool:
    return confirm(
        t("消しますか [y/N]: ", "purge them [y/N]: "),
        UsageError(
            t("端末でないので確認できません。", "there is no terminal to ask on."),
            t("このとおりでよければ --yes を付けてください。", "add --yes to go on with it."),
        ),
    )


def _print_result(found: PurgeSurvey, done: PurgeStats, before: int, path: Path, left: list[Path]) -> None:
    if not found.values:
        print(t("消す値は見つかりませんでした。", "no values were found."))
    else:
        print(
            t(
                f"消しました: 文書 {done.documents:,}・古い版 {done.olds:,}",
                f"purged: {done.documents:,} documents, {done.olds:,} old versions",
            )
        )
    size = path.stat().st_size
    print(
        t(
            f"{path.name} を書き直しました（{_megabytes(before)} → {_megabytes(size)} MB、ログと空き領域も）。",
            f"{path.name} was rewritten ({_megabytes(before)} → {_megabytes(size)} MB), with its log and free pages.",
        )
    )
    if words := len(found.values) - len(found.telling):
        say(
            t(
                f"{words:,} 個は短いか、ふつうの言葉なので、見つけたページだけで消しました。",
                f"{words:,} are short or ordinary words and went only from the pages they were found in.",
            )
        )
    if found.called:
        say(
            t(
                f"{found.called:,} 件は、id（Wiki の題名、ファイル名、カテゴリ）に値があるので残りました。"
                "→ 元の名前を変えて kb sync し、もう一度実行してください。",
                f"{found.called:,} are called by a value (title of a wiki page, file name, category), which stays. "
                "→ rename them, kb sync, and run this again",
            )
        )
    for each in left:
        say(
            t(
                f"{sanitize(str(each))} に値が残っています。→ 中を確かめて消してください。",
                f"{sanitize(str(each))} still holds a value. → look into it and remove it",
            )
        )
    if found.values:
        say(
            t(
                "→ esa と Redmine、バックアップには残っています。値を変えるのが先です: kb secrets list",
                "→ they still stand in esa, Redmine and back-ups: rotate them first (kb secrets list)",
            )
        )


def _megabytes(size: int) -> str:
    return f"{size / 1_000_000:,.1f}"
