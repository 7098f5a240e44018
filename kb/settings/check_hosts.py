"""Check `[hosts]` of kb.toml: what types alone cannot say."""

from __future__ import annotations

from collections import Counter

from kb.model.host_names import fold_host
from kb.settings.kb_toml import HostSettings
from kb.settings.toml import TomlReader, quote_value
from kb.text import pattern_cost
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

_HOST_NAME = compile_lazy(r"[^\s,;:/\\\"'`<>()\[\]{}|#@\x00-\x1f\x7f]{2,253}")


def is_host_name(name: str) -> bool:
    """Return whether `[hosts]` takes a name."""
    return bool(_HOST_NAME.fullmatch(name)) and name.isprintable()


def check_hosts(hosts: HostSettings, reader: TomlReader) -> None:
    """Check that the pattern ends, that names are names, and that each alias leads to one host. Raises ConfigError."""
    if hosts.pattern and (wrong := pattern_cost.find_pattern_fault(hosts.pattern)):
        shown = quote_value(hosts.pattern)
        why, instead = wrong
        raise reader.error(
            ("hosts", "pattern"),
            t(f"hosts.pattern「{shown}」は{why.ja}", f"hosts.pattern {shown!r} {why.en}"),
            instead,
        )
    places: list[tuple[tuple[str, ...], str]] = [(("hosts", "names"), name) for name in hosts.names]
    places += [(("hosts", "aliases", alias), name) for alias, host in hosts.aliases for name in (alias, host)]
    for place, name in places:
        if not is_host_name(name):
            raise reader.error(
                place,
                t(f"「{quote_value(name)}」はホスト名ではありません", f"{quote_value(name)!r} is no host name"),
                t('例: names = ["drawbridge", "db.internal"]', 'example: names = ["drawbridge", "db.internal"]'),
            )
    aliases = Counter(fold_host(alias) for alias, _ in hosts.aliases)
    for alias, host in hosts.aliases:
        shown = quote_value(alias)
        if fold_host(host) in aliases:
            raise reader.error(
                ("hosts", "aliases", alias),
                t(
                    f"別名「{shown}」の先の「{quote_value(host)}」も別名です",
                    f"the alias {shown!r} stands for {quote_value(host)!r}, which is an alias itself",
                ),
                t("ホストの名前を書いてください。", "give the name of the host."),
            )
        if aliases[fold_host(alias)] > 1:
            raise reader.error(
                ("hosts", "aliases", alias),
                t(f"別名「{shown}」が重なっています", f"the alias {shown!r} is given twice"),
                t("1 つにしてください。大文字と小文字は区別しません。", "keep one; case makes no difference."),
            )
