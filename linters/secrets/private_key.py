"""秘密鍵が書かれています / A private key is written down

なぜ:
    秘密鍵を読めた人は、その鍵を受け付けるすべてのサーバに入れます。パスフレーズが付いていても安心はできません。
    対になる公開鍵を外し、鍵を作り直してください。
悪い例:
    踏み台の鍵です。
    -----BEGIN OPENSSH PRIVATE KEY-----
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
    QyNTUxOQAAACBrYXplLW5vLW1hY2hpLW5vLWthZ2ktYXJpbWFzZW4AAAAwc2FtcGxl
    -----END OPENSSH PRIVATE KEY-----
良い例:
    秘密鍵は踏み台の ~/.ssh/ads_deploy にあります（内容は貼りません）。
Why:
    Whoever has a private key is in on every server that accepts it; a passphrase is no reason to rest.
    Take the public half out everywhere, and make a new pair.
Bad:
    -----BEGIN OPENSSH PRIVATE KEY-----
    b3BlbnNzaC1rZXktdjEAAAAABG5vbmUAAAAEbm9uZQAAAAAAAAABAAAAMwAAAAtzc2gtZW
    QyNTUxOQAAACBrYXplLW5vLW1hY2hpLW5vLWthZ2ktYXJpbWFzZW4AAAAwc2FtcGxl
    -----END OPENSSH PRIVATE KEY-----
Good:
    The private key is ~/.ssh/ads_deploy on the bastion; its content is not pasted here.
"""

from __future__ import annotations

from kb.model.secret import SecretKind
from kb.text.lang import t
from linters.secrets import secret_rule

MESSAGE = t(
    "秘密鍵が書かれています。公開鍵を外し、鍵を作り直してください。",
    "This is a private key. Take its public half out everywhere, and make a new pair.",
)

rule = secret_rule(SecretKind.PRIVATE_KEY, __name__, MESSAGE)
