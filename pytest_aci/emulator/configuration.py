"""What one emulator was asked to be: every knob with its unit and its default."""

from __future__ import annotations

from dataclasses import dataclass

SUBSCRIPTION = "5ca1ab1e-0000-4000-8000-000000000aca"
TENANT = "7e4a47aa-0000-4000-8000-000000000aca"


@dataclass(frozen=True, slots=True)
class Quota:
    """What one subscription may have in one region."""

    container_groups: int = 100
    standard_cores: float = 100


@dataclass(frozen=True, slots=True)
class Configuration:
    """The behaviour of one emulator. Times are seconds unless the name says otherwise.

    Attributes:
        subscriptions: The subscriptions that exist; the first one is what a client finds first.
        tenant: The tenant that all tokens come from.
        region: The region of ARM's front door, in routing ids.
        retry_after_ms: Sent while an operation runs, so that unmodified SDK clients poll fast; `None` answers as Azure
            does, which makes them sleep 30 s between polls.
        start_seconds: How long a group stays `Pending` before anything happens.
        delete_seconds: How long a resource group's deletion takes at least.
        pull_seconds: How long a PUT waits for its images before it answers and lets the pull go on.
        back_off_seconds: The first pause of a crash loop; doubled each time. Azure's is 10.
        back_off_limit: The longest pause of a crash loop. Azure's is 300.
        stop_seconds: How long a container may take to end after SIGTERM.
        page_size: Entries of a list before it is cut and goes on behind `nextLink`.
        body_limit: Bytes that a request body may have.
        header_seconds: How long a request's headers may take to arrive.
        body_seconds: How long a request's body may take to arrive.
        token_seconds: The life of an access token.
        quota: What one subscription may have in one region.
        allowed_hosts: Names besides loopback ones that a `Host` header may carry.
        audited: How many requests the audit log remembers.
        is_transparent: Whether a CONNECT proxy answers for Azure's public addresses.
    """

    subscriptions: tuple[str, ...] = (SUBSCRIPTION,)
    tenant: str = TENANT
    region: str = "westeurope"
    retry_after_ms: int | None = 25
    start_seconds: float = 0.0
    delete_seconds: float = 0.0
    pull_seconds: float = 30.0
    back_off_seconds: float = 0.1
    back_off_limit: float = 5.0
    stop_seconds: float = 1.0
    page_size: int = 1000
    body_limit: int = 4 * 1024 * 1024
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    token_seconds: int = 3599
    quota: Quota = Quota()
    allowed_hosts: frozenset[str] = frozenset()
    audited: int = 20_000
    is_transparent: bool = False
