"""One figure a file, each a plain description that a page or plotly can draw."""
