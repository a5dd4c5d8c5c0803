"""The site: every page is reached, everything on it runs, and it builds without a warning."""

from __future__ import annotations

import io
import re
import shlex
import shutil
import sys
from collections.abc import Iterator
from contextlib import redirect_stdout
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

import pytest
from checkout import ROOT, SITE, named, python

DOCS = ROOT / "docs"
PAGES = [DOCS / "index.md", *(p for part in SITE for p in sorted((DOCS / part).glob("*.md")))]
BLOCK = re.compile(r"(?:^`([\w./-]+)`:\n\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENDS = re.compile(r"#\s*(may end|ends) with (\d)")
FEW = ["--scenarios", "5", "--out-of-sample", "0"]
# Their numbers follow by hand from numbers on the page.
BY_HAND = {"docs/tutorial/first-plan.md", "docs/howto/own-rule.md"}


@dataclass(frozen=True)
class Block:
    """A fenced block, and the file that the line before it names."""

    file: str
    language: str
    text: str


def blocks(page: Path) -> list[Block]:
    return [Block(*found) for found in BLOCK.findall(page.read_text("utf-8"))]


RUN = [page for page in PAGES if any(b.language in ("sh", "python") for b in blocks(page))]


def command(line: str) -> tuple[list[str], set[int]]:
    """Return the words of a line of a shell, and the exit codes that it may have."""
    words = shlex.split(line, comments=True)
    said = ENDS.search(line)
    codes = {0} if said is None else {int(said[2])} | ({0} if said[1] == "may end" else set())
    if (
        words[1] in ("solve", "explain")
        and "first-steps" not in words
        and "--scenarios" not in words
    ):
        few = FEW if words[1] == "solve" else FEW[:2]
        words = [*words, *few]
    return words[1:], codes


def commands(page: Path) -> Iterator[str]:
    for block in blocks(page):
        if block.language == "sh":
            yield from block.text.strip().splitlines()


def session(page: Path, folder: Path) -> int:
    """Run a page from top to bottom, as a reader would who is in this folder.

    Returns how many blocks were run or compared; asserts what they say.
    """
    done = 0
    from diversify.cli import main

    space: dict[str, object] = {"__name__": "__main__"}
    out = ""
    for block in blocks(page):
        done += 1
        name = re.match(r"# (\S+\.toml)\n", block.text)
        if block.file or (name and block.language == "toml"):
            path = folder / (block.file or (name[1] if name else ""))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.language == "sh":
            out = ""
            for line in block.text.strip().splitlines():
                words, codes = command(line)
                with redirect_stdout(io.StringIO()) as caught:
                    code = main(words)
                out += caught.getvalue()
                assert code in codes, f"{line} ended with {code}\n{out}"
                assert caught.getvalue() or code
        elif block.language == "python":
            with redirect_stdout(io.StringIO()) as caught:
                exec(compile(block.text, named(page), "exec"), space)  # noqa: S102 - our own page
            out = caught.getvalue() or out
        elif block.language == "text" and out:
            compare(block.text, out, exact=named(page) in BY_HAND)
    return done


def compare(shown: str, out: str, *, exact: bool) -> None:
    """Every line of a sample is one of the output; lines with numbers only where they are exact."""
    found = {" ".join(line.split()) for line in out.splitlines()}
    wanted = [" ".join(line.split()) for line in shown.splitlines()]
    wanted = [line for line in wanted if exact or not re.search(r"\d", line)]
    assert [line for line in wanted if line not in {"", "...", *found}] == [], out


@pytest.mark.slow
@pytest.mark.parametrize("page", [named(page) for page in RUN])
def test_a_page_runs_from_top_to_bottom(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert session(ROOT / page, tmp_path) == len(blocks(ROOT / page)) > 0


@pytest.mark.parametrize("page", sorted(BY_HAND))
def test_a_page_whose_numbers_follow_by_hand_runs(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert session(ROOT / page, tmp_path) == len(blocks(ROOT / page)) > 0


def test_commands_are_of_the_program_and_their_options_exist() -> None:
    import typer

    from diversify.cli.app import app

    known = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for page in PAGES:
        for line in commands(page):
            words = shlex.split(line, comments=True)
            assert words[0] == "diversify", line
            options = {o for p in known[words[1]].params for o in (*p.opts, *p.secondary_opts)}
            used = {word for word in words[2:] if word.startswith("-")}
            assert used <= options, line


def test_python_on_pages_compiles() -> None:
    found = [b for page in PAGES for b in blocks(page) if b.language == "python"]
    assert len(found) >= 10
    for block in found:
        compile(block.text, "page", "exec")


def test_every_page_is_in_a_table_of_contents() -> None:
    listed = {DOCS / "index.md"}
    for page in PAGES:
        for tree in re.findall(r"^```\{toctree\}\n(.*?)^```", page.read_text("utf-8"), re.M | re.S):
            for entry in re.findall(r"^[\w./-]+$", tree, re.M):
                listed.add((page.parent / f"{entry}.md").resolve())
    assert [named(page) for page in PAGES if page.resolve() not in listed] == []
    assert [path for path in listed if not path.exists()] == []


@pytest.fixture(scope="module")
def makers() -> Iterator[dict[str, object]]:
    """What is put into pages."""
    sys.path.insert(0, str(DOCS / "_ext"))
    import site_made

    yield dict(site_made.MAKERS)
    sys.path.remove(str(DOCS / "_ext"))


def test_every_hook_of_a_page_is_made_and_the_other_way_round(makers: dict[str, object]) -> None:
    hooks = {
        name
        for page in PAGES
        for name in re.findall(r"^<!-- made: (.+) -->$", page.read_text("utf-8"), re.M)
    }
    assert hooks == set(makers)


def test_what_is_made_names_every_kind_command_table_and_code(makers: dict[str, object]) -> None:
    import typer
    from made_cli import MEANING, commands, exit_codes
    from made_model import model
    from made_policies import policies

    from diversify.case.dictionary import TABLES
    from diversify.cli import outcome
    from diversify.cli.app import app
    from diversify.policies.reading import KINDS

    text = policies()
    assert [k.__name__ for k in KINDS.values() if f"## {k.__name__}\n" not in text] == []
    names = list(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    assert re.findall(r"^## (\w+)$", commands(), re.M) == names
    codes = {getattr(outcome, name) for name in MEANING}
    assert codes == {value for value in vars(outcome).values() if isinstance(value, int)}
    assert all(f"| {code} |" in exit_codes() for code in codes)
    from made_data import case_tables

    assert [name for name in TABLES if f"## {name}.csv" not in case_tables()] == []
    # Every column and row of a case with many features stands on the page of the model.
    import pyomo.environ as pyo

    import diversify as dv

    template = dv.template(dv.example("battery"))
    page = model()
    made = {
        part.local_name
        for block in (template.plan, template.ops)
        for part in block.component_objects((pyo.Var, pyo.Constraint))
    }
    assert [name for name in sorted(made) if f": {name}`" not in page] == []


def test_formulas_become_mathml_with_names_in_one_piece(makers: dict[str, object]) -> None:
    import doctest

    import site_math

    assert makers
    assert doctest.testmod(site_math).failed == 0
    assert site_math.lines(r"a \le b, \quad c_{x,\quad y}") == [r"a \le b,", r" c_{x,\quad y}"]
    assert "<mi>𝑏𝑜𝑜𝑘</mi>" in site_math._merged("book_{l,t}", False)


class Loaded(HTMLParser):
    """Collects what a page asks a browser to load."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("script", "img", "iframe") and given.get("src"):
            self.asked.append(given["src"] or "")
        if tag == "link" and given.get("rel") == "stylesheet":
            self.asked.append(given["href"] or "")


@pytest.mark.slow
def test_the_site_builds_offline_without_a_warning(tmp_path: Path) -> None:
    site = tmp_path / "site"
    done = python(
        *("-m", "sphinx", "-W", "--keep-going", "-q", "-E", "-b", "html", "-d"),
        *(str(tmp_path / "trees"), str(DOCS), str(site)),
        cwd=tmp_path,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert not (DOCS / "_build").exists()
    pages = list(site.rglob("*.html"))
    assert len(pages) >= len(PAGES)
    for page in pages:
        loaded = Loaded()
        loaded.feed(page.read_text("utf-8"))
        assert [name for name in loaded.asked if "//" in name] == []
    model = (site / "explanation" / "model.html").read_text("utf-8")
    assert model.count("<math") > 20
    assert "made:" not in model
    shutil.rmtree(site)
