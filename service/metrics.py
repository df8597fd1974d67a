"""Measures for Prometheus: what this process saw, and what the database says when asked."""

from collections.abc import Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

JOB_STATES = ("waiting", "queued", "running", "cancelling", "succeeded", "failed", "cancelled")
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Metrics:
    """One registry per app, so that two apps in one process do not count together."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.requests = Counter(
            "heritwin_requests", "Requests answered.", ("method", "route", "status"), registry=self.registry
        )
        self.seconds = Histogram(
            "heritwin_request_seconds",
            "Seconds to the last byte.",
            ("method", "route"),
            registry=self.registry,
        )
        self.tile_bytes = Counter("heritwin_tile_bytes", "Tile bytes sent.", registry=self.registry)
        self.tile_reads = Counter(
            "heritwin_tile_reads", "Tiles by where they came from.", ("source",), registry=self.registry
        )
        self.jobs = Gauge("heritwin_jobs", "Jobs by state.", ("state",), registry=self.registry)
        self.oldest_queued_s = Gauge(
            "heritwin_oldest_queued_seconds", "Age of the oldest queued job.", registry=self.registry
        )
        self.upload_bytes = Gauge(
            "heritwin_upload_bytes",
            "Bytes promised by uploads, by state.",
            ("state",),
            registry=self.registry,
        )
        self.free_bytes = Gauge(
            "heritwin_disk_free_bytes", "Free on the fullest disk of rows and bytes.", registry=self.registry
        )
        self.floor_bytes = Gauge(
            "heritwin_disk_floor_bytes",
            "Free bytes below which new uploads are refused.",
            registry=self.registry,
        )
        self.listeners = Gauge(
            "heritwin_event_listeners", "Open event streams of this process.", registry=self.registry
        )

    def set_jobs(self, by_state: Mapping[str, int], oldest_queued_s: float) -> None:
        """Take over what the job table says."""
        for state in JOB_STATES:
            self.jobs.labels(state).set(by_state.get(state, 0))
        self.oldest_queued_s.set(oldest_queued_s)

    def text(self) -> bytes:
        """Return every measure in Prometheus' text format."""
        return generate_latest(self.registry)
