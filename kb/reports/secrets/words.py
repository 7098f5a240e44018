"""What people read of secrets in a list of them: who can read them, at length; the rest as in findings."""

from __future__ import annotations

from kb.lang import Text, t
from kb.lint.formats.secret_words import KINDS, OPENED, length, opened
from kb.secrets.exposure import Exposure

__all__ = ["EXPOSURES", "KINDS", "OPENED", "length", "opened"]

EXPOSURES: dict[Exposure, Text] = {
    Exposure.INTERNET: t(
        "インターネット（共有リンクを知る人なら誰でも）", "the internet (anybody with the sharing link)"
    ),
    Exposure.ANONYMOUS: t(
        "公開プロジェクト（Redmine の設定によっては、ログインしなくても）",
        "a public project (without signing in, unless Redmine asks for it)",
    ),
    Exposure.MEMBERS: t("メンバー全員", "every member"),
    Exposure.PROJECT: t("プロジェクトや限られたカテゴリーのメンバー", "members of a project or a limited category"),
    Exposure.PRIVATE: t("限られた人だけ（プライベート）", "named people only (private)"),
}
