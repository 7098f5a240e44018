"""A run, taken back: the plan that would do it."""

from __future__ import annotations

from dataclasses import replace

import kb
from kb.changes.plan import Plan
from kb.changes.probe_left import archiving, is_probe
from kb.changes.reverse import reverse
from kb.changes.runs import Run
from kb.errors import RefusedError
from kb.lang import t


def taking_back(run: Run) -> Plan:
    """The plan that undoes what a run did; the same plan each time, so that taking back can be resumed too.

    What a probe has left is archived. Raises RefusedError for a message in a channel, and for files sent to esa.
    """
    if run.is_upload:
        raise RefusedError(
            t(
                f"{run.name} は esa へのファイルのアップロードなので、kb からは取り消せません。",
                f"{run.name} sent files to esa, which kb cannot take back.",
            ),
            t(
                "記事の区画は、公開した実行を kb undo で元に戻せます（kb history）。ファイルそのものは残ります。",
                "the section of the post can be taken back (kb undo, the run that published it); the files stay.",
            ),
        )
    if run.is_notice:
        raise RefusedError(
            t(
                f"{run.name} は Slack への送信なので、kb からは取り消せません。",
                f"{run.name} was a message in Slack, which kb cannot take back.",
            ),
            t("要らなければ、Slack の画面で消してください。", "delete it in Slack, if it should not be there."),
        )
    if is_probe(run):
        return archiving(run)
    changes = tuple(replace(each, id=each.own_id) for each in reverse(run.name, run.sent()))
    return Plan(run.team, run.at, kb.__version__, changes, run.redmine)
