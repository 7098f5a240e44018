"""The requests of `kb doctor --probe`, in order: what each is for, and what it sends. Pure.

Their number does not depend on what comes back, so that it can be said before the first one leaves.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kb.changes.probe_scene import ARCHIVE, FIRST, LETTERS, LINES, SECOND, TITLES, UNUSED, WITHIN, Scene, body
from kb.lang import Text, t

Method = Literal["GET", "POST", "PATCH"]


@dataclass(frozen=True, slots=True)
class Ask:
    """One request as it leaves: parameters of a GET, the body of a write."""

    method: Method
    path: str
    given: Mapping[str, Any]


Fill = Callable[[Scene], Mapping[str, Any]]


def _nothing(scene: Scene) -> Mapping[str, Any]:
    return {}


@dataclass(frozen=True, slots=True)
class Step:
    """One request. `path` names posts by `{A}`; `query` is how its parameters are shown; `of` the post it answers with.

    `pause_s` is how long is waited before it: times in esa are whole seconds, and its search index may lag.
    """

    name: str
    method: Method
    path: str
    why: Text
    fill: Fill = _nothing
    query: str = ""
    of: str = ""
    pause_s: float = 0.0

    @property
    def makes(self) -> bool:
        """Whether it makes a post."""
        return self.name.startswith("make ")

    @property
    def proves(self) -> bool:
        """Whether it tells what came of the write before it, so that the two are not torn apart."""
        return self.name.startswith("see ")

    @property
    def shown(self) -> str:
        """The path for people: letters instead of numbers not known yet."""
        query = self.query.replace("場所", str(t("場所", "PLACE")))
        return self.path.format(**{letter: letter for letter in LETTERS}) + (f"?{query}" if query else "")

    def ask(self, scene: Scene) -> Ask:
        """The request, now that the steps before have been answered."""
        numbers = {letter: scene.number(letter) for letter in scene.made}
        if self.name.startswith("archive ") and not scene.has_archive:
            place = scene.posts[self.of].get("category")
            aside = f"{ARCHIVE}/{place}" if place else ARCHIVE
            return Ask("PATCH", f"/posts/{numbers[self.of]}", _post(scene, {"category": aside}))
        if self.name == "missing":
            return Ask("GET", f"/posts/{max(numbers.values()) + UNUSED}", {})
        return Ask(self.method, self.path.format(**numbers), self.fill(scene))


def steps(scene: Scene) -> tuple[Step, ...]:
    """All requests of a probe. The first has been made when they are listed: it tells whose token this is."""
    hidden = (_hidden(scene.hidden),) if scene.hidden else ()
    return (*_LOOKING, *_MAKING, *_SEARCHING, *_EDITING, *_MOVING, *_LEAVING, *hidden)


def _post(scene: Scene, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {"post": {**fields, "message": scene.message}}


def _patch(name: str, letter: str, why: Text, fields: Fill) -> Step:
    return Step(name, "PATCH", f"/posts/{{{letter}}}", why, lambda scene: _post(scene, fields(scene)), of=letter)


def _see(letter: str, why: Text, name: str = "") -> Step:
    return Step(name or f"see {letter}", "GET", f"/posts/{{{letter}}}", why, of=letter)


def _make(letter: str, why: Text) -> Step:
    def fields(scene: Scene) -> Mapping[str, Any]:
        return _post(
            scene,
            {
                "name": TITLES[letter],
                "category": scene.place + WITHIN[letter],
                "body_md": body(LINES[1]),
                "wip": letter != "B",
            },
        )

    return Step(f"make {letter}", "POST", "/posts", why, fields, of=letter)


def _search(name: str, why: Text, pause_s: float = 0.0) -> Step:
    return Step(name, "GET", "/posts", why, _inside, 'q=in:"場所"', pause_s=pause_s)


def _inside(scene: Scene) -> Mapping[str, Any]:
    return {"q": f'in:"{scene.place}"', "per_page": 100}


def _numbers(scene: Scene) -> list[int]:
    """The two oldest posts this token sees; scratch posts where there are no others."""
    return [row["number"] for row in scene.rows("oldest")][:2] or [scene.number("A"), scene.number("B")]


def _either(scene: Scene) -> Mapping[str, Any]:
    query = " OR ".join(f"number:{number}" for number in _numbers(scene))
    return {"q": query, "sort": "number", "order": "asc", "per_page": 5}


def _after(scene: Scene) -> Mapping[str, Any]:
    return {"q": f"number:>{_numbers(scene)[0]}", "sort": "number", "order": "asc", "per_page": 5}


def _overlapping(scene: Scene) -> Mapping[str, Any]:
    made = scene.made["D"]
    original = {"body_md": made.get("body_md"), "number": made.get("revision_number"), "user": scene.me}
    return {"body_md": body(SECOND), "original_revision": original}


def _moving(source: str, target: str) -> Fill:
    return lambda scene: {"from": scene.place + source, "to": scene.place + target}


def _paths(top: str = "") -> Fill:
    return lambda scene: {"prefix": top + scene.place}


_LOOKING = (
    Step("whoami", "GET", "/v1/user", t("だれのトークンか（済み）", "whose token this is (done)")),
    Step("scopes", "GET", "/oauth/token/info", t("トークンの権限", "the token's scopes")),
    _search(
        "empty",
        t("場所が空であること（空でなければ、何も書かずに終わる）", "that the place is empty, or else end here"),
    ),
)
_MAKING = (
    _make("A", t("記事 A を作る（題名に / と #。応答での書かれ方）", "make A; how / and # in a title come back")),
    _make("B", t("記事 B を作る（公開、場所/from に）", "make B, shipped, in place/from")),
    _make("C", t("記事 C を作る（場所/to に）", "make C in place/to")),
    _make("D", t("記事 D を作る（場所/from/inner に）", "make D in place/from/inner")),
)
_SEARCHING = (
    _search("search 1", t("作った直後に検索で見つかるか", "whether a search finds them at once")),
    Step(
        "oldest", "GET", "/posts", t("いちばん古い 2 件の番号", "the numbers of the two oldest posts"),
        lambda scene: {"sort": "number", "order": "asc", "per_page": 2}, "sort=number&order=asc&per_page=2",
    ),
    Step(
        "numbers or", "GET", "/posts", t("番号を並べた検索が効くか", "whether a search takes several numbers"),
        _either, "q=number:… OR number:…",
    ),
    Step(
        "numbers after", "GET", "/posts", t("「番号がこれより大きい」検索が効くか", "whether it takes number:>"),
        _after, "q=number:>…",
    ),
    _search("search 2", t("1 秒後に検索で見つかるか", "whether a search finds them after a second"), 1.1),
    _search("search 3", t("3 秒後に検索で見つかるか", "whether a search finds them after three"), 2.0),
)  # fmt: skip
_EDITING = (
    _patch(
        "retag", "A", t("タグだけの更新: 版、updated_at、メッセージ", "tags alone: revision, updated_at, message"),
        lambda scene: {"tags": ["kb-probe"]},
    ),
    _patch(
        "noop", "C", t("同じ値での更新: 版、updated_at", "the same value: revision, updated_at"),
        lambda scene: {"wip": True},
    ),
    Step(
        "comment", "POST", "/posts/{D}/comments", t("自分の記事にコメントする", "comment on one's own post"),
        lambda scene: {"comment": {"body_md": "kb doctor --probe の確認用です。"}},
    ),
    _see("D", t("コメントで updated_at が動いたか", "whether that moved updated_at"), "commented"),
    _patch("edit", "D", t("本文の 2 行目を直す", "edit the second line"), lambda scene: {"body_md": body(FIRST)}),
    _patch("overlap", "D", t("元の版から同じ行を直す（重なり）", "edit it from the older revision"), _overlapping),
    _patch(
        "empty category", "A", t('分類を "" にする（少しのあいだ分類なし）', 'category "" (none, for a moment)'),
        lambda scene: {"category": ""},
    ),
    _patch("back 1", "A", t("分類を戻す", "category back"), lambda scene: {"category": scene.place}),
    _patch(
        "null category", "A", t("分類を null にする（少しのあいだ分類なし）", "category null (none, for a moment)"),
        lambda scene: {"category": None},
    ),
    _patch("back 2", "A", t("分類を戻す", "category back"), lambda scene: {"category": scene.place}),
    Step(
        "rollback", "POST", "/posts/{A}/revisions/1/rollback", t("最初の版に戻せるか", "back to revision 1"),
        lambda scene: _post(scene, {}), of="A",
    ),
)  # fmt: skip
_MOVING = (
    Step(
        "move", "POST", "/categories/batch_move", t("場所/from を、記事のある 場所/to へ一括で移す",
        "move place/from into place/to, which is taken"), _moving("/from", "/to"),
    ),
    _see("B", t("B の分類、版、updated_at", "category, revision, updated_at of B")),
    _see("C", t("C がそのままか", "whether C stayed")),
    _see("D", t("D も下の分類ごと移ったか", "whether D came along")),
    Step(
        "move nothing", "POST", "/categories/batch_move", t("ない分類（場所/none）を一括で移そうとする",
        "move place/none, which is not there"), _moving("/none", "/nowhere"),
    ),
    Step(
        "paths", "GET", "/categories/paths", t("分類ごとの件数に WIP が入るか", "whether counts include WIP"),
        _paths(), "prefix=場所",
    ),
)  # fmt: skip


def _archive(letter: str, why: Text, name: str = "") -> Step:
    path = f"/posts/{{{letter}}}/archive"
    return Step(name or f"archive {letter}", "POST", path, why, lambda scene: _post(scene, {}), of=letter)


_TIDY = t(
    "アーカイブする（この呼び出しがなければ PATCH で Archived/… へ）",
    "archive it (by PATCH where there is no such call)",
)
_LEAVING = (
    _archive("A", t("アーカイブの呼び出しがあるか", "whether there is an archive call")),
    _archive("A", t("もう一度（なければ PATCH で Archived/… へ）", "again (or by PATCH)"), "archive A again"),
    *(_archive(letter, _TIDY) for letter in "BCD"),
    Step(
        "paths archived", "GET", "/categories/paths", t("件数にアーカイブが入るか", "whether counts include archived"),
        _paths(f"{ARCHIVE}/"), "prefix=Archived/場所",
    ),
    Step("missing", "GET", "/posts/…", t("ない番号の記事への応答", "the answer for a post that is not there")),
)  # fmt: skip


def _hidden(number: int) -> Step:
    return Step("hidden", "GET", f"/posts/{number}", t("前に読めなかった記事への応答", "a post that could not be read"))
