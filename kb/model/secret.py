"""."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from kb.model.document import Visibility
from kb.model.facts import Confidence
from kb.text.lines import Span


class SecretKind(StrEnum):
    """What a credential is; the names of tests/corpus/README-secrets.md.

    The last four are neighbours: personal data, handled like credentials.
    """

    PASSWORD = "password"  # noqa: S105 - the name of a kind
    PIN = "pin"
    BASIC_AUTH = "basic_auth"
    BASIC_AUTH_URL = "basic_auth_url"
    CONNECTION_STRING = "connection_string"
    PRIVATE_KEY = "private_key"
    API_TOKEN = "api_token"  # noqa: S105 - the name of a kind
    AUTH_HEADER = "auth_header"
    WEBHOOK_URL = "webhook_url"
    SHARED_KEY = "shared_key"  # Wi-Fi, VPN, SNMP
    OTP_SECRET = "otp_secret"  # noqa: S105 - the name of a kind
    PHONE = "phone"
    MY_NUMBER = "my_number"
    CARD = "card"
    ADDRESS = "address"


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
