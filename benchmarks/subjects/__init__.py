"""The subjects: one module each, with a function ``run``."""
