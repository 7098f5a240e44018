"""Templates of units and workflows, whose own braces (`${{ … }}`) are not Jinja's: values stand in `<%= … %>`."""

from __future__ import annotations

import json
from collections.abc import Mapping

from kb.assets import asset


def rendered(name: str, values: Mapping[str, object]) -> str:
    """A template below templates/ with its values. Raises jinja2.UndefinedError for one that is missing."""
    import jinja2

    path = asset(f"templates/{name}")
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(path.parent),
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        block_start_string="<%",
        block_end_string="%>",
        variable_start_string="<%=",
        variable_end_string="%>",
        comment_start_string="<%#",
        comment_end_string="%>",
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["yaml"] = _yaml
    return environment.get_template(path.name).render(values)


def _yaml(value: object) -> str:
    """A value as YAML: a JSON string is one."""
    return json.dumps(value, ensure_ascii=False)
