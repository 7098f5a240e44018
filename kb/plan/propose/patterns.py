"""Compile patterns people typed: refuse catastrophic ones, stop slow ones.

A repeat within a repeat doubles the work with every character and is refused. Repeats in a row are common and usually
quick, so a run's matching has a budget of processor time; the title that exhausts it is named.
"""

from __future__ import annotations

import re
import signal
import threading
import time
import warnings
from types import FrameType, TracebackType

from kb.errors import UsageError
from kb.plan.propose.post import PostHead
from kb.secrets.mask_document import mask_text
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy
from kb.text.pattern_cost import MAX_COST, measure_pattern

MATCH_CHUNK = 20
"""Characters an unbounded repeat is counted as: four in a row stay below TOO_MANY ways, a nested one does not."""
MAX_PATTERN_LENGTH = 500
MATCHING_S = 10.0
"""Processor seconds for a run's matching; 10,000 titles of usual patterns take a tenth of one."""

_UNREADABLE = compile_lazy(r"\(\?(?:#|[A-Za-z]*x)")


class MatchBudget:
    """Processor time for matching, spent in `with` blocks; exhausting it raises UsageError.

    `re` checks for signals while it works, so an alarm can end it; in a thread nothing does.
    """

    __slots__ = ("_before", "_begun", "left_s", "title")

    def __init__(self, seconds: float = MATCHING_S) -> None:
        self.left_s = seconds
        self.title = ""

    def of(self, post: PostHead) -> MatchBudget:
        """Return the same budget with a post to name in the error."""
        self.title = f"esa:{post.number}"
        return self

    def __enter__(self) -> None:
        if threading.current_thread() is threading.main_thread():
            self._before = signal.signal(signal.SIGVTALRM, _raise_spent)
            signal.setitimer(signal.ITIMER_VIRTUAL, max(self.left_s, 0.001))
        self._begun = time.process_time()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.left_s -= time.process_time() - self._begun
        if threading.current_thread() is threading.main_thread():
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
            signal.signal(signal.SIGVTALRM, self._before)
        if isinstance(error, _BudgetSpent):
            raise UsageError(
                t(
                    f"{self.title} の題名で、パターンの照合が終わりません。",
                    f"matching the title of {self.title} does not end.",
                ),
                t(
                    "* や + を減らすか、[^_]+ のように範囲を狭めてください。",
                    "use fewer * and +, or narrower ones as in [^_]+.",
                ),
            ) from None


class _BudgetSpent(Exception):
    """The time is used up."""


def _raise_spent(number: int, frame: FrameType | None) -> None:
    raise _BudgetSpent


def compile_pattern(written: str, where: str) -> re.Pattern[str]:
    """Compile a pattern; `where` names its origin (`--match`) in messages.

    Raises UsageError for an empty or invalid pattern, and for one that might not end in time.
    """
    why = None
    if not written:
        why = t("空です", "it is empty")
    elif len(written) > MAX_PATTERN_LENGTH:
        why = t(f"{MAX_PATTERN_LENGTH:,} 文字を超えています", f"it has more than {MAX_PATTERN_LENGTH:,} characters")
    elif _UNREADABLE.search(written):
        why = t("(?x) と (?#…) は使えません", "(?x) and (?#…) are not taken")
    if why is not None:
        raise _pattern_error(where, written, why, t("例: '^(\\d{4})年(\\d+)月'", "example: '^(\\d{4})-(\\d+)'"))
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            made = re.compile(written)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise _pattern_error(
            where,
            written,
            t(f"正規表現として読めません（{error}）", f"not a valid regular expression ({error})"),
            t("括弧と \\ の数を確かめてください。", "check its brackets and backslashes."),
        ) from None
    if measure_pattern(written, MATCH_CHUNK).ways >= MAX_COST:
        raise _pattern_error(
            where,
            written,
            t(
                "繰り返しが多すぎて、題名によっては終わりません",
                "it repeats too much, and would not end on some titles",
            ),
            t(
                "* と + は 4 つまでにし、繰り返しの中に繰り返しや | を入れないでください。",
                "have at most four * or +, and put neither repeats nor | into a repeat.",
            ),
        )
    return made


def compile_template(match: re.Pattern[str], to: str, where: str) -> str:
    """Check a replacement. Raises UsageError for groups the pattern lacks, and for a category."""
    if "/" in to:
        raise _pattern_error(
            where,
            to,
            t("題名に「/」は書けません", 'a title cannot get a "/" this way'),
            t("分類を変えるのは kb plan move です。", "kb plan move is what changes categories."),
        )
    try:
        match.sub(to, "")
    except (re.error, IndexError) as error:
        raise _pattern_error(
            where,
            to,
            t(f"置き換えとして読めません（{error}）", f"not a valid replacement ({error})"),
            t("例: '【障害】\\1'（\\1 は 1 つ目の括弧）", "example: '[down] \\1' (\\1 is the first group)"),
        ) from None
    return to


def _pattern_error(where: str, written: str, why: Text, next_step: Text) -> UsageError:
    shown = mask_text(written)[:60]
    return UsageError(t(f"{where}「{shown}」: {why.ja}。", f"{where} {shown!r}: {why.en}."), next_step)
