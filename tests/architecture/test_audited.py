"""Every action of the portal leaves its entry in the audit record, or says why it leaves none."""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

from conglang.portal.identity.audit.rules import Kind

from .house import SOURCE

LIST = Path(__file__).with_name("audited.toml")
BESIDE_ACTIONS = (
    "identity/accounts/closing.py",
    "identity/accounts/inviting.py",
    "identity/accounts/passkeys.py",
    "identity/accounts/recovering.py",
    "identity/accounts/second_steps.py",
    "identity/accounts/sessions.py",
    "content/approval/delegating.py",
    "content/approval/proposing.py",
)


def _modules() -> dict[str, Path]:
    portal = SOURCE / "portal"
    files = [
        *portal.rglob("actions.py"),
        *portal.rglob("actions/*.py"),
        *(portal / one for one in BESIDE_ACTIONS),
    ]
    return {
        ".".join(file.relative_to(portal).with_suffix("").parts): file
        for file in files
        if file.name != "__init__.py" and "tests" not in file.parts
    }


def _functions(file: Path) -> Iterator[str]:
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield node.name


def _listed() -> dict[str, dict[str, str]]:
    return tomllib.loads(LIST.read_text(encoding="utf-8"))


def test_every_action_is_listed_with_its_entry_or_with_the_reason_for_none():
    listed = _listed()
    missing = [
        f"{module}.{name}"
        for module, file in _modules().items()
        for name in _functions(file)
        if not {name, "*"} & listed.get(module, {}).keys()
    ]

    assert not missing, f"Record an entry (identity.audit) or give a reason in {LIST.name}: {missing}"


def test_the_list_names_only_what_exists_and_only_kinds_there_are():
    modules, wrong = _modules(), []
    for module, names in _listed().items():
        there = {*_functions(modules[module]), "*"} if module in modules else set()
        wrong += [f"{module}.{name}" for name in names if name not in there]
        wrong += [
            f"{module}.{name}: {kind}"
            for name, text in names.items()
            if not text.startswith("no: ")
            for kind in text.split(" + ")
            if kind not in set(Kind)
        ]

    assert not wrong


def test_a_module_that_is_said_to_record_a_kind_names_it():
    silent = [
        f"{module}.{name}: {kind}"
        for module, names in _listed().items()
        for name, text in names.items()
        if not text.startswith("no: ")
        for kind in text.split(" + ")
        if f"Kind.{Kind(kind).name}" not in _modules()[module].read_text(encoding="utf-8")
    ]

    assert not silent
