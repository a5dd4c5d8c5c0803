"""Settings of the documentation site: plain Markdown, built without a network."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path[:0] = [str(HERE / "_ext"), str(HERE.parent)]

from pygments.lexers.special import TextLexer  # noqa: E402
from sphinx.highlighting import lexers  # noqa: E402

import diversify  # noqa: E402

project = "diversify"
author = "The diversify authors"
copyright = "The diversify authors, MIT licence"
version = release = diversify.__version__

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "site_math", "site_made"]
source_suffix = {".md": "markdown"}
exclude_patterns = ["_build", "_ext"]
suppress_warnings: list[str] = []
nitpicky = False
lexers["csv"] = TextLexer()

myst_enable_extensions = ["dollarmath", "colon_fence"]
myst_heading_anchors = 4

napoleon_google_docstring = False
napoleon_numpy_docstring = True
# Types are in words here, and words are no names to link.
napoleon_use_param = False
napoleon_use_rtype = False
napoleon_use_ivar = True
autodoc_member_order = "bysource"
autodoc_typehints = "none"
autodoc_class_signature = "mixed"

# The bundled theme, without anything from elsewhere: a page must open where there is no network.
html_theme = "alabaster"
html_math_renderer = "mathml"
html_show_sourcelink = False
html_copy_source = False
html_static_path = ["_static"]
html_theme_options = {
    "description": "Critical minerals at the least cost, within limits, with proof",
    "fixed_sidebar": True,
    "page_width": "1080px",
    "sidebar_width": "250px",
    "body_max_width": "auto",
}
