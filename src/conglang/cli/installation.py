"""One network on one machine: its data folder, its facts, its origin and its database, and the environment they make.

`up` decides these from the command line and remembers them; every other command reads what `up` remembered.
"""

import os
import tomllib
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from conglang.cli.data_folder import DataFolder, add_data_option, explain, folder_of
from conglang.cli.journal import ROOT, Journal
from conglang.cli.postgres import Cluster, PostgresFailed
from conglang.cli.words import Trouble, _
from conglang.portal.identity.sites.rules import BadOrigin, Origin

DEFAULT_NETWORK = ROOT / "networks" / "hanoi"
DEFAULT_PORT = 8000
DATABASE = "conglang"


@dataclass(frozen=True)
class Installation:
    """Everything a process of the network has to be told. `external_database` is empty with the embedded server."""

    data: DataFolder
    network: Path
    origin: Origin
    external_database: str = ""

    @property
    def cluster(self) -> Cluster:
        return Cluster(self.data.pg)

    @property
    def embedded(self) -> bool:
        return not self.external_database

    @property
    def database_url(self) -> str:
        return self.external_database or self.cluster.url(DATABASE)

    def environment(self) -> Mapping[str, str]:
        """The variables that settings, signer and edge read (docs/reference/command-line.md)."""
        return {
            "CONGLANG_DATA": str(self.data.root),
            "CONGLANG_NETWORK": str(self.network),
            "CONGLANG_ORIGIN": str(self.origin),
            "CONGLANG_SECRET_KEY_FILE": str(self.data.secret_key_file),
            "DATABASE_URL": self.database_url,
            "DJANGO_SETTINGS_MODULE": os.environ.get(
                "DJANGO_SETTINGS_MODULE", "conglang.portal.site.settings.base"
            ),
            "PYTHONUNBUFFERED": "1",
        }

    def remember(self) -> None:
        Journal(self.data).note(network=str(self.network), origin=str(self.origin))


def add_network_options(parser: ArgumentParser) -> None:
    """--data, --port, --domain, --network."""
    add_data_option(parser)
    parser.add_argument("--port", type=int, metavar="N", help=_("the port citizens use (default: 8000)"))
    parser.add_argument(
        "--domain", metavar="D", help=_("the city's host, or scheme://host (default: hanoi.localhost)")
    )
    parser.add_argument(
        "--network",
        type=Path,
        metavar="DIR",
        help=_("the folder of the network's facts (default: networks/hanoi)"),
    )


def chosen(options: Namespace) -> Installation:
    """The installation named by the options, then by what `up` remembered, then by default. Raises Trouble."""
    data = folder_of(options.data)
    facts = Journal(data).read()
    network = _network(options.network or facts.get("network"))
    origin = _origin(options, network, str(facts.get("origin", "")))
    return Installation(data, network, origin, os.environ.get("DATABASE_URL", ""))


def remembered(data_option: Path | None) -> Installation:
    """The installation of a data folder that `up` has seen. Raises Trouble when there is none."""
    data = folder_of(data_option)
    facts = Journal(data).read()
    if "origin" not in facts or "network" not in facts:
        raise Trouble(
            _(
                "There is no network in %(path)s yet. Start it with ./conglang up, or name its folder with --data."
            )
            % {"path": data.root}
        )
    network = Path(facts["network"])
    origin = Origin.parse(facts["origin"], city_key=_city_key(network))
    return Installation(data, network, origin, os.environ.get("DATABASE_URL", ""))


@contextmanager
def database_of(installation: Installation) -> Iterator[str]:
    """The address of a database that answers; starts the embedded server for the while when it is not running."""
    if not installation.embedded:
        yield installation.external_database
        return
    cluster = installation.cluster
    was_running = cluster.running_pid() is not None
    try:
        cluster.create()
        cluster.start()
        cluster.ensure_database(DATABASE)
    except OSError as error:
        raise explain(error, installation.data.pg) from error
    except PostgresFailed as failure:
        raise database_trouble(installation, str(failure)) from failure
    try:
        yield installation.database_url
    finally:
        if not was_running:
            cluster.stop()


def database_trouble(installation: Installation, words: str) -> Trouble:
    if "No space left" in words:
        return explain(OSError(28, words), installation.data.root)
    return Trouble(
        _("The database does not start; its data are untouched. See %(log)s:\n%(words)s")
        % {"log": installation.data.logs / "postgresql.log", "words": words}
    )


def _network(named: object) -> Path:
    folder = Path(str(named)).resolve() if named else DEFAULT_NETWORK
    if not (folder / "network.toml").is_file():
        raise Trouble(
            _("%(path)s is not the folder of a network: it has no network.toml.") % {"path": folder}
        )
    return folder


def _city_key(network: Path) -> str:
    try:
        return str(tomllib.loads((network / "network.toml").read_text())["key"])
    except (OSError, ValueError, KeyError) as error:
        raise Trouble(
            _("%(path)s cannot be read: %(error)s") % {"path": network / "network.toml", "error": error}
        ) from error


def _origin(options: Namespace, network: Path, before: str) -> Origin:
    key = _city_key(network)
    old = (
        Origin.parse(before, city_key=key)
        if before
        else Origin("http", f"{key}.localhost", DEFAULT_PORT, key)
    )
    scheme, _colon, rest = (options.domain or "").rpartition("://")
    domain = rest or old.domain
    scheme = scheme or (old.scheme if domain == old.domain else "http")
    port = options.port if options.port is not None else (443 if scheme == "https" else old.port)
    try:
        if not 0 < port < 65536:
            raise BadOrigin(_("%(port)s is not a port: use a number from 1 to 65535.") % {"port": port})
        return Origin.parse(f"{scheme}://{domain}:{port}", city_key=key)
    except BadOrigin as error:
        raise Trouble(str(error)) from error
