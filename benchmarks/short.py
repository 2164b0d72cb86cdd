"""Every benchmark once, small: shows that they run, and asserts no times."""

from __future__ import annotations

from benchmarks import docker_groups, emulator, growth, many_groups, noticing, replay, sharing, start, suite, teardown


def main() -> None:
    """Print the small tables. They are not figures to quote."""
    replay.report((5,), 1, 2)
    growth.report((100, 1000), 2)
    start.report(2)
    noticing.report(0.5, (1, 8), 1, ("1 s polling", "pytest-aci"))
    many_groups.report((1, 8), 1, ())
    suite.report(1, ready=0.5, seconds=0.01)
    sharing.report(1, ready=0.2)
    teardown.report(1, count=16, serial=2)
    emulator.report(1)
    docker_groups.report(1)


if __name__ == "__main__":
    main()
