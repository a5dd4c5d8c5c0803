"""Puts what is made from the code into pages, where a page says ``<!-- made: name -->``.

Nothing is written to the sources, so that nothing there can become old.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import made_api
import made_cli
import made_data
import made_model
import made_policies
from sphinx.application import Sphinx

HOOK = re.compile(r"^<!-- made: ([\w -]+) -->$", re.MULTILINE)
SESSION = re.compile(r"^>>> .*\n(?:.+\n)*", re.MULTILINE)
DOCS = Path(__file__).resolve().parents[1]
DESIGN = DOCS / "design"


def design_pages() -> str:
    """Return the contents of the design pages, in the order in which their index names them."""
    text = (DESIGN / "README.md").read_text("utf-8")
    return _contents(dict.fromkeys(re.findall(r"\]\((\w[\w-]*)\.md\)", text)))


def loose_pages() -> str:
    """Return the contents of pages that stand beside the folders, and of the stories."""
    found = [*sorted(DOCS.glob("*.md")), *sorted(DOCS.glob("stories/*.md"))]
    return _contents(
        f"/{page.relative_to(DOCS).with_suffix('')}" for page in found if page.stem != "index"
    )


def _contents(names: Iterable[str]) -> str:
    return "\n".join(["```{toctree}", ":hidden:", "", *names, "```"]) + "\n"


MAKERS: dict[str, Callable[[], str]] = {
    "policies": made_policies.policies,
    "policy table": made_policies.overview,
    "model": made_model.model,
    "costs": made_model.costs,
    "commands": made_cli.commands,
    "exit codes": made_cli.exit_codes,
    "python": made_api.public,
    "extending": made_api.extending,
    "plan": made_api.plan_tables,
    "json keys": made_api.json_keys,
    "tables": made_data.case_tables,
    "settings": made_data.settings,
    "data": made_data.reference_tables,
    "sources": made_data.sources,
    "cases": made_data.cases,
}


def _made(match: re.Match[str]) -> str:
    name = match[1]
    if name not in MAKERS:
        raise ValueError(f"no such thing is made: {name!r}; known: {', '.join(MAKERS)}")
    return MAKERS[name]()


def _fenced(match: re.Match[str]) -> str:
    return f"```python\n{match[0]}```\n"


def filled(text: str) -> str:
    """Return a page with its hooks filled and its sessions of Python fenced."""
    outside = re.split(r"(^```.*?^```$)", text, flags=re.MULTILINE | re.DOTALL)
    parts = [p if i % 2 else SESSION.sub(_fenced, p) for i, p in enumerate(outside)]
    return HOOK.sub(_made, "".join(parts))


def _read(app: Sphinx, name: str, source: list[str]) -> None:
    source[0] = filled(source[0])
    if name == "design/README":
        # The same page is the index of the folder for those who read it as files.
        source[0] += "\n" + design_pages()
    if name == "explanation/index":
        source[0] += "\n" + loose_pages()


def setup(app: Sphinx) -> dict[str, Any]:
    """Fill pages as they are read."""
    app.connect("source-read", _read)
    app.add_css_file("custom.css")
    return {"parallel_read_safe": True, "parallel_write_safe": True}
