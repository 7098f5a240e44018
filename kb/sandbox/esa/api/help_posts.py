"""Stand-ins for two posts of esa's own help team that clients read."""

from __future__ import annotations

from importlib.resources import files

from kb.sandbox.esa.http.call import EsaCall
from kb.sandbox.esa.state.records import EsaPost

TEAM = "docs"
NAMES = {49: "Markdown の書き方", 104: "検索オプション"}
"""The posts esa's MCP server reads as help (esaio/esa-mcp-server, src/tools/helps.ts)."""

_WRITTEN = 1_767_225_600


def help_post(call: EsaCall) -> EsaPost | None:
    """Return the help post of the path; None for another, or where the data has a post of that number."""
    number = call.path_number("number")
    if call.team_name != TEAM or number not in NAMES or call.team.has_had(number):
        return None
    body = files("kb.sandbox.esa").joinpath("help", f"{number}.md").read_text(encoding="utf-8")
    return EsaPost(
        number=number,
        name=NAMES[number],
        category="help",
        tags=(),
        wip=False,
        body_md=body,
        message="Create post.",
        created=_WRITTEN,
        updated=_WRITTEN,
        created_by="esa_bot",
        updated_by="esa_bot",
    )
