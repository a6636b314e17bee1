"""What an edge remembers by is worth nothing once a byte of it is another, and can always be replaced."""

import json
import shutil
from pathlib import Path

from starlette.requests import Request

from conglang.edge import applied, own_files
from conglang.edge.app import EdgeApp
from conglang.edge.applied import Applied, AppliedSite
from conglang.edge.report import report
from conglang.edge.tests.network import Network, page


def test_list_of_what_is_shown_is_believed_whole_or_not_at_all() -> None:
    known = Applied({"badinh": AppliedSite(3, "2026-11-26T08:00:00.000Z", "f" * 64)}, hosts=2)
    data = known.encode()

    assert applied.decode(data) == known
    for place in range(len(data)):
        changed = data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
        assert applied.decode(changed) == Applied({}), changed


def test_list_that_lost_a_site_takes_no_page_away(served: Network) -> None:
    file = served.edge.root / "applied.json"
    said = json.loads(file.read_bytes())
    said["sites"] = {"bafinh": said["sites"]["badinh"]}
    file.write_text(json.dumps(said))

    served.puller.look()

    assert "index.html" in served.tree("badinh")
    served.puller.pull()
    assert served.edge.applied().sites.keys() == {"badinh"}


def test_app_answers_for_the_hosts_it_knew_while_their_list_is_damaged(served: Network) -> None:
    app = EdgeApp(served.edge, report=lambda: report(served.puller, name="1"))
    scope = {"type": "http", "method": "GET", "path": "/", "headers": [(b"host", b"badinh.localhost")]}
    assert app.answer(Request(scope)).status_code == 200
    file = served.edge.root / "hosts.json"
    before = file.read_bytes()

    for harm in (b"", before[:-9], b"{}"):
        file.write_bytes(harm)
        assert app.answer(Request(scope)).status_code == 200
    served.puller.pull()

    assert file.read_bytes() == before


def test_what_was_seen_is_remembered_when_one_copy_of_it_is_damaged(served: Network, tmp_path: Path) -> None:
    """Else whoever can spoil one file could show the edge an old state again."""
    old = tmp_path / "old"
    shutil.copytree(served.data / "store", old)
    served.publish("badinh", {"/": page("Mới")}, mtime=2000)
    served.puller.pull()
    seen = (served.edge.trust / "timestamp.json").read_bytes()
    (served.edge.trust / "timestamp.json").write_bytes(seen[:-20])
    shutil.rmtree(served.data / "store")
    old.rename(served.data / "store")

    served.puller.pull()

    assert "BadVersionNumberError" in served.puller.health.trouble
    assert (served.edge.trust / "timestamp.json").read_bytes() == seen


def test_things_of_the_wrong_kind_are_taken_away_and_nothing_else(served: Network) -> None:
    before = {file for file in served.edge.root.rglob("*") if file.is_file()}
    assert own_files.put_in_order(served.edge) == 0

    (served.edge.root / "hosts.json").unlink()
    (served.edge.root / "hosts.json/x").mkdir(parents=True)
    shutil.rmtree(served.edge.shown)
    served.edge.shown.write_text("planted")
    away = served.data / "away"
    away.mkdir()
    (away / "file").write_text("somebody else's")
    (served.edge.state / "planted").symlink_to(away)
    (served.edge.half / "planted").mkdir()

    assert own_files.put_in_order(served.edge) == 3 and served.edge.shown.is_dir()
    assert (away / "file").exists()
    served.puller.pull()
    assert {file for file in served.edge.root.rglob("*") if file.is_file()} == before
