"""What a clause says about a word in it: that it is what something was set to, or that it is something else.

Closed lists of particles, verbs and nouns, each tried at one place and over a bounded stretch.
"""

from __future__ import annotations

import re

_CLOSE = r"[」』)\"'`*_@]{0,3}[ \t]*"
_TELLS = re.compile(
    _CLOSE + r"(?:です(?!が?、?(?:読め|エラー))|でした|だ(?:そう|よ|った|と|ね|けど|が|から)?(?![A-Za-z])|である"
    r"|とのこと|の?まま|のほう(?!を)|の方が|が正|なので"
    r"|にて?(?:変更|変え|設定|再設定|統一|リセット|し(?:まし|た|て|ます|と[きく])|戻|なっ|なり|なる|切り?替"
    r"|差し?替|書き?換|合わせ|揃え|固定"
    r"|セット|改め|決)"
    r"|で(?:開|解|入[りれっる]|ログ|通[りっるれ]|作|外[れしす]|再設定|お願い|ok|いけ|動|合|認証|サイン|接続|つな"
    r"|繋|頼|大丈夫|設定|復号|展開)"
    r"|を(?:入力|入れ|打|押|お?使|貼|お?試|叩|渡|セット|設定|回|ダイヤル|指定|送)|と(?:入力|打|押|入れ|回|叩"
    r"|書い|の|伝え|言|唱)"
    r"|(?:と|が|も)?(?:残|有効|生き)|[にへ](?:替|代|換|改|入れ替|変)|が(?:必要|要)|を[。]?$|で(?:出|取り出|始)|←)",
    re.I,
)
_TELLS_EN = re.compile(
    r"[\"'`)]{0,2}(?:,? (?:same as|since|until|for now|works|is the|as (?:the|your) pass|followed by"
    r"|first|again|instead|today|"
    r"to (?:unlock|open|get|enter|log|sign|disarm)|and (?:push|press|then|wait)|within|twice|at night)|[.,;](?: |$))",
    re.I,
)
_OTHERWISE = re.compile(
    _CLOSE + r"(?:では|には|の(?!まま|ほう(?!を)|方(?!を)|はず|よう(?!な|に))|[をにへ]|まで|以[降上下内前外]|形式|方式"
    r"|だけ(?!で)|で(?:申請|依頼|問|連絡|確認|管理|検索|起票)"
    r"|という(?:変数|名|ファイル|項目|設定|エラー|メッセ)|など|等|といった|[はがも](?!正)|から(?!は)|より|経由"
    r"|担当|さん|様"
    r"|時|年|月|日|分|秒|円|件|個|台|名|本|枚|冊|行|列|番|号|桁|版|回|人|階|文字|部|度|歳|社|点|章|ページ|バイト"
    r"|[～〜~]"
    r"|[ \t]+(?:means|indicates)\b|[ \t]*(?:kb|mb|gb|ms|件|円|times|hours|days|minutes|bytes|people)\b)",
    re.I,
)
"""What follows a word that is somebody, somewhere or so many. Tried when nothing tells that it was set."""

_CALLED = re.compile(
    _CLOSE
    + r"(?:という(?:変数|名|ファイル|項目|設定|エラー|メッセ)|(?:の)?(?:形式|方式|書式|カラム|フィールド|項目|変数)"
    r"|のような|といった"
    r"|では(?!あり|な[くい]|ござ)|の(?:当番|担当|手順|画面)"
    r"|を(?:返|参照|マージ|実行|確認)|に(?:移|入れま|保管|保存|確認中)|だけ(?!で))"
)
_NOUNS = (
    r"urls?|host(?:name)?|ホスト名?|サーバー?名?|ip|ポート|port|ssid|型番|機種名?|型式|品番|製番"
    r"|シリアル(?:番号)?|バージョン|version|ver|守衛|総務|窓口|フロント|事務局|担当者?"
    r"|連絡先|宛先?|端末名?|ドメイン|ユーザー?(?:名|id)?|利用者(?:名|id)?|アカウント名?|ログイン(?:名|id)|[io]d"
    r"|user(?:name)?|login|account"
    r"|氏名|名前|エラー(?:コード)?|例|例えば|たとえば|図|表|ファイル名?|添付|変数名?|キー名|項目|保管先"
    r"|保管場所|保存先|方式|形式|期限|日時?"
    r"|時刻|内線|外線|電話(?:番号)?|tel|fax|ファックス|phone|契約(?:番号|no)?|資産(?:番号)?|管理番号|社員番号"
    r"|コミット|commit|branch|ブランチ|タグ"
    r"|tag|チケット|ticket|issue|pr|エイリアス|alias|発行元|項番|予約|モデル|model|コマンド|バケット"
    r"|リージョン|スキーマ|テーブル"
    r"|name|(?<!暗証)(?<!解錠)(?<!解除)(?<!開錠)[一-龠]{2,4}番号|会議|件名|検索|キーワード|金額|数量|部屋|号室"
    r"|伝票|受付番号|問い?合わせ番号|郵便|〒|no\.?"
    r"|メール(?:アドレス)?|mail|代表|直通|緊急連絡先|order"
    r"|build|rev(?:ision)?|room|ext(?:ension)?\.?"
    r"|case|error|code(?= e)|line|page|form|step|item|part|serial|asset|contract|invoice|year|sid|pid|kill|job|id"
)
_OTHER = re.compile(
    rf"(?<![a-z])(?:{_NOUNS})(?:欄|番号)?(?:\([^()]{{0,16}}\))?[\s」』)*_]{{0,3}}(?:は|が|を|に|も|の|:|=|→|/|へは"
    rf"|には)?[\s「『`\"'(*_]{{0,4}}$",
    re.I,
)
_WORD_BEFORE = re.compile(r"(?P<word>[A-Za-z][A-Za-z0-9_-][A-Za-z0-9_.-]{0,60})[ \t]+[\"'`(]?$")
_SAYING = re.compile(
    r"(?:is|are|was|to|be|now|still|with|use|using|try|type|enter|press|punch|dial|takes?|wants?"
    r"|needs?|pin|code|pass(?:word|phrase|code)?|"
    r"pw|like|new|old|and|then|it's|key|wifi|wi-fi|admin|root|switch|firewall|router|one|set|say"
    r"|says|give|combination|lock|door|safe)",
    re.I,
)
_AT = re.compile(
    r"(?:call|ask|contact|open|see|visit|in|on|at|by|from|via|see|run|of|under|called|named|form|version|build|host|server|user|as|for)",
    re.I,
)
_LEADS = re.compile(r"(?:→|⇒|->|=>|:|=|「|『|`|…|・・|は|\(|、|,)[ \t「『`\"'*(]*$")

_POLICY = re.compile(
    r"文字(?:以上|以内|種|数|列長)|以上(?:の|と|に|を|で)|未満|桁(?:以上|の|から|に)|含[めむ]|禁止|避け|推測"
    r"|推奨|強度|ポリシー|規則|ルール|要件|"
    r"at least|must|policy|should (?:not|be)|minimum|characters|複雑",
    re.I,
)
_EXAMPLE = re.compile(
    r"例(?:[:えは)]|$)|など|のような|のように|といった|サンプル|ダミー|見本|such as|e\.g\.|(?<![.@\w])(?:example"
    r"|dummy|sample"
    r"|placeholder)(?![.\w])",
    re.I,
)
_KEPT = re.compile(
    r"1 ?password|kee ?pass|keeper|bitwarden|lastpass|vault|secrets? manager|parameter store|参照|別途"
    r"|別便|別送|口頭|電話で|(?:メール|dm|チャット)で"
    r"|伏せ|非公開|(?:書|記載し|載せ|貼ら|共有し|配布し?|お伝えし)(?:ない|ません|ず)|保管先|場所|にあります"
    r"|管理ツール|環境変数"
    r"|変数で|ask |stored in|kept in",
    re.I,
)
_PUBLIC = re.compile(r"公開鍵|公開キー|\bpublic[ _-]?key|貼って(?:も)?よい", re.I)
_TROUBLE = re.compile(
    r"失敗|エラー(?!なし)|\berror|fail|denied|拒否|ハッシュ|\bhash|\benc\b|encrypted|指紋"
    r"|fingerprint|暗号化済|脆弱性|cve-",
    re.I,
)
_ENDED = re.compile(r"廃止|無効|失効|取り?消し|撤去")
_REQUEST = re.compile(
    r"(?:変更|設定|入力|再設定|申請|連絡|確認)(?:を)?(?:お願い|してください|して下さい|すること|ください)"
    r"|変えてください|please (?:ask|change|set|choose)",
    re.I,
)
_CONDITION = re.compile(
    r"(?:場合|なら|(?<!かれ)(?<!られ)たら|れば|とき)(?:は|に)?[、 ]|\bif\b|\bwhen\b(?! (?:asked|prompted|it asks"
    r"|you are asked))",
    re.I,
)


_ENTERED = re.compile(
    _CLOSE
    + r"(?:と(?:入れ|入力|打|決定)|を(?:入力|打|入れ(?!替|換)|押[しす])|で(?:入[れるっりろ]|開[きくけい]|解除|解凍|復号"
    r"|ログ[イオ]ン)|\[enter\])",
    re.I,
)


def is_entered(text: str, end: int) -> bool:
    """Whether a word is typed, pressed or opened with."""
    return bool(_ENTERED.match(text, end))


def is_prose(text: str) -> bool:
    """Whether a line is a sentence and no command: Japanese, or plain words of English."""
    return bool(_KANA.search(text)) or (len(_PLAIN.findall(text)) >= 4 and not _OPTION.search(text))


_KANA = re.compile(r"[ぁ-んァ-ヶ一-龠]")
_PLAIN = re.compile(r"(?<![^\s(\"'`])[a-z]{2,14}(?=[\s,.;:?!)\"'`])", re.I)
_OPTION = re.compile(r"(?:^|\s)--?[a-z]|[|&]{1,2} |\$\w|^\S+\(\d*\)|=\S", re.I)


def is_called(text: str, end: int) -> bool:
    """Whether what follows a word says that it is a name, a form or somebody's, and no value."""
    return bool(_CALLED.match(text, end))


_FOR_EXAMPLE = re.compile(r"(?:例|例えば|たとえば|e\.g\.|記入例)[ \t]*[:は、]?[ \t「『`\"'(]*$", re.I)


def is_example(text: str, start: int, end: int) -> bool:
    """Whether a word is said to be an example, right before it, and not denied to be one."""
    return bool(_FOR_EXAMPLE.search(text[max(0, start - 12) : start])) and not _DENIED.match(text, end)


_DENIED = re.compile(_CLOSE + r"(?:では(?:あり|な[くい])|のまま)")


def says_it_is_set(text: str, end: int) -> bool:
    """Whether what follows a word says that it was set, is valid or is to be typed."""
    return bool(_TELLS.match(text, end) or _TELLS_EN.match(text, end))


def says_otherwise(text: str, end: int) -> bool:
    """Whether what follows a word makes it a place, a measure, a person or the subject of something else."""
    return bool(_OTHERWISE.match(text, end))


def names_other_before(text: str, start: int) -> bool:
    """Whether the word right before another says what that is, and it is no credential: 型番は …, ID …, see …."""
    before = text[max(0, start - 32) : start]
    if _OTHER.search(before):
        return True
    word = _WORD_BEFORE.search(before)
    return bool(word and _AT.fullmatch(word["word"]) and not _CHOSEN.search(before))


_CHOSEN = re.compile(r"(?:settled|agreed|decided|landed) on[ \t]+[\"'`]?$", re.I)


def is_argument(text: str, start: int) -> bool:
    """Whether digits stand behind a word of Latin letters that does not announce a value: `sid 1937`."""
    word = _WORD_BEFORE.search(text[max(0, start - 32) : start])
    return bool(word and not _SAYING.fullmatch(word["word"]))


_MARKED = re.compile(r"(?:→|⇒|->|=>|:|=|\||…|・・)[ \t「『`\"'*(]*$")


def follows_mark(text: str, start: int) -> bool:
    """Whether a mark that says "is" stands right before a word."""
    return bool(_MARKED.search(text[max(0, start - 8) : start]))


_PREDICATE = re.compile(r"[」』)`\"'*”]{0,3}(?:\([^()\n]{0,40}\))?[ \t]*(?:が|は|という|って|を)[^。、]{0,16}$")


_PREDICATE_EN = re.compile(
    r"[\"'`)]{0,2}[ \t](?:as|is|for|when (?:it|they|you|the \w+) ?(?:is|are)? ?ask(?:s"
    r"|ed)?(?: for)?)[ \t](?:[a-z'-]{1,12}[ \t]){0,3}",
    re.I,
)


def is_predicate(between: str) -> bool:
    """Whether what stands between a word and the governor behind it makes the one the other: …が検証用のPWです."""
    return bool(_PREDICATE.match(between) or _PREDICATE_EN.fullmatch(between))


_CONTINUED = re.compile(
    r"[」』)`\"'*_]{0,3}[ \t]*(?:、|,|・|/|と|や|→|⇒|->|から|and"
    r"|or)[ \t]*[^。!-~]{0,12}(?:[A-Za-z]{1,12}[ \t]+)?[「『`\"'*_( \t]{0,3}"
)


def is_continued(between: str) -> bool:
    """Whether what stands between two values makes the second one more of the same."""
    return bool(_CONTINUED.fullmatch(between))


_NUMBER = re.compile(r"(?:番号|コード|ナンバー|数字)[ \t]?(?:は|が|を|も|:|→|=)?[ \t「]*$")


def is_numbered(text: str, start: int) -> bool:
    """Whether the word right before another calls it a number or a code."""
    return bool(_NUMBER.search(text[max(0, start - 10) : start]))


SCREEN = re.compile(r"画面|ログ[オイ]ン|サインイン|保護|聞かれ|求められ")
"""Where something is typed."""


def follows_topic(text: str, start: int) -> bool:
    """Whether a mark or the particle of a topic stands right before a word."""
    return bool(_LEADS.search(text[max(0, start - 8) : start]))


_DOUBTS = (
    ("policy", 2.0, _POLICY),
    ("example", 3.0, _EXAMPLE),
    ("kept-elsewhere", 2.0, _KEPT),
    ("public", 3.0, _PUBLIC),
    ("trouble", 1.5, _TROUBLE),
    ("ended", 1.5, _ENDED),
    ("request", 1.0, _REQUEST),
    ("condition", 0.5, _CONDITION),
)


def find_clause_doubts(text: str) -> list[tuple[str, float]]:
    """What a stretch of text says that makes its words less likely to be values."""
    return [(name, weight) for name, weight, pattern in _DOUBTS if pattern.search(text)]


_SENTENCE = re.compile(r"[。!?](?=[^!-~]|$)|[.!?][ \t]+(?=[A-Z\u3040-\u9fff])")
_CLAUSE = re.compile(r"[、,;](?=[ \t]|[^!-~]|$)|[、]|[ \t]/[ \t]")


def find_sentence(text: str, start: int, end: int, reach: int = 160) -> tuple[int, int]:
    """Where the sentence around a word begins and ends, no farther away than `reach`."""
    first = max(0, start - reach)
    for found in _SENTENCE.finditer(text, first, start):
        first = found.end()
    after = _SENTENCE.search(text, end, min(len(text), end + reach))
    return first, after.start() if after else min(len(text), end + reach)


def count_clauses_between(text: str, start: int, end: int) -> int:
    """How many clauses end between two places."""
    return sum(1 for _ in _CLAUSE.finditer(text, start, end))
