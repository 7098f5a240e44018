"""The rule that weighs: what tips the scale, what is only covered, and that its signs have words."""

import pytest

from kb.lint.formats.wording import DETECTION_CONTEXTS, DOUBT_FILTERS
from kb.model.facts import Confidence
from kb.model.secret import Secret
from kb.secrets.find import find_secrets_in, load_detection_rules
from kb.secrets.masking.mask import mask_secrets
from kb.secrets.scoring.entropy import score_digits, score_oddity


def weighed(text: str) -> list[Secret]:
    return [each for each in find_secrets_in(text) if each.rule == "weighed"]


TOLD = "通用口のテンキー、夜だけ 58203 に変わります"
COVERED = "ロッカーは隣の部署と共用で、札は 58203"


def test_a_value_is_told_when_enough_signs_meet() -> None:
    (found,) = weighed(TOLD)
    assert found.confidence >= Confidence.MEDIUM
    assert {"door", "told", "near"} <= set(found.context.split("/"))


def test_a_value_is_covered_and_not_told_when_too_few_signs_meet() -> None:
    (found,) = weighed(COVERED)
    assert found.confidence is Confidence.LOW
    assert "58203" not in mask_secrets(COVERED, [found])


def test_the_word_that_governs_is_the_keyword() -> None:
    (found,) = weighed(TOLD)
    assert found.keyword is not None
    assert (found.keyword.line, TOLD[found.keyword.column - 1 : found.keyword.end_column - 1]) == (1, "テンキー")


def test_nothing_is_proposed_where_another_rule_found_a_value() -> None:
    assert weighed("パスワード：Kaze-no-41 です") == []


def test_a_word_behind_a_value_is_not_governed_by_the_same_word() -> None:
    assert all(
        each.confidence is Confidence.LOW for each in weighed("パスワードは「Kaze-no-41」で、機種は Nami-Ni-42 です")
    )


@pytest.mark.parametrize("value", ["nezu+Yanaka7", "toyo-P0rt", "q7zk2mx9vb4n", "Kakigori_55"])
def test_what_people_make_up_is_odd(value: str) -> None:
    assert score_oddity(value) >= 1.5


@pytest.mark.parametrize(
    "value",
    ["web-prd-03", "RTX1220", "OAuth2", "v2.3.1-rc4", "report_v2.xlsx", "sato-t2", "10.2.3.4", "Ctrl+Shift+V", "a=b"],
)
def test_what_has_a_name_is_not(value: str) -> None:
    assert score_oddity(value) <= 0.5


def test_years_hours_and_ports_are_hardly_dialled() -> None:
    assert (
        max(score_digits("2024"), score_digits("1830"), score_digits("8080"))
        < score_digits("4719")
        < score_digits("31-07-52")
    )


def test_every_sign_and_doubt_has_words() -> None:
    texts = [
        TOLD,
        COVERED,
        "裏口のテンキーの番号は 58203 を押す",
        "保護されたシートは「Hogo=Sheet8」で外せます",
        "パスワードの変更、失敗したら toriaezu!Kansa に戻してください（例外あり）",
        "パスワードを忘れました\n\n今は matsubi!Ftp9 です",
        "## 複合機のパスワード\n- 一階 ikkai-Kami3 です\n- 二階 nikai-Kami4 です",
    ]
    found = [each for text in texts for each in weighed(text)]
    assert found
    assert "weighed" in load_detection_rules()
    assert {sign for each in found for sign in each.context.split("/")} <= set(DETECTION_CONTEXTS)
    assert {doubt for each in found for doubt in each.doubts} <= set(DOUBT_FILTERS)
