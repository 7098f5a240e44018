"""Secrets: their kinds, and what is known of one without its value."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.text.lang import Text, t
from kb.text.lines import Span


class SecretKind(StrEnum):
    """What a secret is. One row says all that depends on the kind alone.

    `code` and `rule_name` are those of its rule, `label` is what people read, `opens` what it is a key to when nothing
    around it tells. `shape` is what each of its values begins with and a pattern of the rest, for a kind whose values
    all look alike and need no word beside them. The last four are personal data, handled like credentials.
    """

    code: str
    rule_name: str
    label: Text
    opens: str
    shape: tuple[str, str] | None

    def __new__(
        cls,
        value: str,
        rule: str = "",
        label: Text | None = None,
        opens: str = "",
        shape: tuple[str, str] | None = None,
    ) -> SecretKind:
        """Make a kind from its row; `SecretKind(value)` finds one."""
        assert label is not None
        kind = str.__new__(cls, value)
        kind._value_, kind.label, kind.opens, kind.shape = value, label, opens, shape
        kind.code, kind.rule_name = rule.split()
        return kind

    PASSWORD = "password", "SEC101 password", t("パスワード", "password")
    PIN = "pin", "SEC102 pin", t("暗証番号", "PIN"), "door"
    BASIC_AUTH = "basic_auth", "SEC103 basic-auth", t("Basic 認証", "basic auth"), "site"
    BASIC_AUTH_URL = "basic_auth_url", "SEC104 basic-auth-url", t("URL 中の認証情報", "login in a URL"), "site"
    CONNECTION_STRING = (
        "connection_string", "SEC105 connection-string", t("接続文字列", "connection string"), "database"
    )  # fmt: skip
    PRIVATE_KEY = "private_key", "SEC106 private-key", t("秘密鍵", "private key"), "server"
    API_TOKEN = "api_token", "SEC107 api-token", t("API トークン", "API token"), "service"
    AUTH_HEADER = "auth_header", "SEC108 auth-header", t("認証ヘッダー", "auth header"), "service"
    WEBHOOK_URL = "webhook_url", "SEC109 webhook-url", t("Webhook の URL", "webhook URL"), "hook"
    SHARED_KEY = "shared_key", "SEC110 shared-key", t("共有鍵", "shared key"), "network"
    OTP_SECRET = (
        "otp_secret", "SEC111 otp-secret", t("ワンタイムパスワードの種", "one-time password seed"), "account"
    )  # fmt: skip
    PHONE = "phone", "PII101 phone", t("電話番号", "phone number")
    MY_NUMBER = "my_number", "PII102 my-number", t("マイナンバー", "My Number")
    CARD = "card", "PII103 card", t("カード番号", "card number")
    ADDRESS = "address", "PII104 address-list", t("住所", "address")


class LengthClass(StrEnum):
    """How long a value is, as coarsely as one may say without helping anybody to guess it."""

    SHORT = "1-7"
    MIDDLE = "8-15"
    LONG = "16-31"
    LONGER = "32+"


@dataclass(frozen=True, slots=True)
class Secret:
    """One credential: its kind, its place in the text and what spoke for it. No field holds the value.

    `rule` names the test that found it, `context` what around the value decided (a label, a column, a
    heading), `doubts` the filters that did not refuse it and lowered the confidence. `keyword` is the
    place of the word that announced the value, where one did. `opens` says what it is a key to
    (`root`, `cloud`, `database` …), "" where nothing tells.

    The engine adds `part` (the document's own when ""), `content` (a hash of its line with every value
    covered) and, where there is a key, `value_id`: the same for the same value, wherever it stands.
    """

    kind: SecretKind
    span: Span
    confidence: Confidence
    length: LengthClass
    rule: str
    context: str = ""
    doubts: tuple[str, ...] = ()
    keyword: Span | None = None
    opens: str = ""
    part: str = ""
    content: str = ""
    value_id: str = ""

    @property
    def reason(self) -> str:
        """Rule, context and doubts in one word, as `--explain-finding` shows them."""
        return ":".join(part for part in (self.rule, self.context, *self.doubts) if part)


@dataclass(frozen=True, slots=True)
class Remnant:
    """A credential that was taken out of a document and still stands in what the document said before.

    `secret` is its place in the newest old version that holds it, `parts` are those that do, newest first,
    of the `held` in all; `visibility` is that of the most readable, `since` when the oldest was written.
    """

    secret: Secret
    parts: tuple[str, ...]
    held: int
    visibility: Visibility
    url: str = ""
    since: str = ""
