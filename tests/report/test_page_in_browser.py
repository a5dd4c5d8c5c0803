"""The page in a real browser: it draws, it stays at home, it listens, it fits."""

from __future__ import annotations

from pathlib import Path

import pytest
from browser import opened
from report_pages import CRUEL, cruel_plan

import diversify as dv

CURATED = (
    "battery",
    "first-steps",
    "gallium-germanium",
    "platinum-group",
    "quartz",
    "rare-earths",
    "rare-earths-2010",
    "tungsten-antimony",
)

pytestmark = pytest.mark.slow


def test_the_curated_cases_are_all_here() -> None:
    from diversify.case.bundled import examples

    assert sorted(name for name, _ in examples()) == sorted(CURATED)


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with two materials, three stages and several periods."""
    plan = dv.solve(dv.example("rare-earths"), scenarios=10, seed=1, case_policies=False)
    return plan.report(tmp_path_factory.mktemp("rich") / "report.html")


@pytest.mark.parametrize("name", CURATED)
def test_the_page_of_each_curated_case_draws_and_stays_at_home(name: str, tmp_path: Path) -> None:
    count = None if name in ("first-steps", "rare-earths-2010") else 10
    plan = dv.solve(dv.example(name), scenarios=count, case_policies=False, out_of_sample=50)
    with opened(plan.report(tmp_path / "report.html")) as tab:
        assert tab.complaints() == []
        assert tab.requests_beyond() == []
        assert tab.count("#flows .sankey-link") > 0
        # The land is a path of its own; each country with a share is filled.
        assert tab.count("#map .shapelayer path") == 1
        assert tab.count("#map .scatterlayer .js-fill, #map .scatterlayer .point") > 0
        for section in ("shares", "costs", "risk"):
            assert tab.count(f"#{section} .main-svg") > 0, section
        assert tab.ask("document.documentElement.scrollWidth <= window.innerWidth")


def test_choices_change_the_figures(rich: Path) -> None:
    with opened(rich) as tab:
        words = {s: tab.text(f"#{s} figcaption") for s in ("flows", "map", "shares", "risk")}
        links = tab.ask("document.querySelector('#flows .drawing').data[0].link.value")
        assert all("NdPr" in text for text in words.values())
        tab.choose("select[name=material]", "DyTb")
        tab.wait("document.querySelector('#risk figcaption').textContent.includes('DyTb')")
        for section in words:
            assert "DyTb" in tab.text(f"#{section} figcaption")
        assert tab.ask("document.querySelector('#flows .drawing').data[0].link.value") != links
        tab.choose("select[name=period]", "2027-Q1")
        tab.wait("document.querySelector('#shares figcaption').textContent.includes('2027-Q1')")
        assert "2027-Q1" in tab.text("#flows figcaption")
        tab.choose("#map select[name=stage]", "refine")
        assert "at the refine stage" in tab.text("#map figcaption")
        tab.choose("#map select[name=style]", "circles")
        assert tab.count("#map .scatterlayer .point") > 1
        assert tab.count("#map .scatterlayer .js-fill[d]") == 0
        tab.choose("#shares select[name=by]", "owner")
        assert tab.text("#shares .note") == "Shown for the whole horizon."
        assert "by owner" in tab.text("#shares figcaption")
        assert tab.complaints() == []
        assert tab.requests_beyond() == []


def test_figures_say_in_words_what_they_show_and_give_their_numbers(rich: Path) -> None:
    with opened(rich) as tab:
        for section in ("flows", "map", "shares", "costs", "risk", "stocks"):
            label = tab.ask(f"document.querySelector('#{section} .drawing').ariaLabel")
            assert label == tab.text(f"#{section} figcaption")
            assert tab.count(f"#{section} .numbers tbody tr") > 0
        # Everything that can be used can be reached by the keyboard and has a name.
        lost = tab.ask(
            "[...document.querySelectorAll('select, button, summary')].filter(e => e.tabIndex < 0"
            " || !(e.textContent.trim() || e.labels.length)).length"
        )
        assert lost == 0


@pytest.mark.parametrize("dark", [False, True])
def test_light_and_dark_follow_the_reader(rich: Path, dark: bool) -> None:
    from diversify.report.palette import DARK, LIGHT

    def rgb(colour: str) -> str:
        return "rgb({}, {}, {})".format(*(int(colour[i : i + 2], 16) for i in (1, 3, 5)))

    first, second = (DARK, LIGHT) if dark else (LIGHT, DARK)
    with opened(rich, dark=dark) as tab:
        ground = "getComputedStyle(document.body).backgroundColor"
        ink = "getComputedStyle(document.querySelector('#costs .ytick text')).fill"
        assert (tab.ask(ground), tab.ask(ink)) == (rgb(first["page"]), rgb(first["ink"]))
        tab.click("#theme")
        tab.wait(f"{ink} === '{rgb(second['ink'])}'")
        assert tab.ask(ground) == rgb(second["page"])


def test_a_narrow_screen_has_no_sideways_scroll(rich: Path) -> None:
    with opened(rich, width=390) as tab:
        assert tab.ask("window.innerWidth") == 390
        assert tab.ask("document.documentElement.scrollWidth <= window.innerWidth")
        tab.ask("document.querySelectorAll('details').forEach(d => { d.open = true; })")
        assert tab.ask("document.documentElement.scrollWidth <= window.innerWidth")


def test_a_supplier_whose_name_is_a_script_stays_text(tmp_path: Path) -> None:
    with opened(cruel_plan().report(tmp_path / "report.html")) as tab:
        # An alert would be open now, and asking anything would fail.
        assert tab.ask("document.title") == f"Title {CRUEL}"
        tab.choose("#flows select[name=by]", "owner")
        drawn = tab.ask("document.querySelector('#flows .drawing').textContent")
        assert f"{CRUEL}, refine" in str(drawn)
        assert tab.ask("document.querySelectorAll('img').length") == 0
        assert CRUEL in tab.text("h1")
        assert tab.complaints() == []


def test_a_script_that_is_not_the_pages_own_does_not_run(rich: Path, tmp_path: Path) -> None:
    text = rich.read_text("utf-8").replace("<main>", "<main><script>window.bad = 1</script>", 1)
    path = tmp_path / "changed.html"
    path.write_text(text, "utf-8")
    with opened(path) as tab:
        assert tab.ask("window.bad === undefined")
        assert any("Content Security Policy" in message for message in tab.complaints())


def test_tables_are_saved_from_the_page(rich: Path, tmp_path: Path) -> None:
    with opened(rich) as tab:
        tab.chrome.execute_cdp_cmd(
            "Browser.setDownloadBehavior", {"behavior": "allow", "downloadPath": str(tmp_path)}
        )
        tab.click("button[data-table='0/costs']")
        path = tmp_path / "rare-earths_costs.csv"
        from selenium.webdriver.support.ui import WebDriverWait

        WebDriverWait(tab.chrome, 30).until(lambda _: path.is_file() and path.stat().st_size > 0)
        assert path.read_text("utf-8").startswith("kind,usd\n")


def test_print_shows_all_figures_in_light_colours(rich: Path) -> None:
    with opened(rich, dark=True) as tab:
        tab.chrome.execute_script("window.dispatchEvent(new Event('beforeprint'))")
        assert tab.ask("document.documentElement.dataset.theme") == "light"
        assert tab.ask("document.querySelector('#flows .main-svg').clientWidth") == 680
        tab.chrome.execute_script("window.dispatchEvent(new Event('afterprint'))")
        assert tab.ask("document.documentElement.dataset.theme === undefined")
