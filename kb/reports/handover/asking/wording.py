"""Word each question: of a line, a program, an incident, a secret, an account, a ticket. Pure."""

from __future__ import annotations

from kb.reports.handover.asking.cues import Cue
from kb.text.lang import Text, space_ascii, t


def ask_about_line(cue: Cue, about: str, host: str = "") -> Text:
    """Return the question that a line leads to; `about` is what it is about, `host` where that runs."""
    ja, en = _ASKS[cue]
    if host:
        return t(f"{host} の {about}: {ja}", f"{about} on {host}: {en}")
    return t(f"「{about}」: {ja}", f"{about}: {en}")


_ASKS: dict[Cue, tuple[str, str]] = {
    Cue.PENDING: (
        "まだ残っているのは何ですか。引き受けた人が最初に困るのは、どこですか。",
        "what is left of it, and where will whoever takes it be stuck first?",
    ),
    Cue.UNFINISHED: (
        "この先が書かれていません。続きに入るはずだったことを、3 行で教えてください。",
        "this ends open. What was to come next, in three lines?",
    ),
    Cue.MANUAL: (
        "いつ、どこで、何をしますか。忘れると何が起き、気づいたあとはどう直しますか。",
        "when, where and what does one do? What happens when it is forgotten, and how is that mended?",
    ),
    Cue.KEPT: (
        "手元にだけあるもの（スクリプト、連絡先、予定、鍵）は何ですか。チームのどこに置けますか。",
        "what is there that only you have (scripts, contacts, dates, keys), and where can the team keep it?",
    ),
    Cue.ASKED: (
        "連絡が来たら、何を見て、何をしていましたか。ほかの人がするには、何の権限が要りますか。",
        "when somebody called, what did you look at and do? Which rights does another person need for it?",
    ),
    Cue.OWNED: (
        "どのアカウントにひもづいていますか。チームのものに変えるには、どの画面で、だれの権限が要りますか。",
        "which account is it tied to? To make it the team's, on which screen, and with whose rights?",
    ),
    Cue.TEMPORARY: (
        "もう外してよいですか。外す前に、何がどうなっていれば大丈夫ですか。",
        "may it go by now, and what has to be true before it does?",
    ),
    Cue.ORAL: (
        "口で伝えた中身を 3 行で教えてください。抜けると困るのはどこですか。",
        "what was said, in three lines, and which part must not be lost?",
    ),
    Cue.CONTACT: (
        "いま連絡する先（会社、窓口、契約の番号の置き場所）はどこですか。登録の連絡先を変えるには、何が要りますか。",
        "whom does one call now, and what does it take to change the registered contact?",
    ),
    Cue.PURPOSE: (
        "今も要りますか。要るかどうかは、だれに聞くか、何を見れば分かりますか。",
        "is it still needed, and whom does one ask, or what does one look at, to know?",
    ),
    Cue.UNSURE: (
        "そう考えたのは何を見たからですか。確かめるなら、何をすればよいですか。",
        "what made you think so, and how could one make sure?",
    ),
    Cue.CRITERION: (
        "この目安はどこから来ましたか。外れたら、まず何をしますか。",
        "where does this figure come from, and what comes first when it does not hold?",
    ),
    Cue.PERIODIC: (
        "次はいつですか。やらないと、だれが、いつ困りますか。",
        "when is it due next, and who is in trouble without it?",
    ),
}


def ask_about_program(host: str, name: str, *, loose: bool) -> Text:
    """Return the question about a program on a host; how it is started is asked where nothing starts it."""
    start_ja = "どのユーザーで、何と打って起動しますか。" if loose else ""
    start_en = " As whom, and with which command, is it started?" if loose else ""
    return t(
        f"{host} の {name} は、何のために動いていますか。止めると、だれが、いつ気づきますか。{start_ja}",
        f"{name} on {host}: what does it do, and who would notice, when, that it has stopped?{start_en}",
    )


def ask_about_machine(name: str) -> Text:
    """Return the question about a machine that is theirs."""
    return t(
        f"{name} は、いま何に使われていますか。止めてよいなら、止める前に何を見ますか。",
        f"{name}: what is it used for now, and what does one look at before it is stopped?",
    )


def ask_about_missing(host: str, name: str) -> Text:
    """Return the question about a script that cron names and that is not there."""
    return t(
        f"{host} の cron にある {name} は、どこへ行きましたか。ここの行は消してよいですか。",
        f"{name} in the cron of {host}: where did it go, and may the line be deleted?",
    )


def ask_about_incident(title: str, *, restart: bool) -> Text:
    """Return the question about an incident whose page says too little."""
    if restart:
        return t(
            f"「{title}」で、再起動の前に何を見て、そう決めましたか。再起動してはいけないのはどんなときですか。",
            f"{title}: what did you look at before the restart, and when must one not restart?",
        )
    return t(
        f"「{title}」の原因に、心当たりはありますか。次に起きたら、最初に何を見ますか。",
        f"{title}: what do you think was the cause, and what does one look at first next time?",
    )


def ask_about_secret(kind: Text, opens: Text, page: str) -> Text:
    """Return the question about a secret they know, by the title of its page."""
    return t(
        f"「{page}」にある{f'{opens.ja}の' if opens.ja else ''}{kind.ja}は、どこに設定してありますか。"
        "変えるとき、どの順で入れ替えますか。",
        f"the {kind.en}{f' ({opens.en})' if opens.en else ''} on {page}: where is it configured, and in which order "
        "is it replaced?",
    )


def ask_about_account(system: Text, name: str) -> Text:
    """Return the question about an account of theirs that is kept."""
    return t(
        f"{space_ascii(system.ja).lstrip()}のアカウント {name} は、どの仕事（ジョブ、スクリプト、通知）が"
        "使っていますか。止める前に、何を入れ替えますか。",
        f"the account {name} in {system.en}: which jobs, scripts or notices use it, and what is replaced before it "
        "is closed?",
    )


def ask_about_ticket(title: str) -> Text:
    """Return the question about an open ticket of theirs."""
    return t(
        f"「{title}」は、どこまで済んでいますか。次の一手と、待っている相手がいればだれかを教えてください。",
        f"{title}: how far is it, what is the next step, and is anybody waited for?",
    )
