"""`kb history`: what was sent to esa and Redmine, by whom, and how to take it back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from kb.commands.registry import argument, command, option
from kb.console.terminal import say, say_wrapped, terminal_width
from kb.errors import UsageError
from kb.settings.workspace import open_workspace
from kb.text.display import clip, format_local_time, pad, sanitize, sanitize_json
from kb.text.lang import Text, t

if TYPE_CHECKING:
    from kb.execute.journal.run import Run, TargetRecord


@command(
    "history",
    t("送った記録を見る、渡す", "see what was sent, or hand it over"),
    example="kb history\nkb history 20261126-1\nkb history 20261126-1 --export run.jsonl",
)
def history(
    run: Annotated[
        str, argument("[RUN]", t("1 回の実行の中身（名前か last）", "what one run did (its name, or last)"))
    ] = "",
    export: Annotated[
        str,
        option(
            "--export FILE",
            t("記録を書き出す（同僚が元に戻せるように）", "write a run out, so that a colleague can undo it"),
        ),
    ] = "",
    import_: Annotated[
        str, option("--import FILE", t("書き出された記録を取り込む", "take a run in that somebody wrote out"))
    ] = "",
    as_json: Annotated[bool, option("--json", t("JSON で出力する", "print JSON"))] = False,
) -> None:
    """List the runs, show one, or hand one over."""
    from kb.commands.flows.apply_report import say_journal_faults
    from kb.execute.journal.runs import Runs, export_run, import_run

    workspace = open_workspace()
    runs = Runs(workspace.private / "runs")
    zone = workspace.settings.timezone
    if import_:
        name, here = import_run(Path(import_), runs, workspace.settings)
        called = t("", "") if here == name else t(f"、{here} として", f" as {here}: that name is taken here")
        print(t(f"実行 {name} を{called.ja}取り込みました。", f"run {name} was taken in{called.en}."))
        say(t(f"中身を見るには: kb history {here}", f"to see what it did: kb history {here}"))
        say(t(f"元に戻すには: kb undo {here}", f"to take it back: kb undo {here}"))
    elif export:
        if not run:
            raise UsageError(
                t("--export には実行の名前が要ります。", "--export needs the name of a run."),
                t("例: kb history 20261126-1 --export run.jsonl", "example: kb history 20261126-1 --export run.jsonl"),
            )
        export_run(runs.path(run), Path(export))
        print(
            t(f"実行 {run} を {sanitize(export)} に書き出しました。", f"run {run} was written to {sanitize(export)}.")
        )
    elif run:
        one = runs.run(run)
        if not one.is_empty or as_json:
            _one(one, zone, as_json=as_json)
        for what in runs.faults.values():
            say_wrapped(what)
    else:
        _list(list(runs.all()), zone, as_json=as_json)
        say_journal_faults(runs)


def _list(runs: list[Run], zone: str, *, as_json: bool) -> None:
    from kb.console.sitting import mask_line
    from kb.model.request import Outcome

    if as_json:
        _print([_figures(each) for each in runs])
        return
    for each in runs:
        left = sum(each.count(came) for came in (Outcome.STALE, Outcome.SKIPPED, Outcome.FAILED))
        done = each.count(Outcome.DONE)
        if each.is_notice:  # one message, and the end of its run says whether it was sent
            done, left = (1, 0) if each.ended_at else (0, 1)
        if each.is_upload:
            done = sum(bool(url) for url in each.files.values())
            left = len(each.files) - done if each.ended_at else max(1, len(each.files) - done)
        what = t(f"{each.undoes} を元に戻す", f"undo {each.undoes}") if each.undoes else t(each.file, each.file)
        counts = t(f"済み {done:,} 件", f"{done:,} done")
        more = t(f"・残り {left:,} 件", f", {left:,} not") if left else t("", "")
        row = f"{pad(each.name, 12)} {format_local_time(each.at, zone, '%m-%d %H:%M')} {pad(mask_line(each.by), 10)} "
        print(clip(f"{row}{counts}{more}  {mask_line(str(what))}", terminal_width()))
    if not runs:
        print(t("まだ何も送っていません。", "nothing has been sent yet."))
    else:
        say(t(f"中身は: kb history {runs[0].name}", f"to see one: kb history {runs[0].name}"))


def _figures(run: Run) -> dict[str, object]:
    from kb.model.request import Outcome

    counts = {came.value: run.count(came) for came in Outcome if run.count(came)}
    return {"run": run.name, "at": run.at, "by": run.by, "undoes": run.undoes, "ended": run.ended, **counts}


def _one(run: Run, zone: str, *, as_json: bool) -> None:
    from kb.console.sitting import mask_line
    from kb.model.plan import label_keys

    told = list(run.records.values())
    if as_json:
        _print({**_figures(run), "targets": [_row(each) for each in told]})
        return
    print(
        f"{run.name} · {format_local_time(run.at, zone, '%Y-%m-%d %H:%M')} · {mask_line(run.by)} · "
        f"{mask_line(run.file)}"
    )
    for line in run.notice.split("\n") if run.notice else ():
        print(f"  {mask_line(line)}")
    for file, url in run.files.items():
        arrived = mask_line(url) or t("届いたかどうか分かりません", "not known whether it arrived")
        print(f"  {mask_line(file)}: {arrived}")
    for each in told:
        made = f" → {each.made}" if each.made else ""
        print(f"\n{_word(each)} {each.target}{made} {_format_value(each.title)}")
        before, after = each.intend.get("before") or {}, each.intend.get("after") or {}
        for key in after:
            print(f"  {label_keys([key])}: {_value(key, before.get(key))} → {_value(key, after[key])}")
        for number in each.intend.get("numbers") or ():
            at, (old, new) = number["line"], ((number[name].strip() or "—") for name in ("before", "after"))
            place = t(f"（{at} 行目）", f" (line {at})")
            print(f"  {label_keys(['number'])}{place}: {old} → {new}")
        for line in each.intend.get("hunks") or ():
            print(f"    {_format_value(line)}")
        for key, value in (each.result.get("overwritten") or {}).items():
            words = t("（ほかの人が入れ、上書きされた値）", " (somebody's, overwritten)")
            print(f"  {label_keys([key])}{words}: {_format_value(value)}")
        if each.why is not None:
            print(f"  {mask_line(str(each.why))}")


def _row(told: TargetRecord) -> dict[str, object]:
    return {
        "target": told.target,
        **({"made": told.made} if told.made else {}),
        "came": told.outcome.value if told.outcome else "unknown",
        "at": told.at,
        "before": told.intend.get("before") or {},
        "after": told.intend.get("after") or {},
        "overwritten": told.result.get("overwritten") or {},
    }


def _print(value: object) -> None:
    """Print values as JSON, without secrets and what could steer a terminal."""
    print(sanitize_json(_masked(value)))


def _masked(value: object) -> object:
    from kb.secrets.mask_document import mask_text

    if isinstance(value, dict):
        return {key: _masked(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_masked(each) for each in value]
    return mask_text(value) if isinstance(value, str) else value


def _value(key: str, value: object) -> str:
    from kb.model.plan import ChangeKey
    from kb.plan.sections.block import describe_digest

    return (
        sanitize(str(describe_digest(value)))
        if key == ChangeKey.BODY and isinstance(value, str)
        else _format_value(value)
    )


def _format_value(value: object) -> str:
    from kb.secrets.mask_document import mask_text

    if isinstance(value, list):
        return "、".join(_format_value(each) for each in value) or "—"
    if isinstance(value, bool):
        return str(t("書きかけ", "WIP") if value else t("公開", "shipped"))
    return sanitize(mask_text(str(value))) if value not in (None, "") else "—"


def _word(told: TargetRecord) -> Text:
    words = {
        "done": t("済み", "done"),
        "same": t("すでにそうなっていた", "already so"),
        "stale": t("ほかの人が変更", "changed by others"),
        "skipped": t("見送り", "skipped"),
        "failed": t("失敗", "failed"),
    }
    return words.get(told.outcome.value if told.outcome else "", t("不明（途中で止まった）", "unknown (cut off)"))
