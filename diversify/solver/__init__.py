"""From blocks and scenarios to a proven point."""
