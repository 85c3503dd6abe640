"""Recordings in, rough cuts out: sends what the box lacks, has it cut, writes the files beside the recordings.

Every step finds what an earlier run has done: the record of uploads, the cut of the same request, the files that are
there. So a run that was stopped goes on where it was, and another one does nothing twice.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from roughy_box.client import cuts
from roughy_box.client.api import Asset, BoxClient
from roughy_box.client.cut_files import CutFiles
from roughy_box.client.errors import ClientError
from roughy_box.client.files import UploadState
from roughy_box.client.ready import check_ready, read_prepared, send_recording
from roughy_box.client.rendering import begin_render, save_render
from roughy_box.client.sources import Source, read_script, script_beside
from roughy_box.client.waiting import wait_for
from roughy_box.client.watch import Result, Watch

# After one of these, all other sources would fail as well.
_FATAL = ("unauthenticated", "url")
# The fields that the box may refuse, in the words of the command.
_FIELDS = {
    "body.script": "its script",
    "body.options.max_pause": "--max-pause",
    "body.options.pad_before": "--pad-before",
    "body.options.pad_after": "--pad-after",
}
_RENDER_FIELDS = {"body.output.format": "--render"}


@dataclass(frozen=True, slots=True)
class Wish:
    """The cut to make of every source; ``options`` are those of the API, ``renders`` formats.

    ``script`` is for an only source; without it, the text file beside a recording is its script, unless ``no_script``.
    """

    project: str
    language: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    script: Path | None = None
    no_script: bool = False
    renders: tuple[str, ...] = ()


class RoughCuts:
    """One run over some sources."""

    def __init__(self, client: BoxClient, wish: Wish, files: CutFiles, uploads: UploadState, watch: Watch) -> None:
        self._client, self._wish, self._files, self._uploads, self._watch = client, wish, files, uploads, watch
        self._project_id: str | None = None
        self._is_over = False

    def run(self, sources: Iterable[Source]) -> list[Result]:
        """Return the results, in order; one that fails does not stop the others.

        While the box cuts what it has, the next recordings are sent.
        """
        results = [Result(source) for source in sources]
        waiting: deque[Result] = deque()
        for result in results:
            if self._attempt(result, self._start):
                waiting.append(result)
            while waiting and self._attempt(waiting[0], self._is_cut):
                self._attempt(waiting.popleft(), self._finish)
        for result in waiting:
            self._attempt(result, self._finish)
        for result in results:
            self._attempt(result, self._receive)
        return results

    def _attempt(self, result: Result, step: Callable[[Result], bool]) -> bool:
        """Take a step with a result that has come so far; return what it returns, False for a failure."""
        if result.is_stopped or self._is_over:
            return False
        try:
            return step(result)
        except ClientError as error:
            result.is_stopped = True
            result.errors.append(error.message)
            self._is_over = error.code in _FATAL
            return False

    def _start(self, result: Result) -> bool:
        script = self._script(result)
        self._files.check(result.source)
        result.asset = self._send(result) if result.source.path else read_prepared(self._client, result.source)
        check_ready(result.asset)
        try:
            result.cut = cuts.create_cut(self._client, result.asset["id"], script, self._wish.options)
        except ClientError as error:
            raise error.naming(_FIELDS) from None
        return True

    def _script(self, result: Result) -> str | None:
        result.script = self._wish.script
        if result.script is None and result.source.path and not self._wish.no_script:
            result.script = script_beside(result.source.path)
        return read_script(result.script) if result.script else None

    def _send(self, result: Result) -> Asset:
        if self._project_id is None:
            self._project_id = self._client.find_or_create_project(self._wish.project)
        return send_recording(self._client, result, self._project_id, self._wish.language, self._uploads, self._watch)

    def _is_cut(self, result: Result) -> bool:
        assert result.cut
        result.cut = cuts.read_cut(self._client, result.cut["id"])
        return result.cut["state"] not in cuts.UNFINISHED

    def _finish(self, result: Result) -> bool:
        """Wait for the cut and write its files."""
        assert result.asset
        assert result.cut
        cut_id = result.cut["id"]
        with self._watch.working(result, "cut") as on_progress:
            result.cut = wait_for(
                self._client,
                lambda: cuts.read_cut(self._client, cut_id),
                cuts.UNFINISHED,
                lambda cut, _: on_progress(cut["progress"], cut["stage"] or cut["state"]),
            )
        if result.cut["state"] == "failed":
            raise ClientError(str(result.cut["error_message"]), "cut_failed")
        files, errors = self._files.export(result.source, result.asset, cut_id)
        result.files += files
        result.errors += dict.fromkeys(errors)  # captions in two formats fail for one reason
        for name in self._wish.renders:
            asset_id = result.asset["id"]
            result.renders.append(begin_render(self._client, asset_id, cut_id, {"format": name}, _RENDER_FIELDS))
        return True

    def _receive(self, result: Result) -> bool:
        """Save the renders, which the box has begun."""
        assert result.asset
        for index, render in enumerate(result.renders):
            path = self._files.render_path(result.source, result.asset, render["output"]["format"])
            outputs = self._files.outputs
            result.renders[index] = save_render(self._client, result, render, path, outputs, self._watch)
            result.files.append(path)
        result.is_done = True
        return True
