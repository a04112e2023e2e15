"""`izara up` with short leases, so that a test does not wait for those of the dead: quick_up PORT DATA_DIR.

It is killed and started many times, so it has only the services and the plugin that the clients' changes pass.
"""

from __future__ import annotations

import asyncio
import sys

from flows import EngineSettings
from izara.logs import configure_logging
from izara.services import SERVICES
from izara.settings import LogFormat, read_settings
from izara.up import up

QUICK = EngineSettings(run_lease=1_000, delivery_lease=2_000, sweep_interval=200, settle_delay=300, retry_base=100)

SERVED = ("registrar", "commerce", "market")


def main() -> None:
    """Run until SIGTERM, without the demo."""
    port, data_dir = sys.argv[1:]
    configure_logging("ERROR", LogFormat.TEXT)
    settings = read_settings(port=int(port), data_dir=data_dir)
    known = {tag: SERVICES[tag] for tag in SERVED}
    asyncio.run(
        up(settings, demo=False, say=lambda line: None, engine_settings=QUICK, known=known, plugins=("market",))
    )


if __name__ == "__main__":
    main()
