"""BentoML's counts of requests, for those that do not go through its application: its names, labels and objects."""

from dataclasses import dataclass
from time import perf_counter

from bentoml._internal.context import server_context
from bentoml._internal.server.http.instruments import RunnerTrafficMetricsMiddleware
from prometheus_client import Counter, Gauge, Histogram


@dataclass(frozen=True)
class Outcomes:
    """Counts of the answers of one status to requests for one path."""

    total: Counter
    duration: Histogram


class Traffic:
    """Counts requests. BentoML looks up five labelled counts for each; here each is looked up once."""

    def __init__(self, middleware: RunnerTrafficMetricsMiddleware) -> None:
        if not middleware._is_setup:
            middleware._setup()
        self._metrics = middleware
        self._names = {
            "service_name": server_context.bento_name,
            "service_version": server_context.bento_version,
            "runner_name": server_context.service_name,
        }
        self._last: Gauge = middleware.metrics_last_request_timestamp.labels(**self._names)
        self._in_progress: dict[str, Gauge] = {}
        self._outcomes: dict[tuple[str, int], Outcomes] = {}

    def begin(self, path: str) -> float:
        """Count a request that came; the moment of it, in seconds."""
        self._last.set_to_current_time()
        if path not in self._in_progress:
            self._in_progress[path] = self._metrics.metrics_request_in_progress.labels(endpoint=path, **self._names)
        self._in_progress[path].inc()
        return perf_counter()

    def end(self, path: str, status: int, began: float) -> None:
        """Count its answer."""
        if (path, status) not in self._outcomes:
            labels = {"endpoint": path, "http_response_code": status, **self._names}
            self._outcomes[path, status] = Outcomes(
                self._metrics.metrics_request_total.labels(**labels),
                self._metrics.metrics_request_duration.labels(**labels),
            )
        outcomes = self._outcomes[path, status]
        outcomes.total.inc()
        outcomes.duration.observe(perf_counter() - began)
        self._in_progress[path].dec()
