"""`check` says what held and what did not; `bench` knows its programs."""

import sys
from pathlib import Path

import pytest

from conglang.cli import bench, check
from conglang.cli.check import Step, verdicts


def _step(name: str, code: str) -> Step:
    return Step(name, (sys.executable, "-c", code), "nothing but this")


def test_a_step_holds_when_its_command_ends_well_and_keeps_what_it_said_when_not() -> None:
    good, bad = _step("good", "print('fine')"), _step("bad", "print('what is wrong'); raise SystemExit(3)")

    found = {verdict.step.name: verdict for verdict in verdicts([good, bad], at_once=2)}

    assert found["good"].held
    assert not found["bad"].held
    assert "what is wrong" in found["bad"].output


def test_a_tool_that_is_not_there_is_a_step_that_did_not_hold() -> None:
    (found,) = verdicts([Step("gone", ("/nowhere/tool",), "nothing")], at_once=1)

    assert not found.held
    assert "could not start" in found.output


def test_check_ends_with_1_and_names_what_failed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(check, "STEPS", (_step("good", ""), _step("bad", "raise SystemExit(1)")))

    assert check.main([]) == 1
    assert "failed" in capsys.readouterr().out.splitlines()[-1]
    assert check.main(["good"]) == 0
    assert "passed: 1 steps" in capsys.readouterr().out


def test_a_step_nobody_knows_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        check.main(["speling"])

    assert refusal.value.code == 2
    assert "no such step: speling" in capsys.readouterr().err


def test_every_program_of_bench_says_what_it_measures_and_prints_json() -> None:
    for name, words in bench.programs().items():
        assert words, name
        assert '"--json"' in (bench.PROGRAMS / f"{name}.py").read_text(encoding="utf-8"), name


def test_bench_hands_its_options_on_and_returns_what_the_program_returns(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "seven.py").write_text(
        '"""Seven."""\nimport sys\nsys.exit(7 if sys.argv[1:] == ["--json"] else 1)\n'
    )
    monkeypatch.setattr(bench, "PROGRAMS", tmp_path)
    monkeypatch.setattr(bench.programs, "__defaults__", (tmp_path,))

    assert bench.main(["seven", "--json"]) == 7
