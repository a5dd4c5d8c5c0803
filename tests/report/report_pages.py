"""A plan for pages, and what a page carries."""

from __future__ import annotations

import base64
import gzip
import json
import re
from typing import Any

import diversify as dv
from diversify.testing import small_case, tiny_case
from tests.rows import bought, outage

CRUEL = "<script>alert(1)</script>"


def solved(**options: Any) -> dv.Plan:
    return dv.solve(
        tiny_case(),
        dv.ShareCap(by="country", share=0.6, stage="refine"),
        dv.ShortageBudget(measure="cvar", level=0.9, limit=0.2),
        **options,
    )


def inside(page: str) -> dict[str, Any]:
    """Return the figures and tables that a page carries, with the pool put back."""
    found = re.search(r'<script type="text/plain" id="content">([^<]*)</script>', page)
    assert found
    content = json.loads(gzip.decompress(base64.b64decode(found[1])))

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if set(value) == {"$"}:
                return content["pool"][value["$"]]
            return {key: whole(part) for key, part in value.items()}
        return [whole(part) for part in value] if isinstance(value, list) else value

    data = whole(content["data"])
    assert isinstance(data, dict)
    return data


def cruel_plan() -> dv.Plan:
    """A supplier, titles and a rule that would run, if they were not text."""
    case = small_case(
        sites=[
            {"site": "A<img src=x", "cost": 1, "capacity": 10, "owner": CRUEL},
            {"site": "B</script", "cost": 2, "country": "CHN"},
        ],
        hazards=[outage("A<img src=x", 0.3)],
        title=f"Title {CRUEL}",
        description=CRUEL,
        **bought(50, "A<img src=x", "B</script"),
    )
    return dv.solve(case, dv.ShareCap(by="owner", share=0.5, name=f"cap {CRUEL}"), seed=1)
