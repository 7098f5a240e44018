"""Writes the skeleton of a rule and of its pages: `make new-rule NAME=title-is-copy CODE=PST106`.

A rule about secrets takes a value to find as well, VALUE=…, and its kind a row of `SecretKind` before.

What it writes passes the tests as it stands, so that every step from there is a change of something that works.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from kb.model.secret import SecretKind
from kb.rules import registry
from kb.rules.codes import SECRET_PREFIXES

ROOT = Path(__file__).parents[1]
WORDS = '''"""{title} / {english}

なぜ:
    ここに理由を書きます。
悪い例:
    {bad}
良い例:
    {good}
Why:
    Say here why.
Bad:
    {bad_en}
Good:
    {good_en}
"""

from __future__ import annotations

'''
TITLE, ENGLISH = "ここに題を書きます", "Say here what is found"
MESSAGE = """MESSAGE = t("ここに、直し方を 1 文で書きます。", "Say here in one sentence how to mend it.")
"""
PAGE_RULE = '''from collections.abc import Iterator

from kb.model.facts import Confidence
from kb.model.finding import Severity
from kb.model.page import Page
from kb.rules.registry import Hit, Rule
from kb.text.lang import t
from kb.text.lines import Span
{imports}
{message}

def check(page: Page) -> Iterator[Hit]:
    """Yield a hit for each line that says FIXME."""
    for number, line in enumerate(page.document.body.split("\\n"), 1):
        if "FIXME" in line:
            span = Span(number, 1, number, len(line) + 1)
            yield Hit(MESSAGE, span, Confidence.MEDIUM, section=span)


rule = Rule("{code}", __name__, Severity.WARNING, {options}check=check)
'''
MODEL_RULE = '''from collections.abc import Iterator

from kb.model.finding import Severity
from kb.diagram.model.rules import SystemContext, SystemHit, system_rule
from kb.text.lang import t

{message}

def look(seen: SystemContext) -> Iterator[SystemHit]:
    """Yield a hit for each node called FIXME."""
    for node in seen.model.nodes:
        if node.id == "FIXME":
            yield SystemHit(node.id, MESSAGE, f"node:{{node.id}}")


rule = system_rule("{code}", __name__, Severity.WARNING, look)
'''
KIND_RULE = """from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

{message}
rule = secret_rule(SecretKind.{kind}, __name__, MESSAGE)
"""
INCIDENT = "---\ntitle: 【不具合】配信が止まった\ncategory: 不具合共有\n---\n## 原因\n\n{}\n\n## 再発防止\n\n"
OPTIONS = {"INC": 'gate=("incident",), ', "PST": "kinds=POSTS, ", "TKT": "kinds=TICKETS, "}
IMPORTS = {"PST": "from linters.posts import POSTS\n", "TKT": "from linters.tickets import TICKETS\n"}


def make(name: str, code: str, value: str = "") -> dict[str, str]:
    """Return path → text of a new rule; `value` is an invented one that a rule about secrets is to find.

    Raises ValueError where the name or code cannot be a rule's, or is taken.
    """
    if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name):
        raise ValueError(f"NAME={name}: small letters with hyphens, as in title-is-copy")
    if not (found := re.fullmatch(r"([A-Z]+)[0-9]{3}", code)):
        raise ValueError(f"CODE={code}: letters and three digits, as in PST106")
    known = registry.load_rules()
    for rule in known:
        if code == rule.code or name == rule.name:
            raise ValueError(f"{rule.code} {rule.name} is there already")
    family = found[1]
    families = sorted({rule.code[:-3] for rule in known})
    if family not in families:
        raise ValueError(f"CODE={code}: no family {family} (there are: {', '.join(families)})")
    # Beside the rules of the same hundred, or else of the same family.
    beside = max(known, key=lambda rule: (rule.code[:-2] == code[:-2], rule.code[:-3] == family))
    module = f"{beside.module.rpartition('.')[0].replace('.', '/')}/{name.replace('-', '_')}.py"
    if family == "SYS":
        return _model_rule(name, code, module)
    if family in SECRET_PREFIXES:
        return _secret_rule(name, code, module, value)
    words = WORDS.format(
        title=TITLE, english=ENGLISH, bad="FIXME: 直す前の文", good="直したあとの文", bad_en="FIXME", good_en="OK"
    )
    rule_text = PAGE_RULE.format(
        imports=IMPORTS.get(family, ""), message=MESSAGE, code=code, options=OPTIONS.get(family, "")
    )
    page = INCIDENT if family == "INC" else "# 題名\n\n{}\n"
    pages = f"tests/rules/{name}"
    bad = page.format("FIXME")
    line = bad.split("\n").index("FIXME") + 1
    files = {
        module: words + rule_text,
        f"{pages}/bad.md": bad,
        f"{pages}/bad.txt": f"{line} ここに、直し方を 1 文で書きます。\n",
        f"{pages}/good.md": page.format("まだ決めていません。"),
    }
    if family == "TKT":
        files[f"{pages}/world.toml"] = '[document]\nkind = "issue"\nsource = "redmine"\ndoc = "redmine:45"\n'
    return files


def _model_rule(name: str, code: str, module: str) -> dict[str, str]:
    bad, good = '[[node]]\n    id = "FIXME"', '[[node]]\n    id = "api"'
    label = '\n    label = "配信"'
    words = WORDS.format(title=TITLE, english=ENGLISH, bad=bad + label, good=good + label, bad_en=bad, good_en=good)
    pages = f"tests/diagram/rules/{name}"
    return {
        module: words + MODEL_RULE.format(message=MESSAGE, code=code),
        f"{pages}/bad.toml": '[[node]]\nid = "FIXME"\n',
        f"{pages}/bad.txt": f"1 {code} ここに、直し方を 1 文で書きます。\n",
        f"{pages}/good.toml": '[[node]]\nid = "api"\n',
        f"{pages}/good.txt": "",
    }


def _secret_rule(name: str, code: str, module: str, value: str) -> dict[str, str]:
    kind = next((each for each in SecretKind if (each.code, each.rule_name) == (code, name)), None)
    if kind is None:
        raise ValueError(f'{code} {name}: write its row of SecretKind first (kb/model/secret.py): "{code} {name}"')
    if not value:
        raise ValueError(f"VALUE=: an invented value that {code} is to find")
    bad, good = f"{kind.label.ja}: {value}", f"{kind.label.ja}: 保管場所を参照"
    words = WORDS.format(title=TITLE, english=ENGLISH, bad=bad, good=good, bad_en=value, good_en="see where it is kept")
    pages = f"tests/rules/{name}"
    return {
        module: words + KIND_RULE.format(message=MESSAGE, kind=kind.name),
        f"{pages}/bad.md": f"{bad}\n",
        f"{pages}/bad.txt": "1 ここに、直し方を 1 文で書きます。\n",
        f"{pages}/good.md": f"{good}\n",
    }


def main(name: str, code: str, value: str = "") -> None:
    """Write the files and say which they are."""
    try:
        made = make(name, code, value)
    except ValueError as error:
        sys.exit(f"make new-rule: {error}")
    for path, text in made.items():
        (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
        (ROOT / path).write_text(text, "utf-8")
        print(path)
    print("Next: fill them in, then: make pages, make quick")


if __name__ == "__main__":
    if len(sys.argv) not in (3, 4):
        sys.exit("make new-rule NAME=title-is-copy CODE=PST106")
    main(*sys.argv[1:])
