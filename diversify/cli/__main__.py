"""Lets ``python -m diversify.cli`` do what ``diversify`` does."""

from __future__ import annotations

import sys

from diversify.cli import main

if __name__ == "__main__":
    sys.exit(main())
