"""The programs that take a credential on their command line, and how: data for `commands`.

A pattern is tried right behind the program's name. `VALUE` stands for a value, quoted or not, `…` for
arguments in between. Sources: the programs' own manual pages and `--help`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import PARTICULAR_RANK, Candidate
from kb.secrets.page.context import LineContext, refine_kind
from kb.secrets.page.text_page import TextLine
from kb.secrets.scoring.filters import ValueStrength, find_refusal, looks_secret, measure_strength
from kb.text.patterns import build_trie_pattern

PASSWORD, SHARED, BASIC, TOKEN, CONNECTION = (
    SecretKind.PASSWORD,
    SecretKind.SHARED_KEY,
    SecretKind.BASIC_AUTH,
    SecretKind.API_TOKEN,
    SecretKind.CONNECTION_STRING,
)
_VALUE = r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
_ARGUMENTS = r"[^|;\n]{0,400}?"


class Program(NamedTuple):
    """A way to give a program a credential. `words`: one of them is on the line, in lower case."""

    name: str
    words: tuple[str, ...]
    called: re.Pattern[str]
    option: re.Pattern[str]
    kind: SecretKind


def _program(name: str, words: str, pattern: str, kind: SecretKind = PASSWORD, *, option: bool = False) -> Program:
    """A program by its names, or an option any program may have, by what it ends with. `␣` in a name is a blank."""
    names = [word.replace("␣", " ") for word in words.split()]
    plain = "|".join(re.escape(each).replace(r"\ ", r"\s+") for each in sorted(names, key=len, reverse=True))
    before, behind = (
        (r"(?<!\S)-{1,2}(?:[\w.]{1,20}-){0,4}?", "")
        if option
        else (r"(?<![\w.-])" if not plain.startswith(r"\.") else "", r"(?:\.exe)?(?![\w-])")
    )
    pattern = pattern.replace("VALUE", _VALUE).replace("…", _ARGUMENTS)
    return Program(
        name,
        tuple(each.split(" ")[0].lower() for each in names),
        re.compile(f"{before}(?:{plain}){behind}", re.I),
        re.compile(pattern),
        kind,
    )


_SNMP = "snmpwalk snmpget snmpbulkwalk snmpbulkget snmpset snmptrap snmptable snmpstatus snmpgetnext"
_MYSQL = "mysql mysqldump mysqladmin mysqlimport mysqlsh mysqlpump mysqlcheck mariadb mariadb-dump mycli"

PROGRAMS = (
    # Databases.
    _program("mysql", _MYSQL, r"…(?<=\s)-p(?=\S)VALUE"),
    _program("mysqladmin", "mysqladmin", r"…\spassword\s+VALUE"),
    _program("redis", "redis-cli redis-benchmark keydb-cli valkey-cli", r"…\s-a\s*VALUE"),
    _program("redis-auth", "AUTH", r"\s+VALUE\s*$"),
    _program("mongo", "mongo mongosh mongodump mongorestore mongoexport mongoimport", r"…\s-p\s*(?!\d+(?:\s|$))VALUE"),
    _program("sqlcmd", "sqlcmd bcp isql osql tsql", r"…\s-P\s*VALUE"),
    _program(
        "sqlplus",
        "sqlplus expdp impdp exp imp sqlldr rman",
        r"\s+(?:-\w\s+|target\s+|userid=){0,6}[\"']?[\w$#.-]+/VALUE",
        CONNECTION,
    ),
    _program("sql-connect", "CONNECT CONN", r"\s+[\w$#.-]{1,40}/VALUE(?=\s+as\s+sys\w+|\s*;)", CONNECTION),
    # Remote machines and files.
    _program("sshpass", "sshpass", r"…-p\s*VALUE"),
    _program(
        "curl",
        "curl http https xh",
        r"…\s(?:-u|--user|--proxy-user|-U|-a|--auth)[ =]?\s*[\"']?[^\s:\"'|]{0,80}:"
        r"(?P<q>[^'\n\"\s]{1,200})(?=[\"'\s]|$)",
    ),
    _program("ldap", "ldapsearch ldapmodify ldapadd ldapdelete ldapwhoami ldappasswd ldapcompare", r"…\s-[ws]\s*VALUE"),
    _program(
        "smb",
        "smbclient smbmap rpcclient net smbget mount.cifs",
        r"…\s(?:-U|--user)[ =]?\s*[\"']?[^\s%\"']{1,60}%(?P<u>[^\s'\"|&;<>`)]{1,200})",
    ),
    _program("net-use", "net␣use", r"\s+(?:[A-Za-z*]:?\s+)?\\\\\S{1,200}\s+(?!/)VALUE"),
    _program("net-use-user", "net␣use", r"…/user:\S{1,100}\s+(?!/)VALUE"),
    _program("net-user", "net␣user", r"\s+(?!/)[\w.-]+\s+(?![/*])VALUE"),
    _program("lftp-script", "lftp", r"(?:\s+-e\s+(?:\"[^\"\n]{0,200}\"|'[^'\n]{0,200}'))\s+-u\s*[\w.@-]+,VALUE"),
    _program("mosquitto", "mosquitto_sub mosquitto_pub mosquitto_rr", r"…\s(?:-P|--pw)\s*VALUE"),
    _program("lftp", "lftp ncftp ncftpget ncftpput wput", r"…\s-[up]\s*(?:[\w.@-]+,)?VALUE"),
    _program("ftp-user", "user", r"\s+[\w.@-]+\s+VALUE\s*$"),
    _program("rdp", "xfreerdp wfreerdp mstsc rdesktop", r"…\s(?:/p:|-p\s+)VALUE"),
    _program("vnc", "vncpasswd x11vnc vncserver", r"…(?:<<<\s*|-passwd\s+|-storepasswd\s+)VALUE"),
    _program("ipmi", "ipmitool ipmipower racadm ilorest bmc-config", r"…\s-[Pp]\s*VALUE"),
    _program("esxcli", "esxcli", r"…\s(?:-p|--password)[ =]\s*VALUE"),
    _program("esxcli-again", "esxcli", r"…\s-c\s+VALUE"),
    _program("docker-login", "docker␣login podman␣login nerdctl␣login skopeo␣login buildah␣login", r"…\s-p\s*VALUE"),
    _program("registry-login", "registry␣login acr␣login oc␣login cf␣login heroku␣login", r"…\s-p\s*VALUE"),
    # Archives and documents.
    _program("zip", "zip unzip zipcloak", r"…\s-P\s*VALUE"),
    _program("7z", "7z 7za 7zr 7zz p7zip", r"…\s-p(?=\S)VALUE"),
    _program("rar", "rar unrar", r"…\s-h?p(?=\S)VALUE"),
    _program("pdf", "qpdf pdftk pdftotext", r"…(?:--password=|-upw\s+|-opw\s+|_pw\s+|--encrypt\s+)VALUE"),
    # Keys and accounts.
    _program("openssl-k", "openssl", r"…\s-k\s+VALUE"),
    _program("openssl-pass", "openssl", r"…\bpass:VALUE"),
    _program("openssl-password", "openssl", r"…\s-(?:password|passwd)\s+(?!pass:|file:|env:)VALUE"),
    _program("openssl-passwd", "openssl", r"\s+passwd(?:\s+-(?:[156]|apr1|crypt|stdin|salt\s+\S+)){0,3}\s+(?!-)VALUE"),
    _program(
        "htpasswd",
        "htpasswd",
        r"\s+-[A-Za-z]*[bn][A-Za-z]*b?\s+(?:/\S+\s+|\.\S+\s+|[\w./-]*htpasswd\S*\s+)?[\w.@-]+\s+VALUE",
        BASIC,
    ),
    _program(
        "chpasswd",
        "echo printf",
        r"\s+[\"']?[\w.-]+:(?P<q>[^\s'\":|]{1,100})(?:\\n)?[\"']?\s*\|\s*(?:sudo\s+)?(?:\S+/)?chpasswd",
    ),
    _program(
        "passwd-stdin",
        "echo printf",
        r"\s+(?:-[en]+\s+)?VALUE\s*\|\s*(?:sudo\s+)?(?:\S+/)?"
        r"(?:passwd\s+--stdin|sudo\s+-S|su\b|cryptsetup|kinit|gpg|docker\s+login|ldap|htpasswd\s+-\w*i|pw\s+usermod)",
    ),
    _program("keygen", "ssh-keygen", r"…\s-[NP]\s+VALUE"),
    _program(
        "kerberos",
        "ktpass kadmin kadmin.local samba-tool",
        r"…\s(?:[/-]pass|-w|-pw|--newpassword=|user\s+setpassword\s+\S{1,100}\s+--newpassword=)\s*VALUE",
    ),
    _program("disk", "cryptsetup veracrypt bitlocker manage-bde", r"…(?:--password|-p|-RecoveryPassword)[= ]\s*VALUE"),
    # Windows.
    _program(
        "cmdkey",
        "cmdkey runas wmic psexec psexec64 schtasks sc rasdial",
        r"…\s[/-](?:pass|password|rp|p)[: ]\s*VALUE",
    ),
    _program("registry", "reg␣add", r"…/v\s+[\"']?\w{0,30}Password[\"']?\s…/d\s+VALUE"),
    _program("sheet", ".Protect .Unprotect", r"\s+(?=\")VALUE"),
    _program("securestring", "ConvertTo-SecureString", r"(?:\s+-String)?\s+(?!-)VALUE"),
    _program("windows-option", "net sc wmic msiexec start setup install", r"…\s/(?:pass|password|pw)[:=]VALUE"),
    # Networks.
    _program("snmp-community", f"{_SNMP} check_snmp", r"…\s-[cC]\s*VALUE", SHARED),
    _program("snmp-auth", _SNMP, r"…\s-A\s+VALUE", SHARED),
    _program("snmp-priv", _SNMP, r"…\s-X\s+VALUE", SHARED),
    _program("nmcli", "nmcli", r"…\s(?:password|wifi-sec\.psk|802-11-wireless-security\.psk)\s+VALUE", SHARED),
    _program("wpa", "wpa_passphrase", r"\s+\S+\s+VALUE", SHARED),
    _program("netsh", "netsh", r"…\bkey(?:Material)?=VALUE", SHARED),
    # Calls in scripts and source text.
    _program("expect", "send", r"\s+(?:--\s+)?\\?\"(?P<q>[^\"\n\\\s]{4,80})\\[rn]\\?\""),
    _program(
        "credential",
        "PSCredential NetworkCredential UsernamePasswordCredentials PasswordAuthentication basic_auth HTTPBasicAuth"
        " http_basic auth.basic",
        r"\s*\(\s*[\"'][^\"'\n]{1,60}[\"']\s*,\s*(?=[\"'])VALUE",
    ),
    _program(
        "call",
        "db.auth .auth .login .authenticate .connect .signin",
        r"\s*\(\s*[\"'][^\"'\n]{1,60}[\"']\s*,\s*(?=[\"'])VALUE",
    ),
    _program("keystore", ".load .getKey", r"\s*\([^()\n]{0,80}?(?=\")VALUE\.toCharArray"),
    _program("keystore-new", "PBEKeySpec PasswordProtection", r"\s*\([^()\n]{0,80}?(?=\")VALUE\.toCharArray"),
    _program("auth-pair", ".auth auth", r"\s*=\s*\(\s*[\"'][^\"'\n]{1,60}[\"']\s*,\s*(?=[\"'])VALUE"),
    _program(
        "database-call",
        "PDO mysqli mysqli_connect mysql_connect pymysql.connect DriverManager.getConnection",
        r"\s*\(\s*(?:[\"'][^\"'\n]{0,120}[\"']|[$\w.]{1,40})\s*,\s*[\"'][^\"'\n]{1,60}[\"']\s*,\s*(?=[\"'])VALUE",
    ),
    _program(
        "encoded",
        "echo printf",
        r"\s+(?:-[en]+\s+)?[\"'][\w.@-]{1,60}:(?P<q>[^\s'\":|]{3,100})[\"']\s*\|\s*(?:openssl\s+)?base64",
    ),
    _program(
        "literal",
        "from-literal",
        r"[= ][\"']?[\w.-]{0,60}(?:pass\w{0,20}|pwd|pw|secret|token|key)=VALUE",
        option=True,
    ),
    _program(
        "mount", "username=", r"[^\s,]{1,40},(?:[\w.]+=[^\s,]{0,60},){0,4}(?:password|pass)=(?P<u>[^\s,'\"]{1,100})"
    ),
    # An option that says what it is, for any program.
    _program(
        "long-option",
        "password passwd passphrase pass storepass keypass srcstorepass deststorepass pwd passin passout",
        r"(?![\w-])(?:=|\s+|:)(?!-|\(|pass:|file:|env:)VALUE",
        option=True,
    ),
    _program(
        "long-option-token",
        "token secret api-key apikey secret-key access-key",
        r"(?![\w-])(?:=|\s+)(?!-)VALUE",
        TOKEN,
        option=True,
    ),
    _program(
        "user-and-password",
        "-u -U --user --username -i --login -l",
        r"[ =]\s*[\w.@\\-]{1,60}\s+(?:-\S+\s+(?:[^\s-]\S*\s+)?){0,6}?-[pPw]\s+(?!\d+(?:\s|$))VALUE",
    ),
)


# Command lines: the option that takes a password, for each program that has one.


_JAPANESE = re.compile(r"[぀-ヿ一-龠]")
_PUNCTUATION = re.compile(r"[。、`」)].*|(?<=[\w!]),$")
_DEFINED = re.compile(
    r"(?<!\S)-(?:[DJPe]\s?|var[= ]|-(?:env|set|extra-vars|build-arg)[= ])[\"']?"
    r"(?i:(?!\S{0,60}existing)[\w.]{0,60}(?:pass(?:word|wd)?|pwd|secret|token))="
    r"(?:'(?P<q>[^'\n]{1,200})'|\"(?P<d>[^\"\n]{1,200})\"|(?P<u>[^\s'\"|&;<>`)]{1,200}))"
)
_WORDS = sorted({word for program in PROGRAMS for word in program.words})
_WORD = re.compile(build_trie_pattern(_WORDS))
_BY_WORD = {
    found: tuple(program for program in PROGRAMS if any(word in found for word in program.words)) for found in _WORDS
}


def _programs(low: str) -> Iterable[Program]:
    """The programs a line, in lower case, has a word of, in the order of the table."""
    said = {word[0] for word in _WORD.finditer(low)}
    if len(said) < 2:
        return _BY_WORD[said.pop()] if said else ()
    return sorted({program for word in said for program in _BY_WORD[word]}, key=PROGRAMS.index)


_OFTEN = frozenset({"long-option", "long-option-token", "user-and-password"})
_PROMPT = re.compile(r"pass|assword|パスワード|暗証", re.I)


def find_in_command(line: TextLine, context: LineContext) -> Iterator[Candidate]:
    """The passwords on a command line."""
    text = line.text
    for program in _programs(text.lower()):
        for call in program.called.finditer(text):
            found = program.option.match(text, call.end())
            if found and (place := _value(found, text, program.name)) and _fits(line, context, program.name, *place):
                yield _candidate(line, context, place, program.kind, program.name)
    if "=" in text:
        for found in _DEFINED.finditer(text):
            if (place := _value(found, text, "define")) and _fits(line, context, "define", *place):
                yield _candidate(line, context, place, SecretKind.PASSWORD, "define")


def _value(found: re.Match[str], text: str, name: str) -> tuple[int, int] | None:
    """Where the value of an option stands."""
    groups = found.groupdict()
    group = next(key for key in ("q", "d", "u") if groups.get(key) is not None)
    start, end = found.span(group)
    value = text[start:end]
    if group == "u":
        value = _PUNCTUATION.sub("", value)
        if name == "sqlplus" and "@" in value:
            value = value[: value.rindex("@")]
        elif value.endswith("@") and text.count("@", 0, start) % 2:
            value = value[:-1]  # inline code in Textile
    end = start + len(value)
    return (start, end) if len(value) >= 3 else None


def _fits(line: TextLine, context: LineContext, name: str, start: int, end: int) -> bool:
    text = line.text
    value = text[start:end]
    if not value.isascii() or find_refusal(value, text[end:]) or value.startswith(("/", "-", "$", "\\$")):
        return False
    if name == "mysql" and value in ("3306", "3307", "33060"):
        return False  # a port given in error
    if name == "call":
        return measure_strength(value) is ValueStrength.STRONG
    if name in ("expect", "redis-auth", "ftp-user"):
        return measure_strength(value) >= ValueStrength.STRONG and _sure(line, context, name)
    if name == "user-and-password":
        return looks_secret(value) or (measure_strength(value) is ValueStrength.STRONG and len(value) >= 8)
    behind = text[end : end + 1]
    return not (name in _OFTEN and _JAPANESE.match(behind or " ") and behind != "で")


def _sure(line: TextLine, context: LineContext, name: str) -> bool:
    if name == "expect":
        return _PROMPT.search(line.text) is not None or any(_PROMPT.search(each.text) for each in context.above[:1])
    return name != "ftp-user" or line.code or line.text.lstrip().startswith("ftp>")


def _candidate(line: TextLine, context: LineContext, place: tuple[int, int], kind: SecretKind, name: str) -> Candidate:
    if kind is SecretKind.PASSWORD and re.search("wi-?fi|wpa", line.text, re.I):
        kind = refine_kind(kind, line, context)
    return Candidate(
        line.offset(place[0]), line.offset(place[1]), kind, Confidence.HIGH, "command", name, PARTICULAR_RANK
    )
