"""Words that say whose number stands beside them: a person's, an organisation's desk, a thing's."""

from __future__ import annotations

import re

PERSON = re.compile(
    r"(?<!お客)(?<!皆)様|(?<!皆)(?<!たく)さん(?![ぁ-ん])|氏名|[一-龠々]氏(?![一-龠])|殿(?![一-龠])|名前|担当者|社員|当番"
    r"|自宅|実家|本人|家族|名簿|連絡網|顧客名|宛名|応募者|利用者|会員名|患者|生徒|緊急連絡先"
    r"|部長|課長|係長|主任|社長|所長|店長|監督|先生|(?:^|\|)[姓名](?:\||$)|名字|苗字|フリガナ|ふりがな"
    r"|\bfull ?name\b|\bname\b",
    re.I,
)
"""Somebody, or a column or a list of somebodies."""

DESK = re.compile(
    r"サポート|窓口|問い?合わ?せ|ヘルプデスク|コールセンター|カスタマー|代表|保守|ベンダー|受付|株式会社|\(株\)|有限会社"
    r"|合同会社|会社|営業所|支店|支社|本社|本店|工場|センター|事務所|オフィス|店舗|拠点|事業所|施設|取引先|メーカー"
    r"|営業時間|受付時間|平日|会議|電話参加|\(代\)|[市区町村]役所|役場|[一-龠]署(?!名)|管理室|警備|ブリッジ|ダイヤルイン|dial-?in"
    r"|(?<![a-z])tel[.: ]{0,3}\(?0[\d()-]{8,14}[ /,]{1,4}fax"
    r"|NTT|KDDI|電力|警察|消防|病院|support|help ?desk|hot ?line|call ?cent(?:er|re)|customer|office|reception|vendor",
    re.I,
)
"""An organisation, or the part of it that answers."""

PLACE = re.compile(
    rf"{DESK.pattern}|店(?![一-龠])|館(?![一-龠])|校(?![一-龠])|データセンター|DC\b|所在地|倉庫|会場|企業|法人", re.I
)
"""What has an address and is nobody."""

EXAMPLE = re.compile(
    r"例[)):: ]|の例|記入例|入力例|例えば|サンプル|ダミー|形式|placeholder|(?<![@.])example(?!\.[a-z])|sample"
    r"|dummy|e\.g\.|正規表現|ハイフンなし",
    re.I,
)
"""What follows is made up."""

_THINGS = (
    "注文|受注|発注|伝票|追跡|見積|請求書?|申請|製造|部品|商品|品目|口座|学籍|証券|整理|シリアル|ロット|チケット|ポイント(?:カード)?"
    "|ギフト(?:カード)?|プリペイド(?:カード)?|保険者?|免許証?|住民票|年金|ライセンス|デバイス|製品|案件|振込|ログ|品番|型番|[会社]員(?:証)?の?"
)
_NUMBERED = "問い?合わ?せ|受付|予約|会議|法人|登録|顧客|管理|契約|決済|取引|処理"
_CALLED = (
    "order|ticket|serial|sku|trace|req|request|account|tran(?:saction)?|track(?:ing)?|invoice|member|ts|epoch|version|ver"
    "|isbn|jan|ean|imei|commit|sha|port|arn|build|no\\.?|id|uuid|issue|points?|gift"
)
THING = re.compile(
    rf"(?:(?:{_THINGS})(?:番号|コード|ID|No\.?)?|(?:{_NUMBERED})(?:番号|コード|ID|No\.?)"
    r"|[一-龠](?<!電話)(?<!携帯)(?<!連絡先)(?<!直通)(?<!個人)(?<!新)番号|#|アカウント(?:ID)?"
    rf"|(?<![A-Za-z])(?:{_CALLED})(?:[ _-]?(?:id|no\.?|number|code))?)[ \t:=#は\"'「(`]*\Z",
    re.I,
)
"""The name of another number, right before it."""

TELEPHONE = re.compile(
    r"電話|デンワ|着信|発信|架電|入電|家電(?![一-龠])|caller|携帯|ケータイ|連絡|直通|宅(?![一-龠])|ファックス|ファクス|スマホ"
    r"|(?<![a-z])(?:tel|fax|phone|mobile|cell|call)(?![a-z])|☎|📞",
    re.I,
)
MY_NUMBER = re.compile(r"マイナンバー|個人番号|my[ _-]?number|特定個人情報|通知カード|kojin[_ -]?bango", re.I)
CARD = re.compile(
    r"(?<!ポイント)(?<!ギフト)(?<!会員)(?<!社員証の)(?<!プリペイド)(?<!sim)(?<!sim )カード(?![ァ-ヶー])"
    r"|クレジット|クレカ|credit|(?<![a-z])(?:card|pan|visa|jcb|amex)(?![a-z])|card[_ -]?(?:no|num)|master ?card"
    r"|マスターカード|アメックス|american express|ダイナース|diners|discover|銀聯|union ?pay",
    re.I,
)
CARD_AFTER = re.compile(r"(?<![a-z])(?:exp|cvc|cvv)|有効期限|名義|セキュリティコード", re.I)
"""What stands behind the number of a card."""
