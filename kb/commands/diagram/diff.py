"""`kb diagram diff`: what changed in the model between two revisions, as words and as one picture (構成図の差分)."""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import argument, command, option
from kb.console.terminal import paint, say
from kb.errors import Exit, InputError, UsageError
from kb.files import open_replacement
from kb.settings.workspace import find_config
from kb.text.display import sanitize, sanitize_json
from kb.text.lang import Text, space_ascii, t

if TYPE_CHECKING:
    from kb.diagram.draw.difference import ModelChange, ModelDifference
    from kb.diagram.model.nouns import Model


class DiffFormat(StrEnum):
    """How the changes are printed."""

    TEXT = "text"
    JSON = "json"


_WHAT: dict[str, Text] = {
    "system": t("全体", "system"),
    "group": t("グループ", "group"),
    "node": t("ノード", "node"),
    "edge": t("つながり", "edge"),
    "channel": t("通知先", "channel"),
    "view": t("ビュー", "view"),
    "ignore": t("除外", "ignore"),
}
_COLOURS = {"＋": "green", "－": "red", "△": "yellow"}


@command(
    "diagram diff",
    t("構成図の変わったところを見る", "what changed in the diagram"),
    example="kb diagram diff main\nkb diagram diff v1.0 HEAD --picture diff.svg --picture diff.png",
)
def diagram_diff(
    before: Annotated[
        str,
        argument(
            "A",
            t(
                "比べるもと。git のブランチ、タグ、コミットか、ファイルかフォルダー",
                "what to compare with: a branch, tag or commit of git, or a file or folder",
            ),
        ),
    ],
    after: Annotated[
        str | None,
        argument("[B]", t("比べるもの（既定は今の diagrams/）", "what to compare (default: diagrams/ as it is now)")),
    ] = None,
    format_: Annotated[
        DiffFormat, option("--format", t("出力の形（text、json）", "how to print: text or json"), show_default=True)
    ] = DiffFormat.TEXT,
    picture: Annotated[
        list[Path] | None,
        option(
            "--picture FILE",
            t(
                "変わったところを 1 枚の図に描く（.svg か .png。繰り返せます）",
                "draw it, as .svg or .png; can be repeated",
            ),
        ),
    ] = None,
) -> int:
    """Compare two models by ids, and end with 1 where they differ."""
    from kb.diagram.draw.difference import compare_models

    for path in picture or ():
        if path.suffix.lower() not in (".svg", ".png"):
            raise UsageError(
                t(f"{sanitize(path.name)} には描けません。", f"{sanitize(path.name)} is no picture."),
                t("--picture には .svg か .png のファイルを指定してください。", "give --picture a file .svg or .png."),
            )
    folder = _folder()
    old = _side(before, folder)
    new = _side(str(folder) if after is None else after, folder)
    found = compare_models(old, new)
    if picture and found.changes:
        _draw(old, new, found, dict.fromkeys(picture))
    names = (before, folder.name if after is None else after)
    if format_ is DiffFormat.JSON:
        print(sanitize_json(_row(found, *names), indent=2))
    else:
        _print(found, *names)
    return Exit.FINDINGS if found.changes else Exit.OK


def _folder() -> Path:
    """Where the model is, or would be."""
    from kb.diagram.model.toml import MODEL_FOLDER, find_model_folder

    try:
        return find_model_folder(Path.cwd())
    except InputError:
        path = find_config()
        return (path.parent if path else Path.cwd()) / MODEL_FOLDER


def _side(name: str, folder: Path) -> Model:
    """The model that a word stands for: a file or a folder that is there, else a revision."""
    from kb.diagram.model.nouns import Model
    from kb.diagram.model.toml import list_model_files, load_model, load_model_file
    from kb.diagram.revisions import load_model_at

    path = Path(name).expanduser()
    if name and path.is_file():
        return load_model_file(path)
    if name and path.is_dir():
        inside = path / folder.name
        return load_model(inside if not list_model_files(path) and list_model_files(inside) else path)
    if (model := load_model_at(name, folder)) is None:
        say(
            t(
                f"{sanitize(name)} には構成図のもとがありません（何もないものとして比べます）。",
                f"there is no model at {sanitize(name)} (compared as an empty one).",
            )
        )
    return model or Model()


def _draw(old: Model, new: Model, found: ModelDifference, pictures: Iterable[Path]) -> None:
    """Write the pictures, all of them or none."""
    from kb.diagram.build import draw_difference
    from kb.diagram.draw.difference import build_union

    made = draw_difference(build_union(old, new, found))
    with ExitStack() as stack:
        for path in pictures:
            if not path.parent.is_dir():
                raise InputError(
                    t(
                        f"{sanitize(str(path.parent))} がありません。",
                        f"there is no folder {sanitize(str(path.parent))}.",
                    ),
                    t("先にフォルダーを作ってください。", "make the folder first."),
                )
            stack.enter_context(open_replacement(path)).write(made[path.suffix.lower()])
    for path in pictures:
        say(t(f"{sanitize(str(path))} に描きました。", f"drawn into {sanitize(str(path))}."))


def _print(found: ModelDifference, before: str, after: str) -> None:
    from kb.diagram.draw.difference import ChangeSign

    for change in found.changes:
        print(paint(_line(change), _COLOURS[change.sign]))
        for each in change.fields:
            print(f"    {each.name}: {sanitize(_value(each.before))} → {sanitize(_value(each.after))}")
    names_ja, names_en = (f"{sanitize(before)} → {sanitize(after)}" for _ in range(2))
    if not found.changes:
        print(t(f"違いはありません（{names_ja}）。", f"no difference ({names_en})."))
        return
    added, removed, changed = (found.count(sign) for sign in (ChangeSign.ADDED, ChangeSign.REMOVED, ChangeSign.CHANGED))
    print(
        t(
            f"追加 {added:,}、削除 {removed:,}、変更 {changed:,}（{names_ja}）",
            f"added: {added:,}, removed: {removed:,}, changed: {changed:,} ({names_en})",
        )
    )


def _line(change: ModelChange) -> str:
    label = f"（{sanitize(change.label)}）" if change.label and change.label != change.id else ""
    label_en = f" ({sanitize(change.label)})" if label else ""
    what = _WHAT[change.what]
    name = space_ascii(sanitize(change.id)).rstrip() if change.id else ""
    return str(
        t(f"{change.sign} {what.ja}{name}{label}", f"{change.sign} {what.en} {sanitize(change.id)}{label_en}".rstrip())
    )


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _row(found: ModelDifference, before: str, after: str) -> dict[str, object]:
    from kb.diagram.draw.difference import ChangeSign

    words = {ChangeSign.ADDED: "added", ChangeSign.REMOVED: "removed", ChangeSign.CHANGED: "changed"}
    return {
        "from": before,
        "to": after,
        "counts": {word: found.count(sign) for sign, word in words.items()},
        "changes": [
            {
                "sign": words[change.sign],
                "what": change.what,
                "id": change.id,
                "label": change.label,
                "fields": [{"name": each.name, "before": each.before, "after": each.after} for each in change.fields],
            }
            for change in found.changes
        ],
    }
