"""Credentials in texts: finding, naming and covering them. Pure; no value leaves this room but to be covered.

How a text is read (`find`), in the order of the modules a newcomer should open:

1. `likely`: one search for the words rules begin with gives the lines worth looking at, `scopes` those
   they speak for. Nine lines of ten end here.
2. `page` folds these lines and keeps the way back to the original; `grids` and `tables` see columns.
3. Rules, one layout each, propose candidates: `labels`, `pairs`, `logins`, `adjacent`, `tables`, `commands`,
   `devices`, `dotfiles`, `urls`, `headers`, `sql`, `otp`, `pem`, `vendors`, `changes`, `prose` and `english`.
   What they know of words stands in `lexicon`, `vocabulary`, `programs`, `surroundings` and `words`; what
   is no value is refused by `filters`, by its shape in `shapes`.
4. `weighed` adds up signs where no layout is known; `loose` doubts the loosest proposals.
5. `settle` keeps one candidate a place. `effort` ends what a hostile text costs.

Then `fingerprints` names a value by a key, `masking` covers it, `opens` and `exposure` say what it is a
key to and who can read it. `personal` finds personal data, which is treated alike.
"""
