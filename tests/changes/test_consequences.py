"""What a plan does besides: requests, minutes, mails, names; and the text that tells colleagues."""

from __future__ import annotations

from dataclasses import replace

import pytest
from changes.made import change, closed, moved, titled

from kb.model.plan import Change, Verb
from kb.plan.impact.announcement import write_announcement
from kb.plan.impact.duration import RateBudget, estimate_duration
from kb.plan.impact.estimate import Impact, MailEstimate, TicketAudience, estimate_impact, estimate_mails
from kb.plan.impact.sentences import describe_impact
from kb.sandbox.esa.http.rate_limit import RequestQuota as EsaLimit
from kb.sources.transport.limiter import Limiter
from kb.text import lang


def posts(count: int) -> list[Change]:
    return [moved(number, "運用", "基盤") for number in range(1, count + 1)]


def tickets(count: int) -> list[Change]:
    return [closed(number) for number in range(1, count + 1)]


# -- requests --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 0), (1, 3), (50, 52), (51, 54), (100, 103), (101, 106), (200, 206), (1000, 1030)]
)
def test_posts_cost_a_write_each_and_two_looks_per_page(count: int, expected: int) -> None:
    found = estimate_impact(posts(count), budget=RateBudget(limit=5000, remaining=5000))
    assert (found.esa, found.posts, found.redmine) == (expected, count, 0)


def test_several_changes_of_a_post_are_one_write() -> None:
    found = estimate_impact([*posts(50), *(titled(number, "x", "y") for number in range(1, 51))])
    assert (found.posts, found.esa) == (50, 52)


@pytest.mark.parametrize(
    ("count", "expected"), [(0, 0), (1, 4), (20, 42), (21, 44), (100, 202), (101, 205), (250, 504)]
)
def test_tickets_cost_a_write_and_a_read_each_a_look_per_hundred_and_whose_key_it_is(count: int, expected: int) -> None:
    assert estimate_impact(tickets(count)).redmine == expected


def test_a_whole_category_is_one_write_and_its_reads() -> None:
    """Its target once, the numbers of posts and its posts before and after."""
    assert estimate_impact(posts(1000), subtrees=[1000]).esa == 4 + 2 * 10
    assert estimate_impact(posts(1030), subtrees=[1000]).esa == 4 + 2 * 10 + 30 + 1 + 1


def test_a_whole_category_takes_no_skip_notice_and_promises_no_revision() -> None:
    for tongue in ("ja", "en"):
        whole = [
            getattr(line, tongue) for line in describe_impact(estimate_impact(posts(31), subtrees=[31], editor="ono"))
        ]
        mixed = [
            getattr(line, tongue) for line in describe_impact(estimate_impact(posts(33), subtrees=[31], editor="ono"))
        ]
        silent = [line for line in whole if "[skip notice]" in line]
        assert silent == [line for line in whole if "esa の説明書" in line or "not document" in line]
        assert not any("ono" in line or "revision）" in line for line in whole)
        assert sum("[skip notice]" in line for line in mixed) == 2
        (none,) = (line for line in mixed if line.startswith(("esa の通知", "notices of esa")))
        assert none.startswith(("esa の通知: 1 件ずつ送る 2 件には", "notices of esa of the 2 sent one by one: none"))
        assert any("ono" in line for line in mixed)
    told = write_announcement(posts(31), estimate_impact(posts(31), subtrees=[31]))
    assert "流れません" not in told.ja
    assert "no notices" not in told.en


def test_a_change_that_sets_nothing_costs_nothing() -> None:
    found = estimate_impact([moved(1, "a", "a")])
    assert (found.writes, found.requests, found.seconds, found.days) == (0, 0, 0.0, 0)
    assert describe_impact(found)[0].ja == "送る変更はありません。"


# -- minutes ---------------------------------------------------------------------------------------


class Played:
    """Requests under esa's limit, on a clock that only waits and requests move; kb's own limiter decides when."""

    def __init__(self, limit: int, window_s: int, used: int, each_s: float) -> None:
        self.now = 1_000_000.0
        self.each_s, self.limit, self.window_s = each_s, limit, window_s
        self.server, self.limiter = EsaLimit(), Limiter("esa", max_wait_s=1e9)
        self.requests = 0
        for _ in range(used):
            self._answer()

    def _answer(self) -> None:
        stand = self.server.count("ono", int(self.now), limit=self.limit, window_s=self.window_s, refused_cost=True)
        assert not stand.refused
        headers = {
            "x-ratelimit-limit": str(stand.limit),
            "x-ratelimit-remaining": str(stand.remaining),
            "x-ratelimit-reset": str(stand.reset),
        }
        self.limiter.learn(headers, self.now)

    def budget(self) -> RateBudget:
        """Where the limit stands, as kb has it from the last answer."""
        standing = self.limiter.standing
        if standing.limit is None or standing.remaining is None:
            return RateBudget(self.limit, self.limit, self.window_s, self.window_s)
        ends = self.server._windows["ono"].ends
        return RateBudget(standing.limit, standing.remaining, ends - self.now, self.window_s)

    def send(self, writes: int) -> float:
        """What apply does: a look per 50, a write each, and a look again after each wait. The seconds it took."""
        began = self.now
        for _ in range(-(-writes // 100)):
            self._one()
        for number in range(writes):
            if number % 50 == 0:
                self._one()
            if self._wait():
                self._one()
            self._one()
        return self.now - began

    def _wait(self) -> bool:
        before = self.now
        while (wait := self.limiter.reserve(self.now)) > 0:
            self.now += wait
        with self.limiter._store.held() as figures:
            figures["remaining"] = figures.get("remaining", 1) + 1  # asked, not sent
        return self.now > before

    def _one(self) -> None:
        while (wait := self.limiter.reserve(self.now)) > 0:
            self.now += wait
        self.now += self.each_s
        self.requests += 1
        self._answer()


@pytest.mark.parametrize("writes", [300, 340, 600, 1000, 3000])
@pytest.mark.parametrize(("limit", "used"), [(300, 0), (300, 120), (300, 295), (75, 10), (600, 0)])
def test_the_estimate_is_right_within_a_tenth(writes: int, limit: int, used: int) -> None:
    played = Played(limit, 900, used, 0.4)
    found = estimate_impact(posts(writes), budget=played.budget())
    took = played.send(writes)
    assert found.seconds == pytest.approx(took, rel=0.1, abs=5)
    assert found.esa == pytest.approx(played.requests, rel=0.02)


@pytest.mark.parametrize("each_s", [0.05, 1.0])
def test_the_estimate_holds_for_a_quick_line_and_a_slow_one(each_s: float) -> None:
    played = Played(300, 900, 0, each_s)
    estimated = estimate_duration(1030, played.budget(), each_s, after_wait=1)
    assert estimated.seconds == pytest.approx(played.send(1000), rel=0.1)


def test_a_burst_that_fits_waits_for_nothing() -> None:
    found = estimate_impact(posts(200))
    assert (found.waits, found.seconds) == (0, pytest.approx(206 * 0.4))


def test_what_others_used_of_the_window_is_waited_for() -> None:
    found = estimate_impact(posts(200), budget=RateBudget(remaining=50, reset_in_s=600))
    assert found.waits == 1
    assert found.seconds == pytest.approx(601 + 167 * 0.4, abs=1)


def test_a_window_with_nothing_but_the_reserve_left_sends_nothing_before_it_ends() -> None:
    assert estimate_duration(1, RateBudget(remaining=10, reset_in_s=300), 0.4).seconds == pytest.approx(301.4)
    assert estimate_duration(1, RateBudget(remaining=11, reset_in_s=300), 0.4).seconds == pytest.approx(0.4)


def test_a_share_a_day_takes_days_and_is_told_so() -> None:
    found = estimate_impact([*posts(300), *tickets(40)], per_day=50)
    assert (found.days, found.waits, found.posts, found.tickets) == (7, 0, 300, 40)
    assert found.seconds < 60
    assert found.esa == 300 + (3 + 3 + 2 + 2 + 1 + 1) + (5 * 2 + 1)  # all that is left is looked at each day
    assert any("1 日 50 件ずつで 7 日" in each.ja for each in describe_impact(found))


# -- mails -----------------------------------------------------------------------------------------


def test_assignee_and_watchers_get_a_mail_each_and_once_and_authors_may() -> None:
    audiences = {"redmine:1": TicketAudience(5, 6, (5, 7, 8)), "redmine:2": TicketAudience(5, 6, ())}
    assert estimate_mails(tickets(2), audiences) == MailEstimate(
        5, 4, 2, 0, authors=1, most=2
    )  # of the first the author watches


def test_whoever_makes_the_change_gets_no_mail_of_it() -> None:
    audiences = {"redmine:1": TicketAudience(5, 6, (5, 7)), "redmine:2": TicketAudience(5, 5, ())}
    assert estimate_mails(tickets(2), audiences, me=5) == MailEstimate(2, 2, 2, 0, most=1)


def test_the_assignee_before_and_the_new_one_are_both_told() -> None:
    handed = change("redmine:1", Verb.REASSIGN, assignee=("佐藤 健 #6", "鈴木 #9"))
    assert estimate_mails([handed], {"redmine:1": TicketAudience(9, 6, ())}) == MailEstimate(2, 2, 1, 0, most=1)
    assert estimate_mails([handed], {"redmine:1": TicketAudience(5, 0, ())}) == MailEstimate(
        2, 2, 1, 0, authors=1, most=1
    )


def test_duplicates_that_close_along_tell_their_own_people() -> None:
    original = replace(closed(1), along=("redmine:2",))
    audiences = {"redmine:1": TicketAudience(6, 6, ()), "redmine:2": TicketAudience(7, 6, (8,))}
    assert estimate_mails([original], audiences) == MailEstimate(3, 2, 2, 0, authors=1, most=2)
    assert estimate_impact([original], audiences).along == 1


def test_two_changes_of_one_ticket_are_one_mail_to_each() -> None:
    handed = change("redmine:1", Verb.REASSIGN, assignee=("", "鈴木 #9"))
    assert estimate_mails([closed(1), handed], {"redmine:1": TicketAudience(5, 6, ())}).count == 2


def test_what_is_not_known_makes_it_at_least() -> None:
    audiences = {"redmine:1": TicketAudience(5, 6, None, 4), "redmine:2": TicketAudience(5, 6, ())}
    found = estimate_mails(tickets(3), audiences)
    assert (found.count, found.people, found.unknown, found.authors) == (6, 1, 2, 2)
    words = " ".join(each.ja for each in describe_impact(estimate_impact(tickets(3), audiences)))
    assert "少なくとも 6 通、1 人へ" in words
    assert "さらに 2 通まで" in words
    assert "分からないチケットが 2 件" in words


def test_posts_cause_no_mail() -> None:
    assert estimate_mails(posts(5), {}) == MailEstimate()


# -- words -----------------------------------------------------------------------------------------

MIXED = [*posts(30), replace(closed(1), along=("redmine:9",), note="完了を確認しました。"), closed(2)]


def told(found: Impact) -> str:
    return "\n".join(each.ja for each in describe_impact(found))


def test_all_that_follows_is_said() -> None:
    audiences = {f"redmine:{number}": TicketAudience(5, 6, ()) for number in (1, 2, 9)}
    text = told(estimate_impact(MIXED, audiences, editor="ono", author="大野 千春"))
    for part in (
        "変更: 記事 30 件、チケット 2 件（ほかに重複のチケット 1 件も終了になります）。",
        "リクエスト: esa 32、Redmine 7。",
        "時間: 約 15 秒。",
        "esa の通知: ありません（[skip notice]",
        "Redmine のメール: 3 通、1 人へ",
        "最後の更新者: esa では ono さんになります",
        "履歴には大野 千春 さんの名前",
        "戻らないもの: 記事の更新日時",
        "注記と履歴",
        "再開できません",
    ):
        assert part in text


def test_where_nobody_known_gets_a_mail_no_mail_to_nobody_is_counted() -> None:
    text = told(estimate_impact(tickets(1), {"redmine:1": TicketAudience(5, 5, None)}, me=5))
    assert "0 通" not in text
    assert "分かっている担当者とウォッチャーには届きません。" in text
    assert "ウォッチャーの分からないチケットが 1 件" in text
    text = told(estimate_impact(tickets(1), {"redmine:1": TicketAudience(5, 0, ())}))
    assert "届きません（作成者も受け取る設定なら、1 通まで）。" in text


def test_without_a_note_mails_still_go_out_and_that_is_said() -> None:
    text = told(estimate_impact(MIXED, without_note=True))
    assert "注記は書きません。それでも、チケットが変わればメールは届きます" in text
    assert "注記と履歴" not in text


def test_posts_alone_say_nothing_of_tickets_and_the_other_way_round() -> None:
    assert "チケット" not in told(estimate_impact(posts(3)))
    assert "記事" not in told(estimate_impact([change("redmine:1", Verb.REASSIGN, assignee=("", "佐藤 #7"))]))


def test_every_sentence_is_there_in_english() -> None:
    for found in (
        estimate_impact(MIXED),
        estimate_impact(posts(900), per_day=10),
        estimate_impact(posts(900)),
    ):
        for each in describe_impact(found):
            assert each.en.isascii()
            assert each.ja.endswith("。")
            assert each.en.endswith(".")


# -- the announcement ------------------------------------------------------------------------------

PLAN = [
    *posts(30),
    moved(40, "Users/tanaka/手順", "基盤/手順"),
    moved(41, "極秘", "基盤"),
    change("esa:42", Verb.DONE, title=("障害", "【完了】障害"), category=("不具合共有", "不具合共有/対応完了/2026")),
    titled(43, "パスワードは Kumo7-Hikari です", "手順"),
    change("redmine:1", Verb.REASSIGN, assignee=("田中 花子 #4", "佐藤 健 #7"), group="田中 花子 → 佐藤 健"),
]


def text_of(**given: str) -> str:
    return str(write_announcement(PLAN, estimate_impact(PLAN), hidden=["esa:41"], **given))


def test_the_announcement_says_what_when_how_much_why_and_whom_to_ask() -> None:
    text = text_of(when="11月27日（金）10時", ask="大野")
    for part in (
        "## esa と Redmine を整理します",
        "- いつ: 11月27日（金）10時（所要約 16 秒）",
        "- 件数: 記事 34 件、チケット 1 件",
        "esa の通知は流れません",
        "メールが届きます（少なくとも 2 通）",
        "まとめて元に戻せます",
        "大野 までお知らせください",
        "- 移す: 32 件（みんなが見つけやすい分類に置くため）",
        "    - `運用` → `基盤`（30 件）",
        "    - ほか 2 件",
        "`不具合共有` → `不具合共有/対応完了/2026`（1 件）",
        "- 担当者を変える: 1 件",
    ):
        assert part in text


@pytest.mark.parametrize("speech", ["ja", "en"])
def test_the_announcement_names_nobody_and_nothing_that_is_not_for_all(speech: lang.Lang) -> None:
    lang.set_language(speech)
    text = text_of(ask="パスワード: Kumo7-Hikari")
    for word in ("tanaka", "田中", "佐藤", "極秘", "Kumo7", "障害"):
        assert word not in text


def test_what_is_not_given_is_left_to_fill_in() -> None:
    assert "- いつ: （日時）" in text_of()
    lang.set_language("en")
    assert "When: (day and time)" in text_of()


def test_of_many_roads_the_widest_are_told_and_the_rest_counted() -> None:
    plan = [moved(number, f"分類{number % 20}", "基盤") for number in range(1, 201)]
    text = str(write_announcement(plan, estimate_impact(plan)))
    assert text.count("→") == 5
    assert "ほか 150 件" in text


def test_days_are_announced_where_there_are_several() -> None:
    plan = posts(100)
    text = str(write_announcement(plan, estimate_impact(plan, per_day=25), when="月曜から"))
    assert "月曜から、4 日に分けて（1 日約 11 秒）" in text
