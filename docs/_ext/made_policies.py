"""The policies: each kind with its fields, its rows in algebra and an example."""

from __future__ import annotations

from pieces import cell, code, directive, table

from diversify.policies import Rule
from diversify.policies.base import Policy
from diversify.policies.reading import KINDS


def _all() -> dict[str, type[Policy]]:
    return {**KINDS, "rule": Rule}


def _first(kind: type[Policy]) -> str:
    return (kind.__doc__ or "").strip().split("\n\n")[0]


def overview() -> str:
    """Return one line a kind."""
    rows = [
        (f"[`{name}`](#{kind.__name__.lower()})", cell(_first(kind)), code(kind.level_field or ""))
        for name, kind in _all().items()
    ]
    return table(["kind", "what the plan keeps", "its level"], rows)


def policies() -> str:
    """Return a section a kind."""
    parts = []
    for name, kind in _all().items():
        fields = [
            (
                code(field.alias or key),
                cell(_type(field.annotation)),
                "needed" if field.is_required() else code(field.get_default()),
            )
            for key, field in kind.model_fields.items()
            if key not in ("kind", "words") or name == "rule"
        ]
        parts += [
            f"## {kind.__name__}\n",
            f'In TOML `kind = "{name}"`.\n' if name in KINDS else "In Python only.\n",
            directive(f".. autoclass:: {kind.__module__}.{kind.__qualname__}"),
            "Fields and defaults:\n",
            table(["field", "type", "default"], fields),
        ]
    return "\n".join(parts)


def _type(annotation: object) -> str:
    text = getattr(annotation, "__name__", "") if isinstance(annotation, type) else str(annotation)
    for dropped in ("typing.", "collections.abc.", "diversify.policies.base."):
        text = text.replace(dropped, "")
    return text
