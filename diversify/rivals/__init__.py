"""Several buyers and the same capacity: jointly, each alone, and one after the other."""

from diversify.rivals.playing import compete
from diversify.rivals.record import Rivalry

__all__ = ["Rivalry", "compete"]
