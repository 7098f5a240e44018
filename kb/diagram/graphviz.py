"""Run Graphviz with a Japanese font. Without one it draws code points and reports success."""

from __future__ import annotations

import hashlib
import io
import re
import shutil
import struct
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from kb.console import run_program
from kb.errors import ToolError, os_reason
from kb.text.display import sanitize
from kb.text.lang import t

PREFERRED_FONTS = (
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
_FONT_TIMEOUT_S = 30


def find_japanese_font() -> str:
    """Return the font to draw with. Raises ToolError if none knows Japanese."""
    if shutil.which("fc-list") is None:
        raise ToolError(
            t("フォントを調べる fc-list がありません。", "fc-list, which looks for fonts, is not installed."),
            t(
                "fontconfig を入れてください（Debian: apt install fontconfig）。",
                "install fontconfig (Debian: apt install fontconfig).",
            ),
        )
    families = _ask_fontconfig("fc-list", ":lang=ja", "family")
    known = {name.strip() for line in families.splitlines() for name in line.split(",")} - {""}
    if not known:
        raise ToolError(
            t(
                "日本語のフォントがありません。このまま描くと文字が四角になります。",
                "no font with Japanese characters found; words would be drawn as boxes.",
            ),
            t(
                "フォントを入れてください（Debian: apt install fonts-noto-cjk）。",
                "install one (Debian: apt install fonts-noto-cjk).",
            ),
        )
    return next((name for name in PREFERRED_FONTS if name in known), min(known))


@cache
def hash_font(font: str) -> str:
    """Return the hash of a font's file: another version has other widths."""
    path = Path(_ask_fontconfig("fc-match", "--format=%{file}", font).strip())
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


def _ask_fontconfig(*command: str) -> str:
    try:
        done = run_program.capture(command, timeout_s=_FONT_TIMEOUT_S)
        done.check_returncode()
        return done.stdout.decode("utf-8", "replace")
    except (OSError, subprocess.SubprocessError) as error:
        raise ToolError(
            t(f"{command[0]} が動きませんでした（{type(error).__name__}）。", f"{command[0]} did not work ({error})."),
            t("fontconfig の入れ方を確かめてください。", "check how fontconfig is installed."),
        ) from None


PNG_KEYWORD = "kb-source-sha256"
_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_COLOURS = 256


def is_whole_png(data: bytes) -> bool:
    """Return whether these bytes are a complete PNG; a killed program leaves half of one."""
    return data.startswith(_SIGNATURE) and data[-8:-4] == b"IEND"


def finish_png(data: bytes, source: str) -> bytes:
    """Return the picture with a palette, a third of the size, and its source's hash in a tEXt chunk.

    Without Pillow it keeps all colours.
    """
    return _add_text(_reduced(data), source)


def _reduced(data: bytes) -> bytes:
    try:
        from PIL import Image
    except ImportError:
        return data
    Image.MAX_IMAGE_PIXELS = None  # what is opened here was drawn here, however large
    with Image.open(io.BytesIO(data)) as image:
        flat = image.convert("RGB").quantize(_COLOURS, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        out = io.BytesIO()
        flat.save(out, "PNG")
        return out.getvalue()


def _add_text(data: bytes, source: str) -> bytes:
    """Add a tEXt chunk after the header."""
    at = len(_SIGNATURE) + 25  # IHDR is first and always that long
    body = PNG_KEYWORD.encode() + b"\0" + source.encode()
    chunk = struct.pack(">I", len(body)) + b"tEXt" + body + struct.pack(">I", zlib.crc32(b"tEXt" + body))
    return data[:at] + chunk + data[at:]


DOT_TIMEOUT_S = 60.0
OVERVIEW_TIMEOUT_S = 20.0
"""An overview whose arrows tangle can take minutes; the other engine lays it out at once, with straight lines."""

# What dot may know of the machine: where programs and fonts are. Not GV_FILE_PATH or SERVER_NAME, which hide
# icons, and no language or time zone.
_KEPT = ("PATH", "HOME", "TMPDIR", "FONTCONFIG_FILE", "FONTCONFIG_PATH", "XDG_CACHE_HOME", "XDG_DATA_HOME")


@dataclass(frozen=True, slots=True)
class GraphvizOutput:
    """Graphviz's output for one DOT text, and the engine that made it."""

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


def graphviz_version() -> str:
    """Return Graphviz's version, "" if unknown."""
    done = run_program.read_output(["dot", "-V"], timeout_s=DOT_TIMEOUT_S)
    found = re.search(r"version (\S+)", done.stderr) if done is not None else None
    return found[1] if found else ""


def describe_renderer(font: str) -> dict[str, str]:
    """Return what draws with this font: the font, its hash and Graphviz's version."""
    return {"font": font, "font_sha256": hash_font(font), "graphviz": graphviz_version()}


def draw_dot(
    dot: str, icons: Path | None, *, overview: bool = False, name: str = "", with_png: bool = True
) -> GraphvizOutput:
    """Draw a DOT text whose icons are below `icons`. Raises ToolError.

    An overview has less time, and falls back to the engine `osage`.
    """
    if not overview:
        return _drawn("dot", dot, icons, DOT_TIMEOUT_S, name, with_png)
    try:
        return _drawn("dot", dot, icons, OVERVIEW_TIMEOUT_S, name, with_png)
    except ToolError:
        return _drawn("osage", dot, icons, DOT_TIMEOUT_S, name, with_png)


def _drawn(engine: str, dot: str, icons: Path | None, timeout_s: float, name: str, with_png: bool) -> GraphvizOutput:
    with tempfile.TemporaryDirectory(prefix="kb-diagram-") as folder:
        svg, bitmap = Path(folder) / "picture.svg", Path(folder) / "picture.png"
        command = ["dot", f"-K{engine}", "-Tsvg", "-o", str(svg)]
        if with_png:
            command += ["-Tpng", "-o", str(bitmap)]
        code, stderr = _run(command, dot.encode(), icons or Path(folder), timeout_s, name)
        text = svg.read_text("utf-8", "replace") if svg.exists() else ""
        data = bitmap.read_bytes() if bitmap.exists() else b""
    # After some of its errors dot has written a file all the same, half of the picture or all of it.
    if code != 0 or not text.rstrip().endswith("</svg>") or (with_png and not is_whole_png(data)):
        line = sanitize(stderr.strip().splitlines()[0])[:160] if stderr.strip() else f"exit {code}"
        raise ToolError(
            t(f"dot が「{name}」を描けませんでした（{line}）。", f"dot could not draw {name!r} ({line})."),
            t(
                "ビューを groups や kinds で小さく分けるか、Graphviz の版を確かめてください。",
                "make the view smaller with groups or kinds, or check the version of Graphviz.",
            ),
        )
    return GraphvizOutput(text, data, engine)


def _run(command: list[str], text: bytes, folder: Path, timeout_s: float, name: str) -> tuple[int, str]:
    environment = {"LC_ALL": "C.UTF-8", "LANG": "C.UTF-8"}
    try:
        return run_program.run_program(
            command, folder=folder, kept=_KEPT, given=environment, timeout_s=timeout_s, text=text
        )
    except OSError as error:
        raise ToolError(
            t(f"dot を動かせません（{os_reason(error).ja}）。", f"dot cannot be run ({os_reason(error).en})."),
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
