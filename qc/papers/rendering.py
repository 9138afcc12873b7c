"""Setting a paper in a process of its own: templates, data and pictures go into a folder, a PDF comes out."""

import json
import logging
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from django.conf import settings

from audit.refusal import ActionRefused
from qc.papers import typesetting
from qc.papers.letters import printable

TEMPLATES = Path(settings.BASE_DIR) / "templates" / "qc" / "papers"
LONGEST_S = 600
Picture = Callable[[], bytes]
log = logging.getLogger(__name__)


class NotSet(ActionRefused):
    """A paper that can't be set; says why in words."""


def typeset(
    template: str,
    data: Mapping[str, Any],
    path: Path,
    pictures: Mapping[str, Picture],
    tell: Callable[[int], None] = lambda done: None,
) -> None:
    """Set the data by the template and put the PDF at `path`. The same data give the same bytes.

    `pictures` are made one after the other, by the names of their files; `tell` hears how many are.
    """
    with tempfile.TemporaryDirectory(prefix="exoledger-paper-") as name:
        folder = Path(name)
        for source in TEMPLATES.glob("*.typ"):
            shutil.copyfile(source, folder / source.name)
        for done, (file_name, make) in enumerate(pictures.items(), start=1):
            (folder / file_name).write_bytes(make())
            tell(done)
        text = json.dumps(printable(data), ensure_ascii=False)
        (folder / "data.json").write_text(text, encoding="utf-8")
        asked = {"template": template, "fonts": settings.LAB_FONTS}
        (folder / "asked.json").write_text(json.dumps(asked), encoding="utf-8")
        _run(folder)
        shutil.move(folder / "paper.pdf", path)


def _run(folder: Path) -> None:
    """Run the typesetter: isolated, without our environment and its secrets."""
    command = [sys.executable, "-I", typesetting.__file__, str(folder)]
    try:
        done = subprocess.run(  # noqa: S603 (our own program)
            command, env={}, cwd=folder, capture_output=True, timeout=LONGEST_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        log.exception("typesetting")
        raise NotSet("The paper can't be set now; the server's log says why.") from error
    if done.returncode:
        log.error("typesetting: %s", done.stderr.decode(errors="replace"))
        raise NotSet("The paper can't be set; the server's log says why.")
