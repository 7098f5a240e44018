"""Weeks made by hand for the faces of the report: a full one, a quiet one, the first, a hostile one, a huge one.

All is invented. They are of Monday 2026-11-16 to Sunday 2026-11-22, made on the Monday after.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, date, datetime

from kb.model.document import Visibility
from kb.model.finding import Severity
from kb.reports.drift.model import DriftKind, DriftRow, DriftTally, DriftTrouble, DriftWeek
from kb.reports.hot_spots import HotSpot, SpotSignal
from kb.reports.incidents.rows import CAUSE_WORDS, CauseKind
from kb.reports.week.incidents import list_keys_of
from kb.reports.week.model import (
    MAX_LISTED,
    EventMark,
    FindingMoves,
    IncidentBar,
    IncidentCharts,
    IncidentPage,
    LeftOut,
    MoveCause,
    Repair,
    RowList,
    SecretCount,
    SourceState,
    TallyRow,
    TodayTask,
    TrendPoint,
    UnattendedMoves,
    Week,
    WeekChanges,
    WeekRow,
    WeekShare,
)
from kb.text.lang import Text, t

OPEN, DONE = "不具合共有/2026", "不具合共有/対応完了/2026"
ESA, REDMINE = "https://docs.esa.io/posts/", "https://redmine.example.jp/issues/"

PLACEHOLDER = t(
    "再発防止がまだ決まっていません。決まったことから、何を、誰が、いつまでに行うか書き足してください。",
    "Prevention is not decided yet: write down what is settled so far, with who and by when.",
)
SHALLOW = t(
    "原因が「何が止まったか」までになっています。なぜそうなったのかを、もう一段書き足してください。",
    "The cause says what stopped: add why it came to that, one step further.",
)
RESTART = t(
    "復旧方法が再起動までになっています。恒久対応か、再起動で足りる理由を書き足してください。",
    "The fix is a restart: add the permanent fix, or why a restart is enough.",
)
NO_DUE = t(
    "この対策は期限が未記入です。いつまでに行うかを書き足してください。",
    "This action has no due date: add by when it is done.",
)
NOT_MARKED = t(
    "対策がすべて済んでいます。題名の先頭に「【完了】」を付けてください。",
    "All measures are done: put 【完了】 before the title.",
)
STALE = t(
    "書きかけ（WIP）のまま 210 日編集されていません。仕上げて公開するか、要らなければアーカイブしてください。",
    "A draft that nobody edited for 210 days: finish and ship it, or archive it.",
)


def post(number: int, title: str, message: Text, code: str = "", rule: str = "", **given: object) -> WeekRow:
    """A row about an esa post."""
    made = WeekRow(
        f"esa:{number}", title, f"{ESA}{number}", OPEN, message, code=code, rule=rule, fingerprint=f"f{number}{code}"
    )
    return replace(made, **given)


def ticket(number: int, title: str, message: Text, **given: object) -> WeekRow:
    """A row about a Redmine ticket."""
    made = WeekRow(f"redmine:{number}", title, f"{REDMINE}{number}", "infra", message, fingerprint=f"r{number}")
    return replace(made, **given)


def placeholder(number: int, title: str, **given: object) -> WeekRow:
    return post(
        number,
        title,
        PLACEHOLDER,
        "INC402",
        "prevention-placeholder",
        severity=Severity.ERROR,
        **given,
    )


def measure(number: int, title: str, due: str, owner: str, late: int) -> WeekRow:
    """A measure of a page and the day it is due on; `late` days ago, or that many days ahead when below 0."""
    when = t(f"期限は {due} でした", f"It was due on {due}") if late > 0 else t(f"期限は {due} です", f"Due on {due}")
    message = t(
        f"{when.ja}。済んでいれば印を、まだなら新しい期限を書いてください。",
        f"{when.en}: tick it when it is done, or give a new date.",
    )
    return post(number, title, message, owner=owner, due=due, age_days=late if late > 0 else None)


def listed(*rows: WeekRow, more: int = 0, command: str = "kb lint --all") -> RowList:
    """A list that has `more` rows than are given."""
    return RowList(len(rows) + more, rows, command)


_BASE = Week(
    name="2026-W47",
    start=date(2026, 11, 16),
    end=date(2026, 11, 22),
    as_of=datetime(2026, 11, 23, 0, 12, 41, tzinfo=UTC),
    team="docs",
    audience=Visibility.MEMBERS,
    steward="原",
)

_NEW = (
    placeholder(1412, "配信 API の応答が 3 分止まった", owner="大野", since="2026-11-18", age_days=5),
    post(1410, "夜間バッチが二重に走った", SHALLOW, "INC203", "cause-shallow", owner="今井", since="2026-11-17"),
    post(1410, "夜間バッチが二重に走った", NO_DUE, "INC406", "action-no-due", owner="今井", since="2026-11-17"),
    post(1409, "管理画面にログインできない", RESTART, "INC302", "fix-restart-only", owner="佐々木", since="2026-11-16"),
    post(
        388,
        "新人向け: VPN の入り方",
        t(
            "リンク先の記事が、もうありません。移した先のリンクに替えてください。",
            "The page it links to is gone: link to where it went.",
        ),
        "PST105",
        "broken-link",
        place="手順/入社",
        owner="原",
        since="2026-11-19",
    ),
)
_FIXED = (
    placeholder(1322, "在庫連携の遅延", place=DONE, owner="大野", since="2026-09-02"),
    post(1351, "証明書の期限切れ", SHALLOW, "INC203", "cause-shallow", place=DONE, owner="今井", since="2026-10-01"),
    post(1298, "検索結果が空になる", NOT_MARKED, "INC501", "done-not-marked", place=DONE, owner="佐々木"),
    post(1377, "メール通知が届かない", NO_DUE, "INC406", "action-no-due", owner="原"),
)
_BACK = (
    post(
        1205,
        "DB のレプリカが追いつかない",
        RESTART,
        "INC302",
        "fix-restart-only",
        owner="佐々木",
        since="2026-04-11",
        age_days=226,
    ),
)

_OLDEST = (
    placeholder(612, "決済の二重請求", owner="大野", since="2024-05-20", age_days=917),
    post(655, "画像が表示されない", SHALLOW, "INC203", "cause-shallow", owner="今井", since="2024-07-02", age_days=874),
    placeholder(701, "全文検索の索引が壊れた", owner="", since="2024-11-30", age_days=723),
    post(212, "（書きかけ）監視の設計", STALE, "PST101", "wip-stale", place="設計/監視", owner="原", age_days=640),
)


def _month(year: int, month: int, count: int, still_open: int) -> IncidentBar:
    return IncidentBar(f"{year}-{month:02}", t(f"{year}年{month}月", f"{year}-{month:02}"), count, still_open)


def _pages() -> tuple[IncidentPage, ...]:
    """The incident pages of the last two months: 6 of November, of which 5 are open, and 8 of October, 5 open."""
    titles = ("配信 API の応答が止まった", "夜間バッチが二重に走った", "管理画面にログインできない", "在庫連携の遅延")
    causes = (CauseKind.UNKNOWN, CauseKind.SHALLOW, CauseKind.ONE_STEP, CauseKind.GOOD)
    nodes = (("adsv-prd-db-01",), ("adsv-prd-web-02", "adsv-prd-db-01"), ("batch-prd-job-01",), ())
    found = []
    for n in range(14):
        still, cause, named = n % 6 != 5 and n < 11, causes[n % 4], nodes[n % 4]
        day = f"2026-11-{18 - n:02}" if n < 6 else f"2026-10-{40 - 2 * n:02}"
        row = post(
            1412 - n,
            f"{titles[n % 4]}（{n + 1} 回目）",
            list_keys_of(cause, named),
            owner=("大野", "今井", "")[n % 3],
            place=OPEN if still else DONE,
            since=day,
            age_days=(date(2026, 11, 23) - date.fromisoformat(day)).days if still else None,
        )
        found.append(IncidentPage(row, "open" if still else "done", cause.value, named))
    return tuple(found)


def counted(week: Week) -> Week:
    """A week whose charts count the pages it lists, and no others."""
    pages = week.incidents.pages

    def bars(keys: Callable[[IncidentPage], Iterable[str]], bars: tuple[IncidentBar, ...]) -> tuple[IncidentBar, ...]:
        return tuple(
            replace(
                bar,
                count=sum(bar.key in keys(page) for page in pages),
                open=sum(bar.key in keys(page) and page.standing == "open" for page in pages),
            )
            for bar in bars
        )

    return replace(
        week,
        incidents=replace(
            week.incidents,
            months=bars(lambda page: [page.row.since[:7]], week.incidents.months),
            causes=bars(lambda page: [page.cause], week.incidents.causes),
            nodes=bars(lambda page: page.nodes, week.incidents.nodes),
            total=len(pages),
        ),
    )


_INCIDENTS = IncidentCharts(
    months=tuple(
        _month(2025 + (10 + n) // 12, (10 + n) % 12 + 1, count, still)
        for n, (count, still) in enumerate(
            (
                (9, 0),
                (14, 1),
                (8, 0),
                (6, 0),
                (11, 2),
                (7, 1),
                (12, 3),
                (9, 2),
                (5, 1),
                (10, 4),
                (13, 6),
                (8, 5),
                (6, 5),
            )
        )
    ),
    causes=(
        IncidentBar("unknown", CAUSE_WORDS[CauseKind.UNKNOWN], 34, 12),
        IncidentBar("shallow", CAUSE_WORDS[CauseKind.SHALLOW], 31, 9),
        IncidentBar("one-step", CAUSE_WORDS[CauseKind.ONE_STEP], 24, 6),
        IncidentBar("good", CAUSE_WORDS[CauseKind.GOOD], 29, 3),
    ),
    nodes=(
        IncidentBar("adsv-prd-db-01", t("adsv-prd-db-01", "adsv-prd-db-01"), 17, 5),
        IncidentBar("adsv-prd-web-02", t("adsv-prd-web-02", "adsv-prd-web-02"), 12, 3),
        IncidentBar("batch-prd-job-01", t("batch-prd-job-01", "batch-prd-job-01"), 9, 4),
    ),
    marks=(
        EventMark("2026-03-10", "migration", t("DB を新しい版へ移行", "the database moved to its new version")),
        EventMark("2026-08-24", "release", t("管理画面 v3 を公開", "release of the console v3")),
    ),
    total=118,
    pages=_pages(),
)

_TREND = tuple(
    TrendPoint(f"2026-W{number}", end, left, FindingMoves(new, fixed, back), partial=number == 47)
    for number, end, left, new, fixed, back in (
        (36, "2026-09-06", 231, 14, 6, 0),
        (37, "2026-09-13", 236, 12, 8, 1),
        (38, "2026-09-20", 229, 5, 13, 1),
        (39, "2026-09-27", 224, 6, 11, 0),
        (40, "2026-10-04", 226, 9, 7, 0),
        (41, "2026-10-11", 215, 4, 15, 0),
        (42, "2026-10-18", 209, 6, 12, 0),
        (43, "2026-10-25", 211, 10, 9, 1),
        (44, "2026-11-01", 202, 3, 12, 0),
        (45, "2026-11-08", 198, 5, 9, 0),
        (46, "2026-11-15", 191, 4, 12, 1),
        (47, "2026-11-22", 186, 12, 18, 1),
    )
)

_WAITING = t("閉じるか、残っていることを書き添えてください。", "Close it, or write down what is left.")
_RENEW = t(
    "抑制の期限が近づいています。まだ要るなら理由とともに延ばし、要らなければ外してください。",
    "This suppression is about to end: renew it with its reason, or take it out.",
)


DRIFT = DriftWeek(
    open=12,
    sources=5,
    taken_on="2026-11-22",
    troubles=(DriftTrouble("hosts", "SYS202", "2026-11-10"), DriftTrouble("repos", "SYS201")),
    rows=(
        DriftRow(DriftKind.NEW, "SYS211", "", 2),
        DriftRow(DriftKind.NEW, "SYS222", "検索"),
        DriftRow(DriftKind.MENDED, "SYS246", "一時保管"),
        DriftRow(DriftKind.IGNORED, "SYS213", "受け渡し", 2, "2026-12-31"),
    ),
    by_rule=(
        DriftTally("SYS211", t("図にないインスタンスが動いています", "An instance nobody knows runs"), 2, 0, 5, 0),
        DriftTally("SYS213", t("止まったままのインスタンス", "An instance that stays stopped"), 0, 0, 1, 2),
        DriftTally("SYS222", t("監視がありません", "Nothing watches it"), 1, 0, 6, 0),
        DriftTally("SYS246", t("レプリカが切れています", "A replica is down"), 0, 1, 0, 0),
    ),
)
"""Drift in a week: only counts, and the model's labels."""


def rich() -> Week:
    """A week in which a bit of everything happened."""
    return replace(
        _BASE,
        documents=2412,
        open=186,
        left_out=LeftOut(documents=14, findings=9),
        changed=WeekChanges(
            new=listed(*_NEW, more=7, command="kb lint --new-only --all"),
            fixed=listed(*_FIXED, more=14, command="kb report --week 2026-W47 --format json"),
            back=listed(*_BACK),
            by_rule=(
                TallyRow(
                    "INC402", t("再発防止が検討中のまま", "prevention is a placeholder"), FindingMoves(4, 6, 0), 41
                ),
                TallyRow("INC203", t("原因が現象で終わる", "the cause says what stopped"), FindingMoves(2, 5, 0), 33),
                TallyRow("INC302", t("復旧が再起動だけ", "the fix is a restart"), FindingMoves(2, 1, 1), 18),
                TallyRow("INC406", t("対策の期限が未記入", "an action has no due date"), FindingMoves(3, 6, 0), 27),
                TallyRow("PST105", t("リンク切れ", "a link leads nowhere"), FindingMoves(1, 0, 0), 12),
            ),
            by_place=(
                TallyRow(OPEN, t(OPEN, OPEN), FindingMoves(10, 12, 1), 121),
                TallyRow("手順", t("手順", "手順"), FindingMoves(2, 4, 0), 43),
                TallyRow("infra", t("Redmine infra", "Redmine infra"), FindingMoves(0, 2, 0), 22),
            ),
            by_owner=(
                TallyRow("imai", t("今井", "今井"), FindingMoves(4, 5, 0), 38),
                TallyRow("ono", t("大野", "大野"), FindingMoves(5, 6, 0), 44),
                TallyRow("sasaki", t("佐々木", "佐々木"), FindingMoves(2, 4, 1), 31),
                TallyRow("hara", t("原", "原"), FindingMoves(1, 3, 0), 52),
                TallyRow("", t("担当なし", "nobody yet"), FindingMoves(0, 0, 0), 21),
            ),
        ),
        otherwise=(
            UnattendedMoves(MoveCause.RULES, 6, 0, ("PST105",)),
            UnattendedMoves(MoveCause.DOCUMENTS, 0, 3),
        ),
        sources=(
            SourceState("esa", "esa（docs）", 1986, "2026-11-22T21:00:07Z"),
            SourceState(
                "redmine",
                "Redmine（infra、app）",
                426,
                "2026-11-15T21:00:11Z",
                failed=True,
                why="接続が 30 秒以内に返りませんでした。",
            ),
        ),
        shares=(
            WeekShare("clean", t("指摘のない障害の記事", "incident pages without a finding"), 97, 142, 92),
            WeekShare("owned", t("担当が分かる記事", "pages with an owner"), 1704, 1986, 1699),
            WeekShare("prevented", t("再発防止まで書かれた障害の記事", "incidents with prevention"), 88, 142, 84),
        ),
        settled=WeekShare(
            "settled",
            t(
                "はじめ（2026-09-01）から片付いた再発防止",
                "prevention settled since the start (2026-09-01)",
            ),
            23,
            61,
            21,
        ),
        pinned=TodayTask(
            t(
                "書かれた認証情報（全員が読める 4 件）の値を変更する",
                "change the credentials in pages (4 by every member)",
            ),
            t("変更するか、扱いを決めるまで、ここに出ます", "stands here until they are changed or decided on"),
            command="kb secrets list",
            kind="pinned",
        ),
        today=(
            TodayTask(
                t("「配信 API の応答が 3 分止まった」の再発防止を決める", "Decide on prevention for 「配信 API」"),
                t("今週 2 回目の同じ症状です", "it happened for the second time this week"),
                url=f"{ESA}1412",
                kind="incident",
                minutes=15,
                owner="大野",
            ),
            TodayTask(
                t("期限を過ぎた対策の期限を見直す", "Look at a measure past its day"),
                t("41 日過ぎています", "it is 41 days late"),
                command="kb show esa:1288",
                kind="overdue",
                minutes=5,
            ),
            TodayTask(
                t("チケット「証明書の更新」を閉じる", "close the ticket 「証明書の更新」"),
                t("終わったように見えます", "it looks finished"),
                url=f"{REDMINE}431",
                command="kb plan close",
                kind="ticket",
                minutes=1,
                owner="佐々木",
            ),
        ),
        oldest=listed(*_OLDEST, more=182),
        due=listed(
            measure(1399, "接続数の上限を監視に加える", "2026-11-25", "今井", -2),
            measure(1405, "証明書の自動更新を試験環境で確かめる", "2026-11-27", "大野", -4),
            command="kb incidents",
        ),
        overdue=listed(
            measure(1288, "バッチの二重起動を防ぐ鍵を入れる", "2026-10-13", "佐々木", 41),
            measure(1301, "手順書に切り戻しを書き足す", "2026-11-04", "大野", 19),
            measure(1333, "アラートのしきい値を見直す", "2026-11-20", "", 3),
            command="kb lint --select INC407 --all",
        ),
        incidents=_INCIDENTS,
        hot_spots=(
            HotSpot(
                "adsv-prd-db-01",
                9,
                (
                    SpotSignal("incidents", 6, t("90 日で障害 6 件", "6 incidents in 90 days")),
                    SpotSignal("runbook", 2, t("手順書がありません", "no runbook")),
                    SpotSignal("owner", 1, t("担当が決まっていません", "no owner")),
                ),
                "kb incidents --by node",
            ),
            HotSpot(
                "batch-prd-job-01",
                5,
                (
                    SpotSignal("incidents", 4, t("90 日で障害 4 件", "4 incidents in 90 days")),
                    SpotSignal("noise", 1, t("同じ通知が週に 30 回", "the same alert 30 times a week")),
                ),
                "kb incidents --by node",
            ),
            HotSpot(
                "adsv-prd-web-02", 3, (SpotSignal("incidents", 3, t("90 日で障害 3 件", "3 incidents in 90 days")),)
            ),
        ),
        secrets=(
            SecretCount("password", t("パスワード", "passwords"), 3, 5),
            SecretCount("api-token", t("API のトークン", "API tokens"), 1, 2),
            SecretCount("private-key", t("秘密鍵", "private keys"), 0, 1),
        ),
        tickets=listed(
            ticket(5310, "レプリカの再作成", _WAITING, owner="佐々木", age_days=48, code="TKT101"),
            ticket(5288, "監視の通知先を替える", _WAITING, owner="今井", age_days=31, code="TKT101"),
            more=9,
            command="kb plan close -o plan.toml",
        ),
        expiring=listed(post(930, "外部 API の仕様変更", _RENEW, "INC402", due="2026-11-30", owner="大野")),
        verified=WeekShare(
            "verified", t("読んで正しいと確かめられた記事", "pages read and found right"), 214, 1986, 203
        ),
        verified_before_edit=listed(
            post(
                120,
                "本番 DB の切り替え手順",
                t(
                    "確かめた日より後に編集されています。もう一度読んで、確認日を新しくしてください。",
                    "Edited after it was last checked: read it again and give a new date.",
                ),
                place="手順/DB",
                owner="原",
            )
        ),
        expired_marks=1_043,
        repairs=(
            Repair("kb plan done -o plan.toml", t("題名に【完了】を付けて移す", "mark and move what is done"), 12),
            Repair("kb plan links -o plan.toml", t("切れたリンクを張り替える", "mend links"), 9),
            Repair("kb plan close -o plan.toml", t("終わったチケットを閉じる", "close finished tickets"), 11),
        ),
        trend=_TREND,
        links={"new": "https://docs.esa.io/posts?q=updated%3A%3E2026-11-15"},
    )


def full() -> Week:
    """A week whose first page is as full as it gets: long words, six shares, everything that can have failed."""
    rules = (
        ("TKT101", "終わったように見えるチケットが閉じられていません", "A ticket looks finished and is not closed"),
        ("INC506", "終わっていない記事が、しばらく更新されていません", "An open page has not been touched for a while"),
        (
            "INC501",
            "対策がすべて済んでいますが、題名に完了の印がありません",
            "Everything is done, and the title does not say so",
        ),
        ("TKT102", "開いたチケットが、長いあいだ動いていません", "An open ticket has not moved for a long time"),
        ("INC102", "経緯の節がないか、中身がありません", "The timeline is missing or empty"),
        ("INC101", "影響の節がないか、中身がありません", "Impact is missing or empty"),
    )
    moved = FindingMoves(1204, 1310, 118)
    names = ("勅使河原 真理子", "Alexander Hamilton", "五十嵐 美咲", "小野 遥", "三浦 千尋", "担当の七人目")
    places = ("不具合共有/対応完了/2026", "運用手順/リリース", "adsv-infra", "調査", "分類なし", "設計")
    shares = ("指摘のない障害の記事", "原因まで書かれた障害の記事", "再発防止まで書かれた障害の記事", "済んだ対策")
    shares += ("書きかけ（WIP）でない記事", "担当が分かる文書")
    long = "「adsv-prd-web-05 のディスクフルで配信 API が起動しない…」の期限を過ぎた対策を進めるか、期限を決め直す"
    signals = (
        "90 日で障害 12 件",
        "手順書が見つかりません",
        "担当が決まっていません",
        "4 週間で 31 件の文書に出ました",
    )
    week = rich()
    return replace(
        week,
        changed=replace(
            week.changed,
            by_rule=tuple(TallyRow(code, t(ja, en), moved, 1204) for code, ja, en in rules),
            by_place=tuple(TallyRow(place, t(place, place), moved, 1204) for place in places),
            by_owner=tuple(TallyRow(name, t(name, name), moved, 1204) for name in names),
        ),
        otherwise=tuple(
            UnattendedMoves(cause, 1204, 118, ("INC402", "INC403", "TKT101")) for cause in list(MoveCause)[:3]
        ),
        shares=tuple(WeekShare(label, t(label, label), 10_704, 11_986, 10_699) for label in shares),
        today=tuple(
            TodayTask(
                t(long, long),
                t("期限は 2024-09-05 でした（813 日前）", "it was due 2024-09-05, 813 days ago"),
                f"{ESA}1346",
                "kb show esa:1346",
            )
            for _ in range(3)
        ),
        hot_spots=tuple(
            HotSpot(
                f"adsv-prd-web-{n:02}", 9, tuple(SpotSignal(s, 1, t(s, s)) for s in signals), "kb incidents --by node"
            )
            for n in range(10)
        ),
    )


def quiet() -> Week:
    """A week of a team whose pages are all in order: nothing happened."""
    return replace(
        _BASE,
        documents=310,
        open=0,
        sources=(SourceState("esa", "esa（docs）", 310, "2026-11-22T21:00:07Z"),),
        shares=(WeekShare("clean", t("指摘のない障害の記事", "incident pages without a finding"), 20, 20, 20),),
        incidents=IncidentCharts(months=tuple(_month(2026, month, 0, 0) for month in range(1, 12))),
        verified=WeekShare(
            "verified", t("読んで正しいと確かめられた記事", "pages read and found right"), 310, 310, 310
        ),
        trend=tuple(replace(point, open=0, moved=FindingMoves()) for point in _TREND),
    )


def first() -> Week:
    """The first week kb looked: all that is open came with the first reading, and there is no history."""
    return replace(
        rich(),
        changed=WeekChanges(),
        otherwise=(UnattendedMoves(MoveCause.FIRST, 186, 0),),
        sources=(SourceState("esa", "esa（docs）", 1986, "2026-11-22T21:00:07Z"),),
        shares=tuple(replace(share, before=None) for share in rich().shares),
        settled=None,
        verified=None,
        verified_before_edit=RowList(),
        trend=(TrendPoint("2026-W47", "2026-11-22", 186, FindingMoves(), partial=True),),
        lead=(
            t(
                "書かれたままの認証情報 4 件（読める人: メンバー全員（18 人）3 件、限られた人 1 件）",
                "4 credentials written in pages (readers: every member (18 people): 3, named people: 1)",
            ),
            t("チームを離れた人の書きかけ（WIP）12 件", "12 drafts (WIP) of people who have left the team"),
        ),
        beginning=TodayTask(
            t("今ある情報と警告 150 件を 2027-02-23 まで脇に置きます。", "today's warnings (150) are set aside"),
            t("エラーと秘密は、直すか決めるまで出ます。", "errors and secrets stay"),
            command="kb lint --update-baseline",
        ),
    )


def huge() -> Week:
    """A week of 50,000 posts: each list as long as it gets, with totals far above."""
    titles = ("配信が止まった", "夜間のバッチが終わらない、監視の通知が届かない、そのうえ復旧の手順も古いままだった件")
    rows = tuple(
        post(
            10_000 + n,
            f"{titles[n % 2]}（その {n}）",
            (PLACEHOLDER, SHALLOW, RESTART, NO_DUE)[n % 4],
            ("INC402", "INC203", "INC302", "INC406")[n % 4],
            owner=f"担当{n % 40:02}",
            since="2026-01-05",
            due="2026-11-02",
            age_days=n,
            place=f"不具合共有/{2015 + n % 12}/サービス{n % 30:02}",
            severity=(Severity.ERROR, Severity.WARNING, Severity.INFO)[n % 3],
        )
        for n in range(MAX_LISTED)
    )

    def many(total: int) -> RowList:
        return RowList(total, rows, "kb lint --all")

    def tallied(count: int, name: str) -> tuple[TallyRow, ...]:
        return tuple(
            TallyRow(f"{name}{n:04}", t(f"{name}{n:04}", f"{name}{n:04}"), FindingMoves(n, n // 2, n % 3), 10 * n)
            for n in range(count, 0, -1)
        )

    week = rich()
    return replace(
        week,
        documents=98_431,
        open=61_200,
        changed=WeekChanges(many(12_034), many(10_877), many(10_002), tallied(50, "INC"), tallied(400, "分類"), ()),
        oldest=many(61_200),
        due=many(10_400),
        overdue=many(20_993),
        tickets=many(14_551),
        expiring=many(10_101),
        verified_before_edit=many(11_200),
        incidents=replace(
            week.incidents,
            total=30_000,
            pages=tuple(
                IncidentPage(row, ("open", "done")[n % 2], "good", ("host-prd-web-000",)) for n, row in enumerate(rows)
            ),
            nodes=tuple(
                IncidentBar(f"host-prd-web-{n:03}", t(f"host-prd-web-{n:03}", f"host-prd-web-{n:03}"), 300 - n)
                for n in range(200)
            ),
            marks=tuple(
                EventMark(f"2026-{1 + n % 11:02}-{1 + n % 28:02}", "release", t(f"公開 {n}", f"release {n}"))
                for n in range(60)
            ),
        ),
        hot_spots=tuple(replace(week.hot_spots[0], node=f"host-prd-db-{n:02}") for n in range(40)),
        trend=tuple(
            TrendPoint(f"2026-W{n:02}", "2026-01-04", 60_000 + n * 37 % 900, FindingMoves(n * 11, n * 7, n))
            for n in range(1, 53)
        ),
    )


HOSTILE = (
    "<img src=x onerror=\"document.title='owned'\">",
    "</title></style></script><script>document.title='owned'</script><h1>",
    "'\"><svg/onload=document.title='owned'> onmouseover=x",
    "[a](javascript:alert(1)) ![x](https://evil.example/x.png) https://evil.example www.evil.example",
    "| a | b\\| c ``` ` **b** _i_ ~~s~~ $x$ :smile: {{7*7}} {% raw %}",
    "@here @all @ono #123 #5310 esa#12 a@evil.example !123",
    "--> <!-- kb:report:end --> ]]> &amp;&#x3c;",
    "- [ ] # 見出し\n\n## 見出し\r\n***\n::error::forged ##[error]forged",
    "\u202e\x1b]8;;https://evil.example\x1b\\赤\x00\u2028\ud800",
    "長" * 400 + "x" * 400,
)
"""What a title, a name, a place, an address may be made of by somebody who means harm, or by accident."""


def hostile() -> Week:
    """A week in which all that can be foreign is hostile."""
    rows = tuple(
        replace(
            placeholder(n, evil, owner=evil, place=evil, due=evil, since=evil, age_days=n),
            url=("", f"javascript:{evil}", f"https://docs.esa.io/{evil}")[n % 3],
            message=t(evil, evil),
            doc=evil,
            code=evil,
            rule=evil,
        )
        for n, evil in enumerate(HOSTILE)
    )
    each = RowList(len(rows), rows, "kb lint --all")
    labels = [t(evil, evil) for evil in HOSTILE]
    bars = tuple(IncidentBar(label.ja, label, n, n // 2) for n, label in enumerate(labels))
    tallies = tuple(TallyRow(label.ja, label, FindingMoves(n, n, n), n) for n, label in enumerate(labels))
    shares = tuple(WeekShare(label.ja, label, n, 9, n) for n, label in enumerate(labels))
    return replace(
        _BASE,
        name=HOSTILE[1],
        team=HOSTILE[0],
        member=HOSTILE[0],
        steward=HOSTILE[5],
        documents=10,
        open=10,
        changed=WeekChanges(each, each, each, tallies, tallies, tallies),
        otherwise=(UnattendedMoves(MoveCause.RULES, 1, 1, HOSTILE),),
        sources=tuple(SourceState(evil, evil, 1, evil, failed=True, why=evil) for evil in HOSTILE),
        shares=shares,
        settled=shares[0],
        pinned=TodayTask(labels[0], labels[1], f"javascript:{labels[0]}", labels[1].ja),
        today=tuple(
            TodayTask(label, label, f"javascript:{label}", label.ja, minutes=n, owner=label.ja)
            for n, label in enumerate(labels[:3])
        ),
        done_today=1,
        oldest=each,
        due=each,
        overdue=each,
        incidents=IncidentCharts(
            bars,
            bars,
            bars,
            tuple(EventMark("2026-11-01", label.ja, label) for label in labels),
            len(rows),
            tuple(IncidentPage(row, "open", "good", HOSTILE) for row in rows),
        ),
        hot_spots=tuple(HotSpot(label.ja, 1, (SpotSignal(label.ja, 1, label),), label.ja) for label in labels),
        secrets=tuple(SecretCount(label.ja, label, 1, 1) for label in labels),
        tickets=each,
        expiring=each,
        verified=shares[0],
        verified_before_edit=each,
        repairs=tuple(Repair(label.ja, label, 1) for label in labels),
        trend=tuple(TrendPoint(evil, evil, n, FindingMoves(n, n, n)) for n, evil in enumerate(HOSTILE)),
        links={name: f"javascript:{evil}" for name, evil in zip(("new", "fixed", "oldest"), HOSTILE, strict=False)},
    )
