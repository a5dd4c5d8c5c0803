"""A case made ready to be solved again and again, and what a sample leaves open."""

from diversify.study.study import Study

__all__ = ["Study"]
