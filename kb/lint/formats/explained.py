"""Explain how a credential was found: the rule, the context, and the doubts."""

from __future__ import annotations

from collections.abc import Iterator

from kb.lint.formats.wording import CONFIDENCES, ROLES, WAIVERS, describe_readers
from kb.lint.printable import defuse_commands
from kb.model.facts import Facts, Role
from kb.model.finding import Finding, Safety
from kb.model.page import Entry
from kb.model.secret import Secret
from kb.text.lang import Text, t

DETECTION_CONTEXTS: dict[str, Text] = {
    "password": t("パスワードなど", "a password's"),
    "pass": t("パス、PASS など", "pass or short for it"),
    "pin": t("暗証番号など", "a PIN's"),
    "token": t("トークンなど", "a token's"),
    "bare": t("鍵、キーなど", "key, bare"),
    "shared": t("共有鍵など", "a shared key's"),
    "faint": t("ネットワークの鍵らしい言葉", "faintly a network's"),
    "otp": t("ワンタイムパスワードなど", "a one-time password's"),
    "mark": t("コロンや等号の後", "behind a colon or equals sign"),
    "bracket": t("かっこの中", "in brackets"),
    "loose": t("少し離れた後", "a few words behind"),
    "spoken": t("「は」などの後", "behind is, was changed to"),
    "gap": t("空白の後", "behind a blank"),
    "column": t("列の見出し", "of a column"),
    "row": t("行の見出し", "of a row"),
    "merged": t("結合した列", "of merged columns"),
    "changed": t("変更前と変更後の列", "columns of old and new"),
    "pair-only": t("ID と値の列", "a column of pairs"),
    "labels": t("どちらにも見出し語", "both with their words"),
    "heading": t("見出しが告げる", "as the heading says"),
    "announcement": t("上の文が告げる", "as the sentence above says"),
    "title": t("題名が告げる", "as the title says"),
    "known-name": t("よくある管理用の名前", "a well-known account"),
    "login": t("サインインの話", "where signing in is spoken of"),
    "same": t("名前と同じ値", "the same as the name"),
    "old": t("変更前", "the old one"),
    "new": t("変更後", "the new one"),
    "userinfo": t("利用者名と @ の間", "between user and @"),
    "parameter": t("パラメーター", "a parameter"),
    "hook": t("Webhook", "a webhook"),
    "connection-string": t("接続文字列", "a connection string"),
    "statement": t("利用者を作る、変える文", "one that makes or alters a user"),
    "insert": t("INSERT の値", "a value of INSERT"),
    "pair": t("ID と値の列", "a column of names and values"),
    "slash": t("スラッシュの前後", "around a slash"),
    "colon": t("コロンの前後", "around a colon"),
    "brackets": t("かっこの中", "in brackets"),
    "host-name-password": t("ホスト、名前、値の並び", "host, name and value in a row"),
    "old-new": t("新しいほう、古いほう", "the new or the old one"),
    "named-after": t("値のあとで名を言う", "named after it was said"),
    "used": t("使い方の中", "as one to be used"),
    "told": t("そのまま言う", "told as it is"),
    "authorization": t("Authorization", "Authorization"),
    "bearer": t("Bearer", "Bearer"),
    "cookie": t("Cookie", "Cookie"),
    "keyed": t("鍵を渡すヘッダー", "one that carries a key"),
    "seed": t("登録用の文字列", "the string to set it up"),
    "block": t("BEGIN から END まで", "from BEGIN to END"),
    "putty": t("PuTTY", "PuTTY"),
    "directive": t("項目と値の行", "a directive and its value"),
    "named-value": t("名前と値の組", "a name with its value"),
    "attribute": t("属性", "an attribute"),
    "element": t("要素", "an element"),
    "property": t("プロパティ", "a property"),
    "define": t("定義", "a definition"),
    "base64": t("base64", "base64"),
    "long-option": t("-- で始まるオプション", "an option with two dashes"),
    "literal": t("引用符の中の値", "a quoted value"),
    "mobile": t("携帯", "mobile"),
    "ip": t("IP 電話", "IP telephone"),
    "landline": t("固定電話", "landline"),
    "toll-free": t("フリーダイヤルなど", "toll-free"),
    "word": t("値の前の言葉", "a word in front of the value"),
    "above": t("上の行や見出しが告げる", "as a line or heading above says"),
    "api_token": t("トークンなど", "a token's"),
    "otp_secret": t("ワンタイムパスワードなど", "a one-time password's"),
    "shared_key": t("共有鍵など", "a shared key's"),
    "basic_auth": t("Basic 認証", "Basic authentication"),
    "door": t("鍵、番号で開くもの", "what opens with digits"),
    "asked": t("入力を求めるもの", "what asks for one"),
    "made-up": t("人や機械が作った形", "a made-up shape"),
    "unusual": t("言葉でも名前でもない形", "an unusual shape"),
    "plain": t("名前にもある形", "a shape that names have too"),
    "near": t("近くの言葉", "near its word"),
    "other-sentence": t("別の文の言葉", "a word in another sentence"),
    "entered": t("入力する、開く", "typed or opened with"),
    "screen": t("画面の話", "speech of a screen"),
    "numbered": t("番号と呼ぶ", "called a number"),
    "marked": t("記号の後", "behind a mark"),
    "led": t("かぎかっこや助詞の後", "behind a quote or particle"),
    "last": t("行の終わり", "at the end of its line"),
    "ahead": t("言葉より前", "ahead of its word"),
    "alone": t("それだけの行", "alone on its line"),
    "another-above": t("上の行と同じ並び", "in a row with the line above"),
    "groups": t("カードの区切り方", "in the groups of a card"),
    "rows": t("表の行", "rows of a table"),
    "lines": t("続く行", "lines in a row"),
}
"""What a rule says of the place; names of products and commands stand for themselves."""

DOUBT_FILTERS: dict[str, Text] = {
    "masked": t("伏せ字", "masked"),
    "hash": t("ハッシュ値", "a hash"),
    "variable": t("変数", "a variable"),
    "placeholder": t("記入例", "a placeholder"),
    "vault": t("保管場所の名前", "the name of a vault"),
    "word": t("ふつうの言葉", "a common word"),
    "url": t("アドレス", "an address"),
    "path": t("ファイルの場所", "a path"),
    "date": t("日付", "a date"),
    "address": t("メールアドレス", "a mail address"),
    "host": t("ホスト名", "a host"),
    "example": t("見本の値", "a documented example"),
    "attribute": t("属性", "an attribute"),
    "truncated": t("途中まで", "cut off"),
    "option": t("オプション", "an option"),
    "ticket": t("チケット番号", "a ticket"),
    "named-after-itself": t("項目名", "named after itself"),
    "code": t("プログラムの式", "code"),
    "policy": t("決まりの説明", "a policy"),
    "elsewhere": t("別の場所への案内", "kept elsewhere"),
    "compound": t("値でない語の一部", "part of another word"),
    "change": t("変更などの話", "speech of a change"),
    "otherwise": t("値でない言い方が続く", "followed as no value is"),
    "argument": t("ほかの語の番号", "the number of another word"),
    "no-sentence": t("文ではない行", "no sentence"),
    "of-another": t("ほかのものの説明", "said of another thing"),
    "answered": t("先に値がある", "a value stands before it"),
    "ahead": t("言葉より前", "ahead of its word"),
    "above": t("上の行とのつながりが弱い", "loosely tied to the line above"),
    "name-like": t("名前の形", "shaped like a name"),
    "identifier": t("英文やコードの中の名前", "a name in English text or code"),
    "kept-elsewhere": t("別の場所への案内", "kept elsewhere"),
    "public": t("公開してよいもの", "public"),
    "trouble": t("エラーの話", "speech of an error"),
    "ended": t("廃止や無効の話", "said to have ended"),
    "request": t("依頼の文", "a request"),
    "condition": t("条件の文", "a condition"),
    "desk": t("会社や窓口の番号", "the number of an organisation"),
    "no-word": t("ほかの番号", "another number"),
}
"""What the detector calls its filters."""


def describe_detection(secret: Secret) -> Text:
    """Return the rule and context that decided: `値の前の言葉（パスワードなど、コロンや等号の後）`."""
    from kb.secrets.find import load_detection_rules  # whoever asks for explanations pays for the detectors

    rule = _describe_name({name: each.words for name, each in load_detection_rules().items()}, secret.rule)
    around = [_describe_name(DETECTION_CONTEXTS, each) for each in secret.context.split("/") if each]
    if not around:
        return rule
    return t(
        f"{rule.ja}（{'、'.join(each.ja for each in around)}）", f"{rule.en} ({', '.join(each.en for each in around)})"
    )


def describe_doubts(secret: Secret) -> Text | None:
    """Return what else the value could be, by the filters that did not reject it; None without doubts."""
    doubts = [_describe_name(DOUBT_FILTERS, each) for each in secret.doubts]
    if not doubts:
        return None
    return t("、".join(each.ja for each in doubts), ", ".join(each.en for each in doubts))


def _describe_name(words: dict[str, Text], name: str) -> Text:
    """Return the words for a detector's name; an unknown name stands for itself."""
    return words.get(name) or t(defuse_commands(name), defuse_commands(name))


SAFETIES = {
    True: t("安全（--fix）", "safe (--fix)"),
    False: t("意味が変わりうる（--unsafe-fixes）", "could alter a meaning (--unsafe-fixes)"),
}
"""Whether a finding's fix is safe, in words."""


def explain_finding(entry: Entry, finding: Finding) -> Iterator[Text]:
    """Yield the lines that explain one finding."""
    role = _role(entry.facts, finding)
    lines = [(t("規則", "rule"), t(finding.rule, finding.rule))]
    if role is not None:
        lines.append((t("節", "section"), ROLES[role]))
    if finding.secret is not None:
        lines.append((t("見つけたわけ", "found by"), describe_detection(finding.secret)))
        lines.append((t("読める人", "readers"), describe_readers(entry, finding)))
        if finding.rotated_on:
            on = finding.rotated_on
            lines.append((t("値", "value"), t(f"{on} に更新済み（消すだけ）", f"changed on {on}, only to clean")))
        if (doubts := describe_doubts(finding.secret)) is not None:
            lines.append((t("ほかの見方", "could also be"), doubts))
    elif finding.reason:
        lines.append((t("きっかけ", "test"), t(defuse_commands(finding.reason), defuse_commands(finding.reason))))
    lines.append((t("確からしさ", "confidence"), CONFIDENCES[finding.confidence]))
    if finding.edits:
        lines.append((t("直し", "fix"), SAFETIES[all(change.safety is Safety.SAFE for change in finding.edits)]))
    yield t(
        "・".join(f"{name.ja} {value.ja}" for name, value in lines),
        ", ".join(f"{name.en} {value.en}" for name, value in lines),
    )
    if finding.waiver is not None:
        yield WAIVERS[finding.waiver.kind]
    placed = role is not None or (finding.secret is not None and finding.part == entry.part)
    word = "kb:ignore" if placed else "kb:ignore-page"
    yield t(
        f"このままでよければ: <!-- {word} {finding.code} ここに理由 -->",
        f"to leave it as it is: <!-- {word} {finding.code} your reason -->",
    )


def _role(facts: Facts | None, finding: Finding) -> Role | None:
    """Return the role of the section or item of a finding; None when it is about the whole page."""
    if facts is None:
        return None
    places = [*((fact.span, fact.role) for fact in facts.roles), *((item.span, item.role) for item in facts.items)]
    return next((role for span, role in places if span == finding.span), None)
