"""What an operator can see of a service: JSON logs and a closed list of metrics, both without personal data (I12)."""

import logging
import sys
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import generate_latest

disable_created_metrics()  # a second series for each counter, which nobody asked for

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)


class Metrics:
    """The closed list. Labels take few values: topics, sources, codes of closed lists; never an id."""

    def __init__(self, service: str) -> None:
        self.registry = registry = CollectorRegistry()
        self.service = service

        def name(text: str) -> str:
            return f"mizban_{text}"

        self.lag_records = Gauge(name("lag_records"), "Records not yet consumed", ["topic"], registry=registry)
        self.lag_seconds = Gauge(
            name("lag_seconds"),
            "How long the oldest of them may have waited",
            ["topic"],
            registry=registry,
        )
        self.outbox_depth = Gauge(
            name("outbox_depth"), "Entities whose unsent events or timers are overdue", registry=registry
        )
        self.outbox_age = Gauge(name("outbox_age_seconds"), "How long the first of them is overdue", registry=registry)
        self.batch_size = Histogram(
            name("batch_size"),
            "Messages in a batch",
            ["source"],
            registry=registry,
            buckets=(1, 2, 5, 10, 25, 50, 100, 250, 500),
        )
        self.batch_seconds = Histogram(
            name("batch_seconds"),
            "Time a batch takes; of records with their publishing",
            ["source"],
            registry=registry,
            buckets=_FAST,
        )
        self.duplicates = Counter(name("duplicates_total"), "Messages known already", ["source"], registry=registry)
        self.conflicts = Counter(
            name("conflicts_total"), "Writes lost to another writer and decided again", registry=registry
        )
        self.failures = Counter(name("failures_total"), "Messages that failed, by class", ["kind"], registry=registry)
        self.gaps = Counter(
            name("gaps_total"), "Events that waited in vain for the ones before them", registry=registry
        )
        self.parked = Gauge(name("parked_keys"), "Entities with parked messages", registry=registry)
        self.dead_letters = Counter(
            name("dead_letters_total"), "Records given up, by code", ["code"], registry=registry
        )
        self.event_age = Histogram(
            name("event_age_seconds"),
            "Age of a batch's first record, from its writing to its effect being durable and published",
            ["topic"],
            registry=registry,
            buckets=_FAST,
        )
        self.held_demands = Counter(
            name("held_demands_total"), "Evidence taken from a citizen though an agency holds it", registry=registry
        )
        self.on_spot = Counter(
            name("on_spot_total"),
            "Filings at a desk that may decide the service at once: was it done so",
            ["done"],
            registry=registry,
        )
        self.re_dated = Counter(
            name("re_dated_total"),
            "Running Clocks counted anew after a change of their calendar: did the due time move",
            ["moved"],
            registry=registry,
        )
        self.re_dating_left = Gauge(
            name("re_dating_left"), "Running Clocks that are still to be counted anew", registry=registry
        )
        self.breaker = Gauge(name("breaker_open"), "1 while the breaker keeps the consumer stopped", registry=registry)

    def exposition(self) -> bytes:
        return generate_latest(self.registry)


METRICS = (
    "mizban_lag_records",
    "mizban_lag_seconds",
    "mizban_outbox_depth",
    "mizban_outbox_age_seconds",
    "mizban_batch_size",
    "mizban_batch_seconds",
    "mizban_duplicates",
    "mizban_conflicts",
    "mizban_failures",
    "mizban_gaps",
    "mizban_parked_keys",
    "mizban_dead_letters",
    "mizban_event_age_seconds",
    "mizban_on_spot",
    "mizban_breaker_open",
    "mizban_re_dated",
    "mizban_re_dating_left",
    "mizban_held_demands",
)


class _LibraryLogs(logging.Handler):
    """What libraries log, as lines like ours; of an exception only its type and place: its text may be personal."""

    def __init__(self, log: Any) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        facts = {"error": type(error).__name__, "where": where(error)} if error else {}
        words = record.getMessage().strip().partition("\n")[0]  # asyncio puts the error itself into the lines below
        self._log.warning(words[:200], library=record.name, **facts)


def where(error: BaseException | None) -> str:
    """File and line of a fault, without its message: messages may hold personal data (I12)."""
    trace = error.__traceback__ if error else None
    while trace and trace.tb_next:
        trace = trace.tb_next
    return f"{trace.tb_frame.f_code.co_filename.rsplit('/services/', 1)[-1]}:{trace.tb_lineno}" if trace else ""


def logger(service: str, level: str = "INFO") -> Any:
    """A structlog logger that writes one JSON object a line to standard output."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stdout),
        cache_logger_on_first_use=True,
    )
    log = structlog.get_logger().bind(service=service)
    logging.basicConfig(handlers=[_LibraryLogs(log)], force=True)
    return log
