"""Log lines of our processes: text for people, JSON for machines; on standard error."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime

from izara.settings import LogFormat


class JsonFormatter(logging.Formatter):
    """One JSON object a line."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


def configure_logging(level: str, format: LogFormat) -> None:
    """Send what is logged from `level` on to standard error."""
    handler = logging.StreamHandler(sys.stderr)
    text = logging.Formatter("%(asctime)s %(levelname)-7s %(name)s: %(message)s")
    handler.setFormatter(JsonFormatter() if format is LogFormat.JSON else text)
    logging.basicConfig(level=level, handlers=[handler], force=True)
