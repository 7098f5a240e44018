"""Why the operating system refused, in the language of the sentence around it."""

from __future__ import annotations

import errno
import os
import re
import socket
import ssl
from pathlib import Path

import kb
from kb.errors import os_reason


def test_the_common_reasons_are_japanese_in_a_japanese_sentence() -> None:
    for number in (errno.ENOENT, errno.EACCES, errno.EISDIR, errno.ENOSPC, errno.EROFS, errno.ELOOP, errno.ENXIO):
        said = os_reason(OSError(number, os.strerror(number)))
        assert re.search("[ぁ-ん]", said.ja)
        assert said.en == os.strerror(number)


def test_a_rare_one_is_named_by_what_a_reader_can_look_up() -> None:
    assert os_reason(OSError(errno.ENOTBLK, "Block device required")).ja == "ENOTBLK"
    assert os_reason(OSError("no number")).ja == "OSError"


def test_what_has_no_name_is_told_in_the_systems_words_and_never_by_another_numbers() -> None:
    said = os_reason(socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert (said.ja, said.en) == ("Name or service not known",) * 2
    assert os_reason(ssl.SSLError(1, "[SSL] wrong version number")).ja == "[SSL] wrong version number"  # 1 is EPERM
    assert os_reason(TimeoutError("timed out")) == os_reason(OSError(errno.ETIMEDOUT, None))
    for error in (OSError(), OSError(""), OSError(errno.ENOENT, ""), OSError(0, ""), socket.gaierror(-2, "")):
        said = os_reason(error)
        assert said.ja
        assert said.en


def test_no_other_sentence_shows_the_systems_own_words() -> None:
    sources = {path: path.read_text(encoding="utf-8") for path in Path(kb.__file__).parent.rglob("*.py")}
    assert [path.name for path, text in sources.items() if re.search(r"\{\w+\.strerror", text)] == []
