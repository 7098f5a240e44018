"""`kb doctor --probe`: finds out how a team's esa behaves, by posts of the caller's own that it makes and archives.

Everything is listed and agreed to before the first write, and stands in a journal like any run. kb deletes
nothing: what was made stays, archived.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import kb
from kb.changes.esa_remote import EsaRemote, state_of
from kb.changes.journal import FORMAT, Journal, new_path
from kb.changes.probe_abilities import EsaAbilities, record
from kb.changes.probe_answers import answers
from kb.changes.probe_left import archived
from kb.changes.probe_scene import TITLES, Got, Scene
from kb.changes.probe_steps import Ask, Step, steps
from kb.changes.remote import Came
from kb.changes.runs import PROBE
from kb.changes.titles import read_title
from kb.changes.way import How, Way
from kb.errors import AnswerError, BusyError, CredentialError, RefusedError
from kb.lang import t
from kb.mirror.rows import text, whole
from kb.mirror.store import Mirror
from kb.sources.call import Answer, Row
from kb.sources.esa import Esa
from kb.sources.limiter import Standing

FILE = "doctor --probe"
TRIES = 3
"""How often a write is sent that the limit refuses."""


@dataclass(frozen=True, slots=True)
class Left:
    """A post a probe made that is not archived: its number, and the category it stands in as far as that is known."""

    number: int
    category: str


class Probe:
    """One probe. `steps` are all its requests, the first of which has been made; `run` makes the others."""

    def __init__(self, esa: Esa, mirror: Mirror, folder: Path, scene: Scene) -> None:
        self.scene = scene
        self.steps = steps(scene)
        self.lost = False
        self._esa = esa
        self._folder = folder
        self._mirror = mirror
        self._remote = EsaRemote(esa, scene.run, mirror)

    @property
    def writes(self) -> int:
        """How many of the requests write."""
        return sum(step.method != "GET" for step in self.steps)

    @property
    def standing(self) -> Standing:
        """What is left of the limit."""
        return self._esa.access.limiter.standing

    @property
    def left(self) -> tuple[Left, ...]:
        """The posts it made that are not archived. `lost` says that there may be one more, whose number is unknown."""
        places = {letter: text(row.get("category")) for letter, row in self.scene.posts.items()}
        return tuple(Left(self.scene.number(letter), place) for letter, place in places.items() if not archived(place))

    def run(
        self, way: Way, pause: Callable[[float], object] = time.sleep, clock: Callable[[], float] = time.monotonic
    ) -> tuple[How, EsaAbilities | None]:
        """Make the requests; how that ended, and what was found out when it came to its end, which is recorded.

        Raises RefusedError when the place is not empty; CredentialError, SourceError, StoreError.
        """
        path = new_path(self._folder, self.scene.run.partition("-")[0])
        if path.stem != self.scene.run:
            raise BusyError(
                t(f"実行 {self.scene.run} がほかで始まりました。", f"a run {self.scene.run} has begun elsewhere."),
                t("もう一度実行してください。", "run it again."),
            )
        with Journal(path, _moment) as journal:
            self._begin(journal)
            how = How.FINISHED
            try:
                for number, step in enumerate(self.steps[1:], 2):
                    if way.stop() and not step.proves:
                        raise KeyboardInterrupt
                    if step.pause_s:
                        pause(step.pause_s)
                    try:
                        answer = self._one(journal, number, step, way)
                        self._learn(journal, step, answer, clock())
                    finally:
                        way.busy(False)
                    way.watch(number, len(self.steps))
            except KeyboardInterrupt:
                how = How.INTERRUPTED
            except BaseException:
                journal.write("end", how="broken")
                raise
            journal.write("end", how=how.value)
        if how is not How.FINISHED:
            return how, None
        found = EsaAbilities(self.scene.team, self.scene.me, _moment(), self.scene.run, answers(self.scene))
        record(self._mirror, found)
        return how, found

    def _begin(self, journal: Journal) -> None:
        journal.write(
            "run",
            format=FORMAT,
            run=self.scene.run,
            kb=kb.__version__,
            kind=PROBE,
            plan=PROBE,
            file=FILE,
            team=self.scene.team,
            by=self.scene.me,
            undoes="",
            place=self.scene.place,
        )

    # -- one request -----------------------------------------------------------------------------

    def _one(self, journal: Journal, number: int, step: Step, way: Way) -> Answer:
        ask = step.ask(self.scene)
        if ask.method == "GET":
            journal.write("read", system="esa", why=PROBE, step=number, path=ask.path)
            way.busy(step.proves)
            return self._esa.probe.read(ask.path, ask.given)
        way.busy(True)
        self.lost = step.makes
        for _ in range(TRIES):
            journal.write("intend", step=number, method=ask.method, path=ask.path, **self._target(step))
            answer = self._write(ask)
            if answer.status != 429:
                break
            journal.write("limited", step=number, **self._named(step))  # nothing happened
            self._esa.access.settle()
        self._written(journal, number, step, answer)
        self.lost = False
        return answer

    def _write(self, ask: Ask) -> Answer:
        assert ask.method != "GET"
        with self._esa.access.writing():
            return self._esa.probe.write(ask.method, ask.path, ask.given)

    def _written(self, journal: Journal, number: int, step: Step, answer: Answer) -> None:
        """Write down what came of a write; a post that was made has its number from here on."""
        row = answer.data if isinstance(answer.data, dict) else {}
        done = 200 <= answer.status < 300
        if step.makes and done:
            if whole(row.get("number")) < 1:
                raise AnswerError(
                    t("esa が作った記事の番号を返しません。", "esa does not tell the number of a post it made."),
                    t("ESA_API_BASE_URL を確かめてください。", "check ESA_API_BASE_URL."),
                )
            self.scene.made[step.of] = row
        if step.of in self.scene.made and done and "category" in row:
            self.scene.posts[step.of] = row
        why = t(f"esa が {answer.status} を返しました", f"esa answered {answer.status}")
        told = {} if done else {"why": {"ja": why.ja, "en": why.en}}
        came = Came.DONE if done else Came.FAILED
        journal.write(came.value, step=number, status=answer.status, **self._named(step), **self._stands(step), **told)

    def _learn(self, journal: Journal, step: Step, answer: Answer, at: float) -> None:
        """Keep an answer. Raises what makes it pointless to go on."""
        self.scene.got[step.name] = Got(answer.status, answer.data, at)
        row = answer.data if answer.status in (200, 201) and isinstance(answer.data, dict) else {}
        if step.name == "empty":
            self._require_empty(answer)
        elif step.makes:
            self._require_made(answer)
        elif step.method == "GET" and step.of and "category" in row:
            self.scene.posts[step.of] = row
            if step.proves:
                journal.write(Came.DONE.value, **self._named(step), **self._stands(step))
        if step.name.startswith(("make ", "archive ")) and step.of in self.scene.posts:
            self._keep(self.scene.posts[step.of])

    def _keep(self, row: Row) -> None:
        """Let the mirror know the post, so that what is left of an interrupted probe can be archived."""
        if isinstance(row.get("body_md"), str):
            self._remote.keep([state_of(row)])

    def _require_empty(self, answer: Answer) -> None:
        if answer.status != 200:
            raise self._esa.probe.refusal(answer, "/posts")
        place = self.scene.place
        categories = [text(row.get("category")) for row in self.scene.rows("empty")]
        if any(each == place or each.startswith(f"{place}/") for each in categories):
            raise RefusedError(
                t(
                    f"「{place}」に記事があります。何も書いていません。",
                    f"there are posts in {place}; nothing was written.",
                ),
                t(
                    "前の確認の残りなら、アーカイブしてから実行してください。",
                    "archive what is left there, then run it.",
                ),
            )

    def _require_made(self, answer: Answer) -> None:
        if answer.status in (401, 403):
            raise CredentialError(
                t(
                    f"esa がこのトークンに記事を作らせません（{answer.status}）。",
                    f"esa does not let this token make posts ({answer.status}).",
                ),
                t(
                    "write:post（旧形式なら write）のあるトークンを ESA_WRITE_TOKEN に入れてください。",
                    "put a token with write:post (write, for the older kind) into ESA_WRITE_TOKEN.",
                ),
            )
        if not 200 <= answer.status < 300:
            raise self._esa.probe.refusal(answer, "/posts")

    # -- what the journal is told ----------------------------------------------------------------

    def _named(self, step: Step) -> dict[str, object]:
        """The post a step is about, when it has a number."""
        if step.of not in self.scene.made:
            return {}
        return {"target": f"esa:{self.scene.number(step.of)}", "title": read_title(TITLES[step.of])}

    def _target(self, step: Step) -> dict[str, object]:
        """The post a step is about, and where it stands before it."""
        row = self.scene.posts.get(step.of)
        return self._named(step) | ({"before": {"category": text(row.get("category"))}} if row else {})

    def _stands(self, step: Step) -> dict[str, object]:
        """Where the post of a step stands now, as far as that is known. No text, and no title but kb's own."""
        row = self.scene.posts.get(step.of)
        if row is None:
            return {}
        state = state_of(row)
        values: Mapping[str, object] = {"category": state.values["category"]}
        return {"state": {"values": values, "revision": state.revision, "updated_at": state.updated_at}}


def _moment() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
