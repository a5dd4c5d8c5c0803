"""Small pieces of Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def cell(text: object) -> str:
    """Return a text as a cell of a table, shown as it is; what docstrings mark as code is code."""
    parts = " ".join(str(text).split()).split("``")
    if len(parts) % 2 == 0:
        parts = ["``".join(parts)]
    return "".join(code(p) if i % 2 else _shown(p) for i, p in enumerate(parts))


def _shown(plain: str) -> str:
    for sign in "\\|*_`[]<>$":
        plain = plain.replace(sign, f"\\{sign}")
    return plain


def code(text: object) -> str:
    """Return a text as code."""
    return f"`{text}`" if str(text) else ""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a table of cells that are Markdown already."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def directive(text: str) -> str:
    """Return reStructuredText for autodoc within a page of Markdown."""
    return f"````{{eval-rst}}\n{text.rstrip()}\n````\n"
