"""What people do about a task: their edits of a page's text, as they would write them. Pure."""

from __future__ import annotations

import re
from datetime import date, timedelta

_UNDECIDED = r"(?:[^\n|]*?(?:検討中|確認中|調査中|不明|未定|TBD|TODO)[^\n|]*|なし|-|（?記載なし）?)"
_WEEKS = timedelta(weeks=8)
_WORDS = re.compile(r"[ァ-ヴー]{3,}|[一-龠]{2,}|[A-Za-z]{3,}[A-Za-z0-9-]*")


def tick(body: str, due: date, today: date) -> str:
    """The measure that was due on a day, done."""
    day = re.compile(rf"(?<!\d)(?:{due.year}[/-])?0?{due.month}[/-]0?{due.day}(?!\d)")
    lines = body.split("\n")
    at = next(number for number, line in enumerate(lines) if day.search(line))
    line = lines[at]
    if "[ ]" in line:
        lines[at] = line.replace("[ ]", "[x]", 1)
    elif line.lstrip().startswith("|"):
        lines[at] = re.sub(r"\|[^|]*\|\s*$", f"| 完了（{today.month}/{today.day}） |", line)
    else:
        lines[at] = f"{line} → 完了（{today.month}/{today.day}）"
    return "\n".join(lines)


def complete(body: str, owner: str, today: date) -> str:
    """The cause and the prevention of an incident page, written down: no two pages have the same cause."""
    until = today + _WEEKS
    about = next((words[0] for line in body.split("\n") if (words := _WORDS.findall(line))), "設定")
    cause = f"{about}を変えた人と配る人が別で、変えたことが配る手順に伝わっていなかった。手順に確認の段がなかったため。"
    measure = f"- [ ] 配る前に設定の差分を確かめる段を手順に足す（担当: {owner}、期限: {until:%Y/%m/%d}）"
    for heading, words in (("原因", cause), ("再発防止", f"\n{measure}")):
        pattern = re.compile(
            rf"(?m)^([^\n]*{heading}[^\n]*?)(\n+|[:：】]\s*)(?:{_UNDECIDED}\s*)?(?=$|\n\s*\n|\n[#【<|]|\Z)"
        )
        body, found = pattern.subn(
            lambda match, words=words: f"{match[1]}{match[2] or chr(10)}{words.strip()}", body, count=1
        )
        if not found:
            body = f"{body.rstrip()}\n\n## {heading}\n{words.strip()}\n"
    return body
