"""What stands at the front goes on whatever becomes of the list it was written from."""

from pathlib import Path

import pytest

from conglang.cli.data_folder import DataFolder
from conglang.cli.gate import Gate
from conglang.cli.installation import Installation
from conglang.cli.supervisor import Supervisor
from conglang.portal.identity.sites.rules import Origin


@pytest.mark.parametrize(
    "damaged",
    [
        b"",
        b"{",
        b'{"hosts":{"a b":"c"},"noindex":false,"v":1}',
        b'{"hosts":{"a\\nb":"c"},"noindex":false,"v":1}',
    ],
)
def test_damaged_list_of_hosts_neither_ends_the_network_nor_is_believed(
    tmp_path: Path, damaged: bytes
) -> None:
    data = DataFolder(tmp_path)
    for folder in (data.edge / "1", data.run, data.logs):
        folder.mkdir(parents=True)
    (data.edge / "1" / "hosts.json").write_bytes(damaged)
    installation = Installation(data, Path("networks/hanoi"), Origin.parse("http://hanoi.localhost:8720"))
    supervisor = Supervisor(data.run, data.logs, tell=lambda name, status: None)
    gate = Gate(installation, supervisor)

    gate.refresh()

    assert supervisor.pids() == {} and not gate.file.exists()
