"""Command lines: the option that takes a password, for each program that has one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from kb.model import Confidence, SecretKind
from kb.secrets.candidate import PARTICULAR, Candidate
from kb.secrets.context import Context, kind_in
from kb.secrets.filters import refusal
from kb.secrets.page import Line

_V = r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
_ARGS = r"[^|;\n]{0,400}?"
PASSWORD, SHARED, BASIC, TOKEN, CONNECTION = (
    SecretKind.PASSWORD,
    SecretKind.SHARED_KEY,
    SecretKind.BASIC_AUTH,
    SecretKind.API_TOKEN,
    SecretKind.CONNECTION_STRING,
)


def _rule(
    name: str, words: str, pattern: str, kind: SecretKind, *, first: bool = False
) -> tuple[str, re.Pattern[str], re.Pattern[str], SecretKind]:
    program = re.compile(rf"(?<![\w.-])(?:{words})(?![\w-])") if not first else re.compile(words)
    return name, program, re.compile(pattern.replace("VALUE", _V)), kind


_RULES = (
    _rule(
        "mysql",
        r"mysql(?:dump|admin|import|sh|pump|check)?|mariadb(?:-dump)?|mycli",
        rf"{_ARGS}(?<=\s)-p(?=\S)VALUE",
        PASSWORD,
    ),
    _rule("mysqladmin", r"mysqladmin", rf"{_ARGS}\spassword\s+VALUE", PASSWORD),
    _rule("sshpass", r"sshpass", rf"{_ARGS}-p\s*VALUE", PASSWORD),
    _rule(
        "curl",
        r"curl|http|https|xh",
        rf"{_ARGS}\s(?:-u|--user|--proxy-user|-U|-a"
        rf"|--auth)[ =]?\s*[\"']?[^\s:\"'|]{{0,80}}:(?:(?P<q>[^'\n\"\s]{{1,200}}))(?=[\"'\s]|$)",
        PASSWORD,
    ),
    _rule("redis", r"redis-cli|redis-benchmark|keydb-cli|valkey-cli", rf"{_ARGS}\s-a\s*VALUE", PASSWORD),
    _rule("redis-auth", r"AUTH", r"\s+VALUE\s*$", PASSWORD),
    _rule("ldap", r"ldap(?:search|modify|add|delete|whoami|passwd|compare)", rf"{_ARGS}\s-[ws]\s*VALUE", PASSWORD),
    _rule(
        "smb",
        r"smbclient|smbmap|rpcclient|net|smbget|mount\.cifs",
        rf"{_ARGS}\s(?:-U|--user)[ =]?\s*[\"']?[^\s%\"']{{1,60}}%VALUE",
        PASSWORD,
    ),
    _rule("net-use", r"(?i:net\s+use)", r"\s+(?:[A-Za-z*]:?\s+)?\\\\\S+\s+(?!/)VALUE", PASSWORD),
    _rule("net-use-user", r"(?i:net\s+use)", rf"{_ARGS}/user:\S+\s+(?!/)VALUE", PASSWORD),
    _rule("net-user", r"(?i:net\s+user)", r"\s+(?!/)[\w.-]+\s+(?![/*])VALUE", PASSWORD),
    _rule("zip", r"zip|unzip|zipcloak", rf"{_ARGS}\s-P\s*VALUE", PASSWORD),
    _rule("7z", r"7z[ar]?|7zz|p7zip", rf"{_ARGS}\s-p(?=\S)VALUE", PASSWORD),
    _rule("rar", r"(?:un)?rar", rf"{_ARGS}\s-h?p(?=\S)VALUE", PASSWORD),
    _rule(
        "pdf", r"qpdf|pdftk|pdftotext", rf"{_ARGS}(?:--password=|-upw\s+|-opw\s+|_pw\s+|--encrypt\s+)VALUE", PASSWORD
    ),
    _rule("openssl-k", r"openssl", rf"{_ARGS}\s-k\s+VALUE", PASSWORD),
    _rule("openssl-pass", r"openssl", rf"{_ARGS}\bpass:VALUE", PASSWORD),
    _rule("openssl-password", r"openssl", rf"{_ARGS}\s-(?:password|passwd)\s+(?!pass:|file:|env:)VALUE", PASSWORD),
    _rule(
        "htpasswd",
        r"htpasswd",
        r"\s+-[A-Za-z]*[bn][A-Za-z]*b?\s+(?:/\S+\s+|\.\S+\s+|[\w./-]*htpasswd\S*\s+)?[\w.@-]+\s+VALUE",
        BASIC,
    ),
    _rule(
        "chpasswd",
        r"echo|printf",
        r"\s+[\"']?[\w.-]+:(?P<q>[^\s'\":|]{1,100})(?:\\n)?[\"']?\s*\|\s*(?:sudo\s+)?(?:\S+/)?chpasswd",
        PASSWORD,
    ),
    _rule(
        "passwd-stdin",
        r"echo|printf",
        r"\s+(?:-[en]+\s+)?VALUE\s*\|\s*(?:sudo\s+)?(?:\S+/)?(?:passwd\s+--stdin|sudo\s+-S|su\b|cryptsetup"
        r"|kinit|gpg|docker\s+login|ldap|htpasswd\s+-\w*i|pw\s+usermod)",
        PASSWORD,
    ),
    _rule("ipmi", r"ipmitool|ipmipower|racadm|ilorest|bmc-config", rf"{_ARGS}\s-[Pp]\s*VALUE", PASSWORD),
    _rule(
        "snmp-community",
        r"snmp(?:walk|get|bulkwalk|bulkget|set|trap|table|status|getnext)|check_snmp",
        rf"{_ARGS}\s-[cC]\s*VALUE",
        SHARED,
    ),
    _rule("snmp-auth", r"snmp(?:walk|get|bulkwalk|bulkget|set|trap|table|status)", rf"{_ARGS}\s-A\s+VALUE", SHARED),
    _rule("snmp-priv", r"snmp(?:walk|get|bulkwalk|bulkget|set|trap|table|status)", rf"{_ARGS}\s-X\s+VALUE", SHARED),
    _rule(
        "docker-login",
        r"(?:docker|podman|nerdctl|helm\s+registry|az\s+acr|oc|cf|heroku|skopeo|buildah)\s+login",
        rf"{_ARGS}\s-p\s*VALUE",
        PASSWORD,
    ),
    _rule("mongo", r"mongo(?:sh|dump|restore|export|import|stat)?", rf"{_ARGS}\s-p\s*(?!\d+(?:\s|$))VALUE", PASSWORD),
    _rule("sqlcmd", r"sqlcmd|bcp|isql|osql|tsql", rf"{_ARGS}\s-P\s*VALUE", PASSWORD),
    _rule(
        "sqlplus",
        r"sqlplus|expdp|impdp|exp|imp|sqlldr|rman|dblogin",
        r"\s+(?:-\w\s+|target\s+|userid=)*[\"']?[\w$#.-]+/VALUE",
        CONNECTION,
    ),
    _rule("lftp", r"lftp|ncftp(?:get|put)?|wput", rf"{_ARGS}\s-[up]\s*(?:[\w.@-]+,)?VALUE", PASSWORD),
    _rule("ftp-user", r"(?:ftp>\s*)?user", r"\s+[\w.@-]+\s+VALUE\s*$", PASSWORD),
    _rule("rdp", r"xfreerdp|mstsc|wfreerdp|rdesktop", rf"{_ARGS}\s(?:/p:|-p\s+)VALUE", PASSWORD),
    _rule(
        "cmdkey",
        r"(?i:cmdkey|runas|wmic|psexec(?:64)?|schtasks|sc|rasdial)",
        rf"{_ARGS}\s[/-](?:pass|password|rp|p)[: ]VALUE",
        PASSWORD,
    ),
    _rule("psexec-password", r"(?i:psexec(?:64)?)", rf"{_ARGS}\s-p\s+VALUE", PASSWORD),
    _rule("securestring", r"(?i:ConvertTo-SecureString)", r"(?:\s+-String)?\s+(?!-)VALUE", PASSWORD),
    _rule(
        "credential",
        r"(?:PSCredential|NetworkCredential|UsernamePasswordCredentials|PasswordAuthentication|basic_auth"
        r"|HTTPBasicAuth|http_basic|auth\.basic)",
        r"\s*\(\s*[\"'][^\"'\n]{1,60}[\"']\s*,\s*(?=[\"'])VALUE",
        PASSWORD,
    ),
    _rule("vnc", r"vncpasswd|x11vnc|vncserver", rf"{_ARGS}(?:<<<\s*|-passwd\s+|-storepasswd\s+)VALUE", PASSWORD),
    _rule("nmcli", r"nmcli", rf"{_ARGS}\s(?:password|wifi-sec\.psk|802-11-wireless-security\.psk)\s+VALUE", SHARED),
    _rule("wpa", r"wpa_passphrase", r"\s+\S+\s+VALUE", SHARED),
    _rule("netsh", r"(?i:netsh\s+wlan)", rf"{_ARGS}\bkey=VALUE", SHARED),
    _rule("keygen", r"ssh-keygen", rf"{_ARGS}\s-[NP]\s+VALUE", PASSWORD),
    _rule(
        "kinit",
        r"ktpass|kadmin(?:\.local)?|samba-tool",
        rf"{_ARGS}\s(?:[/-]pass|-w|-pw|--newpassword=|user\s+setpassword\s+\S+\s+--newpassword=)\s*VALUE",
        PASSWORD,
    ),
    _rule("expect", r"send", r"\s+(?:--\s+)?\"(?P<q>[^\"\n\\\s]{4,80})\\[rn]\"", PASSWORD),
    _rule(
        "literal",
        r"--from-literal",
        r"[= ][\"']?[\w.-]*(?:pass\w*|pwd|pw|secret|token|key)=VALUE",
        PASSWORD,
        first=True,
    ),
    _rule(
        "long-option",
        r"(?<!\S)-{1,2}(?:[A-Za-z]+[_-]){0,4}(?:pass(?:word|wd|phrase)?|storepass|keypass|pwd)(?![\w-])",
        r"(?:=|\s+|:)(?!-)VALUE",
        PASSWORD,
        first=True,
    ),
    _rule(
        "long-option-token",
        r"(?<!\S)-{1,2}(?:[A-Za-z]+[_-]){0,3}(?:token|secret|api-?key|secret-key|access-key)(?![\w-])",
        r"(?:=|\s+)(?!-)VALUE",
        TOKEN,
        first=True,
    ),
    _rule(
        "define",
        r"(?<!\S)-[DJPe]\s?[\w.]*(?:pass(?:word|wd)?|pwd|secret|token)(?=[=])",
        r"=VALUE",
        PASSWORD,
        first=True,
    ),
    _rule("windows-option", r"(?<!\S)/(?:pass|password|pw)(?=[:=])", r"[:=]VALUE", PASSWORD, first=True),
    _rule(
        "encfs",
        r"cryptsetup|veracrypt|bitlocker|manage-bde",
        rf"{_ARGS}(?:--password|-p|-RecoveryPassword)[= ]\s*VALUE",
        PASSWORD,
    ),
    _rule(
        "mount",
        r"username=[^\s,]{1,40},(?:[\w.]+=[^\s,]{0,60},){0,4}(?:password|pass)",
        r"=(?P<u>[^\s,'\"]{1,100})",
        PASSWORD,
        first=True,
    ),
)
_TRIGGER = re.compile("|".join(f"(?:{program.pattern})" for _, program, _, _ in _RULES))
_SPOKEN = re.compile(r"[぀-ヿ一-龠]")


def commanded(line: Line, context: Context) -> Iterator[Candidate]:
    """The passwords on a command line."""
    text = line.text
    if not _TRIGGER.search(text):
        return
    for name, program, option, kind in _RULES:
        for call in program.finditer(text):
            found = option.match(text, call.end())
            if found is None:
                continue
            group = next(key for key in ("q", "d", "u") if key in found.groupdict() and found[key] is not None)
            start, end = found.span(group)
            value = text[start:end]
            if group == "u":
                value = re.sub(r"[。、`」)].*|(?<=[\w!]),$", "", value)
                if name == "sqlplus" and "@" in value:
                    value = value[: value.rindex("@")]
            end = start + len(value)
            if (
                len(value) < 3
                or not value.isascii()
                or refusal(value, text[end:])
                or value.startswith(("/", "-", "$", "\\$"))
            ):
                continue
            if name in ("expect", "redis-auth", "ftp-user") and not _surely(line, name, value):
                continue
            if (
                name in ("long-option", "long-option-token")
                and _SPOKEN.match(text[end : end + 1] or " ")
                and text[end : end + 1] != "で"
            ):
                continue
            yield Candidate(
                line.offset(start),
                line.offset(end),
                _kind(kind, line, context),
                Confidence.HIGH,
                "command",
                name,
                PARTICULAR,
            )
            break


def _kind(kind: SecretKind, line: Line, context: Context) -> SecretKind:
    return kind_in(kind, line, context) if kind is PASSWORD and re.search("wi-?fi|wpa", line.text, re.I) else kind


def _surely(line: Line, name: str, value: str) -> bool:
    from kb.secrets.shapes import Strength, strength

    bare = name != "ftp-user" or line.code or line.text.lstrip().startswith("ftp>")
    return bare and strength(value) >= Strength.STRONG
