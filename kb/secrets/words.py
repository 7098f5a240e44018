"""Closed lists of words the rules compare with: what is said of credentials, who signs in, names of groups."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SPOKEN = _words(
    """
    none n/a na n.a nil null nan undefined true false yes no on off ok ng required optional unset empty blank
    hidden unknown tbd todo tba same ditto sent ask see expired expires changed change updated invalid wrong
    incorrect correct missing mismatch string text varchar char boolean bool int integer number float double
    datetime date json bytes object array enum uuid enabled disabled enable disable fail failed failure pass
    passed passing error errors reset protected encrypted encryption rotated stored available strong weak
    standard prompt stdin input output file files env form field fields hash hashed bcrypt argon2 sha256 md5
    plain plaintext plain-text basic digest bearer default with for is are was the a an and or but not in to of
    from at by as via per using used use must should will can may has have had been be it this that these those
    please then when where which who authentication authenticated authorization policy policies length manager
    management protected-mode require requires generated generate auto random login logout count usage limit
    type name value id url uri path key keys token tokens secret secrets user username users account accounts
    admin-only link page button screen dialog form-data expire expiry expiration valid validity verify
    verification verified confirm confirmation forgotten forgot lost locked unlock rotate rotation recovery
    manual everyone each own personal private public internal external shared common various several many
    none-set as-is pending done changed-on protocol publickey keyboard-interactive pam_unix.so sha512 yescrypt
    nopasswd without-password prohibit-password pubkey success succeeded denied granted accepted rejected aging
    attempts attempt sync based less only again twice passwords password-less passwordless above below following
    here there
    """
)
"""What stands behind `password:` or `token is` without being one: answers, types, states, the words of a sentence."""

_SYLLABLES = _words("no to na so do go on in at as be by or it me ga wa ni de mo he wo ka ya")
"""Syllables of Japanese that are words of English sentences too."""

SENTENCE = (SPOKEN - _SYLLABLES - {"correct", "long"}) | _words(
    """
    more less least most than words word letters letter characters character chars char digits digit times time
    days day minutes lock try enter call announced every or be per version ver copy
    """
)
"""Words that make several words a sentence, and no passphrase."""

KNOWN = _words(
    """
    root admin administrator administrators sysadmin superuser sa sys system postgres oracle ubuntu debian centos
    ec2-user pi cisco ubnt apc adm vagrant kanri rootuser fwadmin dbadmin webmaster elastic guest
    """
)
"""Names of accounts and of hardly anything else: beside one of them the other half of a pair is a password."""

COMMON = _words(
    """
    operator op ops mysql test tester user master manager maint service support backup deploy jenkins tomcat zabbix
    nagios git ftp ftpuser www-data app appuser dbuser monitor demo dev qa ansible enable
    """
)
"""Names that accounts have often, and other things too."""

DEFAULTS = _words("password passwd pass root admin administrator toor changeme default guest public private")
"""Passwords that things come with, which would be words anywhere else."""

ROLES = _words(
    """
    viewer editor owner member wheel group users groups staff logout password pass none public private
    """
)
"""What stands behind a name and a slash and is a role or a group of that name."""
