"""Everything in the README works: its commands, its Python and its policies."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from pathlib import Path
from typing import Any

import pytest
from checkout import ROOT, Run, blocks, documents, named, on_site, python

README = ROOT / "README.md"
FEW = "5"


def commands() -> list[list[str]]:
    """Return the commands of the README as words, without comments."""
    lines = [line for block in blocks(README, "sh") for line in block.splitlines()]
    parts = [part for line in lines for part in line.split("#")[0].split("&&")]
    return [words for part in parts if (words := shlex.split(part))]


def program(words: list[str]) -> str:
    return Path(words[0]).name


def with_few_scenarios(words: list[str]) -> list[str]:
    """Return a command of diversify that takes seconds instead of minutes."""
    if words[0] not in ("solve", "explain"):
        return words
    if "--scenarios" in words:
        at = words.index("--scenarios")
        words = words[:at] + words[at + 2 :]
    return [*words, "--scenarios", FEW]


def test_the_two_commands_need_nothing_but_python_and_pip() -> None:
    first, second = (block.strip() for block in blocks(README, "sh")[:2])
    for command in (first, second):
        assert "\n" not in command
        make, install, _ = (shlex.split(part) for part in command.split("&&"))
        assert make[:3] == ["python3", "-m", "venv"]
        assert install[0] == f"{make[3]}/bin/pip"
    assert first.endswith(".venv/bin/diversify solve rare-earths")
    assert second.endswith(".venv-test/bin/python -m tests")


def test_every_command_is_one_that_this_test_knows(project: dict[str, Any]) -> None:
    for words in commands():
        rest = words[1:]
        match program(words):
            case "python3":
                assert rest[:2] == ["-m", "venv"]
            case "pip":
                assert rest[0] == "install"
                for extra in re.findall(r"\[(.*)\]", rest[-1]):
                    assert extra in project["project"]["optional-dependencies"]
            case "python":
                assert rest == ["-m", "tests"]
            case "diversify":
                pass
            case other:
                pytest.fail(f"nobody checks the command {other!r}")


@pytest.mark.slow
def test_the_commands_of_diversify_run_in_order(diversify: Run, tmp_path: Path) -> None:
    for number, block in enumerate(blocks(README, "toml")):
        (tmp_path / policy_file(block, number)).write_text(block, "utf-8")
    shutil.copytree(ROOT / "examples" / "lands", tmp_path / "examples" / "lands")
    ran = []
    for words in commands():
        if program(words) != "diversify":
            continue
        done = diversify(*with_few_scenarios(words[1:]), cwd=tmp_path)
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
        if "--json" in words:
            assert json.loads(done.stdout)["status"] == "optimal"
        ran.append(words[1])
    assert {"examples", "check", "solve", "explain", "init", "smps"} <= set(ran)


def policy_file(block: str, number: int) -> str:
    """Return the name that a block of policies has in its first comment."""
    found = re.match(r"# (\S+\.toml)\n", block)
    return found[1] if found else f"policies-{number}.toml"


def test_the_policies_are_read_and_match_the_case(tmp_path: Path) -> None:
    from diversify import example, read_policies
    from diversify.jobs import prepare

    found = blocks(README, "toml")
    assert found
    for number, block in enumerate(found):
        path = tmp_path / policy_file(block, number)
        path.write_text(block, "utf-8")
        job = prepare(example("rare-earths"), read_policies(path))
        assert len(job.policies) == block.count("[[policy]]")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "number"),
    [
        (named(path), number)
        for path in documents()
        if not on_site(path)
        for number in range(len(blocks(path, "python")))
    ],
)
def test_the_python_of_the_texts_runs(text: str, number: int, tmp_path: Path) -> None:
    script = tmp_path / "snippet.py"
    script.write_text(blocks(ROOT / text, "python")[number], "utf-8")
    done = python("-W", "error", str(script), cwd=tmp_path, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout


def test_the_exit_codes_are_those_of_the_program() -> None:
    from diversify.cli import outcome

    listed = {int(code) for code in re.findall(r"^\| (\d+) \|", README.read_text("utf-8"), re.M)}
    assert listed == {
        outcome.DONE,
        outcome.FAILED,
        outcome.REFUSED,
        outcome.INFEASIBLE,
        outcome.STOPPED_WITH_POINT,
        outcome.STOPPED_WITHOUT_POINT,
        outcome.NOT_CERTIFIED,
        outcome.INTERRUPTED,
    }


def test_the_kinds_of_policies_are_all_named() -> None:
    from diversify.policies.reading import KINDS

    text = README.read_text("utf-8")
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []


def test_the_test_command_runs_every_check_in_order() -> None:
    done = python("-m", "tests", "--help", cwd=ROOT)
    assert "--slow" in done.stdout
    from tests.__main__ import checks

    names = [name for name, _ in checks(slow=False)]
    assert names == ["ruff check", "ruff format", "mypy", "import-linter", "pytest"]
    assert [name for name, _ in checks(slow=True)] == names
    # An empty choice of marks takes the slow tests as well.
    assert checks(slow=True)[-1][1][-2:] == ["-m", ""]


def test_the_numbers_of_the_sample_are_called_illustrative() -> None:
    text = README.read_text("utf-8")
    after = text.split("## What the answer means")[1].split("\n## ")[0]
    assert "```text" in after
    assert "illustrative" in after


@pytest.mark.slow
def test_the_sample_has_the_form_of_a_run(diversify: Run, tmp_path: Path) -> None:
    (sample,) = blocks(README, "text")
    done = diversify("solve", "rare-earths", "--scenarios", FEW, cwd=tmp_path)
    shown = {" ".join(line.split()) for line in done.stdout.splitlines()}
    words = [" ".join(line.split()) for line in sample.splitlines() if not re.search(r"\d", line)]
    assert [line for line in words if line not in {"", "...", *shown}] == []


def test_the_options_that_the_readme_names_exist(diversify: Run, tmp_path: Path) -> None:
    text = README.read_text("utf-8")
    named_options = set(re.findall(r"`(--[a-z-]+)`", text)) - {"--slow"}
    helped = diversify("solve", "--help", cwd=tmp_path).stdout
    assert [option for option in named_options if option not in helped] == []


def test_the_test_command_refuses_what_it_does_not_know() -> None:
    from tests.__main__ import main

    with pytest.raises(SystemExit) as stop:
        main(["--sloow"])
    assert stop.value.code == 2
