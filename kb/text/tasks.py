"""Count the task boxes of a Markdown text, as esa counts them. Pure."""

from __future__ import annotations

from kb.text.lazy_pattern import compile_lazy

_TASK = compile_lazy(r"^[ \t>]*(?:[-*+]|\d+[.)])[ \t]+\[([ xX])\][ \t]")
_FENCE = compile_lazy(r"^ {0,3}(`{3,}|~{3,})")


def count_tasks(body: str) -> tuple[int, int]:
    """Return the number of a body's task items and of the ticked ones; fenced code does not count."""
    if "[ ]" not in body and "[x]" not in body and "[X]" not in body:
        return 0, 0
    total = done = 0
    fence = ""
    for line in body.splitlines():
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark[1]
        elif mark and mark[1].startswith(fence):
            fence = ""
        elif not fence and (task := _TASK.match(line)):
            total += 1
            done += task[1] != " "
    return total, done
