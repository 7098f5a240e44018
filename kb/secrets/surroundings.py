"""Words around a value that say what it is: who signs in, to what, or that only a rule is spoken of."""

from __future__ import annotations

import re

from kb.secrets.vocabulary import alone, any_of

USER = re.compile(
    alone("user_name user_id user login_id login_name login account_name account acct uid logid id od usr e-?mail")
    + "|"
    + any_of(
        """
        ユーザー?名 ユーザー?id ユーザー? ログインid ログイン名 アカウント名 アカウントid アカウント 利用者id 利用者名
        利用者 ログオン名 メールアドレス メール 会員番号 社員番号
        """
    )
    + "|(?:認証|接続|サイン)?id(?![a-z])",
    re.I,
)
"""A name for who signs in."""

LOGIN = re.compile(
    any_of(
        """
        ログイン ログオン サインイン 認証情報 資格情報 接続情報 アカウント クレデンシャル 認証 管理者 管理画面
        コンソール 踏み台 プリンタ 複合機 ルータ スイッチ credentials? creds?\\b \\baccounts?\\b
        ssh ftp rdp vpn idrac ilo\\b ipmi mysql postgres oracle vcenter esxi pppoe smtp snmp
        \\bdb\\b \\bnas\\b \\bap\\b \\bfw\\b
        """
    )
    + r"|\blog ?in\b|sign ?in",
    re.I,
)
"""Speech of signing in, which makes a pair of words a name and its password."""

ACCOUNT = re.compile(
    any_of("アカウント ログイン情報 ログインID 認証情報 資格情報 クレデンシャル 接続情報")
    + r"|\b(?:credentials?|creds?|accounts?)\b",
    re.I,
)
"""Speech of accounts to sign in with, which makes lists of names and values lists of passwords."""

BASIC = re.compile(r"(?:basic|ベーシック|digest|ダイジェスト)[ _-]?(?:認証|auth)|\.?htpasswd|AuthUserFile", re.I)
"""HTTP's own authentication."""

WIRELESS = re.compile(r"wi-?fi|無線|\bssid|\bwpa\d?\b|wlan|アクセスポイント|テザリング", re.I)

_DOINGS = any_of("変更 更新 設定 再発行 発行 リセット 管理(?!画面) 保管 共有 受け渡し 運用 入力 確認")
_ABOUT = any_of("方法 手順 方針 ルール 画面 履歴 フロー 依頼 申請 のお願い について 機能 フォーム")
_ASIDE = re.compile(
    any_of(
        """
        ポリシー 方針 規[定則約] 要件 仕様 履歴 棚卸 文言 設計 改修 バリデーション を忘れ 忘れた 強度 リスト攻撃
        マネージャ policy rules?\\b history reset(?:ting)?\\b forgot feature screen design guideline
        """
    )
    + rf"|{_DOINGS}{_ABOUT}|how to",
    re.I,
)


def aside(text: str) -> bool:
    """Whether a heading with a credential's name speaks of something else: a policy, a screen, how to change it."""
    return bool(_ASIDE.search(text))
