from __future__ import annotations


class AciError(Exception):
    """The root of everything pytest-aci raises on its own account.

    A subclass takes facts, keeps them as attributes and builds its sentence from them:
    what happened, what is known, what to do next.
    """
