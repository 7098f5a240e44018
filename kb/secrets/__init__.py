"""Find, name and cover credentials in texts. Pure; no value leaves this room uncovered.

What a newcomer opens, in the order a text goes through:

1. `quick_scan` and `page/prefilter`: one search for fixed words. Nine lines of ten end here.
2. `find`: the entrance. `page/` folds lines, sees tables and columns, and selects the lines worth searching.
3. `detectors/`: one layout each; they propose candidates. What they know of words stands in `words/`, what a word or
   value is worth in `scoring/`.
4. `page/candidates` keeps one candidate per place and ends what a hostile text costs.

`mask_document` and `masking/` cover values and name them by a key, `target` and `exposure` say what a secret opens and
who can read it. `personal/` finds personal data, which is treated alike.

A new kind is a row of `SecretKind` (kb/model/secret.py) and a rule in `linters/secrets/`. Where its values all look
alike, the row says how; where they need a grammar of their own, a file of `detectors/` registers one. A new word for a
password is a line of `own_password` in `words/credentials.toml`.
"""
