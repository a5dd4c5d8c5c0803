"""From a solution to tidy tables."""

from diversify.result.plan import Plan
from diversify.result.storage import read_plan
from diversify.result.summary import summary

__all__ = ["Plan", "read_plan", "summary"]
