"""Formulas as MathML, which browsers show by themselves: no script and no fonts from elsewhere."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

REPLACED = {"\\textstyle": "", "\\iff": "\\;\\Leftrightarrow\\;"}
"""What docutils does not take, and what looks the same."""
KEPT = re.compile(r"(\\(?:text|operatorname|mathbb|mathrm|begin|end)\{[^{}]*\}|\\[A-Za-z]+)")
NAME = re.compile(r"[A-Za-z]{2,}")
BARRED = re.compile(r"\\overline\s*(?:\{[^{}]*\}|[A-Za-z])(?=_)")
LETTER = re.compile("[\U0001d434-\U0001d467\u210e]")
ITALIC = re.compile(rf"<mi>{LETTER.pattern}</mi>(?:\s*<mi>{LETTER.pattern}</mi>)+")
"""What stays as it is, names of several letters, and a bar over what has an index."""
LOG = logging.getLogger(__name__)


def words_whole(latex: str) -> str:
    r"""Return a formula in which names of several letters are one symbol each.

    Examples
    --------
    >>> words_whole(r"book_{l,t} \le \text{all} x")
    '\\mathit{book}_{l,t} \\le \\text{all} x'
    """
    parts = KEPT.split(latex)
    return "".join(p if i % 2 else NAME.sub(r"\\mathit{\g<0>}", p) for i, p in enumerate(parts))


def lines(latex: str) -> list[str]:
    """Return the parts of a formula that stand below each other: it has several statements."""
    if "begin{" in latex or "\\\\" in latex:
        return [latex]
    found, depth, start = [], 0, 0
    for match in re.finditer(r"[{}]|,\s*\\q?quad", latex):
        if match[0] in "{}":
            depth += 1 if match[0] == "{" else -1
        elif depth == 0:
            found.append(latex[start : match.start()] + ",")
            start = match.end()
    return [*found, latex[start:]]


def _mathml(visitor: Any, node: nodes.Element, *, as_block: bool) -> str:
    latex = node.astext().strip()
    for command, other in REPLACED.items():
        latex = latex.replace(command, other)
    latex = BARRED.sub(r"{\g<0>}{}", latex)
    try:
        parts = lines(latex) if as_block else [latex]
        return "\n".join(_merged(part.strip(), as_block) for part in parts)
    except (MathError, SyntaxError, IndexError, KeyError) as error:
        LOG.warning("formula %r cannot be shown: %s", latex, error, location=node)
        return f"<code>{visitor.encode(latex)}</code>"


def _merged(latex: str, as_block: bool) -> str:
    """Return MathML in which the letters of a name are one element, and so stand close."""
    text = str(tex2mathml(words_whole(latex), as_block=as_block))
    return ITALIC.sub(lambda m: f"<mi>{''.join(LETTER.findall(m[0]))}</mi>", text)


def _inline(visitor: Any, node: nodes.Element) -> None:
    visitor.body.append(_mathml(visitor, node, as_block=False))
    raise nodes.SkipNode


def _block(visitor: Any, node: nodes.Element) -> None:
    visitor.body.append(f'<div class="math">{_mathml(visitor, node, as_block=True)}</div>\n')
    raise nodes.SkipNode


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the renderer as ``mathml``."""
    app.add_html_math_renderer(
        "mathml", inline_renderers=(_inline, None), block_renderers=(_block, None)
    )
    return {"parallel_read_safe": True, "parallel_write_safe": True}
