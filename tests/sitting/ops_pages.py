"""An operations team's folder, with the credentials people leave in one. All of it is invented."""

from __future__ import annotations

from pathlib import Path

VALUES = (
    "Kumo7-Hikari", "sakura88momo", "Fumi-Maguro9", "Kb-dev#2031", "Nagi_4471x", "Asagi!Tsuki5", "hina-matsuri33",
    "Yodo-Gawa#77", "4821", "705513", "kb-psk-Tsurumi08", "Wi-Asahi2291", "Momiji%3Fall9", "Mizu8-Kaze",
    "k7f3m9q2x5z8w1n4b6d0c3v7h2", "p4w9t2n7c1x6m3k8v5j0b7r2d9",
    "glpat-Zr7Kq2Wm9Xc4Vb6Nt1Hs", "wJx8Rk2mQ4vT7nZ1cB5yH9sD3fG6pL0aK8eU2iO4", "JBSW64TMMQQHO33SNRSCA5DI",
    "Tsubaki-Old17", "Tsubaki-New18", "090-0173-4826",
)  # fmt: skip
"""Every value the pages hold, and no output may."""

_INCIDENT = """---
title: "{title}"
category: "不具合共有/2026"
tags: [障害]
updated_at: {day}T09:00:00+09:00
---
## 影響
{day} 10:20 から 40 分、{effect}。

## 原因
{cause}

## {fix}
{done}

## 再発防止
{prevention}
"""

PAGES = {
    "console.md": """---
title: 配信管理画面の入り方
category: 運用/手順
updated_at: 2026-11-20T09:00:00+09:00
---
# 配信管理画面の入り方

- URL: https://console.adteam.example/login
- ID: opsadmin
- パスワード: Kumo7-Hikari
""",
    "dev.md": """---
title: 開発環境のつなぎ方
category: 運用/手順
updated_at: 2026-11-18T09:00:00+09:00
---
# 開発環境のつなぎ方

| ホスト | ユーザー | パスワード |
|---|---|---|
| dev-web01 | deploy | Kb-dev#2031 |
| dev-db01 | dbadmin | sakura88momo |
| dev-batch01 | root | Fumi-Maguro9 |
""",
    "handover.md": """---
title: 引き継ぎメモ
category: 運用/引き継ぎ
updated_at: 2026-11-02T09:00:00+09:00
---
# 引き継ぎメモ

管理画面は console と同じで、パスワードは「Kumo7-Hikari」です。
監視の root / Asagi!Tsuki5 でログインできます。
""",
    "network.md": """---
title: 会議室と拠点のネットワーク
category: 運用/ネットワーク
updated_at: 2026-10-11T09:00:00+09:00
---
# 会議室と拠点のネットワーク

SSID: adteam-guest
Wi-Fi パスワード: Wi-Asahi2291

```
crypto isakmp key kb-psk-Tsurumi08 address 192.0.2.7
```

入室の暗証番号は 4821 です。
""",
    "deploy.md": """---
title: デプロイの手順
category: 運用/手順
updated_at: 2026-11-10T09:00:00+09:00
---
# デプロイの手順

```sh
export AWS_SECRET_ACCESS_KEY=wJx8Rk2mQ4vT7nZ1cB5yH9sD3fG6pL0aK8eU2iO4
git clone https://oauth2:glpat-Zr7Kq2Wm9Xc4Vb6Nt1Hs@git.adteam.example/ads/delivery.git
mysql -h dev-db01 -u dbadmin -psakura88momo ads
```

DATABASE_URL=postgres://ads:Mizu8-Kaze@db.adteam.example:5432/ads
""",
    "notify.md": """---
title: 通知の設定
category: 運用/監視
updated_at: 2026-09-30T09:00:00+09:00
---
# 通知の設定

- 障害: https://chat.adteam.example/hooks/k7f3m9q2x5z8w1n4b6d0c3v7h2
- 定期: https://chat.adteam.example/hooks/p4w9t2n7c1x6m3k8v5j0b7r2d9
""",
    "zip.md": """---
title: 代理店へ送るファイル
category: 運用/手順
updated_at: 2026-08-01T09:00:00+09:00
---
# 代理店へ送るファイル

ZIP の解凍パスワード：Nagi_4471x
7z a -pYodo-Gawa#77 report.7z report.csv
""",
    "otp.md": """---
title: 二段階認証の引き継ぎ
category: 運用/引き継ぎ
updated_at: 2026-07-15T09:00:00+09:00
---
# 二段階認証の引き継ぎ

シークレットキー: JBSW64TMMQQHO33SNRSCA5DI
予備の PIN: 705513
""",
    "changes.md": """---
title: パスワードの定期変更
category: 運用/記録
updated_at: 2026-11-21T09:00:00+09:00
---
# パスワードの定期変更

2026-11-21 バッチ用 DB のパスワードを「Tsubaki-Old17」→「Tsubaki-New18」に変更しました。
""",
    "training.md": """---
title: 新人研修の環境
category: 運用/研修
updated_at: 2026-11-05T09:00:00+09:00
---
# 新人研修の環境

毎朝作り直す演習用の環境です。外からは届きません。

パスワード: hina-matsuri33

夜間の連絡先: 田中 090-0173-4826
""",
    "quiet.md": """---
title: パスワードの決まり
category: 運用/規程
updated_at: 2026-11-01T09:00:00+09:00
---
# パスワードの決まり

パスワードは 12 文字以上にします。1Password の「運用」に置き、ページには書きません。
""",
    "incident-login.md": _INCIDENT.format(
        title="【済】管理画面に入れない（仮パスワードは Momiji%3Fall9）",
        day="2026-11-12",
        effect="管理画面にログインできなかった",
        cause="証明書の期限が切れていた。更新の通知先が退職者のままだったため。",
        fix="対処",
        done="証明書を入れ替え、仮のパスワード: Momiji%3Fall9 で入り直した。",
        prevention="- [x] 期限の 30 日前に知らせる監視を足した（大野、2026-11-13） #301",
    ),
    "incident-batch.md": _INCIDENT.format(
        title="【済】日次集計が終わらない",
        day="2026-10-02",
        effect="日次の集計が遅れた",
        cause="一覧の取得が全件走査になっていた。索引を作り直す手順が漏れていたため。",
        fix="対応",
        done="索引を作り直した。",
        prevention="- [x] 索引の有無を起動時に調べる（佐藤、2026-10-05） #288",
    ),
    "incident-api.md": _INCIDENT.format(
        title="配信 API が 503 を返す",
        day="2026-09-14",
        effect="一部の広告が出なかった",
        cause="接続の上限に達した。上限の監視がなかったため。",
        fix="対応",
        done="上限を上げた。",
        prevention="検討中",
    ),
    "incident-dns.md": _INCIDENT.format(
        title="社内から名前が引けない",
        day="2026-08-20",
        effect="社内の画面が開けなかった",
        cause="設定の反映漏れ。反映を確かめる手順がなかったため。",
        fix="対応",
        done="反映した。",
        prevention="TODO",
    ),
}


def write(folder: Path) -> None:
    """One file a page, and beside the folder a list of the values, a line each, for grep."""
    folder.mkdir()
    for name, text in PAGES.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    folder.with_name(f"{folder.name}-values.txt").write_text("\n".join(VALUES) + "\n", encoding="utf-8")
