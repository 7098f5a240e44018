"""`kb diagram diff`: what changed in the model between two revisions, as words and as one picture (構成図の差分)."""

from __future__ import annotations

import json
import os
import tempfile
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kb.console.terminal import paint, say
from kb.errors import Exit, InputError, UsageError
from kb.settings.workspace import find_config
from kb.text.display import safe, safe_json
from kb.text.lang import Text, apart, t

if TYPE_CHECKING:
    from kb.system.draw.difference import Change, Difference
    from kb.system.model.nouns import Model

EXAMPLE = "kb diagram diff main\nkb diagram diff v1.0 HEAD --picture diff.svg --picture diff.png"


class Format(StrEnum):
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


def command(
    before: Annotated[
        str,
        typer.Argument(
            metavar="A",
            help=str(
                t(
                    "比べるもと。git のブランチ、タグ、コミットか、ファイルかフォルダー",
                    "what to compare with: a branch, tag or commit of git, or a file or folder",
                )
            ),
        ),
    ],
    after: Annotated[
        str | None,
        typer.Argument(
            metavar="[B]",
            help=str(t("比べるもの（既定は今の diagrams/）", "what to compare (default: diagrams/ as it is now)")),
            show_default=False,
        ),
    ] = None,
    format_: Annotated[
        Format, typer.Option("--format", help=str(t("出力の形（text、json）", "how to print: text or json")))
    ] = Format.TEXT,
    picture: Annotated[
        list[Path] | None,
        typer.Option(
            "--picture",
            metavar="FILE",
            help=str(
                t(
                    "変わったところを 1 枚の図に描く（.svg か .png。繰り返せます）",
                    "draw it, as .svg or .png; can be repeated",
                )
            ),
            show_default=False,
        ),
    ] = None,
) -> int:
    """Compare two models by ids, and end with 1 where they differ."""
    from kb.system.draw.difference import difference

    for path in picture or ():
        if path.suffix.lower() not in (".svg", ".png"):
            raise UsageError(
                t(f"{safe(path.name)} には描けません。", f"{safe(path.name)} is no picture."),
                t("--picture には .svg か .png のファイルを指定してください。", "give --picture a file .svg or .png."),
            )
    folder = _folder()
    old = _side(before, folder)
    new = _side(str(folder) if after is None else after, folder)
    found = difference(old, new)
    if picture and found.changes:
        _draw(old, new, found, picture)
    names = (before, folder.name if after is None else after)
    if format_ is Format.JSON:
        print(safe_json(_row(found, *names), indent=2))
    else:
        _print(found, *names)
    return Exit.FINDINGS if found.changes else Exit.OK


def _folder() -> Path:
    """Where the model is, or would be."""
    from kb.system.model.toml import FOLDER, find_folder

    try:
        return find_folder(Path.cwd())
    except InputError:
        path = find_config()
        return (path.parent if path else Path.cwd()) / FOLDER


def _side(name: str, folder: Path) -> Model:
    """The model that a word stands for: a file or a folder that is there, else a revision."""
    from kb.system.model.nouns import Model
    from kb.system.model.toml import files_of, load, load_file
    from kb.system.revisions import model_at

    path = Path(name).expanduser()
    if name and path.is_file():
        return load_file(path)
    if name and path.is_dir():
        inside = path / folder.name
        return load(inside if not files_of(path) and files_of(inside) else path)
    model = model_at(name, folder)
    if model is None:
        say(
            str(
                t(
                    f"{safe(name)} には構成図のもとがありません（何もないものとして比べます）。",
                    f"there is no model at {safe(name)} (compared as an empty one).",
                )
            )
        )
    return model or Model()


def _draw(old: Model, new: Model, found: Difference, pictures: list[Path]) -> None:
    """Write the pictures, all of them or none."""
    from kb.system.build import drawn
    from kb.system.draw.difference import union

    made = drawn(union(old, new, found))
    written: list[tuple[str, Path]] = []
    try:
        for path in pictures:
            if not path.parent.is_dir():
                raise InputError(
                    t(f"{safe(str(path.parent))} がありません。", f"there is no folder {safe(str(path.parent))}."),
                    t("先にフォルダーを作ってください。", "make the folder first."),
                )
            handle, name = tempfile.mkstemp(dir=path.parent, prefix=".kb-")
            written.append((name, path))
            with os.fdopen(handle, "wb") as file:
                file.write(made[path.suffix.lower()])
            os.chmod(name, 0o644)
        for name, path in written:
            os.replace(name, path)
    finally:
        for name, _ in written:
            Path(name).unlink(missing_ok=True)
    for path in pictures:
        say(str(t(f"{safe(str(path))} に描きました。", f"drawn into {safe(str(path))}.")))


def _print(found: Difference, before: str, after: str) -> None:
    from kb.system.draw.difference import Sign

    for change in found.changes:
        print(paint(_line(change), _COLOURS[change.sign]))
        for each in change.fields:
            print(f"    {each.name}: {safe(_value(each.before))} → {safe(_value(each.after))}")
    names_ja, names_en = (f"{safe(before)} → {safe(after)}" for _ in range(2))
    if not found.changes:
        print(t(f"違いはありません（{names_ja}）。", f"no difference ({names_en})."))
        return
    added, removed, changed = (found.count(sign) for sign in (Sign.ADDED, Sign.REMOVED, Sign.CHANGED))
    print(
        t(
            f"追加 {added:,}、削除 {removed:,}、変更 {changed:,}（{names_ja}）",
            f"added: {added:,}, removed: {removed:,}, changed: {changed:,} ({names_en})",
        )
    )


def _line(change: Change) -> str:
    label = f"（{safe(change.label)}）" if change.label and change.label != change.id else ""
    label_en = f" ({safe(change.label)})" if label else ""
    what = _WHAT[change.what]
    name = apart(safe(change.id)).rstrip() if change.id else ""
    return str(
        t(f"{change.sign} {what.ja}{name}{label}", f"{change.sign} {what.en} {safe(change.id)}{label_en}".rstrip())
    )


def _value(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)


def _row(found: Difference, before: str, after: str) -> dict[str, object]:
    from kb.system.draw.difference import Sign

    words = {Sign.ADDED: "added", Sign.REMOVED: "removed", Sign.CHANGED: "changed"}
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
