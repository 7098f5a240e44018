"""What is said of entries on secrets that another key made: once a run, with the next step."""

from __future__ import annotations

from kb.console import safe, say
from kb.lang import Text, t
from kb.lint.secret_codes import is_secret
from kb.lint.survey import Survey

NO_KEY = t(
    "鍵がないので、秘密を受け入れたり、ベースラインに入れたりはできません。"
    "作業フォルダーで実行するか、環境変数 KB_KEY に鍵を入れてください。",
    "without a key no secret can be accepted or put into a baseline: "
    "run kb in a workspace, or put a key into KB_KEY of the environment.",
)


def key_id(found: Survey) -> str:
    """The id of the key a survey names secrets with, "" for none."""
    return found.key.id if found.key is not None else ""


def tell(found: Survey) -> None:
    """Say which entries match nothing since they were made with another key; nothing when no secret was looked for."""
    if not any(is_secret(rule.code) for rule in found.selected):
        return
    mine = key_id(found)
    strange = list(found.aside.strange(mine))
    for path, theirs, count in strange:
        say(str(strange_words(safe(path.name), safe(theirs)[:20], count, mine)))
    if strange:
        say(
            str(
                t(
                    "→ kb key import でその鍵を入れてください。CI なら環境変数 KB_KEY に。",
                    "→ bring that key in with kb key import; in CI, put it into KB_KEY.",
                )
            )
        )


def strange_words(name: str, theirs: str, count: int, mine: str) -> Text:
    """A sentence on entries of a file that another key than `mine` made; "" for none."""
    now = (
        t(f"今の鍵は {mine}", f"the key here is {mine}") if mine else t("ここには鍵がありません", "there is none here")
    )
    return t(
        f"{name} の秘密の項目 {count} 件は、鍵 {theirs} で作られています（{now.ja}）。当たらないものとして扱います。",
        f"{name}: {count} on secrets made with key {theirs} ({now.en}); they match nothing.",
    )
