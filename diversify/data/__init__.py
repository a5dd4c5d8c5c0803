"""The reference tables that travel with the library: what is produced, traded, priced, and where.

>>> from diversify import data
>>> cobalt = data.table("production", material="cobalt", stage="mine", year=2024)
>>> cobalt[cobalt["country"] == "COD"][["tonnes", "unit", "source"]].values.tolist()
[[226000.0, 't', 'USGS-MCS2026']]
"""

from diversify.data.catalogue import About, about, tables
from diversify.data.frames import sources, table
from diversify.data.lookups import Material, distance, materials, unit
from diversify.data.shares import governance_weights, import_shares, world_shares

__all__ = [
    "About",
    "Material",
    "about",
    "distance",
    "governance_weights",
    "import_shares",
    "materials",
    "sources",
    "table",
    "tables",
    "unit",
    "world_shares",
]
