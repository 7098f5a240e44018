"""Graphviz, called as a program: with an end to its time, and with no file of its own left anywhere."""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from kb.console import safe
from kb.errors import ToolError
from kb.lang import t
from kb.system import apart, png

TIMEOUT_S = 60.0
OVERVIEW_TIMEOUT_S = 20.0
"""An overview whose arrows tangle can take minutes; the other engine lays it out at once, with straight lines."""

# What dot may know of the machine: where programs and fonts are. Not GV_FILE_PATH or SERVER_NAME, which hide
# icons, and no language or time zone.
_KEPT = ("PATH", "HOME", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME")


@dataclass(frozen=True, slots=True)
class Drawn:
    """What Graphviz made of one DOT text, and which of its engines did."""

    svg: str
    png: bytes
    engine: str


def require_dot() -> None:
    """Raise ToolError when Graphviz is not installed."""
    if shutil.which("dot") is None:
        raise ToolError(
            t("Graphviz の dot がありません。", "Graphviz (dot) is not installed."),
            t("入れてください（Debian: apt install graphviz）。", "install it (Debian: apt install graphviz)."),
        )


def version() -> str:
    """Graphviz's own number, "" when it does not say."""
    try:
        said = subprocess.run(["dot", "-V"], capture_output=True, text=True, timeout=TIMEOUT_S).stderr
    except (OSError, subprocess.SubprocessError):
        return ""
    found = re.search(r"version (\S+)", said)
    return found[1] if found else ""


def draw(dot: str, icons: Path | None, *, overview: bool = False, name: str = "", with_png: bool = True) -> Drawn:
    """The picture of a DOT text, its icons named below `icons`. Raises ToolError when there is none.

    An overview has less time, and the engine `osage` where `dot` does not end or gives up.
    """
    if not overview:
        return _drawn("dot", dot, icons, TIMEOUT_S, name, with_png)
    try:
        return _drawn("dot", dot, icons, OVERVIEW_TIMEOUT_S, name, with_png)
    except ToolError:
        return _drawn("osage", dot, icons, TIMEOUT_S, name, with_png)


def _drawn(engine: str, dot: str, icons: Path | None, timeout_s: float, name: str, with_png: bool) -> Drawn:
    with tempfile.TemporaryDirectory(prefix="kb-diagram-") as folder:
        svg, bitmap = Path(folder) / "picture.svg", Path(folder) / "picture.png"
        command = ["dot", f"-K{engine}", "-Tsvg", "-o", str(svg)]
        if with_png:
            command += ["-Tpng", "-o", str(bitmap)]
        code, said = _run(command, dot.encode(), icons or Path(folder), timeout_s, name)
        text = svg.read_text("utf-8", "replace") if svg.exists() else ""
        data = bitmap.read_bytes() if bitmap.exists() else b""
    # After some of its errors dot has written a file all the same, half of the picture or all of it.
    if code != 0 or not text.rstrip().endswith("</svg>") or (with_png and not png.whole(data)):
        line = safe(said.strip().splitlines()[0])[:160] if said.strip() else f"exit {code}"
        raise ToolError(
            t(f"dot が「{name}」を描けませんでした（{line}）。", f"dot could not draw {name!r} ({line})."),
            t(
                "ビューを groups や kinds で小さく分けるか、Graphviz の版を確かめてください。",
                "make the view smaller with groups or kinds, or check the version of Graphviz.",
            ),
        )
    return Drawn(text, data, engine)


def _run(command: list[str], text: bytes, folder: Path, timeout_s: float, name: str) -> tuple[int, str]:
    spoken = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    try:
        return apart.ran(command, folder=folder, kept=_KEPT, given=spoken, timeout_s=timeout_s, text=text)
    except OSError as error:
        raise ToolError(
            t(f"dot を動かせません（{error.strerror}）。", f"dot cannot be run ({error.strerror})."),
            t("Graphviz の入れ方を確かめてください。", "check how Graphviz is installed."),
        ) from None
    except subprocess.TimeoutExpired:
        raise ToolError(
            t(
                f"dot が「{name}」を {timeout_s:.0f} 秒で描き終えませんでした。",
                f"dot did not finish {name!r} in {timeout_s:.0f} s.",
            ),
            t("ビューを groups や kinds で小さく分けてください。", "make the view smaller with groups or kinds."),
        ) from None
