"""The signs of a finished ticket in words: a clause each, with who and when. Pure."""

from __future__ import annotations

from collections.abc import Callable, Collection

from kb.lang import Text, t
from kb.reading.finished import Evidence, Sign
from kb.reading.ticket_state import TicketState, Told


def called(name: str) -> str:
    """A person's name as one speaks of them."""
    return name if name.endswith(("さん", "様", "氏")) else f"{name}さん"


def in_words(state: TicketState, found: Collection[Evidence], day: Callable[[str], str] = str) -> Text:
    """All signs, side by side. `day` writes a day (ISO) as it is to be read; "" for none."""
    clauses = [_clause(state, each, day) for each in found]
    return t("、".join(each.ja for each in clauses), ", ".join(each.en for each in clauses))


def _clause(state: TicketState, evidence: Evidence, day: Callable[[str], str]) -> Text:
    who = _who(evidence.told, day)
    match evidence.sign:
        case Sign.STATUS:
            return t(f"状態「{state.status}」{who.ja}", f'status "{state.status}"{who.en}')
        case Sign.NOTE:
            return t(f"完了した旨の注記{who.ja}", f"a note that it is finished{who.en}")
        case Sign.DEED:
            return t(f"作業した旨の注記{who.ja}", f"a note on work that was done{who.en}")
        case Sign.RATIO:
            return t(f"進捗率 100%{who.ja}", f"100 % done{who.en}")
        case Sign.CHILDREN:
            ja, en = f"子チケット {evidence.what} 件がすべて終了", f"all of its {evidence.what} subtasks closed"
            return t(f"{ja}{who.ja.replace('（', '（最後は ', 1)}", f"{en}{who.en.replace('(', '(the last: ', 1)}")
        case Sign.PAGE:
            return t(f"障害の記事 {evidence.what} が完了{who.ja}", f"its incident page {evidence.what} done{who.en}")


def _who(told: Told, day: Callable[[str], str]) -> Text:
    """In brackets, who and when, as far as it is told."""
    on = day(told.on) if told.on else ""
    ja = "、".join(part for part in (called(told.by) if told.by else "", on) if part)
    en = ", ".join(part for part in (told.by, told.on) if part)
    return t(f"（{ja}）" if ja else "", f" ({en})" if en else "")
