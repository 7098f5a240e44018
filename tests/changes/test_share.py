"""Asking colleagues in a post and reading their answers, against a sandbox where they tick in the browser."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from changes.site import Site, change
from changes.test_publishing import publish, week
from changes.test_the_window import around
from changes.written import text_of

from kb.errors import Exit
from kb.lint.people.ownership import Owner, OwnerReason
from kb.lint.people.people import People, Person
from kb.model.plan import Change, Plan, SeenState, Verb
from kb.plan.file.parse import parse_plan
from kb.plan.sections.block import find_section
from kb.plan.ticks.checklist import line_id
from kb.reports.publish import questions
from kb.reports.publish.checklist import first_screen_name
from kb.reports.publish.collect import account_finder

__all__ = ["around"]  # a fixture

PEOPLE = {"sato": "佐藤 健", "ono": "小野 蘭", "mori": "森 一", "kato": "加藤 葵"}
HERE = 10


def post(number: int, by: str, category: str = "不具合共有/2025", **more: Any) -> dict[str, Any]:
    return {
        "number": number, "name": f"記事 {number}", "category": category, "body_md": f"本文 {number}", "tags": ["a"],
        "created_by": {"screen_name": by, "name": PEOPLE[by]}, "updated_by": {"screen_name": by, "name": PEOPLE[by]},
    } | more  # fmt: skip


@dataclass
class Asking:
    """A workspace with a plan, and the post that asks about it."""

    site: Site

    def plan(self) -> Plan:
        return parse_plan((self.site.folder / "plan.toml").read_text(encoding="utf-8"), "plan.toml")

    def share(self, *words: str, code: int = 0) -> str:
        said = self.site.kb("plan", "share", "plan.toml", "--to", f"esa:{HERE}", *words, "--yes", code=code)
        return said + self.site.said

    def collect(self, code: int = 0) -> str:
        return self.site.kb("plan", "collect", "plan.toml", code=code) + self.site.said

    def edit(self, by: str, old: str, new: str, number: int = HERE) -> None:
        body = text_of(self.site, f"esa:{number}")
        assert old in body
        self.site.sandbox.edit("esa", "update", number=number, as_=by, fields={"body_md": body.replace(old, new, 1)})

    def tick(self, number: int, by: str, *, refuse: bool = False) -> None:
        """Tick the line of a post's change."""
        id, lines = self.id(number), text_of(self.site, f"esa:{HERE}").splitlines()
        line = next(each for each in lines if id in each and ("やらない" in each) is refuse)
        self.edit(by, line, line.replace("[ ]", "[x]"))

    def id(self, number: int) -> str:
        return line_id(next(each for each in self.plan().changes if each.number == number))

    def decided(self) -> dict[int, str]:
        """The answers, without the numbers of revisions."""
        return {each.number: re.sub(r"@\d+|comment-\d+", "", each.answer) for each in self.plan().changes}


@pytest.fixture
def asking(site: Callable[..., Site]) -> Asking:
    """Posts 1 to 3 are sato's, ono's and of kato, who left; sato is the steward and mori leads."""
    made = site(data=[post(1, "sato"), post(2, "ono"), post(3, "kato"), post(HERE, "mori", "運用", watchers_count=2)])
    toml = made.folder / "kb.toml"
    toml.write_text(
        toml.read_text() + '\n[owners]\nsteward = "sato"\n[plan]\nlead = "mori"\n[report]\nesa_post = 10\n',
        encoding="utf-8",
    )
    for name, full in PEOPLE.items():
        made.sandbox.edit("esa", "add-member", fields={"screen_name": name, "name": full})
    made.sandbox.edit("esa", "remove-member", fields={"screen_name": "kato"})
    made.kb("sync")
    made.plan([change(number, category="済み") for number in (1, 2, 3)], decided=False)
    made.sandbox.reset(counters=True)
    return Asking(made)


def test_the_groups_of_a_plan_are_gone_through_once_however_many_are_asked(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted: list[int] = []
    real = Plan.groups

    def count(plan: Plan) -> Iterator[tuple[str, tuple[Change, ...]]]:
        counted.append(1)
        return real(plan)

    monkeypatch.setattr(Plan, "groups", count)
    passes = []
    for size in (1, 3):
        asking.site.plan([change(number, category="済み") for number in range(1, size + 1)], decided=False)
        counted.clear()
        assert f"{size} 件をたずねます" in asking.share("--dry-run")
        passes.append(len(counted))
    assert passes[0] == passes[1]


def test_everybody_is_asked_once_and_only_about_what_is_theirs(asking: Asking) -> None:
    said = asking.share()
    assert "2 人に 3 件をたずねます" in said
    assert "名前を書いた 2 人に 1 通ずつ" in said
    body = text_of(asking.site, f"esa:{HERE}")
    parts = re.split(r"^### @", body, flags=re.M)
    assert [part.split("\n")[0] for part in parts[1:]] == ["ono", "sato"]
    assert "[esa:2 記事 2](/posts/2) 不具合共有/2025 → 済み" in parts[1]
    assert ("esa:1 " in parts[2], "esa:3 " in parts[2]) == (True, True)  # kato left: the steward is asked
    assert [(each.asked, each.accept, each.decided) for each in asking.plan().changes] == [
        ("sato", False, False), ("ono", False, False), ("sato", False, False)
    ]  # fmt: skip
    assert asking.plan().shared == (f"esa:{HERE}",)
    assert "[skip notice]" not in asking.site.seen(HERE)["message"]


def test_a_colleagues_tick_is_collected_applied_and_undone(asking: Asking) -> None:
    asking.share()
    asking.tick(1, "sato")
    asking.tick(2, "ono", refuse=True)
    asking.tick(3, "ono")  # nobody asked ono about kato's page
    asking.site.sandbox.reset(counters=True)
    said = asking.collect()
    assert "新しい答え 2 件（やる 1、やらない 1）" in said
    assert "聞いた人ではない人が印を付けています" in said
    assert asking.decided() == {1: f"yes esa:{HERE}", 2: f"no esa:{HERE}", 3: ""}
    assert asking.site.counted()["total"] == 2  # the revisions of the post, and comments for what is open
    assert asking.site.apply()["done"] == 1
    assert [asking.site.post(number)["category"] for number in (1, 2, 3)] == ["済み", *["不具合共有/2025"] * 2]
    receipt = (asking.site.folder / "plan.receipt.toml").read_text(encoding="utf-8")
    assert re.search(rf'answer = \["yes esa:{HERE}@\d+"\]', receipt)
    assert asking.site.undo("last")["done"] == 1
    assert asking.site.post(1)["category"] == "不具合共有/2025"


def test_pages_of_personal_folders_are_asked_of_who_owns_them(asking: Asking) -> None:
    """By name where the plan names an owner, of a folder that is nobody's too; kato left, so the steward is asked."""
    places = {1: ("Users/sato", "sato"), 2: ("Users/team-b", "ono"), 3: ("Users/kato", "")}
    for number, (category, _) in places.items():
        asking.site.sandbox.edit("esa", "update", number=number, as_="mori", fields={"category": category})
    asking.site.kb("sync")
    stands = {number: asking.site.post(number) for number in places}
    asking.site.plan(
        [
            replace(
                change(number, category="運用/手順"), before={"category": category}, owner=owner, accept=False,
                seen=SeenState(str(stands[number]["updated_at"]), int(stands[number]["revision_number"])),
            )
            for number, (category, owner) in places.items()
        ],
        decided=False,
    )  # fmt: skip
    asking.share()
    assert [(each.asked, each.accept) for each in asking.plan().changes] == [
        ("sato", False), ("ono", False), ("sato", False)
    ]  # fmt: skip
    asking.site.kb("review", "plan.toml", "--accept", "all")
    assert not any(each.accept for each in asking.plan().changes)
    asking.tick(1, "ono")
    asking.tick(2, "ono")
    asking.collect()
    assert [each.accept for each in asking.plan().changes] == [False, True, False]
    assert asking.site.apply()["done"] == 1
    assert [asking.site.post(number)["category"] for number in places] == ["Users/sato", "運用/手順", "Users/kato"]


def test_a_tick_taken_back_is_undecided_again(asking: Asking) -> None:
    asking.share()
    asking.tick(1, "sato")
    asking.collect()
    asking.edit("ono", "[x]", "[ ]")
    assert "取り消し 1 件" in asking.collect()
    assert (asking.decided()[1], asking.plan().changes[0].accept) == ("", False)


def test_an_account_is_known_by_its_whole_name_and_none_by_somebodys_first_name() -> None:
    people = People({"taro": "Yamada Taro", "ono": "小野 蘭"}, same=(("ono", "ono.ran"),))
    assert people.person("yamada").handle == "taro"  # as a page writes
    find = account_finder(people)
    found = [find(name).handle for name in ("taro", "Taro", "yamada", "", "ono.ran")]
    assert found == ["taro", "taro", "", "", "ono"]


def test_the_lead_answers_for_others_and_that_is_told(asking: Asking) -> None:
    asking.share()
    asking.tick(2, "mori")
    assert "まとめ役" in asking.collect()
    assert asking.decided()[2] == f"yes lead esa:{HERE}"


def test_a_comment_answers_where_no_box_does(asking: Asking) -> None:
    asking.share()
    words = f"> {asking.id(1)} やる\n\n{asking.id(2)} やらない\n\n来月にします"
    for by in ("ono", "sato"):
        asking.site.sandbox.edit("esa", "comment", number=HERE, as_=by, fields={"body_md": words})
    said = asking.collect()
    assert "コメント 2 件（コメントでの答え 1 件）" in said
    assert asking.decided() == {1: "", 2: f"no esa:{HERE}#", 3: ""}


def test_a_lone_404_of_the_revisions_is_a_failure_and_takes_no_answer_back(asking: Asking) -> None:
    asking.share()
    asking.tick(1, "sato")
    asking.collect()
    before = asking.decided()
    asking.site.sandbox.fault(system="esa", kind="404", path="/revisions", times=-1)
    assert "もう esa にありません" not in asking.collect(code=3)
    assert asking.decided() == before
    asking.site.sandbox.clear_faults()
    asking.site.sandbox.edit("esa", "delete", number=HERE)
    assert f"esa:{HERE} は、もう esa にありません" in asking.collect()


def test_a_checklist_in_english_is_read_in_either_language(asking: Asking) -> None:
    asking.share("--lang", "en")
    assert "- [ ] moved: [esa:1 " in text_of(asking.site, f"esa:{HERE}")
    assert "Leave it `" in text_of(asking.site, f"esa:{HERE}")
    asking.tick(1, "sato")
    asking.edit("ono", f"済み `{asking.id(2)}`", f"済み `{asking.id(2)}` – leave it")
    assert (
        "新しい答え 2 件（やる 1、やらない 1）" in asking.site.kb("--lang", "ja", "plan", "collect") + asking.site.said
    )
    assert (
        "たずねている変更 3 件のうち、1 件は答えを待っています"
        in asking.site.kb("review", "plan.toml") + asking.site.said
    )


def test_what_was_decided_by_hand_stays(asking: Asking) -> None:
    asking.share()
    path = asking.site.folder / "plan.toml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("\naccept = false", "\naccept = true", 1), encoding="utf-8"
    )
    asking.tick(1, "sato", refuse=True)
    assert "案のほうで決めてある 1 件" in asking.collect()
    assert asking.plan().changes[0].accept


def test_a_second_share_collects_first_keeps_the_ticks_and_tells_nobody_again(asking: Asking) -> None:
    asking.share()
    asking.tick(1, "sato")
    assert asking.share()
    assert asking.decided()[1] == f"yes esa:{HERE}"
    assert "同じ内容" in asking.site.kb("plan", "share", "plan.toml", "--to", f"esa:{HERE}", "--yes")
    asking.site.apply()  # what was done asks no more
    asking.tick(2, "ono")
    assert "通知: ありません" in asking.share()
    body = text_of(asking.site, f"esa:{HERE}")
    assert (f"{asking.id(1)}" in body, body.count("[x]")) == (False, 1)
    assert asking.decided()[2] == f"yes esa:{HERE}"


def test_a_report_is_published_again_over_ticks_and_its_post_carries_them(asking: Asking) -> None:
    asking.share()
    assert publish(asking.site, week("- 一件目"), insert="top") is Exit.OK
    asking.tick(1, "sato")
    assert publish(asking.site, week("- 二件目", "2026-W48"), insert="") is Exit.OK
    assert "新しい答え 1 件" in asking.site.said
    assert asking.decided()[1] == f"yes esa:{HERE}"
    body = text_of(asking.site, f"esa:{HERE}")
    assert ("二件目" in body, body.count("[x]")) == (True, 1)
    section = find_section(body, "ticks")
    assert section is not None
    assert not section.edited
    boxes = "- [ ] 見る: [esa:1](/posts/1) `0a1b2c3d`"
    assert publish(asking.site, week(boxes, "2026-W49"), insert="") is Exit.OK  # a report with boxes of its own
    asking.edit("ono", "[ ] 見る", "[x] 見る")
    assert publish(asking.site, week(f"新しい\n\n{boxes}", "2026-W50"), insert="") is Exit.OK
    assert "新しい\n\n- [x] 見る" in text_of(asking.site, f"esa:{HERE}")


def test_a_tick_on_an_earlier_proposal_agrees_to_nothing(asking: Asking) -> None:
    asking.share()
    asking.site.plan([change(number, category="別") for number in (1, 2)], decided=False)
    asking.edit("sato", "[ ] 移す: [esa:1 ", "[x] 移す: [esa:1 ")
    asking.share()
    assert text_of(asking.site, f"esa:{HERE}").count("[x]") == 0
    assert asking.decided() == {1: "", 2: ""}


def test_ticks_made_while_kb_writes_are_kept_and_count(
    asking: Asking,
    around: Callable[..., None],
) -> None:
    asking.share()
    asking.site.plan([change(number, category="済み") for number in (1, 2)], decided=False)  # a line fewer
    around(before=lambda: asking.tick(1, "sato"))
    asking.share()
    assert text_of(asking.site, f"esa:{HERE}").count("[x]") == 1
    asking.collect()
    assert asking.decided() == {1: f"yes esa:{HERE}", 2: ""}


def test_a_refreshed_plan_keeps_its_answers_and_still_reads_new_ones(asking: Asking) -> None:
    asking.share()
    asking.tick(1, "sato")
    asking.collect()
    for number in (1, 2):
        asking.site.sandbox.edit("esa", "update", number=number, as_="ono", fields={"title": f"新しい題名 {number}"})
    asking.site.kb("sync")
    asking.site.kb("plan", "refresh", "plan.toml")
    assert asking.decided()[1] == f"yes esa:{HERE}"
    asking.tick(2, "ono")
    asking.collect()
    assert asking.decided()[2] == f"yes esa:{HERE}"
    asking.site.sandbox.edit("esa", "update", number=1, as_="ono", fields={"category": "別の場所"})
    asking.site.kb("sync")
    asking.site.kb("plan", "refresh", "plan.toml")
    assert (asking.decided()[1], asking.plan().changes[0].accept) == ("", False)  # it was about something else


INCIDENT = """## 概要
広告の配信が 40 分止まった。

## 原因
設定の反映で古い値を読んでいた。

## 再発防止
- 配信数の監視を追加する（担当: 小野、期限: 2027-01-31）
- 手順書に確認の手順を足す（期限: 2027-01-31）
- 設定の検査を CI に入れた（完了）
"""


def test_measures_and_unverified_pages_are_asked_about_beside_the_plan(
    asking: Asking, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    right = questions.ingest
    monkeypatch.setattr(questions, "ingest", lambda page, *rest: read.append(str(page.doc)) or right(page, *rest))
    for by, name, place, body in (
        ("sato", "【不具合】配信停止", "不具合共有/2026", INCIDENT),
        ("ono", "再起動の手順", "手順書", "# 手順\n1. 見る"),
    ):
        fields = {"name": name, "category": place, "body_md": body}
        asking.site.sandbox.edit("esa", "create", as_=by, fields=fields)
    asking.site.kb("sync")
    asking.share("--measures", "--unverified", "手順書")
    assert read == ["esa:11"]  # once for its two measures
    body = text_of(asking.site, f"esa:{HERE}")
    ono, sato = re.split(r"^### @", body, flags=re.M)[1:]
    assert ("配信数の監視を追加する" in ono, "確認の手順を足す" in sato, "CI に入れた" in body) == (True, True, False)
    assert "読んだ、今も正しい: [esa:12 再起動の手順](/posts/12)" in ono
    asking.edit("ono", "[ ] 引き受ける", "[x] 引き受ける")
    asking.edit("ono", "[ ] 読んだ", "[x] 読んだ")
    asking.edit("ono", "[ ] 引き受ける", "[x] 引き受ける")  # sato's
    said = asking.collect()
    assert "やる 2 件、やらない 0 件、待っている 1 件" in said
    assert re.search(r"esa:12: 今も正しい → 本文に <!-- kb:verified \d{4}-\d\d-\d\d ono -->", said)
    assert "esa:11: 対策「配信数の監視を追加する" in said
    file = (asking.site.folder / "plan.questions.toml").read_text(encoding="utf-8")
    assert file.count(f'answer = "yes esa:{HERE}@') == 2
    asking.share("--measures")  # what is answered stays asked and ticked
    assert read == ["esa:11"]  # both are known
    assert text_of(asking.site, f"esa:{HERE}").count("[x]") == 3
    assert (asking.site.folder / "plan.questions.toml").read_text(encoding="utf-8") == file


@pytest.mark.parametrize(
    ("key", "value", "hidden"),
    [
        ("asked", r"sato\n\n# おしらせ @ono", "おしらせ"),
        ("asked", "password: Zt7-kupferdach-19", "kupferdach"),
        ("key", r"2026-01-01 --><script>\u001b[31m", "script"),
    ],
)
def test_a_file_of_questions_puts_no_words_of_its_own_into_a_post(
    asking: Asking, key: str, value: str, hidden: str
) -> None:
    row = {"kind": "verify", "target": "esa:1", "key": "2026-01-01", "asked": "sato"} | {key: value}
    lines = "".join(f'{name} = "{each}"\n' for name, each in row.items())
    (asking.site.folder / "plan.questions.toml").write_text(f"format = 1\n\n[[question]]\n{lines}", encoding="utf-8")
    before = text_of(asking.site, f"esa:{HERE}")
    said = asking.share(code=2)
    assert f"plan.questions.toml {7 if key == 'asked' else 6} 行目" in said
    assert (key in said, hidden in said) == (True, False)
    assert text_of(asking.site, f"esa:{HERE}") == before


@pytest.mark.parametrize("handle", ["", "ono\n\n# x", "<b>", "o n", "@all", "o" * 200])
def test_a_screen_name_that_no_post_can_call_is_nobody_to_ask(handle: str) -> None:
    people = (Person("別の人", handle), Person("森 一", "mori"))
    assert first_screen_name(Owner(people, OwnerReason.AUTHOR)) == "mori"


def test_a_share_is_undone_and_leaves_the_page_as_it_was(asking: Asking) -> None:
    before = text_of(asking.site, f"esa:{HERE}")
    asking.share()
    asking.tick(1, "sato")
    assert asking.site.undo("last")["done"] == 1
    assert text_of(asking.site, f"esa:{HERE}") == before
    assert "0 件" in asking.collect()


def test_limited_places_and_colliding_names_stay_out_and_are_counted(asking: Asking) -> None:
    toml = asking.site.folder / "kb.toml"
    toml.write_text(toml.read_text().replace('team = "docs"', 'team = "docs"\nlimited = ["人事/**"]'), encoding="utf-8")
    asking.site.sandbox.edit("esa", "update", number=2, as_="ono", fields={"category": "人事/面談"})
    asking.site.kb("sync")
    said = asking.share()
    assert "メンバー全員には見えないもの 1 件" in said
    assert "面談" not in text_of(asking.site, f"esa:{HERE}")


def test_a_post_in_somebodys_folder_holds_their_part(asking: Asking) -> None:
    asking.site.sandbox.edit(
        "esa", "create", as_="ono", fields={"name": "お願い", "category": "Users/ono", "body_md": "x"}
    )
    asking.site.kb("sync")
    asking.share("--to", "esa:11")
    assert "@ono" in text_of(asking.site, "esa:11")
    assert "@ono" not in text_of(asking.site, f"esa:{HERE}")


def test_what_a_title_says_makes_no_markup_and_calls_nobody(asking: Asking) -> None:
    asking.site.plan([change(1, Verb.RETITLE, title="@ono [x](http://a) `code` <!-- kb:ticks end -->")], decided=False)
    asking.share()
    body = text_of(asking.site, f"esa:{HERE}")
    assert body.count("kb:ticks end --") == 2
    assert body.count("<!-- kb:ticks end -->") == 1
    assert "＠ono ［x］" in body
    asking.tick(1, "sato")
    asking.collect()
    assert asking.decided()[1] == f"yes esa:{HERE}"


def test_refusals_name_the_next_step(asking: Asking, tmp_path: Path) -> None:
    asking.site.kb("plan", "share", "plan.toml", code=2)
    assert "--to esa:1440" in asking.site.said
    asking.site.kb("plan", "share", "my queue.toml", "--expired", code=2)
    assert "kb plan share 'my queue.toml' --to esa:1440 --expired" in asking.site.said
    asking.site.kb("plan", "share", "plan.toml", "--to", "redmine:3", code=2)
    asking.site.kb("plan", "share", "plan.toml", "--to", "esa:99", code=2)
    assert "写しにありません" in asking.site.said
    asking.site.kb("plan", "collect", "plan.toml", code=2)
    assert "kb plan share" in asking.site.said
