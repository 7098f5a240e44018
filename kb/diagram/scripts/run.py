"""Run `capture` on a script and read its answer, all of which is foreign text."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NoReturn

import msgspec

from kb.console import run_program
from kb.diagram.scripts import capture
from kb.errors import InputError, ToolError, os_reason
from kb.text.display import sanitize
from kb.text.lang import t


class CapturedNode(msgspec.Struct, frozen=True):
    """A node: its label, and its class's names below `diagrams`, its own first."""

    id: str
    label: str
    classes: tuple[str, ...] = ()
    group: str = ""
    url: str = ""
    own_icon: bool = False


class CapturedCluster(msgspec.Struct, frozen=True):
    id: str
    label: str
    parent: str = ""


class CapturedEdge(msgspec.Struct, frozen=True):
    """An edge. `way` is forward, back, both or none, as in Graphviz."""

    source: str
    target: str
    label: str = ""
    way: str = "forward"
    style: str = ""


class CapturedDiagram(msgspec.Struct, frozen=True):
    """One `with Diagram(...)`. `dot` is its DOT text, with images named as in `Captured.images`."""

    name: str
    direction: str
    nodes: tuple[CapturedNode, ...]
    groups: tuple[CapturedCluster, ...]
    edges: tuple[CapturedEdge, ...]
    dot: str = ""


class CaptureFailure(msgspec.Struct, frozen=True):
    """Why there is nothing: the library (`cause` names it), or what the script raised, and where."""

    kind: str
    cause: str
    message: str
    line: int = 0


class Captured(msgspec.Struct, frozen=True):
    """The diagrams of one script; `images` maps its icons' files to names."""

    diagrams: tuple[CapturedDiagram, ...] = ()
    images: dict[str, str] = {}
    error: CaptureFailure | None = None


# A script is code: it gets no token of kb's, a time limit, and its whole process group is ended afterwards. Its
# answer is foreign data.


SCRIPT_TIMEOUT_S = 60.0
_LARGEST = 50_000_000
_KEPT = ("PATH", "HOME", "TMPDIR", "LANG", "LC_ALL", "TZ", "SSL_CERT_FILE", "VIRTUAL_ENV")


def require_script(script: Path) -> None:
    if not script.is_file():
        raise InputError(
            t(f"{sanitize(str(script))} が見つかりません。", f"there is no file {sanitize(str(script))}."),
            t("スクリプト（.py）を指定してください。", "give a script (.py)."),
        )


def run_script(
    script: Path, *, folder: Path | None = None, font: str = "", python: str = "", timeout_s: float = SCRIPT_TIMEOUT_S
) -> Captured:
    """Return what a script draws, run in `folder` (default: the current one).

    Raises InputError for a script that fails, hangs or draws nothing, ToolError without the library `diagrams`.
    """
    script = script.absolute()
    require_script(script)
    with tempfile.TemporaryDirectory(prefix="kb-script-") as private:
        answer = Path(private) / "answer.json"
        code = _wait_for(
            [python or sys.executable, "-P", "-B", capture.__file__, str(script), str(answer), font],
            folder or Path.cwd(),
            script.name,
            timeout_s,
        )
        captured = _read(answer, script.name, code)
    if captured.error:
        _refuse(script.name, captured.error)
    if not captured.diagrams:
        raise InputError(
            t(f"{sanitize(script.name)} は図を描いていません。", f"{sanitize(script.name)} draws no diagram."),
            t(
                "with Diagram(...): の中で描くスクリプトを指定してください。",
                "give a script with `with Diagram(...):`.",
            ),
        )
    return captured


def _wait_for(command: list[str], folder: Path, name: str, timeout_s: float) -> int:
    """Return the exit code of a program once it and its children are gone."""
    fixed = {"PYTHONHASHSEED": "0", "PYTHONUTF8": "1"}
    try:
        return run_program.run_program(
            command, folder=folder, kept=_KEPT, given=fixed, timeout_s=timeout_s, heard=False
        )[0]
    except OSError as error:
        raise ToolError(
            t(f"Python を動かせません（{os_reason(error).ja}）。", f"Python cannot be run ({os_reason(error).en})."),
            t("kb を入れ直してください。", "install kb again."),
        ) from None
    except subprocess.TimeoutExpired:
        raise InputError(
            t(
                f"{sanitize(name)} は {timeout_s:.0f} 秒で終わりませんでした。",
                f"{sanitize(name)} did not end in {timeout_s:.0f} s.",
            ),
            t(
                "図を描くほかのこと（待ち受け、通信）をしていないか確かめてください。",
                "see that it does nothing but draw: no waiting, no network.",
            ),
        ) from None


def _read(answer: Path, name: str, code: int) -> Captured:
    try:
        if answer.stat().st_size > _LARGEST:
            raise InputError(
                t(f"{sanitize(name)} の図は大きすぎます。", f"the diagram of {sanitize(name)} is too large."),
                t("スクリプトを分けてください。", "split the script."),
            )
        return msgspec.json.decode(answer.read_bytes(), type=Captured)
    except FileNotFoundError:
        raise InputError(
            t(
                f"{sanitize(name)} は途中で終わりました（終了コード {code}）。",
                f"{sanitize(name)} ended early (exit code {code}).",
            ),
            t(f"python {sanitize(name)} で動くか確かめてください。", f"see whether python {sanitize(name)} works."),
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise InputError(
            t(f"{sanitize(name)} から読めるものが返りませんでした。", f"what {sanitize(name)} gave cannot be read."),
            t(
                "diagrams の内側を書き換えていないか確かめてください。",
                "see that it does not change the library itself.",
            ),
        ) from None


def _refuse(name: str, error: CaptureFailure) -> NoReturn:
    """Raise the error that explains why a script gave nothing."""
    message = sanitize(error.message)[:200]
    if error.kind != "library":
        where_ja, where_en = (f" の {error.line} 行目", f", line {error.line},") if error.line else (" ", "")
        raise InputError(
            t(
                f"{sanitize(name)}{where_ja}で止まりました（{sanitize(error.cause)}: {message}）。",
                f"{sanitize(name)}{where_en} stopped ({sanitize(error.cause)}: {message}).",
            ),
            t("スクリプトを直してから、もう一度実行してください。", "mend the script, then try again."),
        )
    install = t("入れてください: pip install '.[diagram]'", "install it: pip install '.[diagram]'")
    match error.cause:
        case "missing":
            raise ToolError(t("diagrams パッケージがありません。", "the package diagrams is not installed."), install)
        case "needs":
            raise ToolError(
                t(
                    f"diagrams パッケージを読み込めません（{message} がありません）。",
                    f"the package diagrams cannot be loaded ({message} is missing).",
                ),
                install,
            )
        case "shadowed":
            raise ToolError(
                t(
                    f"diagrams パッケージの代わりに、リポジトリのフォルダー（{message}）が読み込まれました。",
                    f"a folder of the repository ({message}) was loaded instead of the package diagrams: same name.",
                ),
                t(
                    "名前が同じためです。__init__.py があれば消すか、フォルダーの名前を変えてください。"
                    "パッケージがなければ: pip install '.[diagram]'",
                    "remove its __init__.py or rename the folder. without the package: pip install '.[diagram]'",
                ),
            )
        case _:
            raise ToolError(
                t(
                    f"diagrams パッケージが壊れています（{message} に Diagram がありません）。",
                    f"the package diagrams is broken ({message} has no Diagram).",
                ),
                t(
                    "同じ名前のフォルダーをインストールすると上書きされます。"
                    "入れ直してください: pip install --force-reinstall diagrams==0.25.1",
                    "installing a folder of that name overwrites it. pip install --force-reinstall diagrams==0.25.1",
                ),
            )
