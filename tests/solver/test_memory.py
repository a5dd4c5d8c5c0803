"""Memory is estimated before it is taken, and what does not fit is refused with what would."""

from __future__ import annotations

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

import diversify as dv
from diversify.errors import InputError
from diversify.scenarios import outages
from diversify.solver import memory


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Let the machine have so many bytes."""

    def give(size: int | None) -> None:
        monkeypatch.setattr(memory, "available", lambda: size)

    return give


def solve(**options: Any) -> dv.Plan:
    given = {"scenarios": 40, "seed": 1, "out_of_sample": 0, **options}
    return dv.solve(dv.example("rare-earths"), **given)


def test_too_many_draws_are_refused_before_they_are_made(free: Any) -> None:
    # 10 hazards and 12 periods: 8 * 12 * (10 + 4) + 200 = 1,544 bytes a draw, so 10 MB hold 6,476.
    free(10_000_000)
    with pytest.raises(InputError) as caught:
        solve(scenarios=10_000_000)
    (finding,) = caught.value.findings
    assert (finding.table, finding.value, finding.code) == ("scenarios", "10000000", "77")
    assert "15.4 GB" in finding.message
    assert "0.01 GB are free" in finding.message
    assert "about 6,400 scenarios would fit" in finding.remedy


@pytest.mark.parametrize(
    ("method", "what"),
    [("decomposed", "the data of the scenarios"), ("extensive", "the extensive form")],
)
def test_each_stage_is_refused_when_it_comes(free: Any, method: str, what: str) -> None:
    # The draws take 61,760 bytes and their data less than 40 * 219 * 16 = 140,160, both more than
    # is left for the second of them; the extensive form takes more than 10 MB.
    free({"decomposed": 90_000, "extensive": 1_000_000}[method])
    with pytest.raises(InputError, match=what):
        solve(method=method)


def test_what_fits_is_never_refused(free: Any) -> None:
    free(None)
    assert memory.check("anything", 10**18, 1) is None
    free(100)
    assert memory.check("what fits exactly", 100, 1) is None
    with pytest.raises(InputError, match="not even one would fit"):
        memory.check("one", 101, 1)
    # A million draws of a case with 10 hazards and 12 periods are normal use of a laptop.
    assert memory.draws(1_000_000, 10, 12) < 3e9


def test_the_estimate_of_draws_is_near_what_python_takes() -> None:
    case = dv.example("rare-earths")
    count = 20_000
    guess = memory.draws(count, len(case.table("hazards")), case.periods)
    tracemalloc.start()
    batch = outages(case, count, 1)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert batch.count == count
    assert 0.5 * most < guess < 1.5 * most


def test_control_groups_bound_what_is_available(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        "/proc/meminfo": "MemTotal: 900 kB\nMemFree: 100 kB\nMemAvailable:     800 kB\n",
        "/proc/self/cgroup": "0::/jobs/mine\n",
        "/sys/fs/cgroup/jobs/mine/memory.max": "max\n",
        "/sys/fs/cgroup/jobs/mine/memory.current": "5\n",
        "/sys/fs/cgroup/jobs/memory.max": "500000\n",
        "/sys/fs/cgroup/jobs/memory.current": "100000\n",
    }

    def read(path: Path, **_: Any) -> str:
        if path.as_posix() not in files:
            raise FileNotFoundError(path)
        return files[path.as_posix()]

    monkeypatch.setattr(Path, "read_text", read)
    assert memory.available() == 400_000
    files["/sys/fs/cgroup/jobs/memory.max"] = "max\n"
    assert memory.available() == 800 * 1024
    # The older layout names the kind of each group.
    files["/proc/self/cgroup"] = "3:cpu:/jobs\n2:memory:/jobs\n"
    files["/sys/fs/cgroup/memory/jobs/memory.limit_in_bytes"] = "300000\n"
    files["/sys/fs/cgroup/memory/jobs/memory.usage_in_bytes"] = "310000\n"
    assert memory.available() == 0
    files.clear()
    assert memory.available() is None or memory.available() > 1_000_000
