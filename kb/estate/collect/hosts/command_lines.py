"""What is kept of a command line, by an allow-list: everything else may be a secret.

Kept are the program, the jar or scripts it runs, how much memory a JVM may take, and where a Redis listens.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kb.estate.collect.mask import MASKED, mask_path
from kb.text.lazy_pattern import compile_lazy

_PROGRAM = compile_lazy(r"[\w./+:-]{1,200}")
_PATH = compile_lazy(r"[\w./+-]{1,300}")
_SCRIPT = compile_lazy(r"[\w./+-]{1,300}\.(?:sh|py|rb|pl|php|js|jar|war)")
_DEEP = compile_lazy(r"/[\w.+-]+(?:/[\w.+-]+)+")
_MEMORY = compile_lazy(r"-Xm[sx]\d{1,12}[kKmMgG]?")
_ADDRESS = compile_lazy(r"(?:\[[0-9A-Fa-f:.]{1,45}\]|[0-9.]{1,15}|\*):\d{1,5}")
_VARIABLE = compile_lazy(r"[A-Za-z_]\w{0,80}=.*")
_FLAG = compile_lazy(r"-[ABOSUdilnuvwx]")
_INTERPRETERS = compile_lazy(r"(?:sh|bash|dash|ash|ksh|zsh|perl|ruby|php|node|nodejs|python)[\d.]*")
_REDIS = compile_lazy(r"(?:redis|valkey|keydb)-server")
_MAX_SCRIPTS = 5


def keep_command(line: str) -> str:
    """Return what is kept of a command line; `java -Dtoken=… -jar a.jar` loses the token.

    A program that looks like none becomes `***`, and so does a path that kb's own detector finds a secret in.
    """
    words = line.split()
    while words and _VARIABLE.fullmatch(words[0]):  # `TOKEN=… java -jar a.jar`
        del words[0]
    return " ".join(_kept(words)) if words else ""


def keep_program(word: str) -> str:
    """Return the name or path of a program, `***` for anything that is none."""
    return mask_path(word) if _PROGRAM.fullmatch(word) and "://" not in word else MASKED


def keep_path(text: str) -> str:
    """Return the first word of a line of cron when it is a path, `***` for anything else."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return mask_path(word) if _PATH.fullmatch(word) else MASKED


def _kept(words: Sequence[str]) -> Iterator[str]:
    program = keep_program(words[0])
    yield program
    name = program.rpartition("/")[2]
    if _REDIS.fullmatch(name) and len(words) > 1 and _ADDRESS.fullmatch(words[1]):
        yield words[1]
    operand = bool(_INTERPRETERS.fullmatch(name))  # whether the next path may be what an interpreter runs
    scripts, before = 0, ""
    for word in words[1:]:
        if word == "-jar" or _MEMORY.fullmatch(word):
            yield word
        elif before == "-jar":
            if _PATH.fullmatch(word):
                yield mask_path(word)
        elif scripts < _MAX_SCRIPTS and (_SCRIPT.fullmatch(word) or (operand and _DEEP.fullmatch(word))):
            yield mask_path(word)
            scripts += 1
            operand = False
        elif not _FLAG.fullmatch(word):
            operand = False
        before = word
