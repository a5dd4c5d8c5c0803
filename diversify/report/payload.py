"""What a page carries besides its text: figures, tables and the library that draws them."""

from __future__ import annotations

import base64
import gzip
import json
import math
from collections.abc import Mapping
from functools import cache
from typing import Any

POOLED = 2_000
"""Lists and texts of so many characters are stored once, however often figures use them."""


def packed(text: str) -> str:
    """Return a text compressed, in letters that need no escape; the same text, the same letters.

    Examples
    --------
    >>> gzip.decompress(base64.b64decode(packed("aaa"))).decode()
    'aaa'
    """
    return base64.b64encode(gzip.compress(text.encode("utf-8"), 9, mtime=0)).decode("ascii")


@cache
def library() -> tuple[str, str]:
    """Return plotly's script as it will run, and the same packed."""
    from plotly.offline import get_plotlyjs

    script: str = get_plotlyjs()
    return script, packed(script)


def content(data: Mapping[str, Any]) -> str:
    """Return data as JSON in which long parts stand once, in a list of their own.

    A part that was taken out is ``{"$": position}``.

    Parameters
    ----------
    data : mapping
        Plain data; numbers that JSON does not know become null.

    Examples
    --------
    >>> content({"a": 1.0, "b": float("nan")})
    '{"pool":[],"data":{"a":1.0,"b":null}}'
    """
    pool: list[str] = []
    places: dict[str, int] = {}
    body = _thinned(data, pool, places)
    return f'{{"pool":[{",".join(pool)}],"data":{body}}}'


def _thinned(value: Any, pool: list[str], places: dict[str, int]) -> str:
    """Return a value as JSON, with its long parts in the pool."""
    if isinstance(value, Mapping):
        parts = (f"{json.dumps(str(k))}:{_thinned(v, pool, places)}" for k, v in value.items())
        return "{" + ",".join(parts) + "}"
    if isinstance(value, list | tuple):
        if value and isinstance(value[0], Mapping | list | tuple):
            return "[" + ",".join(_thinned(v, pool, places) for v in value) + "]"
        text = json.dumps([_plain(v) for v in value], separators=(",", ":"))
    else:
        text = json.dumps(_plain(value))
    if len(text) < POOLED:
        return text
    if text not in places:
        places[text] = len(pool)
        pool.append(text)
    return f'{{"$":{places[text]}}}'


def _plain(value: Any) -> Any:
    if isinstance(value, float):
        if not math.isfinite(value):
            return None
        # Seven digits are more than a screen can show.
        return float(f"{value:.7g}")
    return value
