"""`python -m conglang.edge.web_server caddy|nginx --data DIR …`: print the configuration for an edge's own machine.

`conglang up` writes Caddy's by itself. On other machines run this after every change of hosts and reload the server.
"""

import argparse
import sys
from pathlib import Path

from conglang.edge.caddy import caddyfile
from conglang.edge.folder import EdgeFolder
from conglang.edge.nginx import nginx_conf


def main(arguments: list[str] | None = None) -> int:
    """Write the configuration to standard output. 1 when the edge has not pulled a list of hosts yet."""
    options = _options(arguments)
    folder = EdgeFolder(Path(options.data) / "edge" / options.name)
    hosts = folder.hosts()
    if not hosts.hosts:
        sys.stderr.write(f"{folder.root} has no list of hosts yet: start the edge and let it pull once.\n")
        return 1
    socket = options.app or str(Path(options.data) / "spool" / f"edge-{options.name}.sock")
    common = {"hosts": hosts.hosts, "www_root": folder.www, "port": options.port, "noindex": hosts.noindex}
    tls = options.tls or options.preload
    if options.server == "caddy":
        text = caddyfile(
            **common, edge_upstream=_upstream(socket, "unix/"), bind=(), tls=tls, preload=options.preload
        )
    else:
        address = "[::]" if options.ipv6 else "0.0.0.0"  # noqa: S104  a public web server listens to the public
        upstream = _upstream(socket, "unix:")
        text = nginx_conf(
            **common,
            edge_upstream=upstream,
            address=address,
            brotli=options.brotli,
            tls=tls,
            preload=options.preload,
        )
    sys.stdout.write(text)
    return 0


def _upstream(app: str, unix: str) -> str:
    return unix + app if app.startswith("/") else app


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m conglang.edge.web_server", description=__doc__)
    parser.add_argument("server", choices=["caddy", "nginx"])
    parser.add_argument("--data", required=True, help="the data folder of this machine")
    parser.add_argument("--name", default="1", help="which edge; folder DATA/edge/NAME")
    parser.add_argument("--port", type=int, default=80)
    parser.add_argument(
        "--app", help="the edge app: a socket's path or address:port; default DATA/spool/edge-NAME.sock"
    )
    parser.add_argument(
        "--tls",
        action="store_true",
        help="Caddy: certificates by itself, redirects from http; nginx: HSTS, TLS ends in front of it",
    )
    parser.add_argument(
        "--preload",
        action="store_true",
        help="with TLS: the owner of the domain agrees that browsers build https in, for every host below it",
    )
    parser.add_argument("--brotli", action="store_true", help="nginx: its module for brotli_static is loaded")
    parser.add_argument("--ipv6", action="store_true", help="nginx: listen on [::] instead of 0.0.0.0")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
