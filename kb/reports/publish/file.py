"""Publish to a file: one kb wrote itself, or a section of one that has its marks.

.md           the section, in a file of its own or in the middle of somebody's text
.html, .txt   the whole file; a mark on its first lines tells what kb wrote
.json         the whole file; it is kb's when it has its fields
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kb import files
from kb.errors import InputError, RefusedError
from kb.model.masked import Masked
from kb.plan.sections.anchors import Anchor
from kb.plan.sections.block import diff_contents, hash_content
from kb.plan.sections.patch import refuse_secret
from kb.reports.publish.decide import Publication, PublishFile, PublishForm, decide_update, explain_edited
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_MARK = compile_lazy(r"(?:<!-- |# )kb:([a-z-]+) sha256=([0-9a-f]{64})(?: -->)?\n")
_FIRST = 4
"""Lines among which the mark is."""


@dataclass(frozen=True, slots=True)
class FileUpdate:
    """What a file will hold; `same`: it does already. `hunks` are the changed lines."""

    text: str
    is_same: bool
    hunks: tuple[Masked, ...]


def prepare_file(file: PublishFile, piece: Publication, place: Anchor | None = None) -> FileUpdate:
    """Return what would be written. Raises RefusedError, with a next step, if the place holds anything not kb's.

    Raises InputError if the path cannot be a file: no folder, a dead link, no regular file.
    """
    if not Path(os.path.realpath(file.path)).parent.is_dir() or (file.path.is_symlink() and not file.path.exists()):
        raise InputError(
            t(f"{file.path} を書くフォルダーがありません。", f"there is no folder for {file.path}."),
            t("フォルダーを作るか、別の名前にしてください。", "make the folder, or give another name."),
        )
    present = files.read_text(file.path)  # no pipe, no device: it is to be replaced
    content = piece.write(file.form)
    if file.form is PublishForm.MARKDOWN:
        return _section(file, piece, content, present, place)
    text = content if file.form is PublishForm.JSON else _with_mark(content, piece.name, file.form)
    _refuse_secret(text, file)
    if present is None:
        return FileUpdate(text, False, ())
    kept = _explain_refusal(present, text, piece.name, file)
    if kept is not None:
        raise _refused(file, kept)
    return FileUpdate(text, _is_same(present, text, file.form), diff_contents(mask_text(present), mask_text(text)))


def _section(
    file: PublishFile, piece: Publication, content: str, present: str | None, place: Anchor | None
) -> FileUpdate:
    decision = decide_update(piece.name, content, present or "", piece.week)
    if decision.edited:
        raise explain_edited(piece.name, f"{file.path} ")
    if present and decision.current is None and place is None:
        raise _refused(
            file,
            t("kb が書いたファイルではなく、区画の印もありません", "kb did not write it, and it has no marks"),
            t(
                "別の名前にするか、区画として入れるなら --insert top か bottom を付けてください。",
                "give another name, or put a section into it with --insert top or bottom.",
            ),
        )
    text = decision.build_text(place).into(present) if present else decision.block + "\n"
    _refuse_secret(text, file)
    return FileUpdate(present or "" if decision.is_same else text, decision.is_same, decision.hunks)


def _with_mark(content: str, name: str, form: PublishForm) -> str:
    """Return a text with the mark: after HTML's first line, or before plain text."""
    first, rest = content.split("\n", 1) if form is PublishForm.HTML else ("", content)
    mark = f"kb:{name} sha256={hash_content(first + rest)}"
    return f"{first}\n<!-- {mark} -->\n{rest}" if form is PublishForm.HTML else f"# {mark}\n{rest}"


def _explain_refusal(present: str, new: str, name: str, file: PublishFile) -> Text | None:
    """Return why a file must not be replaced; None if kb wrote it and no one edited it."""
    if not present.strip():
        return None
    if file.form is PublishForm.JSON:
        there, here = _object(present).keys(), _object(new).keys()
        fits = "format" in there and (there <= here or here <= there)
        return None if fits else t("kb が書いた JSON ではありません", "not JSON that kb wrote")
    lines = present.split("\n")
    for number, line in enumerate(lines[:_FIRST]):
        mark = _MARK.fullmatch(line.rstrip("\r") + "\n")
        if mark and mark[1] == name:
            rest = "\n".join(lines[:number]) + "\n".join(lines[number + 1 :])
            return None if hash_content(rest) == mark[2] else t("ほかの人が書き換えています", "someone edited it")
    return t("kb が書いたファイルではありません", "kb did not write it")


def _is_same(present: str, new: str, form: PublishForm) -> bool:
    """Return whether a file says the same, whenever it was made."""
    if form is not PublishForm.JSON or present == new:
        return present == new
    return {**_object(present), "as_of": ""} == {**_object(new), "as_of": ""}


def _object(text: str) -> dict[str, Any]:
    """Return a JSON object, an empty one for any other text."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _refuse_secret(text: str, file: PublishFile) -> None:
    if file.form is PublishForm.HTML:
        return
    if any(map(refuse_secret, _strings(json.loads(text)) if file.form is PublishForm.JSON else (text,))):
        raise _refused(
            file,
            t("秘密の値が入っているようです", "the text seems to hold a secret"),
            t(
                "kb secrets list で場所を見て、消してから、やり直してください。",
                "kb secrets list tells where: take it out.",
            ),
        )


def _strings(value: Any) -> frozenset[str]:
    """Yield a JSON object's strings, without keys, beside which a label could look like a credential."""
    if isinstance(value, dict):
        return frozenset().union(*map(_strings, value.values()))
    if isinstance(value, list):
        return frozenset().union(*map(_strings, value))
    return frozenset((value,)) if isinstance(value, str) else frozenset()


def _refused(file: PublishFile, why: Text, step: Text | None = None) -> RefusedError:
    return RefusedError(
        t(f"{file.path} には書きませんでした（{why.ja}）。", f"{file.path} was not written ({why.en})."),
        step or t("別の名前にするか、そのファイルをどけてください。", "give another name, or move that file away."),
    )
