"""The backlog: small requests and repairs, many finished and never closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from kb.sandbox.team.draft import PageDraft, Reply, parse_draft, table_rows


def read_backlog() -> Iterator[PageDraft]:
    """Yield a ticket for each row; finished ones say so in the last note, not always in the status."""
    for row in table_rows("backlog"):
        finished = row["status"] in ("解決", "終了")
        kept = {name: row[name] for name in ("by", "project", "tracker", "status", "to")}
        heads = {"at": f"{row['days']} 11:25", "title": row["subject"], "done": "100" if finished else "0", **kept}
        created = parse_draft("ticket", f"backlog-{row['days']}", tuple(heads.items()), row["text"])
        yield replace(created, replies=(_reply(row),)) if row["said"] else created


def _reply(row: dict[str, str]) -> Reply:
    who, days, text = row["said"].split(" ", 2)
    changes = (("set", f"status 新規 -> {row['status']}"),) if row["status"] != "新規" else ()
    return Reply(who, int(days), "17:05", text, changes)
