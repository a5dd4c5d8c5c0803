"""Plans played forward period by period, with only what is known at that time."""

from diversify.simulation.ages import AgedStock, size_stock
from diversify.simulation.fan import FannedStock, Source, size_stock_among
from diversify.simulation.playing import Simulation, simulate

__all__ = [
    "AgedStock",
    "FannedStock",
    "Simulation",
    "Source",
    "simulate",
    "size_stock",
    "size_stock_among",
]
