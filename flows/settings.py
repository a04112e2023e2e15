"""Times and bounds of the engine."""

from __future__ import annotations

from dataclasses import dataclass

DAY = 24 * 3_600_000


@dataclass(frozen=True)
class EngineSettings:
    """Times are in milliseconds.

    Attributes:
        run_lease: a worker's lease on a run; renewed when half of it has passed.
        delivery_lease: a plugin's lease on a delivery; extended by heartbeats.
        sweep_interval: how often what no wake-up announced is looked for.
        settle_delay: how long a stored outcome waits for its run before a sweep takes the run on.
        tidy_delay: how long a write's effect and outbox entries stay in their document before a sweep looks at them.
        release_interval: how often a sweep looks for deliveries whose connections have ended.
        heartbeat: silence on a subscription after which a heartbeat is sent.
        caller_wait: how long a caller waits for the synchronous part of a run at most.
        retry_base, retry_cap, retry_window: back-off of deliveries: first, longest, and how long before DEAD.
        blocked_interval: how often runs are looked at again whose flow's version no process here knew.
        step_attempts: how often a step that goes wrong on our side is tried before its run ends FAILED.
        rounds: validate rounds before CONFLICT.
        depth: longest chain of causes.
        retention, failed_retention: how long a run is kept that is COMPLETED, or ended otherwise, with its deliveries;
            longer than `retry_window`, so that the keys of callbacks outlive the deliveries that repeat them.
        retention_interval: how often runs to be removed are looked for.
        connection_cap: unfinished deliveries of one connection from which on users start no runs that add to them.
        payload_limit: bytes of the largest payload that deliveries carry themselves; a larger one is stored once.
        sync_credits: SYNC deliveries in hand of one subscription, beside its maxInFlight.
    """

    run_lease: int = 10_000
    delivery_lease: int = 15_000
    sweep_interval: int = 1_000
    settle_delay: int = 2_000
    tidy_delay: int = 2_000
    release_interval: int = 5_000
    heartbeat: int = 10_000
    caller_wait: int = 30_000
    retry_base: int = 1_000
    retry_cap: int = 3_600_000
    retry_window: int = 3 * DAY
    blocked_interval: int = 30_000
    step_attempts: int = 12
    rounds: int = 5
    depth: int = 16
    retention: int = 30 * DAY
    failed_retention: int = 30 * DAY
    retention_interval: int = 60_000
    connection_cap: int = 10_000
    payload_limit: int = 65_536
    sync_credits: int = 64

    def __post_init__(self) -> None:
        if min(self.retention, self.failed_retention) <= self.retry_window:
            raise ValueError("retention must be longer than retry_window: a delivery may be retried until then")
