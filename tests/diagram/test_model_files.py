"""`diagrams/*.toml` as people write them: what fits is read in any order, what does not is told with its line."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from kb.diagram.model.nouns import ModelPlace
from kb.diagram.model.toml import find_model_folder, load_model, merge_texts
from kb.errors import ConfigError, Exit, InputError

NAME = "diagrams/system.toml"
NODE = '[[node]]\nid = "api"\n'


def refused(text: str, *, name: str = NAME) -> str:
    with pytest.raises(ConfigError) as caught:
        merge_texts([(name, text)])
    assert caught.value.exit_code is Exit.USAGE
    return str(caught.value)


def test_a_text_that_would_keep_the_parser_busy_for_hours_is_not_parsed() -> None:
    assert "2 行目: 項目の名前に段が多すぎます" in refused("schema = 1\n" + "a." * 200_000 + "a = 1\n")
    assert "TOML として読めません" in refused("x = " + "[" * 100_000 + "]" * 100_000 + "\n")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[nodes]]\nid = "a"\n', r"1 行目: 「nodes」.*node ではありませんか.*\[\[node\]\]"),
        (NODE + 'runbok = "https://x.jp"\n', r"3 行目: 「node\.runbok」.*runbook ではありませんか"),
        (NODE + 'kind = "ec3"\n', r"3 行目: 「ec3」という kind はありません。.*(ecs|ec2) ではありませんか"),
        (NODE + 'group = "deliverry"\n[[group]]\nid = "delivery"\n', r"3 行目: .*delivery ではありませんか"),
        (NODE + NODE, r"4 行目: 「api」は diagrams/system\.toml 1 行目にもあります"),
        (NODE + '[[group]]\nid = "api"\n', r"「api」は .* 行目にもあります"),
        (NODE + 'lifecycle = "old"\n', r"3 行目: .*active、retiring、retired、unknown のどれか"),
        (NODE + 'until = "2026-13-01"\n', r"3 行目: until「2026-13-01」は日付として読めません"),
        (NODE + 'count = "6..2"\n', r"3 行目: count「6\.\.2」"),
        (NODE + 'repo = "http://x.jp/a"\n', r"3 行目: repo は https://"),
        (NODE + 'runbook = "javascript:alert(1)"\n', r"3 行目: runbook は https://"),
        (NODE + 'repo = "https://name:word@x.jp/"\n', r"3 行目: repo は https://"),
        (NODE + "esa = 'x'\n", r"3 行目: node\.esa は整数で書きます"),
        (NODE + 'label = "a\\nb"\n', r"3 行目: label に、見えない文字か改行"),
        (NODE + 'label = "a\\u202eb"\n', r"3 行目: label に、見えない文字"),
        (NODE + f'label = "{"長" * 201}"\n', r"3 行目: label が長すぎます（201 字）"),
        ('[[node]]\nid = "a:8080"\n', r"2 行目: id「a:8080」は使えません"),
        ('[[node]]\nid = "-a"\n', r"2 行目: id「-a」"),
        ('[[node]]\nid = ""\n', r"2 行目: id「」"),
        ('[[node]]\nlabel = "x"\n', r"1 行目: \[node\] に id がありません"),
        (
            NODE + '[[edge]]\nfrom = "api"\nto = "apy"\n',
            r"5 行目: 「apy」というノードはありません。.*api ではありませんか",
        ),
        (NODE + '[[edge]]\nfrom = "api"\nto = "api"\n' * 2, r"7 行目: 「api → api」は .* 3 行目にもあります"),
        ('[[group]]\nid="a"\nparent="b"\n[[group]]\nid="b"\nparent="a"\n', r"グループが輪になっています"),
        ('[[view]]\nid="v"\nform=["svgg"]\n', r"3 行目: 「svgg」という形.*svg ではありませんか"),
        ('[[view]]\nid="v"\n[[view]]\nid="v"\n', r"4 行目: 「v」は .* 1 行目にもあります"),
        ('[[ignore]]\ncode="no-owner"\ntarget="a"\nreason="x"\n', r"\[ignore\] に until がありません"),
        ('[[ignore]]\ncode="no-ower"\ntarget="a"\nreason="x"\nuntil="2027-01-01"\n', r"no-owner ではありませんか"),
        ('[[ignore]]\ncode="sys102"\ntarget="a"\nreason="x"\nuntil="2027-01-01"\n', r"no-runbook ではありませんか"),
        ("[system]\ntitle = 3\n", r"2 行目: system\.title は文字列"),
        ("schema = 2\n", r"1 行目: schema 2 は、この版の kb には読めません"),
        (NODE + 'id = "b"\n', r"system.toml 3 行目: TOML として読めません（Cannot overwrite a value）"),
        (NODE + "<<<<<<< HEAD\nlabel = 1\n=======\nlabel = 2\n>>>>>>> b\n", r"3 行目: git の競合の印"),
        (NODE + "label =", r"system.toml 3 行目: TOML として読めません"),
        (NODE + "match = { ec2_nam = ['x'] }\n", r"3 行目: 「node\.match\.ec2_nam」.*ec2_name ではありませんか"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line_and_the_nearest_name(text: str, said: str) -> None:
    message = refused(text)
    assert message.startswith(NAME)
    assert re.search(said, message), message
    assert " → " in message


def test_a_value_that_may_be_a_secret_is_not_repeated() -> None:
    value = "postgres://app:" + "Zx81kQw9Lm" + "@db.internal"
    assert "Zx81kQw9Lm" not in refused(f'[[node]]\nid = "{value}"\n')


def test_files_are_one_model_whatever_their_order() -> None:
    first = ("diagrams/a.toml", '[system]\ntitle = "全体"\n[[group]]\nid = "g"\n')
    second = ("diagrams/b.toml", '[[node]]\nid = "b"\ngroup = "g"\n\n[[node]]\nid = "a"\n[[edge]]\nfrom="a"\nto="b"\n')
    model = merge_texts([first, second])
    assert model == merge_texts([second, first])
    assert [node.id for node in model.nodes] == ["a", "b"]
    assert model.places["node:a"] == ModelPlace("diagrams/b.toml", 5)
    assert model.places["edge:a→b"] == ModelPlace("diagrams/b.toml", 7)


def test_the_same_id_in_two_files_names_both() -> None:
    with pytest.raises(ConfigError, match=r"^diagrams/b\.toml 2 行目: 「api」は diagrams/a\.toml 1 行目"):
        merge_texts([("diagrams/b.toml", NODE), ("diagrams/a.toml", NODE)])
    with pytest.raises(ConfigError, match=r"\[system\] は diagrams/a\.toml にもあります"):
        merge_texts([("diagrams/b.toml", "[system]\n"), ("diagrams/a.toml", "[system]\n")])


def test_days_may_be_written_as_toml_s_own() -> None:
    model = merge_texts([(NAME, NODE + 'lifecycle = "retiring"\nuntil = 2027-03-31\n')])
    assert model.nodes[0].until == "2027-03-31"


def test_a_host_pattern_that_could_run_for_ever_is_refused_with_its_line() -> None:
    with pytest.raises(ConfigError, match=r"2 行目.*hostname_pattern「\(\[a-z\]\+\)\+」は繰り返しが多すぎて"):
        merge_texts([(NAME, "[system]\nhostname_pattern = '([a-z]+)+'\n")])


def test_all_that_can_be_written_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "diagrams"
    folder.mkdir()
    (folder / "system.toml").write_text(
        """
        [system]
        title = "広告配信"
        hostname_pattern = '[a-z]+-prd-[0-9]+'
        esa_post = 12
        [[group]]
        id = "delivery"
        label = "配信"
        [[node]]
        id = "api"
        kind = "aws.compute.EC2"
        group = "delivery"
        count = "2..6"
        esa = 34
        tags = ["24h"]
        [node.match]
        ec2_name = ["api-prd-*"]
        tag = { "kb:node" = "api" }
        codedeploy = ["ad-api/production"]
        [[channel]]
        id = "alert"
        of = ["delivery", "api"]
        [[view]]
        id = "night"
        tags = ["24h"]
        form = ["png", "html"]
        """,
        "utf-8-sig",
    )
    (folder / ".taplo.toml").write_text("[formatting]\n")
    (folder / "note.md").write_text("no model")
    model = load_model(folder)
    assert model.nodes[0].match.tag == (("kb:node", "api"),)
    assert model.nodes[0].match.codedeploy == ("ad-api/production",)
    assert model.views[0].form == ("png", "html")
    assert model.system.esa_post == 12


def test_the_folder_is_found_from_below(tmp_path: Path) -> None:
    (tmp_path / "diagrams").mkdir()
    (tmp_path / "src/deep").mkdir(parents=True)
    with pytest.raises(InputError, match="kb diagram init"):
        find_model_folder(tmp_path / "src/deep")
    (tmp_path / "diagrams/system.toml").write_text(NODE)
    assert find_model_folder(tmp_path / "src/deep") == tmp_path / "diagrams"


@pytest.mark.parametrize("content", [b"\xff\xfe", b"[[node]]\nid = '\xe3\x81'\n"])
def test_a_file_that_is_no_utf_8_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    folder = tmp_path / "diagrams"
    folder.mkdir()
    (folder / "system.toml").write_bytes(content)
    with pytest.raises(ConfigError, match="UTF-8"):
        load_model(folder)


def test_three_thousand_nodes_are_read_in_seconds() -> None:
    text = "".join(f'[[node]]\nid = "n{n}"\nlabel = "ノード {n}"\nkind = "ec2"\nowner = "配信"\n' for n in range(3000))
    text += "".join(f'[[edge]]\nfrom = "n{n}"\nto = "n{n * 7 % 3000}"\n' for n in range(3000))
    model = merge_texts([(NAME, text)])
    assert len(model.nodes) == len(model.edges) == 3000
    assert model.places["node:n2999"].line == 2999 * 5 + 1
