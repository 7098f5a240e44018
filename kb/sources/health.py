"""What the remote systems say about themselves and about the key: checks of `kb doctor`.

Reads only. Each system costs a handful of requests: esa 4, Redmine 6.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from kb.errors import KbError
from kb.health import Check, fault, note, ok
from kb.lang import t
from kb.settings import EsaSettings, RedmineSettings
from kb.sources.call import Row

SKEW_S = 60
"""A clock this far from the server's makes "since yesterday" mean something else."""

SOON_DAYS = 14


def check_esa(settings: EsaSettings, *, cache: Path | None, now: Callable[[], datetime]) -> Iterator[Check]:
    """The token, what it may do, how many requests are left, and the clock."""
    from kb.sources.esa import Esa

    try:
        with Esa.connect(settings, cache=cache) as esa:
            who = esa.identify()
            yield ok(
                t(
                    f"esa: チーム {settings.team} に {who.screen_name} として接続",
                    f"esa: team {settings.team} as {who.screen_name}",
                )
            )
            yield from _clock("esa", who.server_time, now())
            total = sum(esa.category_counts().values())
            yield ok(
                t(f"esa: このトークンで見える記事 {total:,} 件", f"esa: {total:,} posts are visible with this token")
            )
            yield from _token(esa.token_info())
            left = esa.access.limiter.standing
            if left.remaining is not None:
                yield ok(
                    t(
                        f"esa: 残りのリクエスト {left.remaining} / {left.limit}",
                        f"esa: {left.remaining} of {left.limit} requests left",
                    )
                )
    except KbError as error:
        yield fault(error)


def _token(info: Row | None) -> Iterator[Check]:
    """What esa tells of the token itself; older tokens and servers tell nothing."""
    if info is None:
        return
    scopes = info.get("scope") or info.get("scopes") or []
    scopes = scopes.split() if isinstance(scopes, str) else [str(each) for each in scopes if isinstance(each, str)]
    writing = [scope for scope in scopes if scope.startswith(("write", "admin"))]
    if writing:
        yield note(
            t("esa: このトークンは書き込みもできます。", "esa: this token may write, too."),
            t(
                "ふだんは read だけのトークンが安全です。送るときのものは ESA_WRITE_TOKEN に分けられます。",
                "read scopes are safer day by day; what kb apply sends with can stand in ESA_WRITE_TOKEN.",
            ),
        )
    seconds = info.get("expires_in_seconds", info.get("expires_in"))
    if isinstance(seconds, int | float) and not isinstance(seconds, bool):
        days = int(seconds // 86400)
        if days <= SOON_DAYS:
            yield note(
                t(f"esa: トークンの期限まであと {days} 日です。", f"esa: the token expires in {days} days."),
                t("新しいトークンを用意してください。", "prepare a new one."),
            )
        else:
            yield ok(t(f"esa: トークンの期限まであと {days} 日", f"esa: the token is good for {days} days"))


def check_redmine(settings: RedmineSettings, *, cache: Path | None, now: Callable[[], datetime]) -> Iterator[Check]:
    """The key and whose it is, the clock, what this server can and cannot do."""
    from kb.sources.redmine import Redmine

    try:
        with Redmine.connect(settings, cache=cache) as redmine:
            who = redmine.identify()
            yield ok(t(f"Redmine: {who.login} として接続", f"Redmine: connected as {who.login}"))
            if who.admin:
                yield note(
                    t("Redmine: 管理者の鍵です。", "Redmine: this is an administrator's key."),
                    t(
                        "読むだけなら、必要なプロジェクトの閲覧者の鍵で足ります。",
                        "to read, a viewer's key of the projects is enough.",
                    ),
                )
            yield from _clock("Redmine", who.server_time, now())
            tables = redmine.tables()
            count = redmine.count()
            yield ok(
                t(
                    f"Redmine: 見えるプロジェクト {len(tables.projects)}、チケット {count:,}",
                    f"Redmine: {len(tables.projects)} projects and {count:,} tickets are visible",
                )
            )
            for sentence in redmine.abilities.degraded():
                yield note(t(f"Redmine: {sentence.ja}", f"Redmine: {sentence.en}"))
    except KbError as error:
        yield fault(error)


def _clock(system: str, server_time: str, now: datetime) -> Iterator[Check]:
    if not server_time:
        return
    behind = (datetime.fromisoformat(server_time) - now.astimezone(UTC)).total_seconds()
    if abs(behind) > SKEW_S:
        yield note(
            t(
                f"{system}: 時計が {abs(behind):.0f} 秒ずれています。",
                f"{system}: the clocks differ by {abs(behind):.0f} s.",
            ),
            t("この機械の時刻合わせ（NTP）を確かめてください。", "check this machine's NTP."),
        )
