"""A case is the same whether it is read, made in memory, written, or given in another order."""

from __future__ import annotations

import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from diversify.case import Case, example, read
from diversify.case.bundled import data_path, example_path, examples
from diversify.case.normalise import NORMAL
from diversify.errors import InputError

TINY = Path(__file__).parent / "tiny"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """The tiny case in a folder that the test may change."""
    return Path(shutil.copytree(TINY, tmp_path / "tiny"))


def frames(case: Case) -> dict[str, pd.DataFrame]:
    return {name: case.raw(name) for name in case.tables}


def test_a_written_case_reads_back_the_same(tiny: Path, tmp_path: Path) -> None:
    case = read(tiny)
    folder = case.write(tmp_path / "copy")
    again = read(folder)
    assert again.digest == case.digest
    assert again == case
    assert again.settings == case.settings
    assert again.tables == case.tables
    for name in case.tables:
        pd.testing.assert_frame_equal(again.raw(name), case.raw(name))
        pd.testing.assert_frame_equal(again.table(name), case.table(name))


def test_a_written_case_keeps_notes_and_sources(tiny: Path, tmp_path: Path) -> None:
    read(tiny).write(tmp_path / "copy")
    again = read(tmp_path / "copy")
    assert again.raw("commodities")["note"].tolist() == [None, "a price, for tests"]
    assert again.raw("commodities")["source"].tolist() == ["made up", "made up"]
    assert again.raw("sites")["x_contact"].tolist() == ["Ann", None, None]


def test_a_written_case_keeps_its_policies_and_settings(tmp_path: Path) -> None:
    case = read(TINY)
    policies = [
        {"kind": "share_cap", "by": "country", "share": 0.65, "names": ["COD"], "period": 3},
        {"kind": "stock_floor", "days": 60, "allow_empty": True, "name": 'a "quoted"\nname'},
    ]
    given_settings = case.settings.model_dump(by_alias=True) | {
        "buyer": ["Japan"],
        "deflator": {2020: 1.22, 2019: 1.25},
        "aliases": {"KOS": "XKX"},
        "exclusive_blocs": [["QUAD", "BRICS_PARTNER"]],
        "description": "two\nlines, \\ and é",
        "scenarios": {"count": 50, "seed": 7, "missing": "available"},
        "decimal": ",",
    }
    made = Case.from_frames(given_settings, frames(case), policies)
    again = read(made.write(tmp_path / "copy"))
    assert again.settings == made.settings
    assert again.policies == made.policies == tuple(policies)
    assert again.digest == made.digest


def test_frames_with_plain_numbers_make_the_same_case() -> None:
    case = read(TINY)
    made = Case.from_frames(case.settings, frames(case))
    assert made.digest == case.digest
    for name in NORMAL:
        pd.testing.assert_frame_equal(made.table(name), case.table(name))


def test_frames_of_texts_make_the_same_case() -> None:
    case = read(TINY)
    texts = {
        name: pd.read_csv(TINY / f"{name}.csv", dtype=str, keep_default_na=False)
        for name in case.tables
    }
    assert Case.from_frames(case.settings, texts).digest == case.digest


def test_frames_as_pandas_reads_them_make_the_same_case() -> None:
    case = read(TINY)
    guessed = {name: pd.read_csv(TINY / f"{name}.csv") for name in case.tables}
    assert Case.from_frames(case.settings, guessed).digest == case.digest


def test_the_form_of_numbers_does_not_change_the_digest(tiny: Path) -> None:
    digest = read(tiny).digest
    path = tiny / "shortages.csv"
    path.write_text(path.read_text().replace("0.25", "2.50e-1").replace("0.75", "+.75"))
    assert read(tiny).digest == digest


def test_a_number_that_changes_changes_the_digest(tiny: Path) -> None:
    digest = read(tiny).digest
    path = tiny / "sites.csv"
    path.write_text(path.read_text().replace("3000,USD/t", "3000.0000001,USD/t"))
    assert read(tiny).digest != digest


def test_policies_do_not_change_the_digest_but_the_case() -> None:
    case = read(TINY)
    made = Case.from_frames(case.settings, frames(case), [{"kind": "share_cap"}])
    assert made.digest == case.digest
    assert made != case


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.randoms(use_true_random=False))
def test_any_order_of_rows_and_columns_makes_the_same_case(random: object) -> None:
    case = read(TINY)
    seed = random.randrange(2**32)  # type: ignore[attr-defined]
    rng = np.random.default_rng(seed)
    shuffled = {
        name: frame.iloc[rng.permutation(len(frame)), rng.permutation(frame.shape[1])]
        for name, frame in frames(case).items()
    }
    names = list(shuffled)
    rng.shuffle(names)
    made = Case.from_frames(case.settings, {name: shuffled[name] for name in names})
    assert made.digest == case.digest
    for name in NORMAL:
        pd.testing.assert_frame_equal(made.table(name), case.table(name))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Cf"]), min_size=1),
        min_size=3,
        max_size=3,
    )
)
def test_any_note_survives_writing_and_reading(
    tmp_path_factory: pytest.TempPathFactory, notes: list[str]
) -> None:
    case = read(TINY)
    tables = frames(case)
    tables["sites"]["x_any"] = notes
    made = Case.from_frames(case.settings, tables)
    folder = made.write(tmp_path_factory.mktemp("notes") / "case")
    again = read(folder)
    assert again.digest == made.digest
    pd.testing.assert_frame_equal(again.raw("sites"), made.raw("sites"))


def test_text_that_has_a_quote_before_a_formula_survives(tmp_path: Path) -> None:
    case = read(TINY)
    tables = frames(case)
    tables["sites"]["x_any"] = ["'=1", "''-x", "'plain"]
    again = read(Case.from_frames(case.settings, tables).write(tmp_path / "copy"))
    assert again.raw("sites")["x_any"].tolist() == ["'=1", "''-x", "'plain"]


def test_an_existing_folder_is_not_overwritten(tiny: Path) -> None:
    case = read(tiny)
    with pytest.raises(InputError, match="a folder that is not empty is there already"):
        case.write(tiny)


def test_an_existing_case_is_replaced_with_force_and_other_files_are_kept(tiny: Path) -> None:
    case = read(tiny).for_buyers("Japan")
    case.write(tiny, force=True)
    assert read(tiny).digest == case.digest
    assert (tiny / "README.md").is_file()
    assert sorted(path.name for path in tiny.parent.iterdir()) == ["tiny"]


def test_a_folder_that_is_no_case_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("three years of work")
    with pytest.raises(InputError, match="a folder that is no case is there already"):
        read(TINY).write(tmp_path / "mine", force=True)
    with pytest.raises(InputError, match="a file is there already"):
        read(TINY).write(tmp_path / "mine" / "thesis.txt", force=True)


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    read(TINY).write(tmp_path / "empty")
    assert read(tmp_path / "empty") == read(TINY)


def test_nothing_is_written_when_writing_fails(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = read(tiny)
    before = {path.name: path.read_bytes() for path in tiny.iterdir()}

    def fail(*_: object) -> str:
        raise OSError("no space left")

    monkeypatch.setattr("diversify.case.write.table_text", fail)
    for folder, force in ((tiny, True), (tmp_path / "new", False)):
        with pytest.raises(OSError, match="no space left"):
            case.write(folder, force=force)
    assert {path.name: path.read_bytes() for path in tiny.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tiny"]


def test_a_case_can_be_pickled() -> None:
    case = read(TINY)
    again = pickle.loads(pickle.dumps(case))  # noqa: S301
    assert again == case
    assert hash(again) == hash(case)
    pd.testing.assert_frame_equal(again.table("lanes"), case.table("lanes"))


def test_every_bundled_case_reads_fast_and_without_a_warning() -> None:
    assert [name for name, _ in examples()] == sorted(p.name for p in data_path("cases").iterdir())
    for name, title in examples():
        assert title
        start = time.process_time()  # of this process: others may run beside it
        case = example(name)
        assert time.process_time() - start < 0.4
        assert case.name == name
        assert case.warnings == ()
        assert read(example_path(name)) == case


def test_a_folder_goes_before_a_bundled_case_of_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = examples()[0][0]
    shutil.copytree(TINY, tmp_path / name)
    monkeypatch.chdir(tmp_path)
    assert read(name) == read(TINY)
    assert example(name) != read(TINY)


def test_reading_loads_no_heavy_library() -> None:
    code = (
        "import sys; from diversify.case import read; read(sys.argv[1]); "
        "print([m for m in ('pandas', 'numpy', 'pyomo', 'highspy', 'openpyxl') "
        "if m in sys.modules])"
    )
    run = subprocess.run(
        [sys.executable, "-c", code, str(TINY)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
