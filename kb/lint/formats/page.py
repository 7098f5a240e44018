"""HTML pages of one file: the same style and script for all of them, and a content security policy by hash."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator

from kb.files import asset_path, load_template
from kb.lint.printable import escape_commands
from kb.text.lang import current_language, t

STYLE, SCRIPT = "templates/page.css", "templates/page.js"
"""What every page carries. It is read without the script too, which filters and sorts its rows."""


def render_page(name: str, **values: object) -> Iterator[str]:
    """Yield a page in pieces, from a template such as `templates/lint.html.jinja`; all values are escaped."""
    style, script = (asset_path(each).read_text("utf-8") for each in (STYLE, SCRIPT))
    pieces = load_template(name, autoescape=True, trim_blocks=True, lstrip_blocks=True).generate(
        lang=current_language(), t=t, style=style, script=script, hash=csp_hash, **values
    )
    for piece in pieces:
        yield escape_commands(piece, "&#35;")


def csp_hash(text: str) -> str:
    """Return the source expression that allows just this text (CSP level 3, 2.3.1)."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
