"""One page, a part for each command; to measure one leaves the others as they are."""

from __future__ import annotations

import re

PART = re.compile(r"<!-- begin (\w+) -->\n(.*?)\n<!-- end \1 -->\n*", re.DOTALL)


def merged(page: str, name: str, body: str) -> str:
    """Return the page with one part replaced, or added at the end.

    What stands outside of all parts is the part ``case``.
    """
    parts = dict(PART.findall(page))
    rest = PART.sub("", page).strip()
    if rest and "case" not in parts:
        parts = {"case": rest, **parts}
    parts[name] = body.strip()
    first = {"case": parts.pop("case")} if "case" in parts else {}
    return "\n".join(
        f"<!-- begin {key} -->\n{text.strip()}\n<!-- end {key} -->\n"
        for key, text in {**first, **parts}.items()
    )
