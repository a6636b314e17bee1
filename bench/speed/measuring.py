"""Which measurements there are, what each needs, and the figures that issue and reference ask for by name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.speed import serving, state, template, visible, work
from bench.speed.networks import Network, Peer

NAMES = ("serving", "publish", "city", "work", "rebuild", "template", "state")


@dataclass(frozen=True)
class Plan:
    """How much is measured on which networks (articles per site)."""

    sizes: tuple[int, ...]
    publishes: int
    city: int
    serving_rounds: int
    served_pages: int  # of the peer, by page.serve()
    works: int  # publishes whose statements, files and bytes are counted
    names: tuple[str, ...] = NAMES

    def with_sizes(self, sizes: tuple[int, ...]) -> Plan:
        return replace(self, sizes=sizes)

    def with_publishes(self, count: int) -> Plan:
        return replace(self, publishes=count)

    def only(self, names: list[str]) -> Plan:
        return replace(self, names=tuple(names))

    @property
    def needs_peer(self) -> bool:
        return bool({"publish", "rebuild"} & set(self.names))

    @property
    def main(self) -> int:
        """The network most figures are of."""
        return 200 if 200 in self.sizes else min(self.sizes)


def measure(
    plan: Plan,
    running: Mapping[int, Network],
    peer: Peer | None,
    folder: Path,
    port: int,
    tell: Callable[[str], None],
) -> dict[str, Any]:
    """Everything the plan names. What cannot be measured here is left out, with the reason under «not_measured»."""
    for one in running.values():
        one.wait_calm()
    main = running[plan.main]
    steps: dict[str, Callable[[], Any]] = {
        "publish": lambda: _publish(plan, running, peer),
        "city": lambda: visible.city_publishes(main, plan.city),
        "state": lambda: state.network_json(main, plan.city),
        "work": lambda: {one.name: work.of_one_publish(one, plan.works) for one in running.values()},
        "serving": lambda: serving.compare(
            main.data / "edge" / "1", folder / "serving", port, plan.serving_rounds
        ),
        "template": lambda: template.change(main),
        "rebuild": lambda: _rebuild(plan, main, peer),
    }
    found: dict[str, Any] = {"not_measured": {}}
    for name in (name for name in steps if name in plan.names):
        tell(f"measuring: {name}")
        try:
            found[name] = steps[name]()
        except (serving.ToolMissing, TimeoutError, RuntimeError) as reason:
            found["not_measured"][name] = str(reason)
            tell(f"not measured: {name}: {reason}")
        (folder / "last.json").write_text(
            json.dumps({"keys": _keys(plan, found), **found})
        )  # should the rest fail
    found["disk_bytes"] = {one.name: one.sizes() for one in running.values()}
    return {"keys": _keys(plan, found), **found}


def _publish(plan: Plan, running: Mapping[int, Network], peer: Peer | None) -> dict[str, Any]:
    found: dict[str, Any] = dict(visible.publishes(list(running.values()), peer, plan.publishes))
    return found | {"memory_bytes": {one.name: one.memory() for one in running.values()}}


def _rebuild(plan: Plan, main: Network, peer: Peer | None) -> dict[str, Any]:
    """Ours from nothing, the bare loop, and the peer's way to make the same pages, one after the other."""
    found: dict[str, Any] = {"floor": json.loads(main.run("bench.speed.floor"))}
    found["ours"] = json.loads(main.run("bench.speed.rebuild"))
    main.wait_calm()
    found["floor_again"] = json.loads(main.run("bench.speed.floor"))
    found["same_bytes"] = json.loads(main.run("bench.speed.rebuild", "--same-bytes"))
    if peer:
        found["stock"] = peer.agent.ask("serve", count=plan.served_pages)
    return found


def _keys(plan: Plan, found: Mapping[str, Any]) -> dict[str, float | None]:
    """The figures by the names the issue gives them; null where this run did not measure one."""
    main, large = f"127x{plan.main}", "127x2000"

    def of(*path: str) -> Any:
        value: Any = found
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value

    floors = [of("rebuild", name, "pages_per_second") for name in ("floor", "floor_again")]
    ours, stock = of("rebuild", "ours", "pages_per_second"), of("rebuild", "stock")
    growth = _ratio(of("publish", large, "all", "p50"), of("publish", "127x200", "all", "p50"))
    small, big = of("work", "127x200"), of("work", large)
    return {
        "serve_ratio_nginx": of("serving", "nginx", "ratio"),
        "serve_ratio_caddy": of("serving", "caddy", "ratio"),
        "serve_cpu_ratio_nginx": of("serving", "nginx", "cpu_ratio"),
        "serve_cpu_ratio_caddy": of("serving", "caddy", "cpu_ratio"),
        "publish_visible_p50_s": of("publish", main, "all", "p50"),
        "publish_visible_p95_s": of("publish", main, "all", "p95"),
        "publish_stock_p50_s": of("publish", "stock", "all", "p50"),
        "publish_growth_2000_over_200": growth,
        "publish_work_ratio": work.ratio(big, small) if small and big else None,
        "city_publish_p95_s": of("city", "all", "p95"),
        "rebuild_pages_per_s": ours,
        "rebuild_over_floor": _ratio(sum(floors) / len(floors), ours) if all(floors) else None,
        "rebuild_ratio_wagtail": _ratio(ours, stock["pages"] / stock["seconds"]) if stock else None,
        "template_change_s": of("template", "all_s"),
        "template_homes_s": of("template", "homes_s"),
        "template_publish_delay_s": of("template", "publish_delay_s"),
        "network_json_s": of("state", "all", "p95"),
        "publisher_memory_ratio": _ratio(
            of("publish", "memory_bytes", large, "worker"), of("publish", "memory_bytes", "127x20", "worker")
        ),
    }


def _ratio(one: float | None, other: float | None) -> float | None:
    return round(one / other, 3) if one and other else None
