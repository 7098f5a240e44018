"""The pictures of docs/walkthrough-week.ja.md: terminals, the report on a screen and on a phone, the post in esa.

Called by docs/make_walkthrough.py. Needs Chromium with its driver, Noto CJK fonts and Pillow.
"""

from __future__ import annotations

import io
import shutil
import tempfile
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any, Protocol

PICTURES = Path(__file__).parent / "images"

COLOURS = 128
"""So many are enough for text on a few grounds, and make a picture half as large."""

Named = tuple[tuple[str, str], ...]
"""Names of pictures, and what they show."""


class Walked(Protocol):
    """What a walk left besides what was printed: the report as a page, the post's text in esa."""

    page: str
    post: str


def take(steps: Sequence[tuple[str, Named]], walked: Walked) -> None:
    """Take the pictures of a walk: of each step what a terminal shows, and the pictures it has."""
    from pyromark import Options as Marks
    from pyromark import html
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(shutil.which("chromium"))
    for flag in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(flag)
    PICTURES.mkdir(exist_ok=True)
    browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
    try:
        for shown, pictures in steps:
            for name, _ in pictures:
                if name in ("week-desktop", "week-phone"):
                    width, height = (1100, 1560) if name == "week-desktop" else (390, 844)
                    _picture(browser, name, walked.page, width, height)
                elif name == "week-post":
                    body = html(walked.post, options=Marks.ENABLE_TABLES | Marks.ENABLE_TASKLISTS)
                    _picture(browser, name, _POST.format(body=body), 900, 1100)
                else:
                    _picture(browser, name, _TERMINAL.format(text=escape(shown)), 900, 4000)
    finally:
        browser.quit()


def _picture(browser: Any, name: str, html: str, width: int, height: int) -> None:
    """One picture: the page's beginning, down to where the last line ends that is whole above `height`."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "page.html"
        path.write_text(html, encoding="utf-8")
        phone = width < 500
        metrics = {"width": width, "height": height, "deviceScaleFactor": 2 if phone else 1, "mobile": phone}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
        browser.get(path.as_uri())
        ends = browser.execute_script(_ENDS, height)
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", {**metrics, "height": ends})
        raw = browser.get_screenshot_as_png()
    save(name, raw)


def save(name: str, raw: bytes) -> None:
    """Save a picture, given as PNG, with few colours."""
    from PIL import Image

    picture = (
        Image.open(io.BytesIO(raw))
        .convert("RGB")
        .quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    )
    picture.save(PICTURES / f"{name}.png", optimize=True)


_ENDS = """
const boxes = [...document.querySelectorAll("pre, p, li, tr, h1, h2, h3, a, code, span, svg, input, select")]
  .map(each => each.getBoundingClientRect()).filter(box => box.height);
let limit = arguments[0];
for (let crossed = null; crossed !== undefined; ) {
  crossed = boxes.find(box => box.height < 200 && box.top < limit && box.bottom > limit);
  if (crossed) limit = crossed.top;
}
return Math.ceil(Math.max(...boxes.map(box => box.bottom).filter(bottom => bottom <= limit)));
"""
"""Where to end a picture of at most so many pixels, so that no line is cut through."""

_FONTS = '"Noto Sans CJK JP", sans-serif'
_TERMINAL = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; background: #1d2330; }}
pre {{ margin: 0; padding: 18px 22px; color: #e8ebf2; white-space: pre-wrap; overflow-wrap: anywhere;
  font: 15px/1.55 "Noto Sans Mono CJK JP", monospace; }}
</style><pre>{text}</pre>"""
_POST = """<!doctype html><meta charset="utf-8"><style>
body {{ margin: 0; padding: 20px 32px; color: #3c4a60; font: 15px/1.7 FONTS; }}
.place {{ color: #8a94a6; font-size: 13px; }} h1 {{ margin: 0 0 12px; font-size: 24px; }}
h2 {{ border-bottom: 1px solid #dde2ea; font-size: 19px; }} table {{ border-collapse: collapse; font-size: 13px; }}
td, th {{ border: 1px solid #dde2ea; padding: 3px 8px; text-align: left; }} a {{ color: #0a7f77; }}
</style><div class="place">運用 / 週報 #週報</div><h1>ナレッジの週報</h1>{body}""".replace("FONTS", _FONTS)
