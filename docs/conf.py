"""How the documentation is built: `sphinx-build -W --keep-going -n -b html docs site`."""

from __future__ import annotations

from importlib.metadata import version as version_of

project = "pytest-aci"
author = "the pytest-aci authors"
copyright = author  # noqa: A001 # Sphinx names it
version = release = version_of("pytest-aci")

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
myst_enable_extensions = ["colon_fence", "deflist"]
myst_heading_anchors = 4
exclude_patterns = ["ci"]
suppress_warnings = ["myst.strikethrough"]

default_role = "code"  # docstrings put names between single backticks
autodoc_typehints = "none"  # the signatures carry them
autodoc_member_order = "bysource"
python_use_unqualified_type_names = True
nitpick_ignore_regex = [("py:.*", ".*")]  # only pages and headings are linked, and those strictly

html_theme = "furo"
html_title = "pytest-aci"
html_show_sphinx = False
html_copy_source = False
