from __future__ import annotations

import sys
from dataclasses import dataclass
from types import FunctionType
from typing import TYPE_CHECKING, Any, Literal, get_args

import pytest

from pytest_aci.errors import Complaint, SpecError
from pytest_aci.provisioning.readiness import check_until, seconds_of
from pytest_aci.spec import as_spec
from pytest_aci.spec.checks import shown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_aci.provisioning.handle import ContainerGroup
    from pytest_aci.provisioning.readiness import Condition
    from pytest_aci.spec import Spec

__tracebackhide__ = True  # a mistake is shown where it was made: in the user's code

Scope = Literal["session", "package", "module", "class", "function"]

IN_A_CLASS = (
    'declare it in the module, before the class, or in a conftest; scope="class" gives each class its own group'
)


@dataclass(frozen=True)
class Declaration:
    """A container group that a conftest or a module declared as a fixture."""

    spec: Spec
    until: Condition | None
    timeout: float | None
    scope: Scope
    file: str
    line: int = 0


def container_group(
    spec: Any, *, until: Condition | None = None, timeout: float | str | None = None, scope: Scope = "session"
) -> Any:
    """Declare a fixture that gives a container group: assign the result to a name in a conftest or a test module.

    The name is the fixture's, and the beginning of the group's name in Azure and of its cassette's.

    Args:
        spec: What `single`, `sidecar`, `task` or `group` return, or the Azure SDK's own `ContainerGroup` model.
        until: What to wait for before a test gets the group: `running` (the default), `terminated` (the default of a
            task), `port(80)`, `http(80, "/")`, `log("ready")`, `healthy`, joined with `&` and `|`.
        timeout: Seconds until that has come, or a duration such as "5m"; the option `--aci-timeout` by default.
        scope: The fixture's scope. A group of session scope exists once per run, however many xdist workers there are.

    Returns:
        A pytest fixture that yields a `ContainerGroup`.

    Raises:
        SpecError: The spec can not be what Azure accepts, another argument is not valid, or the declaration stands in a
            class; nothing was sent.
    """
    wanted, seconds = as_spec(spec), seconds_of(timeout)
    check_until(until, wanted)
    if scope not in get_args(Scope):
        raise SpecError(Complaint("scope", shown(scope), f"one of {', '.join(get_args(Scope))}"))
    declares = sys._getframe(1)  # noqa: SLF001 # who declares, and where
    if "__qualname__" in declares.f_locals:
        raise SpecError(Complaint("place", f"the class {declares.f_code.co_name}", IN_A_CLASS))
    file = declares.f_globals.get("__file__", "")
    declaration = Declaration(wanted, until, seconds, scope, file, declares.f_lineno)

    def declared(request: pytest.FixtureRequest, _aci_run: Any) -> Iterator[ContainerGroup]:
        from pytest_aci.plugin.leases import lease_declared  # noqa: PLC0415 # loads the SDK
        from pytest_aci.plugin.pointing import PointingAt  # noqa: PLC0415 # loaded with the SDK only

        with PointingAt(declaration.file, declaration.line):
            yield from lease_declared(request, _aci_run, declaration)

    declared.__doc__ = f"A container group of {scope} scope, deleted at its end (declared with container_group)."
    declared.__aci_declaration__ = declaration  # type: ignore[attr-defined] # how provisioning ahead finds the spec
    # what `pytest --fixtures` looks at to say where a fixture is defined
    place = declared.__code__.replace(co_filename=file, co_firstlineno=declares.f_lineno)
    declared.__wrapped__ = FunctionType(place, {}, closure=declared.__closure__)  # type: ignore[attr-defined] # see above
    declared.__module__ = declares.f_globals.get("__name__", __name__)
    return pytest.fixture(scope=scope)(declared)
