"""A font with Japanese characters. Without one Graphviz draws boxes with code points, and says it went well."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
from functools import cache
from pathlib import Path

from kb.errors import ToolError
from kb.lang import t

PREFERRED = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "Source Han Sans JP",
    "Hiragino Sans",
    "BIZ UDPGothic",
    "IPAexGothic",
    "IPAGothic",
    "TakaoGothic",
    "VL Gothic",
)
_TIMEOUT_S = 30


def japanese() -> str:
    """The name of the font to draw with. Raises ToolError when the machine has none that knows Japanese."""
    if shutil.which("fc-list") is None:
        raise ToolError(
            t("フォントを調べる fc-list がありません。", "fc-list, which looks for fonts, is not installed."),
            t(
                "fontconfig を入れてください（Debian: apt install fontconfig）。",
                "install fontconfig (Debian: apt install fontconfig).",
            ),
        )
    families = _asked("fc-list", ":lang=ja", "family")
    known = {name.strip() for line in families.splitlines() for name in line.split(",")} - {""}
    if not known:
        raise ToolError(
            t(
                "日本語のフォントがありません。このまま描くと文字が四角になります。",
                "there is no font with Japanese characters; words would be drawn as boxes.",
            ),
            t(
                "フォントを入れてください（Debian: apt install fonts-noto-cjk）。",
                "install one (Debian: apt install fonts-noto-cjk).",
            ),
        )
    return next((name for name in PREFERRED if name in known), min(known))


@cache
def fingerprint(font: str) -> str:
    """What the file of a font hashes to: another version is another width."""
    path = Path(_asked("fc-match", "--format=%{file}", font).strip())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _asked(*command: str) -> str:
    try:
        return subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(
            t(f"{command[0]} が動きませんでした（{type(error).__name__}）。", f"{command[0]} did not work ({error})."),
            t("fontconfig の入れ方を確かめてください。", "check how fontconfig is installed."),
        ) from None
