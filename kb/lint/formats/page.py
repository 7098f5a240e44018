"""What every page of HTML that kb writes has in common: a template that escapes, and a policy that lets in by hash."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING

from kb.assets import asset

if TYPE_CHECKING:
    import jinja2


def template(name: str) -> jinja2.Template:
    """A template of kb's by its path, such as `templates/lint.html.jinja`; all that is put into it is escaped."""
    import jinja2

    path = asset(name)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(path.name)


def digest(text: str) -> str:
    """A source expression of a content security policy (CSP level 3, 2.3.1), which lets in just this text."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
