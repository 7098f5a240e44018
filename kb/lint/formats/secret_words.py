"""The words people read of secrets: their kinds, how long they are, who can read them, what they open."""

from __future__ import annotations

from kb.console import width
from kb.lang import Text, t
from kb.model import Entry, Finding, LengthClass, SecretKind, Source
from kb.secrets.exposure import Exposure, exposure, opened_by

KINDS: dict[SecretKind, Text] = {
    SecretKind.PASSWORD: t("パスワード", "password"),
    SecretKind.PIN: t("暗証番号", "PIN"),
    SecretKind.BASIC_AUTH: t("Basic 認証", "basic auth"),
    SecretKind.BASIC_AUTH_URL: t("URL 中の認証情報", "login in a URL"),
    SecretKind.CONNECTION_STRING: t("接続文字列", "connection string"),
    SecretKind.PRIVATE_KEY: t("秘密鍵", "private key"),
    SecretKind.API_TOKEN: t("API トークン", "API token"),
    SecretKind.AUTH_HEADER: t("認証ヘッダー", "auth header"),
    SecretKind.WEBHOOK_URL: t("Webhook の URL", "webhook URL"),
    SecretKind.SHARED_KEY: t("共有鍵", "shared key"),
    SecretKind.OTP_SECRET: t("ワンタイムパスワードの種", "one-time password seed"),
    SecretKind.PHONE: t("電話番号", "phone number"),
    SecretKind.MY_NUMBER: t("マイナンバー", "My Number"),
    SecretKind.CARD: t("カード番号", "card number"),
    SecretKind.ADDRESS: t("住所", "address"),
}

READERS: dict[Exposure, Text] = {
    Exposure.INTERNET: t("リンクを知る誰でも", "anybody with the link"),
    Exposure.ANONYMOUS: t("公開プロジェクト", "a public project"),
    Exposure.MEMBERS: t("メンバー全員", "every member"),
    Exposure.PROJECT: t("プロジェクトや一部のメンバー", "a project or part of the team"),
    Exposure.PRIVATE: t("限られた人", "named people"),
}
"""Who can read something, as short as it can be said beside it."""

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
"""The same, as a heading has room for it."""

OPENED: dict[str, Text] = {
    "root": t("root", "root"),
    "admin": t("管理者", "administrator"),
    "cloud": t("クラウド", "cloud"),
    "server": t("サーバー", "server"),
    "database": t("データベース", "database"),
    "service": t("外部サービス", "service"),
    "account": t("アカウント", "account"),
    "site": t("Web サイト", "web site"),
    "hook": t("通知の受け口", "hook"),
    "network": t("ネットワーク", "network"),
    "door": t("入室・端末", "door or device"),
    "file": t("ファイル", "file"),
}


def opened(opens: str) -> Text:
    """What a secret opens, in words; a name nobody put into words stands for itself, "" for nothing."""
    return OPENED.get(opens, t(opens, opens))


def length(of: LengthClass) -> Text:
    """How long a value is, about."""
    return t(f"{of.value} 文字", f"{of.value} characters")


def readers(entry: Entry, finding: Finding) -> Text:
    """Who can read the place of a finding, as far as the source tells."""
    if entry.source is Source.FILES:
        return t("ファイルを読める人", "whoever reads the file")
    return READERS[exposure(entry, finding)]


def told(entry: Entry, finding: Finding, room: int | None = None) -> Text | None:
    """What a person may know of the credential a finding is about; None when it is about none.

    Where `room` columns are too few, how long it is goes first, then what it is called: what it opens
    and who can read it say which one to change first.
    """
    secret = finding.secret
    if secret is None:
        return None
    facts = [KINDS[secret.kind], length(secret.length), opened(opened_by(secret)), readers(entry, finding)]
    shorter = (facts, [facts[0], *facts[2:]], facts[2:])
    forms = [
        t("・".join(each.ja for each in some if each.ja), ", ".join(each.en for each in some if each.en))
        for some in shorter
    ]
    return next((form for form in forms if room is None or width(str(form)) <= room), forms[-1])
