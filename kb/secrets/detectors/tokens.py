"""Tokens with a vendor's shape: a fixed beginning, a length, a set of characters.

Shapes ported from gitleaks' default configuration (config/gitleaks.toml at commit
009e025ad4106ab333aa0b9dc4f2a884390d134c) and cut down to those that need no word beside them. Shapes of
esa, Chatwork, kintone, LINE and others are from those vendors' own documentation.

gitleaks: MIT License, Copyright (c) 2019 Zachary Rice.
    Permission is hereby granted, free of charge, to any person obtaining a copy of this software and
    associated documentation files (the "Software"), to deal in the Software without restriction, including
    without limitation the rights to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
    copies of the Software, and to permit persons to whom the Software is furnished to do so, subject to the
    following conditions: The above copyright notice and this permission notice shall be included in all
    copies or substantial portions of the Software.
    THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR IMPLIED, INCLUDING BUT NOT
    LIMITED TO THE WARRANTIES OF MERCHANTABILITY, FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO
    EVENT SHALL THE AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER LIABILITY, WHETHER
    IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM, OUT OF OR IN CONNECTION WITH THE SOFTWARE OR
    THE USE OR OTHER DEALINGS IN THE SOFTWARE.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.model.facts import Confidence
from kb.model.secret import SecretKind
from kb.secrets.page.candidates import SURE_RANK, Candidate
from kb.secrets.scoring.filters import find_refusal


@dataclass(frozen=True, slots=True)
class TokenShape:
    """What a vendor's token looks like: `begins` literally, then `rest`, a pattern of bounded length."""

    name: str
    begins: str
    rest: str
    kind: SecretKind = SecretKind.API_TOKEN


def _shapes(table: str) -> tuple[TokenShape, ...]:
    rows = (line.split(" ", 2) for line in table.strip().splitlines())
    return tuple(TokenShape(name, begins, rest) for name, begins, rest in rows)


# A beginning that says everything is followed by any letters: a hexadecimal rest with one letter changed by hand
# is still the credential.
TOKEN_SHAPES = _shapes(
    r"""
1password-secret-key A3- [A-Z0-9]{6}-(?:[A-Z0-9]{11}|[A-Z0-9]{6}-[A-Z0-9]{5})-[A-Z0-9]{5}-[A-Z0-9]{5}-[A-Z0-9]{5}
1password-service-account ops_eyJ [A-Za-z0-9+/]{100,800}={0,3}
adobe-client-secret p8e- [A-Za-z0-9_-]{32}
age-secret-key AGE-SECRET-KEY-1 [QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L]{58}
alibaba-access-key LTAI [A-Za-z0-9]{20}
anthropic sk-ant- (?:api03|admin01)-[\w-]{90,95}
artifactory-api-key AKCp [A-Za-z0-9]{69}
artifactory-reference cmVmd [A-Za-z0-9]{59}
atlassian ATATT3 [A-Za-z0-9_=-]{60,190}
bitbucket ATBB [A-Za-z0-9]{24,40}
clickhouse 4b1d [A-Za-z0-9]{38}
clojars CLOJARS_ [A-Za-z0-9]{60}
cloudflare-origin-ca v1.0- [A-Za-z0-9]{24}-[A-Za-z0-9]{146}
databricks dapi [a-f0-9]{32}(?:-\d)?
digitalocean-oauth doo_v1_ [A-Za-z0-9]{64}
digitalocean-pat dop_v1_ [A-Za-z0-9]{64}
digitalocean-refresh dor_v1_ [A-Za-z0-9]{64}
docker-pat dckr_pat_ [\w-]{20,40}
doppler dp.pt. [A-Za-z0-9]{40,44}
duffel duffel_ (?:test|live)_[\w=-]{43}
dynatrace dt0c01. [A-Za-z0-9]{24}\.[A-Za-z0-9]{64}
easypost EZAK [A-Za-z0-9]{54}
facebook-page EAAC [A-Za-z0-9]{100,300}
figma figd_ [\w-]{38,45}
flutterwave FLWSECK_TEST- [A-Za-h0-9]{12,34}(?:-X)?
flyio-token fo1_ [\w-]{43}
frameio fio-u- [\w=-]{64}
google-api-key AIza [\w-]{35}
google-oauth-secret GOCSPX- [\w-]{28}
google-refresh 1//0 [\w-]{40,110}
github-app ghu_ [0-9a-zA-Z]{36}
github-fine-grained github_pat_ \w{60,90}
github-installation ghs_ [0-9a-zA-Z]{36}
github-oauth gho_ [0-9a-zA-Z]{36}
github-pat ghp_ [0-9a-zA-Z]{36}
github-refresh ghr_ [0-9a-zA-Z]{36,80}
gitlab-cicd glcbt- [0-9a-zA-Z]{1,5}_[\w-]{20}
gitlab-deploy gldt- [\w-]{20,60}
gitlab-feed glft- [\w-]{20,60}
gitlab-pat glpat- [\w-]{20,60}
gitlab-pipeline-trigger glptt- [A-Za-z0-9]{40}
gitlab-runner glrt- [\w-]{20,60}
gitlab-runner-registration GR1348941 [\w-]{20}
gitlab-scim glsoat- [\w-]{20,60}
grafana-api-key eyJrIjoi [A-Za-z0-9+/=]{60,400}
grafana-cloud glc_ [A-Za-z0-9+/]{32,400}={0,3}
grafana-service-account glsa_ [A-Za-z0-9]{32}_[A-Za-z0-9]{8}
harness pat. [\w-]{22}\.[0-9a-zA-Z]{24}\.[0-9a-zA-Z]{20}
hashicorp-terraform atlasv1. [\w=-]{60,70}
heroku HRKU-AA [\w-]{58}
huggingface hf_ [A-Za-z]{34}
infracost ico- [a-zA-Z0-9]{32}
intra42 s-s4t2 (?:ud|af)-[A-Za-z0-9]{64}
jwt eyJ [\w-]{14,1000}\.eyJ[\w-]{10,2000}\.[\w-]{10,1000}
linear lin_api_ [A-Za-z0-9]{40}
mailchimp-transactional md- [\w-]{22}
newrelic NRAK- [A-Z0-9]{27}
newrelic-insert NRII- [\w-]{32}
notion ntn_ [A-Za-z0-9]{40,50}
notion-secret secret_ [A-Za-z0-9]{43}
npm npm_ [A-Za-z0-9]{36}
octopus API- [A-Z0-9]{26}
openai-key sk- (?:proj|svcacct|admin)-[\w-]{40,200}
openai-legacy sk- [A-Za-z0-9]{20}T3BlbkFJ[A-Za-z0-9]{20}
openshift sha256~ [\w-]{43}
perplexity pplx- [A-Za-z0-9]{48}
planetscale pscale_ (?:tkn|oauth|pw)_[\w=.-]{32,64}
postman PMAK- [A-Za-z0-9]{24}-[A-Za-z0-9]{34}
prefect pnu_ [A-Za-z0-9]{36}
pulumi pul- [A-Za-z0-9]{40}
pypi pypi-AgEIcHlwaS5vcmc [\w-]{50,1000}
readme rdme_ [A-Za-z0-9]{70}
rubygems rubygems_ [A-Za-z0-9]{48}
scalingo tk-us- [\w-]{48}
sendgrid SG. [\w=-]{16,32}\.[\w=-]{30,64}
sendinblue xkeysib- [A-Za-z0-9]{64}-[A-Za-z0-9]{16}
sentry-org sntrys_ [A-Za-z0-9+/=_]{60,500}
sentry-user sntryu_ [A-Za-z0-9]{64}
settlemint-token sm_ (?:aat|pat|sat)_[A-Za-z0-9]{16}
shippo shippo_ (?:live|test)_[A-Za-z0-9]{40}
shopify shpat_ [A-Za-z0-9]{32}
shopify-custom shpca_ [A-Za-z0-9]{32}
shopify-private shppa_ [A-Za-z0-9]{32}
shopify-shared shpss_ [A-Za-z0-9]{32}
slack-app xapp- \d-[A-Z0-9]{5,20}-\d{5,20}-[A-Za-z0-9]{16,80}
slack-bot xoxb- [0-9]{8,14}-[0-9A-Za-z-]{18,60}
slack-config xoxe. xox[bp]-\d-[A-Z0-9]{140,170}
slack-config-refresh xoxe- \d-[A-Z0-9]{140,150}
slack-legacy xoxs- [0-9]{6,14}-[0-9]{6,14}-[0-9]{6,14}-[A-Za-z0-9]{8,64}
slack-user xoxp- [0-9]{8,14}-[0-9]{8,14}-[0-9]{8,14}-[A-Za-z0-9-]{28,34}
slack-workspace xoxa- (?:\d-)?[0-9a-zA-Z]{8,48}(?:-[0-9a-zA-Z]{4,48}){0,4}
slack-refresh xoxr- (?:\d-)?[0-9a-zA-Z]{8,48}(?:-[0-9a-zA-Z]{4,48}){0,4}
sonar squ_ [A-Za-z0-9]{40}
sonar-project sqp_ [A-Za-z0-9]{40}
sonar-global sqa_ [A-Za-z0-9]{40}
sourcegraph sgp_ (?:(?:[A-Za-z0-9]{16}|local)_)?[A-Za-z0-9]{40}
square sq0atp- [\w-]{22,60}
square-secret sq0csp- [\w-]{40,50}
stripe-restricted rk_ (?:test|live|prod)_[A-Za-z0-9]{10,99}
stripe-secret sk_ (?:test|live|prod)_[A-Za-z0-9]{10,99}
stripe-webhook whsec_ [A-Za-z0-9+/=]{24,80}
supabase sbp_ [A-Za-z0-9]{40}
tailscale tskey- (?:api|auth|client|scim|webhook)-[A-Za-z0-9]{6,20}-[A-Za-z0-9]{20,40}
twilio SK [0-9a-f]{32}
typeform tfp_ [\w.=-]{59}
vault-batch hvb. [\w-]{100,300}
vault-service hvs. [\w-]{24,120}
yandex AQVN [\w-]{35,38}
"""
)

_TELEGRAM = TokenShape("telegram", "", r"\d{8,10}:AA[\w-]{33}")
_AZURE = TokenShape("azure-ad", "", r"[\w~.]{3}\dQ~[\w~.-]{31,34}")
_MAXMIND = TokenShape("maxmind", "", r"[A-Za-z0-9]{6}_[A-Za-z0-9]{29}_mmk")
_MAILGUN = TokenShape("mailgun", "key-", r"[a-f0-9]{32}")
_MAILCHIMP = TokenShape("mailchimp", "", r"[a-f0-9]{32}-us\d{1,2}")

_BOUND = r"(?<![A-Za-z0-9_-])", r"(?![A-Za-z0-9_])"


def _compiled(shape: TokenShape) -> re.Pattern[str]:
    return re.compile(_BOUND[0] + re.escape(shape.begins) + shape.rest + _BOUND[1], re.A)


_BEGINNINGS: dict[str, list[tuple[TokenShape, re.Pattern[str]]]] = {}
for _shape in (*TOKEN_SHAPES, _MAILGUN):
    _BEGINNINGS.setdefault(_shape.begins[:2], []).append((_shape, _compiled(_shape)))
_RUN = re.compile(r"(?<![A-Za-z0-9_-])[A-Za-z0-9][A-Za-z0-9_./~-]{15}", re.A)
_MARKED = tuple(
    (mark, shape, _compiled(shape))
    for mark, shape in ((":AA", _TELEGRAM), ("Q~", _AZURE), ("_mmk", _MAXMIND), ("-us", _MAILCHIMP))
)
"""Shapes without a beginning of their own, each with what it holds."""


_RECOVERY = re.compile(r"(?:\d{6}-){7}\d{6}(?!\d)")
"""A recovery key of BitLocker; each of its numbers is one of 16 bits times 11."""


def find_vendor_tokens(body: str) -> Iterator[Candidate]:
    """The tokens in a text that have the shape of a vendor's."""
    done = -1
    for run in _RUN.finditer(body):
        if run.start() < done:
            continue
        if run[0][6] == "-" and (found := _RECOVERY.match(body, run.start())):
            done = found.end()
            if not any(int(group) % 11 for group in found[0].split("-")) and len(set(found[0])) > 4:
                yield Candidate(*found.span(), SecretKind.PASSWORD, Confidence.HIGH, "vendor", "bitlocker", SURE_RANK)
            continue
        for shape, pattern in _BEGINNINGS.get(run[0][:2], ()):
            if found := pattern.match(body, run.start()):
                done = found.end()
                yield from _token(body, found, shape)
                break
    for mark, shape, pattern in _MARKED:
        if mark in body:
            for found in pattern.finditer(body):
                yield from _token(body, found, shape)


def _token(body: str, found: re.Match[str], shape: TokenShape) -> Iterator[Candidate]:
    if not _invented(found[0], shape) and not body.startswith("...", found.end()):
        yield Candidate(*found.span(), shape.kind, Confidence.HIGH, "vendor", shape.name, SURE_RANK)


def _invented(token: str, shape: TokenShape) -> bool:
    """Whether a token is a placeholder: the same few characters again and again, or a word for one."""
    rest = token[len(shape.begins) :]
    body = re.sub(r"[^A-Za-z0-9]", "", rest)
    if len(set(body)) < 6 or re.search(r"x{6,}|X{6,}|\*{3}|EXAMPLE$|(?:12345678|abcdefgh)", rest, re.I):
        return True
    return bool(find_refusal(token)) and shape.name != "openshift"


# Private keys: PEM blocks, PuTTY's format, and keys that came through quotes and code on one line.


_BEGIN = re.compile(r"-----BEGIN (?P<name>[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?)-----")
_PUTTY = re.compile(r"PuTTY-User-Key-File-\d: \S+")
_WIREGUARD = re.compile(r"PrivateKey[ \t]*=[ \t]*(?P<value>[A-Za-z0-9+/]{43}=)(?![A-Za-z0-9+/=])")
_PRIVATE_LINES = re.compile(r"Private-Lines: \d+\r?\n")
_MATERIAL = re.compile(r"[A-Za-z0-9+/=]{20,}")
MAX_KEY_LENGTH = 20_000
"""Characters a block may have; the longest RSA key has a third of it."""


def find_private_keys(body: str) -> Iterator[Candidate]:
    """The private keys in a body, from the first mark to the last; a mark without a key behind it is none."""
    at = 0
    while found := _BEGIN.search(body, at):
        closing = f"-----END {found['name']}-----"
        end = body.find(closing, found.end(), found.end() + MAX_KEY_LENGTH)
        inside = body[found.end() : end if end >= 0 else found.end() + 400]
        at = end if end >= 0 else found.end()
        if not _MATERIAL.search(inside) or re.search(r"X{16,}|x{16,}", inside):
            continue
        if end >= 0:
            stop = end + len(closing)
        else:  # cut off by a paste: the lines of key that are there
            stop = found.end() + _run(inside)
        yield Candidate(found.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "block", SURE_RANK)
        at = stop
    for found in _WIREGUARD.finditer(body):
        yield Candidate(*found.span("value"), SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "wireguard", SURE_RANK)
    for putty in _PUTTY.finditer(body):
        lines = _PRIVATE_LINES.search(body, putty.end(), putty.end() + MAX_KEY_LENGTH)
        if lines:
            end = body.find("Private-MAC:", lines.end(), lines.end() + MAX_KEY_LENGTH)
            stop = (
                body.find("\n", end)
                if end >= 0
                else lines.end() + _run(body[lines.end() : lines.end() + MAX_KEY_LENGTH])
            )
            stop = len(body) if stop < 0 else stop
            yield Candidate(putty.start(), stop, SecretKind.PRIVATE_KEY, Confidence.HIGH, "pem", "putty", SURE_RANK)


def _run(text: str) -> int:
    """Where the last piece of key material in a stretch ends."""
    end = 0
    for found in _MATERIAL.finditer(text):
        if found.start() - end > 8:
            break
        end = found.end()
    return end
