"""Read from an incident page what an on-call person needs of it: how it showed, what was looked at, what restored it.

A fix that only starts things again is none of its steps: what to check before and after a restart is for people to
decide. Lines stand as the page has them, in its order.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from kb.model.document import Markup, MaskedDocument
from kb.model.facts import Role
from kb.model.masked import Masked, reshape
from kb.reading.claims.read_claims import read_claims
from kb.reading.phrases.log_lines import is_log_line
from kb.reading.phrases.looks import only_restarts, tells_look, tells_restored, tells_state
from kb.reading.phrases.measures import is_lead_in
from kb.reading.phrases.placeholder import find_placeholder
from kb.reading.phrases.restarts import FixDeed, read_code_deeds, read_deeds
from kb.reading.phrases.symptom import is_symptom_only
from kb.reading.sections.section import Claim
from kb.reading.tickets.custom_fields import append_fields
from kb.reading.traits.fold_words import drop_speaker
from kb.reading.traits.read_traits import read_incident_sections
from kb.reading.verdicts.incidents import PageIncident, split_incidents
from kb.secrets.masking.mask import level_masks
from kb.text.display import clip, sanitize
from kb.text.fold import fold_text, to_plain_form
from kb.text.lazy_pattern import compile_lazy
from kb.text.lines import LineIndex, decode, encode

MAX_STEPS = 30
"""Lines of one fix: a page with more holds a log."""
MAX_SIGNS = 3
MAX_CHECKS = 12
_LONGEST_COMMAND = 400
COLUMNS = 240
"""Of a line that is shown."""

_FIX = (Role.FIX, Role.FIX_TEMP)
_COURSE = (Role.TIMELINE, Role.DETECTION)
_SCENE = (Role.SUMMARY, Role.CAUSE)
_DAY = r"[0-9]{1,4}[-/年][0-9]{1,2}(?:[-/月][0-9]{1,2}日?)?|[0-9]{1,2}月[0-9]{1,2}日"
_CLOCK = compile_lazy(
    rf"\s*[(\[（［]?(?:(?:{_DAY})\s*(?:[(（][月火水木金土日][)）]\s*)?)?"
    r"(?:[0-9]{1,2}:[0-9]{2}(?::[0-9]{2})?|[0-9]{1,2}時[0-9]{1,2}分)(?:[)\]）］]|\s*(?:頃|ごろ|[-–~〜、:：]))?\s*"
)
_PROMPT = compile_lazy(r"\s*(?:\[?[\w.-]+@[\w.-]+[^$#\n]{0,40}\]?\s?)?[$#%>]\s+(?=\S)")
_BULLET = compile_lazy(r"\s*(?:[-*+・]\s+|[0-9]{1,2}[.)]\s+)?(?:\[[ xX]\]\s+)?")
_COMMAND = compile_lazy(r"(?:sudo\s+|time\s+|nohup\s+)*(?:[./~]?[a-z][\w./-]*|\./\S+)(?:\s+\S+)+", 0)
_OPTION = compile_lazy(r"\s--?[A-Za-z]|\s[./~]?[\w.-]*/[\w./-]|\s\|\s|[\w]=\S|\s>{1,2}\s")
_TOOLS = compile_lazy(
    r"(?:sudo\s+)*(?:systemctl|service|kubectl|docker|docker-compose|supervisorctl|aws|gcloud|az|helm|psql|mysql|"
    r"redis-cli|curl|ssh|scp|rsync|journalctl|crontab|nginx|apachectl|jstack|jstat|jmap|jcmd|terraform|ansible|git|"
    r"kill|pkill|df|du|free|top|ps|ss|netstat|lsof|dig|ping|openssl|iptables|ip|mount|umount|vmstat|iostat|dmesg)\s"
)
_TEXTILE_CODE = compile_lazy(r"(?<![\w@])@([^@\n]{1,200})@(?![\w@])")
_END = " 。.、,!！"


@dataclass(frozen=True, slots=True)
class ToldLine:
    """A line of a page: its words, the line's number there, and whether it is code."""

    text: Masked
    line: int
    is_code: bool = False

    @property
    def key(self) -> str:
        """What it is compared by: widths, case, politeness and the full stop make no difference, but to a command."""
        if self.is_code:
            return f"`{self.text}`"
        plain = to_plain_form(fold_text(self.text)).casefold().strip(_END)
        return " ".join(plain.replace("ました", "た").split())


@dataclass(frozen=True, slots=True)
class PastIncident:
    """What one incident tells. `restarts` are the lines of a fix that only started things again; then no `steps`.

    `whole` is its part of a page of several, with the heading; "" where the page tells of it alone.
    """

    title: Masked
    signs: tuple[ToldLine, ...] = ()
    detected: tuple[ToldLine, ...] = ()
    impact: tuple[ToldLine, ...] = ()
    checks: tuple[ToldLine, ...] = ()
    restored: tuple[ToldLine, ...] = ()
    cause: ToldLine | None = None
    steps: tuple[ToldLine, ...] = ()
    restarts: tuple[ToldLine, ...] = ()
    lasting: tuple[ToldLine, ...] = ()
    whole: str = ""


def read_past_incidents(document: MaskedDocument, title: Masked, structure: bytes | None = None) -> list[PastIncident]:
    """Return the incidents of a page, in its order."""
    read = read_incident_sections(document, structure)
    body = encode(document.body)
    if document.custom_fields:
        body = append_fields(document, body).body
    quoted = _Quoter(document, LineIndex(body))
    parts = split_incidents(read.sections)
    found, begin = list[PastIncident](), 0
    for each in parts:
        past = _read_incident(each, quoted, title)
        if len(parts) > 1:
            end = max(section.end for section in each.part)
            past, begin = replace(past, whole=decode(body[begin:end])), end
        found.append(past)
    return found


@dataclass(slots=True)
class _Quoter:
    """Quotes claims as the page has them, as Markdown."""

    document: MaskedDocument
    lines: LineIndex

    def quote(self, claim: Claim) -> ToldLine | None:
        """Return a claim's words and line; None where nothing is left of them."""
        line = self.lines.place(claim.start)[0]
        text = self.lines.text(claim.start, claim.end)
        if claim.code:
            return quote_line(self.document, _PROMPT.sub("", text, 1).strip(), line)
        if claim.row and claim.aside and not _without_clock(fold_text(text)):
            text = claim.aside
        text = _BULLET.sub("", _without_clock(_BULLET.sub("", text, 1)), 1).strip().rstrip("|").strip()
        if self.document.markup is Markup.TEXTILE:
            text = _TEXTILE_CODE.sub(r"`\1`", text)
        if not text or "![" in text or "<img" in text:
            return None
        if is_command(text.strip("`")):
            return quote_line(self.document, _PROMPT.sub("", text.strip("`"), 1), line)
        return quote_line(self.document, text, line, is_code=False)

    def has_code(self, claim: Claim) -> bool:
        """Whether code stands in a claim."""
        return "`" in self.lines.text(claim.start, claim.end)


def quote_line(document: MaskedDocument, text: str, line: int, *, is_code: bool = True) -> ToldLine | None:
    """Return words of a masked page as a line to show, None where nothing is left of them; no mask tells a length."""
    shown = clip(sanitize(level_masks(reshape(document.body, lambda _: " ".join(text.split())))), COLUMNS)
    return ToldLine(shown, line, is_code) if shown.strip() else None


def is_command(text: str) -> bool:
    """Whether a text is what somebody types into a shell, and no sentence."""
    if len(text) > _LONGEST_COMMAND or not text.isascii() or "\n" in text or text.endswith((".", "?", "!")):
        return False
    bare = _PROMPT.sub("", text, 1)
    if bare != text:
        return True
    return _COMMAND.fullmatch(bare) is not None and (_TOOLS.match(bare) is not None or bool(_OPTION.search(bare)))


def _without_clock(text: str) -> str:
    found = _CLOCK.match(text)
    return text[found.end() :] if found is not None and any(map(str.isdigit, found[0])) else text


def _read_incident(incident: PageIncident, quoted: _Quoter, title: Masked) -> PastIncident:
    fix = _drop_output([claim for claim in incident.said(*_FIX) if _says_something(claim)])
    steps, restarts = _divide_fix(fix)
    untold = [claim for section in _read_untold(incident) for claim in section]
    course = [claim for claim in (*incident.said(*_COURSE), *untold) if _says_something(claim)]
    looked = [claim for claim in course if _is_check(claim)]
    scene = [claim for claim in incident.said(*_SCENE) if _says_something(claim)]
    looked += [each for each in scene if _is_typed(each) or (_is_check(each) and quoted.has_code(each))]
    restored = [claim for claim in (*incident.said(Role.TIMELINE), *fix) if not claim.code and _tells_back(claim)]
    causes = [
        claim
        for claim in incident.said(Role.CAUSE)
        if not claim.content and _says_something(claim) and not is_symptom_only(claim.text)
    ]

    def quote(claims: Iterable[Claim], most: int) -> tuple[ToldLine, ...]:
        return fold_lines(filter(None, map(quoted.quote, claims)))[:most]

    plain = [claim for claim in incident.said(Role.SUMMARY) if not claim.content and _says_something(claim)]
    return PastIncident(
        title,
        signs=quote(plain, MAX_SIGNS),
        detected=quote((each for each in incident.said(Role.DETECTION) if _says_something(each)), MAX_SIGNS),
        impact=quote((each for each in incident.said(Role.IMPACT) if _says_something(each)), MAX_SIGNS),
        checks=quote(looked, MAX_CHECKS),
        restored=quote(restored, MAX_SIGNS),
        cause=next(iter(quote(causes, 1)), None),
        steps=quote(steps, MAX_STEPS),
        restarts=quote(restarts, MAX_STEPS),
        lasting=quote((each for each in incident.said(Role.FIX_PERM) if _says_something(each)), MAX_SIGNS),
    )


def _says_something(claim: Claim) -> bool:
    if claim.picture or not claim.text.strip():
        return False
    if claim.code:
        return not is_log_line(claim.text)
    return not (find_placeholder(claim.text) or is_lead_in(claim.text) or is_log_line(claim.text))


def _drop_output(claims: Sequence[Claim]) -> list[Claim]:
    """Return the claims without what commands printed: where a block of code has prompts, only the lines with one."""
    prompted = {claim.block for claim in claims if claim.code and _PROMPT.match(claim.text)}
    return [claim for claim in claims if not claim.code or claim.block not in prompted or _PROMPT.match(claim.text)]


def _divide_fix(fix: Sequence[Claim]) -> tuple[list[Claim], list[Claim]]:
    """Return the steps of a fix, and the lines of one that only starts things again: one of them is empty."""
    done = [(claim, _read_deeds(claim)) for claim in fix]
    deeds = frozenset(deed for _, found in done for deed in found)
    steps = [claim for claim, _ in done if claim.code or not tells_state(claim.text)]
    if FixDeed.CHANGE in deeds or (FixDeed.RESTART not in deeds and deeds - {FixDeed.NEUTRAL}):
        return steps, []
    if FixDeed.RESTART in deeds:
        return [], [claim for claim, found in done if FixDeed.RESTART in found]
    return (steps if any(claim.code for claim in steps) else []), []


def _read_deeds(claim: Claim) -> frozenset[FixDeed]:
    if claim.code or is_command(claim.text):
        return frozenset({FixDeed.RESTART}) if only_restarts(claim.text) else read_code_deeds(claim.text)
    if tells_state(claim.text):
        return frozenset({FixDeed.NEUTRAL})
    return read_deeds(claim.text)


def _read_untold(incident: PageIncident) -> Iterator[list[Claim]]:
    """Yield the claims of each section that counts for no role: 調査, what was tried."""
    counted = {id(section) for sections in incident.sections.values() for section in sections}
    yield from (read_claims(section) for section in incident.part if id(section) not in counted)


def _is_check(claim: Claim) -> bool:
    text = f"{claim.text} {claim.aside}" if claim.row else claim.text
    return _is_typed(claim) or (not claim.code and tells_look(text) and not tells_restored(text))


def _is_typed(claim: Claim) -> bool:
    """Whether a claim is what somebody typed to look: neither its output nor what changes or restarts a thing."""
    typed = _PROMPT.match(claim.text) is not None or (not claim.code and is_command(claim.text))
    return typed and read_code_deeds(claim.text) == {FixDeed.NEUTRAL} and not only_restarts(claim.text)


def _tells_back(claim: Claim) -> bool:
    text = drop_speaker(f"{claim.text} {claim.aside}" if claim.row else claim.text)
    return tells_restored(text) and len(_without_clock(text)) >= _SHORTEST_BACK


_SHORTEST_BACK = 8
"""Letters of a sentence on what is back: 復旧 alone tells nobody where to look."""


def fold_lines(lines: Iterable[ToldLine]) -> tuple[ToldLine, ...]:
    """Return the lines in their order, each once."""
    found: dict[str, ToldLine] = {}
    for each in lines:
        found.setdefault(each.key, each)
    return tuple(found.values())
