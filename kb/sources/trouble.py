"""What Access says when something is wrong: each sentence names the place, and the setting to look at."""

from __future__ import annotations

import re
from urllib.parse import unquote, urlsplit

from kb.errors import AnswerError, GateError
from kb.lang import Text, t
from kb.sources.call import Answer, Call


def cut(text: str, most: int) -> str:
    """The beginning of a server's words, without the word that the cut goes through: half a key is masked by nobody."""
    kept = text[:most]
    return _WORD_BEGUN.sub("", kept) if _WORD_CHARACTER.match(text[most : most + 1]) else kept


_WORD_CHARACTER = re.compile(r"[!-~]")
_WORD_BEGUN = re.compile(r"[!-~]+\Z")


def path_of(call: Call) -> str:
    """The path people know, without the query."""
    return unquote(urlsplit(call.url).path)[:120]


def check(setting: str) -> Text:
    """The next step when an answer did not come from whom it should."""
    return t(
        f"{setting} の値と、間にログイン画面や proxy がないかを確かめてください。",
        f"check {setting}, and whether a login page or a proxy stands in between.",
    )


def closed(call: Call) -> GateError:
    """A write while the gate is closed."""
    return GateError(
        t(
            f"{call.method} {path_of(call)} を止めました（書き込みは apply の中だけです）。",
            f"{call.method} {path_of(call)} was stopped (writes belong into apply).",
        ),
        t("kb の不具合です。この文を添えて報告してください。", "this is a bug in kb: please report this sentence."),
    )


def outside(call: Call, setting: str) -> AnswerError:
    """A request to somewhere credentials must not go."""
    host = urlsplit(call.url).hostname
    return AnswerError(
        t(
            f"{host} への要求を止めました（{setting} の外です）。",
            f"a request to {host} was stopped (it is outside of {setting}).",
        ),
        check(setting),
    )


def refused(answer: Answer, call: Call, system: str) -> AnswerError:
    """The same refusal at every try."""
    return AnswerError(
        t(
            f"{system} が {path_of(call)} に {answer.status} を返し続けています。",
            f"{system} keeps answering {path_of(call)} with {answer.status}.",
        ),
        t("しばらくしてからやり直すと続きから始まります。", "run it again in a while; it goes on from here."),
        status=answer.status,
    )


def no_json(answer: Answer, call: Call, system: str, setting: str) -> AnswerError:
    """A 200 that holds something else; a page for people is named by its title."""
    path, host = path_of(call), urlsplit(call.url).netloc.rpartition("@")[2]
    if answer.is_html:
        title = re.search(rb"<title[^>]*>([^<]{1,200})", answer.body[:20000])
        page = cut(" ".join(title[1].decode("utf-8", "replace").split()), 60) if title else ""
        ja, en = (f"「{page}」", f" ({page!r})") if page else ("", "")
        what = t(
            f"{system}（{host}）の {path} が JSON でなく HTML の画面{ja}を返しました。",
            f"{system} ({host}) answered {path} with an HTML page{en} instead of JSON.",
        )
    else:
        what = t(
            f"{system} の {path} の応答が途中で切れているか、JSON ではありません。",
            f"the answer of {system} to {path} is cut off, or is no JSON.",
        )
    return AnswerError(what, check(setting))


def redirect(answer: Answer, host: str, setting: str) -> AnswerError:
    """A redirect, which is not followed. The target's query and user stay unsaid."""
    try:
        target = urlsplit(answer.headers.get("location", ""))
        where = (f"{target.scheme}://" if target.scheme else "") + target.netloc.rpartition("@")[2]
        shown = (where + target.path)[:120] or "?"
    except ValueError:
        shown = "?"
    return AnswerError(
        t(
            f"{host} が {shown} へ移るよう求めました（{answer.status}）。鍵を渡さないよう、kb はたどりません。",
            f"{host} redirects to {shown} ({answer.status}). kb does not follow: its key would go along.",
        ),
        t(
            f"そちらが正しければ {setting} をそのアドレスに直してください。",
            f"if that is the right place, change {setting} to it.",
        ),
        status=answer.status,
    )
