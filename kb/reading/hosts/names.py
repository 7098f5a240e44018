"""What could be the name of a host, by its spelling alone, and how much that says."""

from __future__ import annotations

from enum import Enum
from functools import lru_cache

from kb.text.lazy_pattern import compile_lazy
from kb.text.word_tables import read_words

NAME = r"[A-Za-z](?:[A-Za-z0-9]|[-_.](?=[A-Za-z0-9])){1,62}"
"""A word of letters, digits, and single separators between them."""
WORD = compile_lazy(rf"(?<![A-Za-z0-9_.-]){NAME}(?![A-Za-z0-9_])")
MENTION = compile_lazy(rf"(?:(?<![A-Za-z0-9_./\\-])|(?<=//)|(?<=\\\\)){NAME}(?![A-Za-z0-9_])")
"""A word that is no part of a longer one, of a file or of a path."""

_NEVER = frozenset(read_words("kb.reading", "lexicon/hosts/signs.toml").words("never"))


class Spelling(Enum):
    """What a word is by its spelling: the more it looks like a host's name, the fewer signs it needs."""

    SERIES = "series"
    """web01, adsv-prd-web-3: a number with a leading zero, or several parts and a number."""
    NUMBERED = "numbered"
    """yamato-2, sql7: also what versions and releases look like."""
    INSIDE = "inside"
    """db.internal: a domain that is no public one."""
    DOMAIN = "domain"
    """api.example.jp: most are the addresses of services."""
    NUMBERED_DOMAIN = "numbered domain"
    """web01.example.jp: one whose first label is numbered."""
    COMPOUND = "compound"
    """nas-osaka: no word of a language, often the name of a product."""
    WORD = "word"
    """drawbridge: an ordinary word, a product, a person."""
    NONE = "none"
    """No host's name: a file, a version, a size, an id."""


SPELLED = frozenset({Spelling.SERIES, Spelling.NUMBERED, Spelling.INSIDE})
"""What hosts look like more than words do."""

# A file, a pod of Kubernetes, an id, a size, a region, a version: names with a grammar of their own.
_FILE = compile_lazy(
    r".*\.(?:sh|py|rb|pl|js|ts|go|rs|c|h|cc|java|php|md|txt|log|csv|tsv|json|ya?ml|toml|ini|conf|cnf|cfg|env|lock|bak|old|"
    r"sql|dump|html?|css|xml|svg|gz|tgz|zip|tar|xz|jar|war|exe|dll|msi|bat|cmd|ps1|vbs|docx?|xlsx?|pptx?|pdf|png|jpe?g|gif|"
    r"pem|key|crt|cer|csr|pub|sock|pid|service|timer|socket|target|mount|rpm|deb|iso|img|vmdk|ova|so|rules|tf|lua|psv|eml)"
)
# Of a deployment, and of a daemon set.
_POD = compile_lazy(r".+-(?=[a-z]*[0-9]+[a-z])[a-z0-9]{8,10}-[a-z0-9]{5}|.+-(?=[a-z]*[0-9][a-z])[a-z0-9]{5}")
_ID = compile_lazy(r"[a-z]{1,6}-(?=[0-9a-f]*[0-9])[0-9a-f]{8,17}|(?=[a-f]*[0-9])[0-9a-f]{7,}")
_SIZE = compile_lazy(r"(?:[a-z]+\.)?[a-z]+[0-9][a-z]*\.(?:[0-9]*x?large|medium|small|micro|nano|metal.*)")
_REGION = compile_lazy(r"(?:[a-z]{2}|us-gov)-[a-z]+-?[a-z]*-?[0-9][a-z]?|(?:asia|europe|us)-[a-z]+[0-9]")
_VERSION = compile_lazy(
    r"(?:v|ver|version|rev|r)\.?[0-9.]+(?:[-_.](?:[0-9.]+|alpha|beta|rc|dev).*)?|[a-z-]+[0-9]*\.[0-9][0-9.]*.*"
)
_TICKET = compile_lazy(r"[A-Z]{2,10}-[0-9]{1,6}")
_MIXED = compile_lazy(r"[A-Z]?[a-z]+[A-Z].*|[A-Z][a-z]+")
_INSIDE = compile_lazy(
    r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.(?:internal|local|lan|localdomain|intra|intranet|corp|home|private|arpa)"
)
_IN_A_CLUSTER = compile_lazy(r".*\.(?:svc|docker)(?:\..*)?|.*\.docker\.internal")
_DOMAIN = compile_lazy(r"[a-z0-9-]+(?:\.[a-z0-9-]+)*\.[a-z]{2,12}")
_ZERO = compile_lazy(r".*(?<![0-9])0[0-9]+[a-z]?")
_PARTS = compile_lazy("[-_]")


@lru_cache(maxsize=4096)
def judge_spelling(word: str) -> Spelling:
    """Tell what a word is by its spelling; `word` as it is written."""
    plain = word.casefold()
    if plain in _NEVER or len(plain) < 2:
        return Spelling.NONE
    for pattern in (_FILE, _ID, _SIZE, _REGION, _VERSION, _IN_A_CLUSTER):
        if pattern.fullmatch(plain):
            return Spelling.NONE
    if "." in plain:
        if _INSIDE.fullmatch(plain):
            return Spelling.INSIDE
        if not _DOMAIN.fullmatch(plain):
            return Spelling.NONE
        first = judge_spelling(plain.partition(".")[0])
        return Spelling.NUMBERED_DOMAIN if first in (Spelling.SERIES, Spelling.NUMBERED) else Spelling.DOMAIN
    if _POD.fullmatch(plain):
        return Spelling.NONE
    if word.isalpha() and word.isupper() and len(word) < 4:  # UPS, KVM, URL
        return Spelling.NONE
    if _TICKET.fullmatch(word) or plain.endswith("-0"):  # the first of a stateful set; hosts are counted from 1
        return Spelling.WORD
    if any(char.isdigit() for char in plain):
        many = len(_PARTS.split(plain)) > 2
        return Spelling.SERIES if many or _ZERO.fullmatch(plain) else Spelling.NUMBERED
    if plain.isalpha():
        return Spelling.NONE if _MIXED.fullmatch(word) else Spelling.WORD
    return Spelling.COMPOUND


def is_inside_domain(word: str) -> bool:
    """Return whether a name is one of a domain that is no public one: db.internal, web01.lan."""
    plain = word.casefold()
    return bool(_INSIDE.fullmatch(plain)) and not _IN_A_CLUSTER.fullmatch(plain)
