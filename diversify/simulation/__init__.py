"""Plans played forward period by period, with only what is known at that time."""

from diversify.simulation.ages import AgedStock, size_stock
from diversify.simulation.playing import Simulation, simulate

__all__ = ["AgedStock", "Simulation", "simulate", "size_stock"]
