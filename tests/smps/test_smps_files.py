"""Which files are read together, and what their writers call the same thing."""

from __future__ import annotations

from pathlib import Path

import pytest
from smps_texts import CORE, STOCH, TIME, stochastic, written

from diversify.errors import InputError
from diversify.smps import read
from diversify.smps.files import find_files


def touched(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).write_text("", encoding="utf-8")
    return folder


def found(path: Path) -> list[str]:
    return [file.name for file in find_files(path).values()]


def test_stoch_files_share_the_core_and_time_file_whose_stem_they_begin_with(
    tmp_path: Path,
) -> None:
    names = ("fxm.cor", "fxm-2.tim", "fxm-3.tim", "fxm-2-6.sto", "fxm-2-16.sto", "fxm-3-6.sto")
    folder = touched(tmp_path, *names, "other.cor")
    assert found(folder / "fxm-2-6") == ["fxm.cor", "fxm-2.tim", "fxm-2-6.sto"]
    assert found(folder / "fxm-2-16.sto") == ["fxm.cor", "fxm-2.tim", "fxm-2-16.sto"]
    assert found(folder / "fxm-3-6") == ["fxm.cor", "fxm-3.tim", "fxm-3-6.sto"]
    # What is random is never guessed.
    with pytest.raises(InputError, match="there is no stoch file"):
        find_files(folder / "fxm-2")


def test_a_file_of_the_stem_comes_before_one_of_a_shorter_stem(tmp_path: Path) -> None:
    folder = touched(tmp_path, "a.cor", "ab.cor", "a.tim", "ab.tim", "ab.sto")
    assert found(folder / "ab") == ["ab.cor", "ab.tim", "ab.sto"]


def test_stems_may_differ_in_case(tmp_path: Path) -> None:
    folder = touched(tmp_path, "PGP2.MPS", "pgp2.tim", "Pgp2.sto")
    assert found(folder / "pgp2") == ["PGP2.MPS", "pgp2.tim", "Pgp2.sto"]


def test_a_core_may_be_a_plain_mps_file_unless_there_is_another(tmp_path: Path) -> None:
    folder = touched(tmp_path, "p.mps", "p.tim", "p.sto")
    assert found(folder) == ["p.mps", "p.tim", "p.sto"]
    touched(tmp_path, "p.cor")
    assert found(folder) == found(folder / "p") == ["p.cor", "p.tim", "p.sto"]


def test_two_cores_of_one_stem_are_refused(tmp_path: Path) -> None:
    folder = touched(tmp_path, "p.cor", "p.core", "p.tim", "p.sto")
    with pytest.raises(InputError, match="there are 2 core files"):
        find_files(folder / "p")


def test_time_and_stoch_files_may_be_headed_by_a_name(tmp_path: Path) -> None:
    # As in the files of COIN-OR's Smi.
    time, stoch = TIME.replace("TIME tiny", "NAME tiny"), STOCH.replace("STOCH tiny", "NAME tiny")
    assert read(written(tmp_path, CORE, time, stoch)).support == 2
    later = STOCH.replace("INDEP DISCRETE", "INDEP DISCRETE\nNAME again")
    with pytest.raises(InputError, match="no section NAME"):
        read(written(tmp_path, stoch=later))


@pytest.mark.parametrize("name", ["RHS", "rhs", "RHS1", "RIGHT", "right_1", "RHSIDE"])
def test_the_right_side_may_have_another_name_in_the_stoch_file(tmp_path: Path, name: str) -> None:
    core = CORE.replace("RHS store", "B store")
    body = f"INDEP DISCRETE\n {name} demand 2 later 0.5\n {name} demand 6 later 0.5"
    program = read(written(tmp_path, core, stoch=stochastic(body)))
    assert program.blocks.symbols == ("RHS, demand",)
    assert sorted(program.scenarios().theta.ravel()) == [2.0, 6.0]


@pytest.mark.parametrize("name", ["xx", "RHO", "LEFT", "B2"])
def test_another_name_is_a_column_that_does_not_exist(tmp_path: Path, name: str) -> None:
    core = CORE.replace("RHS store", "B store")
    body = f"INDEP DISCRETE\n {name} demand 2 later 1"
    with pytest.raises(InputError, match=f"no column '{name}'.*right side is called 'B'"):
        read(written(tmp_path, core, stoch=stochastic(body)))


def thirds(folder: Path, *chances: str) -> Path:
    lines = [f" RHS demand {k} later {chance}" for k, chance in enumerate(chances)]
    return written(folder, stoch=stochastic("\n".join(["INDEP DISCRETE", *lines])))


@pytest.mark.parametrize("chance", ["0.333", "0.33", "0.3333333"])
def test_equal_parts_may_be_rounded(tmp_path: Path, chance: str) -> None:
    program = read(thirds(tmp_path, chance, chance, chance))
    assert program.scenarios().probability.tolist() == pytest.approx([1 / 3] * 3, rel=1e-15)
    assert "divided by their sum" in program.warnings[-1].message or float(chance) > 0.3333


@pytest.mark.parametrize(
    "chances", [("0.3", "0.3", "0.3"), ("0.34", "0.34", "0.34"), ("0.333", "0.333", "0.332")]
)
def test_other_probabilities_that_miss_1_are_refused(
    tmp_path: Path, chances: tuple[str, ...]
) -> None:
    with pytest.raises(InputError, match="add up to"):
        read(thirds(tmp_path, *chances))
