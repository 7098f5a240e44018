"""What stands below a section without belonging to it is evidence: logs, code, pastes say nothing for the section."""

from __future__ import annotations

import pytest
from together import together

from kb.model.document import Document, Kind, Markup, Source
from kb.model.facts import Facts, Role, Verdict
from kb.model.page import PagePolicy
from kb.reading.facts import read_facts

PAGE = """\
## 事象
5/3 10:00 から 40 分、予約を受けられなかった。

## 原因
{cause}

## 対応
{fix}

## 再発防止
{prevention}
"""
SAID = {
    "cause": "鍵の期限が切れていた。持ち主の欄が台帳になく、知らせが退職者に届いていた。",
    "fix": "鍵を新しいものに替え、配り直した。",
    "prevention": "- 期限の 30 日前に鳴らす（岸、5/20）",
}
LOGS = {
    "fenced": "```\n2026-05-03 10:00:04 ERROR connection refused because the pool was exhausted\n```",
    "fenced, named": "```log\nMay  3 10:00:04 app01 kernel: Out of memory: Killed process 4112 (java)\n```",
    "indented": "    2026-05-03T10:00:04+09:00 app01 ERROR upstream timed out while connecting\n"
    "    2026-05-03T10:00:05+09:00 app01 ERROR upstream timed out while connecting",
    "bare": "2026-05-03 10:00:04,120 ERROR [main] o.a.c.Pool - 接続が枯渇したため待機できません\n"
    "2026-05-03 10:00:05,010 ERROR [main] o.a.c.Pool - 接続が枯渇したため待機できません",
    "bare syslog": "May  3 10:00:04 app01 nginx[812]: connect() failed (111: Connection refused)\n"
    "May  3 10:00:05 app01 nginx[812]: connect() failed (111: Connection refused)",
    "trace": "```\njava.lang.OutOfMemoryError: Java heap space\n\tat com.example.Cache.load(Cache.java:88)\n```",
    "bare trace": "java.lang.IllegalStateException: pool was closed because of an earlier error\n"
    "at com.example.Pool.take(Pool.java:41)\nat com.example.Api.call(Api.java:12)",
    "python": 'Traceback (most recent call last):\n  File "app.py", line 12, in take\n'
    "RuntimeError: pool was closed because of an earlier error",
    "json": '```json\n{"level": "error", "msg": "lock wait timeout, because another transaction holds it"}\n```',
    "bare json": '{"time":"2026-05-03T10:00:04Z","level":"error","msg":"closed because of an earlier error"}\n'
    '{"time":"2026-05-03T10:00:05Z","level":"error","msg":"closed because of an earlier error"}',
    "access log": '192.0.2.10 - - [03/May/2026:10:00:04 +0900] "GET /book HTTP/1.1" 502 150 "-" "curl"\n'
    '192.0.2.11 - - [03/May/2026:10:00:05 +0900] "GET /book HTTP/1.1" 502 150 "-" "curl"',
    "pre": "<pre>\n2026-05-03 10:00:04 ERROR 上限に達したため拒否\n</pre>",
    "details": "<details><summary>ログ</summary>\n\n```\n10:00:04 ERROR 上限に達したため拒否\n```\n\n</details>",
    "label and fence": "ログ:\n```\n10:00:04 ERROR 上限に達したため拒否\n```",
    "label and fence, bold": "**エラーログ**\n\n```\n10:00:04 ERROR 上限に達したため拒否\n```",
    "config": "```yaml\npool:\n  size: 20  # 既定のまま\n```",
    "shell": "```\n$ free -m\nMem:  7982  7901  81\n```",
    "quoted log": "> 2026-05-03 10:00:04 ERROR 上限に達したため拒否\n> 2026-05-03 10:00:05 ERROR 上限に達したため拒否",
    "chat": "10:02 辻: 鍵が切れているためかも\n10:03 浜田: 替えました\n10:04 辻: 通りました",
}


def read(**parts: str) -> Facts:
    body = PAGE.format(**(SAID | parts))
    document = Document("x", Source.ESA, Kind.POST, "5/3 予約を受けられない", body, Markup.MARKDOWN, category="障害")
    facts = read_facts(document, PagePolicy())
    assert facts.is_incident, facts.kind_reason
    return facts


def verdict(role: Role, **parts: str) -> Verdict:
    return next(fact.verdict for fact in read(**parts).roles if fact.role is role)


def known(name: str, *values: object) -> object:
    marks = [pytest.mark.xfail(strict=True, reason="a known miss")] if name.startswith("!") else []
    return pytest.param(*values, marks=marks, id=name.removeprefix("!"))


@together("log", [known(name, log) for name, log in LOGS.items() if name != "chat"])  # which may be all there is to say
def test_a_section_with_a_log_and_nothing_else_has_no_content(log: str) -> None:
    assert verdict(Role.CAUSE, cause=log) in (Verdict.EMPTY, Verdict.MISSING)
    assert verdict(Role.PREVENTION, prevention=log) in (Verdict.EMPTY, Verdict.MISSING)


@together("log", [known(name, log) for name, log in LOGS.items()])
def test_the_words_of_a_log_are_no_cause(log: str) -> None:
    assert verdict(Role.CAUSE, cause=f"調査中\n\n{log}") is Verdict.UNKNOWN
    assert verdict(Role.CAUSE, cause=f"認証サーバが停止していた。\n\n{log}") is Verdict.SHALLOW


@together("log", [known(name, log) for name, log in LOGS.items()])
def test_a_log_below_words_takes_nothing_from_them(log: str) -> None:
    assert verdict(Role.CAUSE, cause=f"{SAID['cause']}\n\n{log}") is Verdict.CONCRETE
    assert verdict(Role.PREVENTION, prevention=f"{SAID['prevention']}\n\n{log}") is Verdict.CONCRETE
    assert verdict(Role.PREVENTION, prevention=f"TODO\n\n{log}") is Verdict.PLACEHOLDER
    assert verdict(Role.PREVENTION, prevention=f"- 各自で十分注意する\n\n{log}") is Verdict.WEAK


COMMANDS = {
    "restart": ("```\n$ sudo systemctl restart app\n```", Verdict.RESTART),
    "restart, rollout": ("```\nkubectl rollout restart deploy/app\n```", Verdict.RESTART),
    "change": ("```sql\nUPDATE settings SET pool = 40;\n```", Verdict.CONCRETE),
    "revert": ("```\ngit revert 41ac9f\n```", Verdict.CONCRETE),
}


@together(("fix", "wanted"), [known(name, *values) for name, values in COMMANDS.items()])
def test_a_command_below_a_fix_is_what_was_done(fix: str, wanted: Verdict) -> None:
    assert verdict(Role.FIX, fix=fix, prevention="TODO") is wanted


@together("log", [known(name, log) for name, log in LOGS.items()])
def test_a_restart_beside_a_log_is_still_one(log: str) -> None:
    assert verdict(Role.FIX, fix=f"再起動で復旧。\n\n{log}", prevention="TODO") is Verdict.RESTART


IMAGES = ("![原因の図](https://files.example.jp/a.png)", '<img src="https://files.example.jp/a.png">')


@pytest.mark.parametrize("image", IMAGES)
def test_a_picture_is_content(image: str) -> None:
    assert verdict(Role.CAUSE, cause=image) is Verdict.CONCRETE
    assert verdict(Role.PREVENTION, prevention=image) is Verdict.CONCRETE


KEPT = {
    "times of a story": "10:00 に鍵の期限が切れた。台帳に持ち主の欄がなく、知らせが届いていなかった。",
    "day in front": "2026-05-03 に期限が切れた鍵を使い続けていた。持ち主の欄が台帳にない。",
    "inline code": "`pool.size` が既定の 20 のままで、11 月の増設で上限に達した。",
    "message in a sentence": "「connection refused」は、上限 20 に達して待ち行列が溢れたため。",
    "list with times": "- 10:00 鍵の期限が切れた。台帳に欄がない\n- 10:20 気づいた",
    "code with a sentence behind": "```\nsize: 20\n```\nこの値が既定のままで、増設のあとに足りなくなった。",
    "english": "The pool was left at 20 because the new module did not read the shared setting.",
}


@together("cause", [known(name, cause) for name, cause in KEPT.items()])
def test_what_a_section_says_beside_its_evidence_counts(cause: str) -> None:
    assert verdict(Role.CAUSE, cause=cause) is Verdict.CONCRETE


TWO = """\
# 5/3 予約を受けられない
{head} 事象
5/3 10:00 から 40 分、予約を受けられなかった。
{head} 原因
認証サーバが停止していた。
{head} 対応
再起動した。
{head} 再発防止
TODO

# 5/9 控えが届かない
{head} 事象
5/9 の控えが 31 通届かなかった。
{head} 原因
送り元の記録を直していなかった。引っ越しの手順に確認の欄がない。
{head} 対応
記録を直し、送り直した。
{head} 再発防止
- 手順に確認を入れる（岸、5/20）
"""
WHOLE = {
    "headings": TWO.format(head="##"),
    "deep headings": TWO.format(head="####"),
    "squares": TWO.format(head="■"),
    "bold": TWO.replace("{head} ", "**")
    .replace("**事象", "**事象**")
    .replace("**原因", "**原因**")
    .replace("**対応", "**対応**")
    .replace("**再発防止", "**再発防止**"),
    "square over dots": TWO.replace("# 5/", "■ 5/").format(head="●"),
    "lenticular over squares": TWO.replace("# 5/3 予約を受けられない", "【1】5/3 予約を受けられない")
    .replace("# 5/9 控えが届かない", "【2】5/9 控えが届かない")
    .format(head="■"),
    "bold over keys": TWO.replace("# 5/3 予約を受けられない", "**1 件目: 5/3 予約を受けられない**")
    .replace("# 5/9 控えが届かない", "**2 件目: 5/9 控えが届かない**")
    .replace("{head} 事象\n", "- 事象: ")
    .replace("{head} 原因\n", "- 原因: ")
    .replace("{head} 対応\n", "- 対応: ")
    .replace("{head} 再発防止\n- ", "- 再発防止: ")
    .replace("{head} 再発防止\n", "- 再発防止: "),
    "rules between": TWO.replace("# 5/3 予約を受けられない\n", "")
    .replace("# 5/9 控えが届かない", "---\n")
    .format(head="##"),
    "numbers": TWO.replace("# 5/3", "## 1. 5/3").replace("# 5/9", "## 2. 5/9").format(head="###"),
    "numbered lines": TWO.replace("# 5/3", "１．5/3").replace("# 5/9", "２．5/9").format(head="・"),
    "repeated keys": TWO.replace("# 5/3 予約を受けられない\n", "")
    .replace("# 5/9 控えが届かない\n", "")
    .format(head="##"),
}


@together("body", [known(name, body) for name, body in WHOLE.items()])
@pytest.mark.parametrize("category", ["障害/2026", "物流/記録"])
def test_each_incident_of_a_page_is_judged_for_itself(body: str, category: str) -> None:
    document = Document("x", Source.ESA, Kind.POST, "5 月の 2 件", body, Markup.MARKDOWN, category=category)
    facts = read_facts(document, PagePolicy())
    assert facts.is_incident, facts.kind_reason
    found = [
        tuple(next(f.verdict for f in facts.roles if f.role is role and f.incident == number) for role in JUDGED)
        for number in sorted({fact.incident for fact in facts.roles})
    ]
    assert found == [(Verdict.SHALLOW, Verdict.RESTART, Verdict.PLACEHOLDER), (Verdict.CONCRETE,) * 3]


JUDGED = (Role.CAUSE, Role.FIX, Role.PREVENTION)


STAGES = """\
{over} 第 1 報（5/3 10:30）
{head} 事象
5/3 10:00 から予約を受けられない。
{head} 原因
調査中
{head} 対応
認証サーバを再起動した。

{over} 最終報（5/9）
{head} 事象
5/3 10:00 から 40 分、予約を受けられなかった。
{head} 原因
鍵の期限が切れていた。持ち主の欄が台帳になく、知らせが退職者に届いていた。
{head} 対応
鍵を替え、配り直した。
{head} 再発防止
- 期限の 30 日前に鳴らす（岸、5/20）
"""


@pytest.mark.parametrize(("over", "head"), [("##", "###"), ("■", "●"), ("【報告】", "■")])
def test_reports_on_one_incident_stay_one(over: str, head: str) -> None:
    body = STAGES.format(over=over, head=head)
    document = Document("x", Source.ESA, Kind.POST, "予約を受けられない", body, Markup.MARKDOWN, category="障害/2026")
    facts = read_facts(document, PagePolicy())
    assert {fact.incident for fact in facts.roles} == {0}
    found = {fact.role: fact.verdict for fact in facts.roles}
    assert [found[role] for role in JUDGED] == [Verdict.CONCRETE] * 3
