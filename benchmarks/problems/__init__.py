"""Two-stage problems of known shape, made as arrays: one a file, each with a function ``make``."""
