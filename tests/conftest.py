"""Hypothesis profiles: the default one tries the same examples on every run."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("default", derandomize=True, deadline=None, max_examples=20)
settings.register_profile("nightly", deadline=None, max_examples=300)
settings.load_profile("default")
