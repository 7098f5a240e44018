"""The table of refusals: which step decides what stands behind a label, by name."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from kb.secrets import refuse
from kb.secrets.detectors import labels
from kb.secrets.find import find_secrets_in
from kb.secrets.refuse import Judgement
from kb.secrets.refuse.labelled import Labelled

ROOM = Path(refuse.__file__).parent

CASES = {
    "パスワード: Kura-4821": "shape",
    "パスワード: keihi-shoki": "joined-words",
    "パスワード: sakura": "word-set",
    "ユーザー: kanri、パスワード: kanri": "the-name-again",
    "暗証番号: 4649": "pin",
    "api_token = 7f3c9a52-1b64-4e0d-9c2f-5a8be0d41c77": "token",
    "secret: 7f3c9a52-1b64-4e0d-9c2f-5a8be0d41c77": "identifier/uuid",
    "password=XXXXXXXX1": "value/masked",
    "passwd: ${KURA_PASS2}": "value/variable",
    "password: /etc/kura/db.pass1": "value/path",
    'password: request.form["pw1"]': "value/variable",
    'password = "please enter your new one"': "prose/words",
    'DB_PASSWORD: get_env("DB_PW1")': "call/opened",
    "def login(password: password)": "prose/goes-on",
    "DB_PASSWORD= psql -h db01": "comment/nothing-set",
    "パスワードは idp3 が検証する": "prose/subject",
    "パスワードは kura-web の画面で変える": "name/loosely-tied",
    "token: kura-web-front": "name/of-no-such-kind",
    "パスワードは wiki の説明": "prose/unsaid",
}


@pytest.fixture
def reasons(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the steps that decided, in order."""
    decided: list[str] = []

    def judge(it: Labelled) -> Judgement:
        judgement = refuse.judge(it)
        decided.append(judgement.reason)
        return judgement

    monkeypatch.setattr(labels, "judge", judge)
    return decided


@pytest.mark.parametrize("text", CASES)
def test_the_step_that_decides_has_a_name(text: str, reasons: list[str]) -> None:
    find_secrets_in(text)
    assert CASES[text] in reasons


def test_every_step_is_reached_by_its_stage_in_order() -> None:
    registered = [reason for reason, _ in refuse.load_steps()]
    written = [
        decorator.args[0].value
        for stage in refuse.STAGES
        for node in ast.parse((ROOM / f"{stage}.py").read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call) and isinstance(decorator.args[0], ast.Constant)
    ]
    assert registered == written
    assert len(set(written)) == len(written) > 30


def test_no_step_is_a_ladder() -> None:
    for path in sorted(ROOM.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef):
                branches = sum(isinstance(each, ast.If | ast.IfExp | ast.comprehension) for each in ast.walk(node))
                branches += sum(len(each.values) - 1 for each in ast.walk(node) if isinstance(each, ast.BoolOp))
                assert branches <= 25, f"{path.name}: {node.name}"
