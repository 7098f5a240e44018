"""Write tickets and notes. A 204 says only that the request was understood."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from kb.sandbox.redmine.api import answers
from kb.sandbox.redmine.api.call import Denied, RedmineCall
from kb.sandbox.redmine.listing.listing import NotBuilt
from kb.sandbox.redmine.saving.cast import CastError, flag
from kb.sandbox.redmine.saving.create import draft_new_ticket
from kb.sandbox.redmine.saving.draft import draft_ticket
from kb.sandbox.redmine.saving.invalid import refusals, refuse_without_project
from kb.sandbox.redmine.saving.mails import mail_recipients, new_ticket_recipients
from kb.sandbox.redmine.saving.outbox import Mail
from kb.sandbox.redmine.saving.save import TicketSave

_PERMISSIONS = ("edit_issues", "edit_own_issues", "add_issue_notes")
"""Any of these rights opens the door; what each lets through is decided by field."""


def update_issue(call: RedmineCall) -> Response:
    """PUT /issues/ID.json.

    404 if it does not exist, 403 (401 for anonymous) if it is not visible or not writable at all, 422 for invalid
    values, else 204, even if everything sent was ignored.
    """
    try:
        body = _body(call)
    except msgspec.DecodeError:
        return answers.bad_json()
    issue = call.world.tables.issues.get(call.number())
    if issue is None:
        raise Denied(404)
    project = call.world.tables.projects[issue.project_id]
    if not call.rights.sees_issue(issue):
        raise call.refusal()
    if not any(call.rights.may(each, project) for each in _PERMISSIONS):
        # A closed project and a module that is off say 403 even to nobody.
        raise call.refusal() if call.rights.allows("edit_issues", project) else Denied(403)
    for name in ("time_entry", "attachments"):
        if body.get(name):
            raise NotBuilt(f"PUT {name}")
    fields = body.get("issue")
    if fields is not None and not isinstance(fields, dict):
        return answers.server_error(call.request)
    try:
        draft = draft_ticket(issue, fields or {}, call.rights)
    except CastError:
        return answers.server_error(call.request)
    messages = refusals(draft, call.rights)
    if messages:
        return answers.unprocessable(call.request, messages)
    if draft.lock_version not in (None, issue.lock_version):
        return answers.unprocessable(call.request, [])
    ticket_save = TicketSave(call.rights, call.world.now())
    ticket_save.save(draft)
    call.world.tables.touch()
    _mail(call, ticket_save)
    return answers.no_content()


def create_issue(call: RedmineCall) -> Response:
    """POST /issues.json: 201 with the ticket and its address, else 422, also where the sender may not add any."""
    try:
        body = _body(call)
    except msgspec.DecodeError:
        return answers.bad_json()
    if call.params.get("project_id") or body.get("project_id"):
        raise NotBuilt("POST project_id")
    if not call.rights.may_somewhere("add_issues"):
        raise call.refusal()
    fields = body.get("issue") or {}
    if not isinstance(fields, dict):
        return answers.server_error(call.request)
    try:
        draft = draft_new_ticket(fields, call.rights, call.world.now())
    except CastError:
        return answers.server_error(call.request)
    messages = refuse_without_project(fields) if draft is None else refusals(draft, call.rights)
    if draft is None or messages:
        return answers.unprocessable(call.request, messages)
    issue = TicketSave(call.rights, call.world.now()).create(draft)
    call.world.tables.touch()
    for person in new_ticket_recipients(issue, call.world.tables, call.world.rights):
        call.world.notices.mails.append(Mail(person.id, issue.id, 0))
    row = call.render.page(issue, call.include, {})
    for name in ("spent_hours", "total_spent_hours"):  # show.api.rsb asks for the right in @project, which is nil here
        row.pop(name, None)
    return answers.created(call.request, {"issue": row}, call.render.address(issue))


def update_journal(call: RedmineCall) -> Response:
    """PUT /journals/ID.json: who may read a note (Redmine 5.0); its text is not built.

    404 if it is not visible, 403 without the right to edit it, else 204, even where the sender may not decide on who
    reads it. No mail, no detail in a journal, and the ticket's `updated_on` stays (measured on Redmine 6.0.5).
    """
    try:
        body = _body(call)
    except msgspec.DecodeError:
        return answers.bad_json()
    found = call.world.tables.journal(call.number())
    if found is None or not call.world.abilities.journal_edits:
        raise Denied(404)
    issue, journal = found
    project = call.world.tables.projects[issue.project_id]
    if not call.rights.sees_issue(issue) or not call.rights.sees_notes(journal, project):
        raise Denied(404)
    own = call.user is not None and journal.user_id == call.rights.user_id
    if not (call.rights.may("edit_issue_notes", project) or (own and call.rights.may("edit_own_issue_notes", project))):
        raise call.refusal()
    fields = body.get("journal")
    if not isinstance(fields, dict):
        return answers.server_error(call.request)
    if "notes" in fields:
        raise NotBuilt("PUT /journals notes")
    if "private_notes" in fields and call.rights.may("set_notes_private", project):
        journal.private_notes = flag(fields["private_notes"])
    journal.updated_on, journal.updated_by_id = call.world.now(), call.rights.user_id
    call.world.tables.touch()
    return answers.no_content()


def _body(call: RedmineCall) -> dict[str, object]:
    """Return the JSON of a request; nothing without a JSON content type, as Redmine then reads no parameters.

    Raises msgspec.DecodeError, and NotBuilt for forms.
    """
    kind = call.request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if call.body and ("form-urlencoded" in kind or "multipart" in kind or "xml" in kind):
        raise NotBuilt(kind)
    if kind not in ("application/json", "text/x-json", "application/jsonrequest") or not call.body.strip():
        return {}
    found = msgspec.json.decode(call.body)
    return found if isinstance(found, dict) else {}


def _mail(call: RedmineCall, ticket_save: TicketSave) -> None:
    for entry in ticket_save.entries:
        for person in mail_recipients(entry, call.world.tables, call.world.rights):
            call.world.notices.mails.append(Mail(person.id, entry.issue.id, entry.journal.id))
