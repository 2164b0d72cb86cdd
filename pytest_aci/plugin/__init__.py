"""What pytest sees. Loaded in every run of every project that has pytest-aci installed.

So neither this package nor anything that it imports may import azure or vcr: that happens at first use.
"""

from __future__ import annotations

pytest_plugins = (
    "pytest_aci.plugin.options",
    "pytest_aci.plugin.wiring",
    "pytest_aci.plugin.distributed",
    "pytest_aci.plugin.past",
    "pytest_aci.plugin.marker",
    "pytest_aci.plugin.fixtures",
    "pytest_aci.plugin.order",
    "pytest_aci.plugin.ahead",
    "pytest_aci.plugin.early",
    "pytest_aci.plugin.tapes",
    "pytest_aci.plugin.failures",
    "pytest_aci.plugin.capacity",
    "pytest_aci.plugin.summary",
    "pytest_aci.plugin.kept",
    "pytest_aci.plugin.keeping",
    "pytest_aci.plugin.unplayed",
)
