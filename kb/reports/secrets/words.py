"""The headings of the list of secrets: who can read what stands below."""

from __future__ import annotations

from kb.lang import Text, t
from kb.secrets.exposure import Exposure

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
