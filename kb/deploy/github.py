"""Render GitHub workflows that run kb, and find where kb was installed from.

Actions are pinned to a commit hash with the release beside it, as read in public repositories.
"""

from __future__ import annotations

import json
import posixpath
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib import metadata

import kb
from kb.deploy.files import sign_text
from kb.deploy.host import (
    DAILY,
    WEEKLY,
    cron_fields,
    has_slack_channel,
    is_offset_changing,
    render_template,
    report_words,
)
from kb.errors import UsageError
from kb.files import asset_path
from kb.settings.workspace import Workspace
from kb.sources.registry import configured_sources
from kb.text.lang import t
from kb.text.lazy_pattern import compile_lazy

ACTIONS = {
    "checkout": "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    "setup_python": "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0",
    "restore": "actions/cache/restore@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0",
    "save": "actions/cache/save@55cc8345863c7cc4c66a329aec7e433d2d1c52a9 # v6.1.0",
    "upload_artifact": "actions/upload-artifact@b7c566a772e6b6bfb58ed0dc250532a479d7789f # v6.0.0",
}

SLACK = ("SLACK_WEBHOOK_URL", "SLACK_BOT_TOKEN")

WORKFLOWS = ("kb-weekly.yml", "kb-plans.yml")
DIAGRAM = "kb-diagram.yml"
"""The one that is written where there is a model of a system beside kb.toml."""

CONSTRAINTS = "kb-constraints.txt"
"""The versions kb is tested with, written beside the workflows: what a job installs changes with a commit alone."""

_PINNED = compile_lazy(r"@[0-9a-f]{40}(?:#|$)|==|#sha256=")
_RUNNER = compile_lazy(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_SOURCE = compile_lazy(r"[\x20-\x7e]{1,300}")


@dataclass(frozen=True, slots=True)
class WorkflowRunner:
    """What workflows depend on: runner, kb.toml's path in the repository, kb's source, the constraints' path."""

    runs_on: str
    config: str
    source: str
    constraints: str = f".github/workflows/{CONSTRAINTS}"

    @property
    def is_pinned(self) -> bool:
        """Whether the source is a commit or a release: a tag or a branch may be another one tomorrow."""
        return _PINNED.search(self.source) is not None


def check_runner(runs_on: str, config: str, source: str) -> WorkflowRunner:
    """Return a checked runner. Raises UsageError for what a workflow cannot express."""
    if not _RUNNER.fullmatch(runs_on):
        raise UsageError(
            t(f"--runs-on に「{runs_on[:40]}」は使えません。", f"--runs-on cannot be {runs_on[:40]!r}."),
            t("例: --runs-on self-hosted、--runs-on ubuntu-latest", "as in --runs-on self-hosted, ubuntu-latest"),
        )
    if (
        not _SOURCE.fullmatch(source)
        or "${{" in source
        or source.startswith("-")
        or ("://" in source and "@" in _user(source))
    ):
        raise UsageError(
            t("--kb-source を読めません。", "--kb-source cannot be read."),
            t(
                "pip install に渡せる 1 つを、秘密を含めずに書いてください。例: --kb-source 'git+https://…@コミット'",
                "give one thing for pip install, without a secret: --kb-source 'git+https://…@commit'",
            ),
        )
    if not config.isprintable() or "${{" in config:
        raise UsageError(
            t("kb.toml の場所が、ワークフローに書けない名前です。", "no workflow can hold the place of kb.toml."),
            t("別のフォルダーに移してください。", "use another folder."),
        )
    return WorkflowRunner(runs_on, config, source)


def _user(url: str) -> str:
    """Return an address's `user:password@`."""
    return url.partition("://")[2].partition("/")[0]


def find_installation() -> str:
    """Return kb's source as pip takes it: an index release or a repository's commit; "" for a folder.

    Source: PEP 610. An unpublished name must not be requested from an index: anyone could publish it.
    """
    try:
        text = metadata.distribution("kb-steward").read_text("direct_url.json")
        record = json.loads(text) if text else None
    except (metadata.PackageNotFoundError, ValueError):
        return ""
    if record is None:
        return f"kb-steward=={kb.__version__}"
    vcs = record.get("vcs_info") if isinstance(record, dict) else None
    if (
        isinstance(vcs, dict)
        and vcs.get("vcs") == "git"
        and vcs.get("commit_id")
        and "@" not in _user(str(record["url"]))
    ):
        return f"kb-steward @ git+{record['url']}@{vcs['commit_id']}"
    return ""


def render_diagram_workflow(where: WorkflowRunner, *, file: str = DIAGRAM, unpublished: str = "") -> str:
    """Return the workflow that draws, checks and publishes; `unpublished` is why it does not publish, if so.

    `file` is the workflow's file name.
    """
    folder = posixpath.dirname(where.config) or "."
    below = "" if folder == "." else f"{folder}/"
    values = (
        asdict(where)
        | ACTIONS
        | {
            "paths": [f"{below}diagrams/**", f"{below}kb_diagrams/**", f".github/workflows/{file}"],
            "folder": folder,
            "publish": not unpublished,
            "unpublished": unpublished,
        }
    )
    return render_template(f"workflows/{DIAGRAM}.jinja", values)


def render_workflows(
    workspace: Workspace, where: WorkflowRunner, now: datetime, *, drawn: bool = False
) -> dict[str, str]:
    """Return the workflows by name; the diagram's if a system is `drawn`."""
    settings, zone = workspace.settings, workspace.settings.timezone
    words = report_words(workspace)
    reading, writing, secrets = [], [], [("KB_KEY", "手元の kb key export の出力（KB_KEY= を除いた値）")]
    for source in configured_sources(settings):
        written = source.source in words
        for variable in source.variables if written else (each for each in source.variables if not each.to_write):
            secrets.append((variable.name, variable.about))
            if written:
                writing.append(variable.name)
            if not variable.to_write:
                reading.append(variable.name)
    if has_slack_channel(settings):
        writing += list(SLACK)
        secrets += [(name, "Slack に知らせるときのもの（使うほうだけ）") for name in SLACK]
    width = max(len(name) for name, _ in secrets)
    values = (
        asdict(where)
        | ACTIONS
        | {
            "secrets": [(name.ljust(width), why) for name, why in secrets],
            "zone": zone,
            "moves": is_offset_changing(zone, UTC, now),
            "daily_at": cron_fields(DAILY, zone, UTC, now),
            "weekly_at": cron_fields(WEEKLY, zone, UTC, now),
            "reading": reading,
            "writing": writing,
            "report": " ".join(("kb", *words)),
        }
    )
    made = {name: render_template(f"workflows/{name}.jinja", values) for name in WORKFLOWS}
    if drawn:
        why = "" if settings.esa else "kb.toml に [esa] がないので、載せる手順はありません。"
        made[DIAGRAM] = render_diagram_workflow(where, unpublished=why)
    made[CONSTRAINTS] = asset_path("constraints.txt").read_text("utf-8")
    return {name: sign_text("--github", text) for name, text in made.items()}
