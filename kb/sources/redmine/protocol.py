"""What a Redmine answer must look like, and what its refusals mean (measured on Redmine 6.0.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from kb.errors import AnswerError, CredentialError, SourceError
from kb.sources.transport.answers import one_line, optional_field, require_field, require_id, require_object
from kb.sources.transport.call import Answer, Row, RowPage
from kb.text.lang import Text, t
from kb.text.lazy_pattern import compile_lazy

_TIME = compile_lazy(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

CHECK_URL = t(
    "kb.toml の redmine.url を確かめてください（例: https://redmine.example.jp/redmine）。"
    "ブラウザで開く Redmine のトップのアドレスです。",
    "check redmine.url in kb.toml (e.g. https://redmine.example.jp/redmine): the address of"
    " Redmine's start page in a browser.",
)


_REFERENCES = (
    "project", "tracker", "status", "priority", "author", "assigned_to", "fixed_version", "category", "parent",
)  # fmt: skip
"""The fields of a ticket that name something else by its id."""


def filter_time(moment: str | datetime) -> str:
    """Return a moment as Redmine's filters take it: UTC, seconds, `Z`; any other zone is refused with 422.

    Raises ValueError for one without a zone: a caller's bug.
    """
    given = moment if isinstance(moment, datetime) else datetime.fromisoformat(moment)
    if given.tzinfo is None:
        raise ValueError(f"a time without a zone: {moment}")
    return given.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def check_issue(row: Row, path: str) -> Row:
    """Return a ticket whose fields have their documented types. Raises AnswerError."""
    where = f"{path} #{require_id(row, 'id', path)}"
    if not _is_time(require_field(row, "updated_on", str, where)):  # what the next sync begins at
        raise AnswerError(
            t(f"{where}の updated_on を時刻として読めません。", f"{where}: updated_on is not a time."), CHECK_URL
        )
    require_field(row, "created_on", str, where)  # an import may have left a day that no calendar has
    for key in ("subject", "description"):
        optional_field(row, key, str, "", where)
    for key in _REFERENCES:
        optional_field(optional_field(row, key, dict, {}, where), "id", int, 0, where, f"{key}.")
    optional_field(row, "is_private", bool, False, where)
    for journal in optional_field(row, "journals", list, [], where):
        _check_journal(require_object(journal, where, "journals[]"), where)
    for key in ("custom_fields", "attachments", "relations", "children"):
        for each in optional_field(row, key, list, [], where):
            require_object(each, where, f"{key}[]")
    return row


def _is_time(moment: str) -> bool:
    """Whether this is a time as Redmine writes it, of a day that exists and has one before it."""
    try:
        return bool(_TIME.fullmatch(moment)) and datetime.fromisoformat(moment).year > 1
    except ValueError:
        return False


def issue_of(answer: Answer, path: str) -> Row:
    """Return the ticket of an answer. Raises AnswerError."""
    return check_issue(require_field(require_object(answer.data, path), "issue", dict, path), path)


def wiki_page_of(answer: Answer, path: str) -> Row:
    """Return the wiki page of an answer, its text included. Raises AnswerError."""
    row = check_wiki(require_field(require_object(answer.data, path), "wiki_page", dict, path), path)
    optional_field(row, "text", str, "", path)
    return row


def _check_journal(row: Row, where: str) -> None:
    require_id(row, "id", where, "journal.")
    for key in ("notes", "created_on", "updated_on"):
        optional_field(row, key, str, "", where, "journal.")
    optional_field(row, "private_notes", bool, False, where, "journal.")
    for detail in optional_field(row, "details", list, [], where, "journal."):
        require_object(detail, where, "journal.details[]")


def check_wiki(row: Row, path: str) -> Row:
    """Return a row of a wiki's index, or one page. Raises AnswerError."""
    for key, kind in (("title", str), ("version", int), ("updated_on", str)):
        require_field(row, key, kind, path, "wiki.")
    return row


def check_updated(page: RowPage, since: str) -> None:
    """Raise AnswerError when a list shows what was not asked for: unknown filters are ignored.

    Redmine compares with `> since - 1 s` in a database that holds fractions, and shows whole
    seconds: the second before `since` may be among the rows.
    """
    earliest = filter_time(datetime.fromisoformat(since) - timedelta(seconds=1))
    for row in page:
        if row["updated_on"] < earliest:
            raise AnswerError(
                t(
                    f"Redmine が更新日の絞り込みを無視しています（{since} 以降を求めて {row['updated_on']} の"
                    f" #{row['id']} が返りました）。",
                    f"Redmine ignores the filter by update (asked for {since} and later, got #{row['id']}"
                    f" of {row['updated_on']}).",
                ),
                t("kb sync --full なら読めます。", "kb sync --full works without it."),
            )


def no_identity_error(answer: Answer, base: str, variable: str = "") -> SourceError:
    """Return why /users/current.json gave no user. `variable` is where the key may come from."""
    if answer.status == 404 or answer.is_html:
        return AnswerError(
            t(
                f"{base} の下に Redmine が見つかりません（{answer.status}）。",
                f"there is no Redmine below {base} ({answer.status}).",
            ),
            CHECK_URL,
            status=answer.status,
        )
    if answer.status == 403:
        return CredentialError(
            t("Redmine の REST API が無効になっています（403）。", "Redmine's REST API is switched off (403)."),
            t(
                "管理者に「管理 → 設定 → API → RESTによるWebサービスを有効にする」を頼んでください。",
                "ask an administrator for Administration → Settings → API → Enable REST web service.",
            ),
        )
    variable = variable or "REDMINE_API_KEY"
    return CredentialError(
        t("Redmine が API キーを受け付けません（401）。", "Redmine refuses the API key (401)."),
        t(
            f"個人設定の「APIアクセスキー」を {variable} に入れ直してください。Redmine 4.0 以前では"
            " REST API が無効なときもこうなります。前段に Basic 認証があるなら basic_user を設定してください。",
            f"set {variable} to the API access key of My account. Redmine 4.0 and older answer so too when"
            " REST is off; if there is Basic authentication in front, set basic_user.",
        ),
    )


def admin_over_http_error(host: str, variable: str = "") -> CredentialError:
    """Return why an administrator's key is not used in clear, and what to do with one that just was."""
    variable = variable or "REDMINE_API_KEY"
    return CredentialError(
        t(
            f"管理者の API キーは、暗号のない http では使えません（http://{host}）。",
            f"an administrator's API key is not used without encryption (http://{host}).",
        ),
        t(
            "このキーは今、暗号なしで流れました。Redmine の個人設定で API アクセスキーをリセットしてください。"
            f"{variable} には管理者でない利用者のキーを入れるか、redmine.url を https にしてください。",
            "this key has just travelled in clear: reset it in My account of Redmine. Put the key of a user who is no"
            f" administrator into {variable}, or give redmine.url an https address.",
        ),
    )


def require_json_404(answer: Answer, path: str) -> None:
    """Raise AnswerError when a 404 is a page for people: then the path is wrong, nothing is gone.

    Redmine's own 404 to an API request has an empty body.
    """
    if answer.status == 404 and answer.is_html:
        raise AnswerError(
            t(
                f"{path} に Redmine でないものが答えました（HTML の 404）。",
                f"something that is not Redmine answered {path} (an HTML 404).",
            ),
            CHECK_URL,
            status=0,
        )


def no_old_versions_error(project: str) -> AnswerError:
    return AnswerError(
        t(
            f"このキーでは「{project}」の Wiki の古い版を読めません（403）。",
            f"this key may not read old versions of the wiki of {project!r} (403).",
        ),
        t(
            "「Wiki履歴の閲覧」の権限を管理者に頼んでください。",
            "ask an administrator for the permission to view wiki history.",
        ),
        status=403,
    )


def refusal_error(answer: Answer, path: str) -> SourceError:
    if answer.status in (401, 403):
        return CredentialError(
            t(
                f"このキーでは Redmine の {path} を読めません（{answer.status}）。",
                f"this key may not read {path} of Redmine ({answer.status}).",
            ),
            t(
                "kb doctor でキーの権限を確かめてください。",
                "check the key's rights with kb doctor.",
            ),
        )
    if answer.status == 404:
        return AnswerError(
            t(f"Redmine に {path} がありません（404）。", f"Redmine has no {path} (404)."), CHECK_URL, status=404
        )
    return AnswerError(
        t(
            f"Redmine が {path} に {answer.status} を返しました{_said(answer)}。",
            f"Redmine answered {path} with {answer.status}{_said(answer)}.",
        ),
        CHECK_URL,
        status=answer.status,
    )


def _said(answer: Answer) -> str:
    """Return the messages of a 422, in the language of the key's owner."""
    errors = answer.data.get("errors") if isinstance(answer.data, dict) else None
    if not isinstance(errors, list) or not errors:
        return ""
    return f": {one_line(' / '.join(str(each) for each in errors))}"


@dataclass(frozen=True, slots=True)
class RedmineAbilities:
    """What this Redmine can do: true until an answer shows otherwise, since no request tells its version.

    The releases are those of Redmine's own changelog.
    """

    status_is_closed: bool = True  # tickets say whether their status is a closed one (5.0)
    journal_updates: bool = True  # notes say when and by whom they were edited (6.0)
    closed_projects: bool = True  # /projects.json takes `status=1|5` (4.1)
    enabled_modules: bool = True  # projects say which modules are on (3.4)
    id_filter: bool = True  # lists take `issue_id=>=N`

    def seen_in_tables(self, projects: Iterable[Row]) -> RedmineAbilities:
        rows = list(projects)
        if not rows:
            return self
        return replace(
            self,
            # 4.1 brought the filter and `inherit_members` in the same list; older ones show neither.
            closed_projects=all("inherit_members" in row for row in rows),
            enabled_modules=any("enabled_modules" in row for row in rows),
        )

    def seen_in_issue(self, row: Row) -> RedmineAbilities:
        found = self
        if found.status_is_closed and isinstance(row.get("status"), dict) and "is_closed" not in row["status"]:
            found = replace(found, status_is_closed=False)
        journals = row.get("journals") or ()
        if found.journal_updates and journals and not any("updated_on" in journal for journal in journals):
            found = replace(found, journal_updates=False)
        return found

    def without_id_filter(self) -> RedmineAbilities:
        """Return these after a list that ignored `issue_id=>=N`."""
        return replace(self, id_filter=False)

    def degraded(self) -> tuple[Text, ...]:
        """Return what works less well with this server, a sentence each."""
        return tuple(sentence for name, sentence in _SENTENCES.items() if not getattr(self, name))


_SENTENCES: dict[str, Text] = {
    "status_is_closed": t(
        "チケットの完了は、ステータスの一覧から判断します（Redmine 5.0 より前）。",
        "whether a ticket is closed is read from the list of statuses (before Redmine 5.0).",
    ),
    "journal_updates": t(
        "注記の編集日時が分からないため、編集された注記は読み直しの順番が来たときに見つかります"
        "（Redmine 6.0 より前）。",
        "notes do not say when they were edited: an edit is found when its ticket's turn to be re-read comes"
        " (before Redmine 6.0).",
    ),
    "closed_projects": t(
        "終了したプロジェクトが一覧に出ないことがあります（Redmine 4.1 より前）。",
        "closed projects may be missing from the list of projects (before Redmine 4.1).",
    ),
    "enabled_modules": t(
        "プロジェクトの Wiki の有無が分からないため、すべてに尋ねます（Redmine 3.4 より前）。",
        "which projects have a wiki is not said: every one is asked (before Redmine 3.4).",
    ),
    "id_filter": t(
        "番号での絞り込みが効かないため、一覧を先頭から読みます。",
        "the filter by id is ignored: lists are read from their beginning.",
    ),
}


@dataclass(frozen=True, slots=True)
class RedmineIdentity:
    """The key's owner, and the server's clock when asked (UTC, "" if untold)."""

    user_id: int
    login: str
    name: str
    admin: bool
    server_time: str


@dataclass(frozen=True, slots=True)
class RedmineLookups:
    """What tickets refer to. A project's `status` is 1 (open) or 5 (closed)."""

    statuses: tuple[Row, ...]
    trackers: tuple[Row, ...]
    priorities: tuple[Row, ...]
    projects: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class TicketAnswer:
    """A ticket that was asked for; `issue` is None when it is gone (404) or `hidden` (403)."""

    id: int
    issue: Row | None
    hidden: bool = False
