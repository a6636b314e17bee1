"""The worker process of `up`: Django, then jobs, clock and the asking of edges until told to stop."""

import django


def main() -> None:
    django.setup()
    from conglang.portal.publishing.moments.clock import Clock
    from conglang.portal.publishing.releases import edge_round
    from conglang.portal.publishing.releases.worker import run_worker

    with Clock().running(), edge_round.running():
        run_worker()


if __name__ == "__main__":
    main()
