"""What people read of secrets: their kinds, how long they are, who can read them, what they open."""

from __future__ import annotations

from kb.lang import Text, t
from kb.model import LengthClass, SecretKind
from kb.secrets.exposure import Exposure

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
}


def opened(opens: str) -> Text:
    """What a secret opens, in words; a name nobody put into words stands for itself, "" for nothing."""
    return OPENED.get(opens, t(opens, opens))


def length(of: LengthClass) -> Text:
    """How long a value is, about."""
    return t(f"{of.value} 文字", f"{of.value} characters")
