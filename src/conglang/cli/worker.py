"""The worker processes of `up`: Django, then jobs until told to stop.

Without arguments it takes news, with the sweep, the clock and the asking of edges beside them. `bulk` takes what
concerns many sites or many pages, gives way to everybody else on the machine, and may run several times.
"""

import os
import sys

import django

GIVES_WAY = 5  # nice(2)


def main() -> None:
    bulk = sys.argv[1:] == ["bulk"]
    if bulk:
        os.nice(GIVES_WAY)
    django.setup()
    from conglang.portal.publishing.moments.clock import Clock
    from conglang.portal.publishing.releases import edge_round
    from conglang.portal.publishing.releases.tasks import BULK, NEWS, SWEEPING
    from conglang.portal.publishing.releases.worker import run_worker

    if bulk:
        run_worker(queues=(BULK,), threads=1)
        return
    with Clock().running(), edge_round.running():
        run_worker(queues=(NEWS, SWEEPING))


if __name__ == "__main__":
    main()
