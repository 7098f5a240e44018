r"""Test kit for rules: pages with the findings they should yield. See docs/own-rules.md.

A folder per rule holds `bad*.md`, pages as people write them; `bad*.txt`, their findings, `line message` a line;
and `good*.md`, near misses that must stay silent (`.textile` where the markup matters):

    @pytest.mark.parametrize(**cases(Path(__file__).parent, "acme_rules"))
    def test_pages(case: Case) -> None:
        case.check()

Or in the test itself, with the place of the finding in ⟦…⟧:

    check_rule(rule, page="# 題名\n⟦oldhost⟧ で確認\n", expect=["旧ホスト名です。"])

A page is judged as `kb lint` judges a file, joins and suppressions included; its time is `updated_at` of its front
matter, not the file's. Its world is `world.toml` or `world.json` of the folder, or a file of its own name
(`kb.lint.testing.world`). Old versions are numbered files in a folder beside it: `bad.before/1.md`.
"""

from kb.lint.testing.check import Case as Case
from kb.lint.testing.check import cases as cases
from kb.lint.testing.check import check_rule as check_rule
from kb.lint.testing.check import rules_of as rules_of
