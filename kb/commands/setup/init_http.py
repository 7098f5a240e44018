"""The question of `kb init` on a Redmine without https."""

from __future__ import annotations

from collections.abc import Mapping

from kb.console.terminal import ask_yes_no, can_ask, say
from kb.errors import UsageError
from kb.settings.propose import ALLOW_HTTP
from kb.settings.workspace import is_plain_http
from kb.text.lang import t


def consent_to_http(answers: Mapping[str, str], yes: bool) -> dict[str, str]:
    """Return the answer that key and texts may travel in clear, where the Redmine's address asks for one.

    Raises UsageError where nobody can be asked: `--yes` takes proposals, and kb does not propose this.
    """
    url = answers.get("redmine", "")
    if ALLOW_HTTP in answers or not is_plain_http(url):
        return {}
    say(
        t(
            "この Redmine の URL は https ではありません。API キーも本文も暗号なしで流れ、途中で読まれるかもしれません"
            "。https にできない社内の Redmine だけにしてください。管理者のキーは使えません。",
            "this Redmine has no https: key and texts travel in clear, and whoever stands in between can read them."
            " Only for a Redmine in the house that can have none; no administrator's key is taken.",
        )
    )
    if yes or not can_ask():
        raise UsageError(
            t(
                "暗号なしでつなぐことは、--yes では決められません。",
                "--yes does not decide on a way without encryption.",
            ),
            t(
                "https:// の URL にするか、端末で --yes なしの kb init を実行して答えてください。"
                "kb.toml を自分で書くなら、[redmine] に url と allow_http = true を書きます。",
                "give an https:// address, or run kb init without --yes on a terminal and answer. Who writes kb.toml by"
                " hand puts url and allow_http = true into [redmine].",
            ),
        )
    if not ask_yes_no(t("暗号なしでつなぎますか [y/N]: ", "connect without encryption [y/N]: ")):
        raise UsageError(
            t("暗号なしではつなぎません。", "not connecting without encryption."),
            t(
                "https:// の URL を指定するか、--no-redmine を付けてください。",
                "give an https:// address, or --no-redmine.",
            ),
        )
    return {ALLOW_HTTP: "true"}
