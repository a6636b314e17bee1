"""The worker process of `up`: Django, then the jobs of publishing and the clock until told to stop."""

import django


def main() -> None:
    django.setup()
    from conglang.portal.publishing.moments.clock import Clock
    from conglang.portal.publishing.releases.worker import run_worker

    with Clock().running():
        run_worker()


if __name__ == "__main__":
    main()
