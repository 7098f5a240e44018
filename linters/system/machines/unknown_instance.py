"""図のどのノードにも当てはまらないインスタンスが動いています / An instance runs that no node claims

なぜ:
    だれも知らないサーバーは、止めてよいかも、壊れたときに何が困るかも分かりません。起動した人に聞き、要るものは
    kb diagram adopt の下書きから図に写します。起動中と起動直後のものだけを知らせます。
悪い例:
    # EC2 に tmp-check（i-0abc…）が動いているが、どのノードの match にも当てはまらない
    [[node]]
    id = "api"
    match = { ec2_name = ["api-prd-*"] }
良い例:
    # 聞いてみると移行の確認用だった。期限をつけて図に入れた
    [[node]]
    id = "tmp-check"
    lifecycle = "retiring"
    until = "2026-12-31"
    match = { ec2_name = ["tmp-check"] }
Why:
    Of a machine nobody knows, nobody can say whether it may be stopped, or what breaks with it. Ask who started it,
    and take over what is needed from the draft of kb diagram adopt. Only what runs or is starting is told.
Bad:
    # tmp-check (i-0abc...) runs in EC2, and no match of any node fits it
    [[node]]
    id = "api"
    match = { ec2_name = ["api-prd-*"] }
Good:
    # it turned out to be for checking the migration; it is in the model, with a day
    [[node]]
    id = "tmp-check"
    lifecycle = "retiring"
    until = "2026-12-31"
    match = { ec2_name = ["tmp-check"] }
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from kb.estate.drift.rules import DriftHit, drift_rule
from kb.model.finding import Severity
from kb.text.lang import t
from linters.system.telling import describe_instance, instance_evidence

if TYPE_CHECKING:
    from kb.estate.drift.estate import Estate


def look(estate: Estate) -> Iterator[DriftHit]:
    """Yield a hit for each instance that runs unclaimed."""
    for machine in estate.machines:
        if machine.instance is not None and machine.runs and not machine.nodes:
            shown = describe_instance(machine.instance)
            yield DriftHit(
                machine.instance.id,
                t(
                    f"{shown.ja}が動いていますが、図のどのノードにも当てはまりません。",
                    f"{shown.en} runs, and no node of the model claims it.",
                ),
                (instance_evidence(estate, machine.instance),),
                t(
                    "起動した人に聞き、要るものなら kb diagram adopt の下書きを図に写し、要らなければ止めてください。",
                    "Ask who started it; take it over with kb diagram adopt if it is needed, else have it stopped.",
                ),
            )


rule = drift_rule("SYS211", __name__, Severity.WARNING, look)
