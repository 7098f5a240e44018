"""Write models as TOML, and load them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

from kb.diagram.model.check import WrittenTable, require_valid
from kb.diagram.model.nouns import Model, ModelFile, ModelPlace, System
from kb.errors import ConfigError, InputError, os_reason
from kb.files import no_file_error
from kb.settings.toml import TomlReader, format_toml, index_table_lines, parse_toml
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_UNDRAWABLE = compile_lazy(
    r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff\U000e0000-\U000e007f]+"
)
_LONGEST = 120


def make_slug(text: str) -> str:
    """Return a text as an id, "" if nothing of it can be in one."""
    folded = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^a-z0-9]+", "-", folded).strip("-")[:50].strip("-")


def make_unique(name: str, taken: set[str]) -> str:
    """Return the name, numbered if in `taken`, and add it there."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}-{number}", number + 1
    taken.add(free)
    return free


def clean_label(text: str, longest: int = _LONGEST) -> str:
    """Return a text on one line, without invisible characters, truncated to a label's length."""
    return " ".join(_UNDRAWABLE.sub(" ", text).split())[:longest].rstrip()


def toml_comment(text: str) -> str:
    """Return a text as a one-line comment."""
    return f"# {clean_label(text, 200)}"


def render_table(kind: str, fields: Mapping[str, object], remarks: Iterable[str] = ()) -> list[str]:
    """Return the lines of a table, after an empty one, with remarks as comments; a None is left out."""
    written = (f"{name} = {format_toml(value)}" for name, value in fields.items() if value is not None)
    return ["", f"[[{kind}]]", *(f"# {each}" for each in remarks), *written]


MODEL_FOLDER = "diagrams"
MODEL_FILE = "system.toml"
_LARGEST = 20_000_000
T = TypeVar("T")


def find_model_folder(start: Path) -> Path:
    """Return the nearest `diagrams/` with a model, upwards of `start`. Raises InputError without one."""
    for folder in (start.absolute(), *start.absolute().parents):
        if list_model_files(folder / MODEL_FOLDER):
            return folder / MODEL_FOLDER
    raise InputError(
        t(
            f"構成図のもと（{MODEL_FOLDER}/{MODEL_FILE}）が見つかりません。",
            f"no system model ({MODEL_FOLDER}/{MODEL_FILE}) found here.",
        ),
        t("kb diagram init で作ってください。", "make one with kb diagram init."),
    )


def list_model_files(folder: Path) -> list[Path]:
    """Return a model's files by name."""
    if not folder.is_dir():
        return []
    return sorted(
        (path for path in folder.glob("*.toml") if not path.name.startswith(".")),
        key=lambda path: path.name,
    )


def load_model(folder: Path) -> Model:
    """Load the model in a folder. Raises ConfigError with file, line and next step."""
    return merge_texts([(f"{folder.name}/{path.name}", _text(path)) for path in list_model_files(folder)])


def load_model_file(path: Path) -> Model:
    """Load a model of one file. Raises ConfigError with file, line and next step."""
    return merge_texts([(str(path), _text(path))])


def _text(path: Path) -> str:
    try:
        if (path.exists() or path.is_symlink()) and not path.is_file():
            found = no_file_error(path)
            raise ConfigError(found.what, found.next_step)
        if not path.stat().st_size:
            raise ConfigError(
                t(f"{path} は空です（0 バイト）。", f"{path} is empty (0 bytes)."),
                t("控えから戻すか、消してください。", "restore it, or remove it."),
            )
        if path.stat().st_size > _LARGEST:
            raise ConfigError(
                t(f"{path} は大きすぎます（20 MB まで）。", f"{path} is too large (20 MB at most)."),
                t("ファイルを分けてください。", "split it into several files."),
            )
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = os_reason(error) if isinstance(error, OSError) else t("UTF-8 ではありません", "not UTF-8")
        raise ConfigError(
            t(f"{path} を読めません（{why.ja}）。", f"{path} cannot be read ({why.en})."),
            t("UTF-8 で保存されているか、権限を確かめてください。", "check that it is UTF-8 and readable."),
        ) from None


def merge_texts(texts: Sequence[tuple[str, str]]) -> Model:
    """Return the model of several named texts. Raises ConfigError for the first error."""
    written: list[WrittenTable] = []
    system: tuple[str, System] | None = None
    for name, text in sorted(texts):
        reader = TomlReader(text, name)
        content = reader.table(_dates_as_text(parse_toml(text, name)), ModelFile, ())
        if content.schema != 1:
            raise reader.error(
                ("schema",),
                t(
                    f"schema {content.schema} は、この版の kb には読めません",
                    f"this kb cannot read schema {content.schema}",
                ),
                t("schema = 1 と書くか、kb を新しくしてください。", "write schema = 1, or upgrade kb."),
            )
        if content.system is not None:
            if system is not None:
                raise reader.error(
                    ("system",),
                    t(f"[system] は {system[0]} にもあります", f"[system] is in {system[0]} too"),
                    t("1 つのファイルにまとめてください。", "keep it in one file."),
                )
            system = (name, content.system)
            written.append(WrittenTable("system", content.system, reader, ("system",)))
        lines = index_table_lines(text)
        for kind in ("group", "node", "edge", "channel", "view", "ignore"):
            for number, each in enumerate(getattr(content, kind), 1):
                line = lines.get((kind, number), 0)
                written.append(WrittenTable(kind, each, reader, (kind, str(number)), line))
    require_valid(written)
    return Model(
        system=system[1] if system else System(),
        groups=_sorted(written, "group", lambda each: each.id),
        nodes=_sorted(written, "node", lambda each: each.id),
        edges=_sorted(written, "edge", lambda each: (each.source, each.target, each.label, each.proto)),
        channels=_sorted(written, "channel", lambda each: each.id),
        views=_sorted(written, "view", lambda each: each.id),
        ignores=_sorted(written, "ignore", lambda each: (each.code, each.target)),
        places={each.key: ModelPlace(each.reader.name, each.line) for each in written},
    )


def _sorted(written: Sequence[WrittenTable], kind: str, order: Callable[[Any], Any]) -> tuple[Any, ...]:
    return tuple(sorted((each.what for each in written if each.kind == kind), key=order))


def _dates_as_text(value: Any) -> Any:
    """Return TOML dates as text: `until = 2026-12-31` equals `"2026-12-31"`."""
    if isinstance(value, dict):
        return {key: _dates_as_text(one) for key, one in value.items()}
    if isinstance(value, list):
        return [_dates_as_text(one) for one in value]
    return value.isoformat() if isinstance(value, date) and not isinstance(value, datetime) else value
