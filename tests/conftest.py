from __future__ import annotations

from hypothesis import settings

pytest_plugins = ["pytester"]

# A busy machine is no failure: no example has to be quick.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
