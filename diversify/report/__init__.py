"""From a plan to one page that works offline, and its figures.

Nothing is imported here: figures need plotly only to be shown in a notebook, and the page needs
jinja2 and plotly only when it is written.
"""
