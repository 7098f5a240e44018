"""What a probe found, in words: one line a matter, for `kb doctor`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from kb.lang import Text, t

LINES: tuple[tuple[Text, tuple[str, ...]], ...] = (
    (t("題名、分類、タグだけの更新", "updates of title, category, tags"), ("patch_revision", "patch_updated_at")),
    (t("同じ値での更新", "updates with the same value"), ("noop_revision", "noop_updated_at")),
    (t("更新のメッセージ", "the message of an update"), ("message",)),
    (t("題名の / と #", "/ and # in a title"), ("titles",)),
    (t("分類を空にする", "taking a category away"), ("category_empty", "category_null")),
    (t("コメント", "a comment"), ("comment_updated_at",)),
    (t("本文の編集が重なったとき", "edits of a text that overlap"), ("overlap_flag", "overlap_style")),
    (t("版を戻す", "rolling back"), ("rollback",)),
    (t("アーカイブの呼び出し", "the archive call"), ("archive", "archive_again")),
    (
        t("分類の一括移動", "moving a category"),
        ("move", "move_revision", "move_updated_at", "move_missing", "move_scopes"),
    ),
    (t("番号での検索", "searching by number"), ("numbers_or", "numbers_after")),
    (t("書いてから検索に出るまで", "from writing to being found"), ("search_lag",)),
    (t("分類ごとの件数", "counts of categories"), ("paths_wip", "paths_archived")),
    (t("読めない記事", "a post that cannot be read"), ("missing_post", "hidden_post")),
)

_ADDS, _NONE = t("版が増える", "adds a revision"), t("版は増えない", "adds no revision")
_MOVES, _STAYS = t("updated_at が動く", "moves updated_at"), t("updated_at は動かない", "leaves updated_at")
_CAN, _CANNOT = t("使える", "works"), t("まだない", "is not there yet")
_REFUSED = t("このトークンでは使えない", "is not for this token")

WORDS: Mapping[str, Mapping[str, Text]] = {
    "patch_revision": {"adds": _ADDS, "none": _NONE},
    "patch_updated_at": {"moves": _MOVES, "stays": _STAYS},
    "noop_revision": {"adds": _ADDS, "none": _NONE},
    "noop_updated_at": {"moves": _MOVES, "stays": _STAYS},
    "message": {"returned": t("応答に戻る", "comes back"), "lost": t("応答に戻らない", "does not come back")},
    "titles": {
        "decoded": t("文字として戻る", "come back as letters"),
        "as-sent": t("&#47; と &#35; のまま戻る", "come back as &#47; and &#35;"),
        "other": t("別の形で戻る", "come back in another form"),
    },
    "category_empty": {
        "clears": t('"" で空になる', '"" does it'),
        "ignored": t('"" は無視される', '"" is ignored'),
        "refused": t('"" は断られる', '"" is refused'),
    },
    "category_null": {
        "clears": t("null で空になる", "null does it"),
        "ignored": t("null は無視される", "null is ignored"),
        "refused": t("null は断られる", "null is refused"),
    },
    "comment_updated_at": {
        "moves": t("記事の updated_at が動く", "moves updated_at of its post"),
        "stays": t("記事の updated_at は動かない", "leaves updated_at of its post"),
    },
    "overlap_flag": {
        "yes": t("overlapped で知らされる", "are told by overlapped"),
        "no": t("overlapped では知らされない", "are not told by overlapped"),
        "absent": t("overlapped が応答にない", "are not told: no overlapped"),
    },
    "overlap_style": {
        "git": t("本文に git 形式の印", "git markers in the text"),
        "diff3": t("本文に diff3 形式の印", "diff3 markers in the text"),
        "sent": t("本文は送った側", "the text is the one sent"),
        "stored": t("本文は先にあった側", "the text is the one that was there"),
        "both": t("本文に両方（印なし）", "both in the text, unmarked"),
        "other": t("本文は別の形", "another form in the text"),
    },
    "rollback": {"yes": _CAN, "no": _CANNOT, "refused": _REFUSED},
    "archive": {"yes": _CAN, "no": _CANNOT, "refused": _REFUSED},
    "archive_again": {
        "none": t("2 度目は何も変えない", "a second one changes nothing"),
        "adds": t("2 度目も版が増える", "a second one adds a revision"),
    },
    "move": {
        "merges": t("使える（下の分類ごと、記事のある分類にも合わさる）", "works, subcategories too, and merges"),
        "partly": t("一部しか移らない", "moves a part only"),
        "fails": t("失敗する", "fails"),
        "no": _CANNOT,
        "refused": _REFUSED,
    },
    "move_revision": {"adds": _ADDS, "none": _NONE},
    "move_updated_at": {"moves": _MOVES, "stays": _STAYS},
    "move_missing": {"*": t("ない分類には {}", "{} for a category that is not there")},
    "move_scopes": {"*": t("トークンの権限は {}", "scopes of the token: {}")},
    "numbers_or": {"yes": t("複数の番号で探せる", "finds several"), "no": t("複数の番号では探せない", "no several")},
    "numbers_after": {"yes": t("number:> が使える", "takes number:>"), "no": t("number:> は使えない", "no number:>")},
    "search_lag": {"*": t("{} 秒", "{} s"), ">": t("{} 秒では出ない", "not within {} s")},
    "paths_wip": {"counted": t("WIP を数える", "WIP counts"), "left-out": t("WIP を数えない", "WIP does not count")},
    "paths_archived": {
        "counted": t("アーカイブを数える", "archived posts count"),
        "left-out": t("アーカイブを数えない", "archived posts do not count"),
    },
    "missing_post": {"*": t("ない番号は {}", "{} when it is not there")},
    "hidden_post": {"*": t("前に読めなかった記事は {}", "{} for one that was refused before")},
}
"""The words for each answer; `*` stands for any, `>` for one that begins so."""

UNTOLD = t("分かりませんでした", "could not be told")

CANNOT = t(
    "ひとりでは確かめられません: 編集中の記事への書き込み（409）、ほかの人だけが読める記事（404 か 403 か）、"
    "Mermaid の表示、Webhook、一覧の深いページ",
    "one person alone cannot find out: writing to a post that is being edited (409), posts only others may read "
    "(404 or 403), how Mermaid is shown, webhooks, deep pages of lists",
)


def lines(answers: Mapping[str, str]) -> Iterator[tuple[Text, Text]]:
    """What each line is about, and what was found."""
    for about, questions in LINES:
        told = [word for question in questions if (word := _word(question, answers.get(question))) is not None]
        joined = t("、".join(each.ja for each in told), ", ".join(each.en for each in told))
        yield about, joined if told else UNTOLD


def _word(question: str, answer: str | None) -> Text | None:
    if answer is None:
        return None
    words = WORDS[question]
    word = words.get(answer) or words.get(answer[:1]) or words.get("*")
    return None if word is None else t(word.ja.format(answer.lstrip(">")), word.en.format(answer.lstrip(">")))
