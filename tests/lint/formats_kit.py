"""A finding, its document, and what hostile ones look like: for the tests of every format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from kb.errors import ToolError
from kb.lint.engine.request import FindingWriter, LintCounts
from kb.model.document import Kind, Source, Visibility
from kb.model.facts import Confidence, Facts, PageKind
from kb.model.finding import Finding, Severity, Waiver, WaiverKind
from kb.model.page import Entry
from kb.model.secret import LengthClass, Secret, SecretKind
from kb.rules.judge import Judgement
from kb.text.lang import t
from kb.text.lines import Span

FOUND = Finding(
    doc=7,
    part="body",
    code="INC402",
    rule="prevention-placeholder",
    span=Span(12, 3, 12, 7),
    severity=Severity.ERROR,
    confidence=Confidence.HIGH,
    message=t("まだ決まっていません。", "not decided yet."),
    fingerprint="f" * 32,
    content="c" * 32,
    quote="TODO",
)
WARNED = replace(FOUND, code="INC203", rule="cause-shallow", severity=Severity.WARNING)
NOTED = replace(FOUND, code="INC506", rule="title-vague", severity=Severity.INFO)
SECRET = replace(
    FOUND, code="SEC101", rule="vendor-token", span=Span(3, 9, 3, 20), quote="AK**", message=t("トークンです。", "x")
)
CREDENTIAL = Secret(
    SecretKind.PASSWORD,
    Span(3, 9, 3, 20),
    Confidence.HIGH,
    LengthClass.MIDDLE,
    "label",
    "password/mark",
    value_id="1a2b",
)
STANDING = replace(
    FOUND,
    code="SEC101",
    rule="password",
    span=CREDENTIAL.span,
    quote="",
    message=t("パスワードです。", "a password."),
    reason=CREDENTIAL.reason,
    secret=CREDENTIAL,
)
WAIVED = replace(FOUND, waiver=Waiver(WaiverKind.SUPPRESSED, "移行まで", "2027-01-01"))
BASELINED = replace(FOUND, waiver=Waiver(WaiverKind.BASELINED))
ACCEPTED = replace(FOUND, waiver=Waiver(WaiverKind.ACCEPTED, "済んだ件です", by="sato"))

ENTRY = Entry(
    doc=7,
    part="body",
    source=Source.ESA,
    kind=Kind.POST,
    title="注文が二重になる",
    category="不具合共有",
    tags=(),
    wip=False,
    author="",
    url="https://docs.esa.io/posts/7",
    created_at="",
    updated_at="2025-06-01T00:00:00Z",
    human_at="",
    human_by="",
    visibility=Visibility.MEMBERS,
    facts=Facts(PageKind.INCIDENT, "place"),
)
PAGE = Judgement(ENTRY, (FOUND,))
FILE = Judgement(replace(ENTRY, doc="notes/五月 8日.md", source=Source.FILES, kind=Kind.FILE, url=""), (FOUND,))
PRIVATE = Judgement(replace(ENTRY, doc="redmine:9", title="人事の相談", visibility=Visibility.PRIVATE), (FOUND,))
CRASHED = Judgement(ENTRY, (), (ToolError(t("INC402 で判定できませんでした。", "INC402 failed.")),))


class Out(list[str]):
    """Collects what a writer writes."""

    @property
    def text(self) -> str:
        return "".join(self)


def at(judgement: Judgement, findings: tuple[Finding, ...] | None = None, **place: object) -> Judgement:
    """The judgement on another document, with other findings."""
    found = judgement.findings if findings is None else findings
    return Judgement(replace(judgement.entry, **place), found)


def written(out: Out, writer: FindingWriter, *judgements: Judgement, waived: Sequence[Finding] = ()) -> str:
    """What a writer makes of these; `waived` were set aside in the first document."""
    counts = LintCounts()
    for number, judgement in enumerate(judgements):
        counts.add(judgement, judgement.findings)
        writer.add(judgement, judgement.findings, () if number else waived)
    writer.end(counts)
    return out.text


EVIL = (
    "<img src=x onerror=document.title='owned'>",
    "<script>document.title='owned'</script>",
    "</title></style></script><h1>",
    "]]>",
    "<!--",
    "&amp;&#x3c;",
    '" onmouseover="x',
    "\n::error::forged",
    "::error file=a::forged",
    "\r##[error]forged",
    "##vso[task.complete result=Failed]",
    "#\u200d#[error]forged",
    "%0A::error::forged",
    "%25",
    ",line=1::",
    "\x00\x07\x1b[31m\x85\u2028\u202e",
    "\ufffe\uffff",
    "\ud800",
    "| a | b |",
    "a\\|b\\",
    "``` `",
    "[a](https://evil.example/)",
    "![a](https://evil.example/a.png)",
    "https://evil.example/ www.evil.example a@evil.example",
    "@here #123",
    "$x$ **b** _i_ ~~s~~",
    "{{ 7 * 7 }}{% raw %}",
)

hostile = st.lists(
    st.sampled_from(EVIL) | st.text(st.characters(exclude_categories=()), max_size=12), min_size=1, max_size=4
).map("".join)


@st.composite
def pages(draw: st.DrawFn) -> tuple[Judgement, list[Finding]]:
    """A document whose every word is hostile, with findings, and one that was set aside."""
    title, doc, message, reason, url = (draw(hostile) for _ in range(5))
    entry = replace(
        ENTRY,
        doc=draw(st.just(doc) | st.integers(0)),
        title=title,
        category=draw(hostile),
        source=draw(st.sampled_from(Source)),
        url=draw(st.sampled_from(("", url, f"https://docs.esa.io/{url}", f"javascript:{url}"))),
        updated_at=draw(st.just("2025-06-01T00:00:00Z") | hostile),
        visibility=draw(st.sampled_from(Visibility)),
    )
    line = draw(st.integers(1, 9))
    found = replace(
        FOUND,
        doc=entry.doc,
        part=draw(st.sampled_from(("body", "title", "comment:9"))),
        message=t(message, message),
        severity=draw(st.sampled_from(Severity)),
        quote=draw(hostile),
        reason=reason,
        span=Span(line, 1, line + draw(st.integers(0, 2)), 4),
    )
    kind = draw(st.sampled_from(WaiverKind))
    aside = replace(found, waiver=Waiver(kind, reason, draw(hostile), draw(hostile)))
    return Judgement(entry, (found, replace(found, code="SEC101", rule="vendor-token"))), [aside]
