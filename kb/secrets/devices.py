"""Configuration of network devices: Cisco, YAMAHA, Juniper, FortiGate, Allied Telesis and their kin."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import PARTICULAR, Candidate
from kb.secrets.filters import refusal
from kb.secrets.page import Line

_V = r"[\"']?(?P<value>[^\s\"';]{3,120})[\"']?"
_LEVEL = r"(?:(?:0|plain|clear)\s+)?(?!(?:[1-9]|encrypted|hashed|\*)(?:\s|$)|ENC\s)"
_PROMPT = r"(?:[\w.()-]{1,40}[#>$]\s*)?(?:\d{1,3}[:.]\s+)?(?:no\s+)?"
_BOTH = tuple(
    (re.compile(rf"\s*{_PROMPT}{pattern.replace('LEVEL', _LEVEL).replace('VALUE', _V)}", re.I), kind, name)
    for name, kind, pattern in (
        ("enable", SecretKind.PASSWORD, r"enable\s+(?:secret|password)\s+(?:level\s+\d+\s+)?LEVELVALUE\s*$"),
        (
            "username",
            SecretKind.PASSWORD,
            r"user(?:name)?\s+\S+\s+(?:privilege\s+\d+\s+|role\s+\S+\s+|class\s+\S+\s+)*(?:secret"
            r"|password)\s+(?:simple\s+|cipher\s+)?LEVELVALUE(?:\s|$)",
        ),
        ("line", SecretKind.PASSWORD, r"password\s+LEVELVALUE\s*$"),
        ("login", SecretKind.PASSWORD, r"(?:login|administrator)\s+(?:password|user\s+\S+)\s+(?!encrypted)VALUE\s*$"),
        (
            "ppp",
            SecretKind.PASSWORD,
            r"ppp\s+(?:chap|pap)\s+(?:password|sent-username\s+\S+\s+password)\s+LEVELVALUE\s*$",
        ),
        ("pp-auth", SecretKind.PASSWORD, r"pp\s+auth\s+(?:myname|username)\s+\S+\s+VALUE"),
        (
            "community",
            SecretKind.SHARED_KEY,
            r"snmp(?:-server)?\s+(?:community|trap\s+community|host\s+\S+\s+(?:version\s+\S+\s+|traps\s+"
            r"|informs\s+)*(?:community\s+)?)\s*(?:read-only\s+|read-write\s+|ro\s+|rw\s+)?VALUE",
        ),
        ("snmpv3", SecretKind.SHARED_KEY, r"snmp-server\s+user\s+\S+\s+\S+\s+v3\s+auth\s+\S+\s+VALUE"),
        ("isakmp", SecretKind.SHARED_KEY, r"crypto\s+isakmp\s+key\s+LEVELVALUE\s+(?:address|hostname)"),
        (
            "pre-shared",
            SecretKind.SHARED_KEY,
            r"(?:ipsec\s+ike\s+)?pre-shared-key\s+(?:(?:local|remote|\d+|address\s+\S+|ascii-text|hexadecimal"
            r"|text)\s+)*LEVELVALUE",
        ),
        ("ike", SecretKind.SHARED_KEY, r"ipsec\s+ike\s+pre-shared-key\s+\d+\s+(?:text\s+)?VALUE"),
        (
            "server-key",
            SecretKind.SHARED_KEY,
            r"(?:tacacs(?:-server|\s+server\s+\S+)?|radius(?:-server)?)\s+(?:host\s+\S+\s+)?(?:(?:auth-port"
            r"|acct-port|timeout)\s+\d+\s+)*(?:key|secret)\s+LEVELVALUE",
        ),
        (
            "wpa",
            SecretKind.SHARED_KEY,
            r"(?:wpa-psk|wpa2-psk|security\s+wpa\s+psk|wpa\s+passphrase|airlink\s+\S+\s+key)\s+(?:ascii\s+"
            r"|set-key\s+ascii\s+)?LEVELVALUE",
        ),
        (
            "key-string",
            SecretKind.SHARED_KEY,
            r"(?:key-string|(?:ip\s+)?ospf\s+(?:authentication-key|message-digest-key\s+\d+\s+md5)"
            r"|neighbor\s+\S+\s+password|standby\s+\d+\s+authentication(?:\s+text)?"
            r"|vrrp\s+\d+\s+authentication)\s+LEVELVALUE",
        ),
        ("junos", SecretKind.PASSWORD, r"set\s+system\s+.{0,80}plain-text-password(?:-value)?\s+VALUE"),
        (
            "junos-psk",
            SecretKind.SHARED_KEY,
            r"set\s+security\s+ike\s+.{0,80}pre-shared-key\s+(?:ascii-text|hexadecimal)\s+VALUE",
        ),
        ("junos-community", SecretKind.SHARED_KEY, r"set\s+snmp\s+community\s+VALUE"),
        ("fortios", SecretKind.PASSWORD, r"set\s+(?:passwd|password)\s+(?!ENC)VALUE"),
        ("fortios-psk", SecretKind.SHARED_KEY, r"set\s+(?:psksecret|passphrase|secret|wpa-passphrase)\s+(?!ENC)VALUE"),
        (
            "vpn-key",
            SecretKind.SHARED_KEY,
            r"(?:l2tp\s+tunnel\s+auth\s+on|tunnel\s+encapsulation\s+key|secret"
            r"|ipsec\.secrets\s*:)\s+(?:text\s+)VALUE",
        ),
        ("secrets", SecretKind.SHARED_KEY, r"(?:[\w.@%*-]+\s+){0,2}:\s*PSK\s+VALUE"),
        ("snmpd", SecretKind.SHARED_KEY, r"(?:r[ow]community6?|com2sec\s+\S+\s+\S+)\s+VALUE"),
        ("snmpd-user", SecretKind.SHARED_KEY, r"createUser\s+\S+\s+(?:MD5|SHA\S*)\s+VALUE"),
    )
)
_TRIGGER = re.compile(
    r"enable|user|password|login|administrator|ppp?\s|snmp|crypto|pre-shared|ipsec|tacacs|radius|wpa"
    r"|airlink|key-string|ospf|neighbor|standby|vrrp|set\s|community|psk|com2sec|createUser",
    re.I,
)
_PRIV = re.compile(
    r"\s(?:priv|auth)\s+(?:aes|des|3des|md5|sha)\S*(?:\s+(?:128|192|256))?\s+(?P<value>[^\s\"']{4,80})", re.I
)


def configured(line: Line) -> Iterator[Candidate]:
    """The credentials on a line of a device's configuration."""
    text = line.text
    if len(text) > 300 or not _TRIGGER.search(text):
        return
    at = line.lead if not line.code else 0
    for pattern, kind, name in _BOTH:
        found = pattern.match(text, at)
        if found is None:
            continue
        if not line.code and name == "line" and not text[:1].isspace():
            continue
        start, end = found.span("value")
        value = found["value"].rstrip("`")
        if value.isascii() and value not in (":", "=", "|") and not refusal(value) and value[0] not in ":=":
            yield _candidate(line, start, start + len(value), kind, name)
    if "snmp-server user" in text or "createUser" in text:
        for found in _PRIV.finditer(text):
            start, end = found.span("value")
            if not refusal(found["value"]):
                yield _candidate(line, start, end, SecretKind.SHARED_KEY, "snmpv3")


def _candidate(line: Line, start: int, end: int, kind: SecretKind, name: str) -> Candidate:
    return Candidate(line.offset(start), line.offset(end), kind, Confidence.HIGH, "device", name, PARTICULAR)
