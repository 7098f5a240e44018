"""`kb secrets list --reveal ID`: one value, once, to the person at the terminal and nobody else."""

from __future__ import annotations

import os
import sys

from kb.commands.secrets_held import held
from kb.config import Workspace
from kb.console import safe, safe_lines, say
from kb.errors import UsageError
from kb.lang import t
from kb.lint.formats.places import name_of
from kb.lint.formats.secret_words import KINDS
from kb.mirror.store import Mirror
from kb.reports.secrets.values import Place, Value, named
from kb.secrets.fingerprints import value_name
from kb.secrets.secret import CATEGORY, TAGS, TITLE, cut, text_of

_CI = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "BUILD_NUMBER")
"""Variables by which the machines that run CI jobs are known."""


def reveal(workspace: Workspace, given: str) -> None:
    """Ask, then print the value. Raises UsageError where others might be reading, and when it is no longer there."""
    _require_person()
    found = held(workspace, everything=True)
    value = named(found.holding.values, given)
    place = value.places[0]
    where = f"{name_of(place.entry, place.finding.part)}:{place.finding.span.line}"
    kind = KINDS[place.secret.kind]
    say(str(t(f"{where} の{kind.ja}です。", f"the {kind.en} at {where}.")))
    question = t(
        "画面を見ている人や共有はありませんか。表示する [y/N]: ",
        "nobody else sees this screen? Show it [y/N]: ",
    )
    sys.stderr.write(str(question))
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "ｙ"):
        say(str(t("表示していません。", "it was not shown.")))
        return
    print(safe_lines(_text(workspace, value, found.key.bytes_ if found.key is not None else b"")))


def _require_person() -> None:
    """Raise UsageError unless a person sits at both ends."""
    tell = t("自分の端末で、そのまま実行してください。", "run it at a terminal of your own, with nothing in between.")
    if not (sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            t(
                "値を表示するのは端末だけです（入力も出力も）。",
                "a value is shown at a terminal only, for in and output.",
            ),
            tell,
        )
    if any(os.environ.get(name) for name in _CI):  # which may have a terminal whose words go into a log
        raise UsageError(t("CI では値を表示しません。", "no value is shown in CI."), tell)


def _text(workspace: Workspace, value: Value, key: bytes) -> str:
    """The value, from the first place where it still stands. Raises UsageError when there is none."""
    with Mirror.open(workspace.mirror, readonly=True) as mirror:
        for place in value.places:
            for text in _texts(mirror, place):
                found = cut(text, place.finding.span)
                if found and (not key or value_name(found, key) == value.id):
                    return found
    raise UsageError(
        t(f"{safe(value.id[:12])} は、もうその場所にありません。", f"{safe(value.id[:12])} no longer stands there."),
        t(
            "kb secrets list をやり直してください。kb purge-secrets で消した値なら、元のページで見られます。",
            "run kb secrets list again; a value that kb purge-secrets took out still stands on its page.",
        ),
    )


def _texts(mirror: Mirror, place: Place) -> list[str]:
    """The texts a place can be in: the title or text of its document, or what that said before."""
    part = place.finding.part
    stored = [each for each in mirror.documents(doc=str(place.entry.doc)) if each.document.part == place.entry.part]
    if part in (TITLE, CATEGORY, TAGS):
        return [text_of(each.document, part) for each in stored]
    if part == place.entry.part:  # of a file that is its name, too
        return [text for each in stored for text in (each.document.body, each.document.title)]
    olds = [old for each in stored for old in mirror.versions(each.id) if part in (old.part, f"{old.part}:title")]
    return [old.body if part == old.part else old.title for old in olds]
