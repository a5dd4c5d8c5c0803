"""Every fault of the files: its message, its line, and what to do about it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from smps_texts import CORE, STOCH, TIME, stochastic, written

from diversify.errors import Finding, InputError
from diversify.smps import read


def faults(folder: Path, core: str = CORE, time: str = TIME, stoch: str = STOCH) -> list[Finding]:
    with pytest.raises(InputError) as caught:
        read(written(folder, core, time, stoch))
    return [finding for finding in caught.value.findings if finding.severity == "error"]


def line_of(text: str, line: str) -> int:
    return text.splitlines().index(line) + 1


# What is replaced in the core, by what, the line that is named (None: the file), and the message.
CORES = [
    ("NAME tiny", "NAME tiny\nQUADOBJ", "QUADOBJ", "there is no section QUADOBJ"),
    ("COLUMNS\n", "ROWS\nCOLUMNS\n", "ROWS", "the section ROWS stands here twice"),
    ("NAME tiny", " G early\nNAME tiny", " G early", "stands in no section"),
    ("NAME tiny", "NAME tiny\n G early", " G early", "stands in no section"),
    ("ROWS", "OBJSENSE\n UP\nROWS", " UP", "'UP' is no sense of an objective"),
    (" L store", " X store", " X store", "a row has a type and a name"),
    (" G demand", " G demand\n L store", " L store", "there is a row 'store' already"),
    (" N cost\n", " L cost\n", None, "no row has type N"),
    (" x demand 1", " x demand 1 cost", " x demand 1 cost", "do not alternate"),
    (" x demand 1", " x dmand 1", " x dmand 1", "there is no row 'dmand'"),
    (" x demand 1", " x demand 1e", " x demand 1e", "'1e' is not a number"),
    (" x demand 1", " x demand nan", " x demand nan", "'nan' is not a number"),
    (" x demand 1", " x demand 1_0", " x demand 1_0", "'1_0' is not a number"),
    (" x demand 1", " x demand 1e30", " x demand 1e30", "counts as infinite"),
    (" x demand 1", " x store 1", " x store 1", "'store' and column 'x' meet twice"),
    ("RHS\n", " x demand 2\nRHS\n", " x demand 2", "column 'x' stands in two places"),
    ("RHS\n", " M 'MARKER' 'INTORG'\nRHS\n", None, "'INTORG' has no 'INTEND'"),
    ("RHS\n", " M 'MARKER' 'INTEND'\nRHS\n", " M 'MARKER' 'INTEND'", "the marker has no partner"),
    ("RHS\n", " M 'MARKER' 'SOS'\nRHS\n", " M 'MARKER' 'SOS'", "there is no marker 'SOS'"),
    ("ENDATA", " TWO demand 4\nENDATA", " TWO demand 4", "a second set of right sides"),
    ("ENDATA", " RHS demand 4\nENDATA", " RHS demand 4", "'demand' has a right side already"),
    ("ENDATA", " RHS dmand 4\nENDATA", " RHS dmand 4", "there is no row 'dmand'"),
    ("ENDATA", "RANGES\n R cost 4\nENDATA", " R cost 4", "row 'cost' limits nothing"),
    ("ENDATA", "BOUNDS\n SC B s 4\nENDATA", " SC B s 4", "there is no bound of type SC"),
    ("ENDATA", "BOUNDS\n UP B z 4\nENDATA", " UP B z 4", "there is no column 'z'"),
    ("ENDATA", "BOUNDS\n UP B s x\nENDATA", " UP B s x", "'x' is not a number"),
    ("ENDATA", "BOUNDS\n UP s\nENDATA", " UP s", "a bound has a type, a set"),
    ("ENDATA", "BOUNDS\n FX B s 1e30\nENDATA", " FX B s 1e30", "no number lies within"),
    ("ENDATA", "BOUNDS\n UI B s 1.5\nENDATA", " UI B s 1.5", "is not whole"),
    ("ENDATA", "BOUNDS\n UP B s 1\n UP B s 2\nENDATA", " UP B s 2", "has this bound already"),
    ("ENDATA", "BOUNDS\n UP B s 1\n UP C x 2\nENDATA", " UP C x 2", "a second set of bounds"),
    ("ENDATA", "BOUNDS\n LO B s 2\n UP B s 1\nENDATA", None, "lower bound above its upper"),
    ("ENDATA", "", None, "ends without ENDATA"),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), CORES)
def test_a_fault_of_the_core(
    tmp_path: Path, old: str, new: str, line: str | None, message: str
) -> None:
    text = CORE.replace(old, new, 1) if old != "ENDATA" or new else CORE.removesuffix("ENDATA\n")
    found = faults(tmp_path, core=text)
    hit = [finding for finding in found if message in finding.message]
    assert hit, [str(finding) for finding in found]
    assert hit[0].table == "core"
    assert hit[0].file == str(tmp_path / "tiny.cor")
    assert hit[0].remedy
    if line is not None:
        assert text.splitlines()[(hit[0].row or 0) - 1] == line
        assert hit[0].value == line.strip()


TIMES = [
    ("PERIODS\n", " x store now\nPERIODS\n", " x store now", "stands in no section"),
    (" x store now", " z store now", " z store now", "there is no column 'z' in the core"),
    (" x store now", " x stor now", " x stor now", "there is no row 'stor' in the core"),
    (" x store now", " x now", " x now", "its first column, its first row and a name"),
    (" s demand later", " s demand now", " s demand now", "there is a period 'now' already"),
    (" s demand later\n", "", None, "there is one period only"),
    (" x store now\n s demand later\n", "", None, "there is no period"),
    ("PERIODS\n", "", None, "there is no section PERIODS"),
    ("PERIODS\n", "STAGES\n", "STAGES", "there is no section STAGES"),
    (" x store now", " s store now", " s store now", "lie before the first period"),
    (" x store now", " x demand now", " x demand now", "lie before the first period"),
    (" s demand later", " x demand later", None, "not in the order of the core's rows"),
    (" s demand later", " s store later", None, None),
]


@pytest.mark.parametrize(("old", "new", "line", "message"), TIMES)
def test_a_fault_of_the_time_file(
    tmp_path: Path, old: str, new: str, line: str | None, message: str | None
) -> None:
    text = TIME.replace(old, new, 1)
    if message is None:
        # Every row is of the second stage then; that is unusual and not wrong.
        assert read(written(tmp_path, time=text)).blocks.stage.tolist() == [1, 1]
        return
    found = faults(tmp_path, time=text)
    hit = [finding for finding in found if message in finding.message]
    assert hit, [str(finding) for finding in found]
    assert (hit[0].table, hit[0].file) == ("time", str(tmp_path / "tiny.tim"))
    if line is not None:
        assert hit[0].row == line_of(text, line)


EXPLICIT = (
    "TIME t\nPERIODS EXPLICIT\n now\n later\nROWS\n store now\n demand later\n"
    "COLUMNS\n x now\n s later\nENDATA\n"
)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (" store now", " store now then", "a row and its period are wanted"),
        (" store now", " store then", "there is no period 'then'"),
        (" store now", " shop now", "there is no row 'shop' in the core"),
        (" store now", " store now\n store later", "row 'store' has a period already"),
        (" store now\n", "", "1 rows have no period"),
        (" s later\n", "", "1 columns have no period"),
        (" now\n later\nROWS", " now\n now\n later\nROWS", "each period is named once"),
    ],
)
def test_a_fault_of_the_explicit_time_file(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    found = faults(tmp_path, time=EXPLICIT.replace(old, new, 1))
    assert [f for f in found if message in f.message], [str(f) for f in found]


def test_a_row_of_the_first_stage_may_not_look_ahead(tmp_path: Path) -> None:
    (fault,) = faults(tmp_path, core=CORE.replace(" s cost 3 demand 1", " s cost 3 store 1"))
    assert "row 'store' of the first period contains column 's'" in fault.message
    assert fault.value == "store, s"


STOCHS = [
    ("INDEP DISCRETE\n RHS dmand 2 later 1", 1, "there is no row 'dmand' in the core"),
    ("INDEP DISCRETE\n z demand 2 later 1", 1, "no column 'z' in the core, and the right side"),
    ("INDEP DISCRETE\n RHS demand 2 sometime 1", 1, "there is no period 'sometime'"),
    ("INDEP DISCRETE\n RHS demand 2 now 1", 1, "known in the first period, 'now', is not random"),
    ("INDEP DISCRETE\n RHS demand two later 1", 1, "'two' is not a number"),
    ("INDEP DISCRETE\n RHS demand", 1, "a column, a row, a value"),
    ("INDEP DISCRETE\n RHS demand 2 later 1.5", 1, "probability of 1.5 is not from 0 to 1"),
    ("INDEP DISCRETE\n RHS demand 2 later -0.5", 1, "probability of -0.5 is not from 0"),
    ("INDEP DISCRETE\n RHS demand 2 later 0.4", 1, "'RHS, demand' add up to 0.4"),
    ("INDEP DISCRETE\n RHS store 2 later 1", 1, "row 'store' of the first period is random"),
    ("INDEP DISCRETE\n x store 2 later 1", 1, "row 'store' of the first period is random"),
    ("INDEP DISCRETE\n x cost 2 later 1", 1, "the cost of column 'x' of the first period"),
    ("INDEP DISCRETE\n UP B x 2 later 1", 1, "the bound of column 'x' of the first period"),
    ("INDEP DISCRETE\n UP B z 2 later 1", 1, "there is no column 'z' in the core"),
    ("INDEP DISCRETE\n FR B s 2 later 1", 1, "a bound of type FR cannot be random"),
    ("INDEP DISCRETE\n RHS demand 2 later 1\n RHS demand 3 0", 2, "another period or mode in"),
    ("INDEP GAMMA\n RHS demand 2 later 1", 0, "'GAMMA' is not read in INDEP"),
    ("INDEP UNIFORM\n RHS demand 3 later 2", 1, "the lower end is not below"),
    ("INDEP NORMAL\n RHS demand 3 later 0", 1, "the variance is not above 0"),
    ("INDEP NORMAL\n RHS demand 3 later 1\n RHS demand 3 later 2", 2, "has a distribution already"),
    ("INDEP MULTIPLY\n s store 3 later 1", 1, "row 'store' of the first period"),
    ("INDEP MULTIPLY\n RHS cost 3 later 1", 1, "the core has 0 here"),
    ("INDEP ADD\n UP B s 3 later 1", 1, "the core has no bound here to change"),
    ("INDEP ADD\n FX B s 3 later 1", 1, "the core does not fix this column"),
    ("BLOCKS LINTR\n BL b later 1", 0, "'LINTR' is not read in BLOCKS"),
    ("BLOCKS\n RHS demand 2", 1, "these values belong to no outcome"),
    ("BLOCKS\n BL b", 1, "an outcome is not complete; found 'BL b'; write BL, name, period"),
    ("BLOCKS\n BL b later 0.5\n RHS demand 2\nBLOCKS ADD\n BL b later 0.5", 4, "or mode in line 3"),
    ("INDEP NORMAL\n RHS demand 3 later 1\nINDEP\n RHS demand 3 later 1", 3, "already"),
    ("BLOCKS\n BL b later 0.4\n RHS demand 2\n BL b later 0.4", 1, "'b' add up to 0.8"),
    (
        "BLOCKS\n BL b later 1\n RHS demand 2\n BL c later 1\n RHS demand 3",
        4,
        "is random in line 3",
    ),
    ("BLOCKS\n BL b later 1\n RHS demand 2\n RHS demand 3", 3, "has a value here already"),
    ("BLOCKS\n BL b later 1\n UP B s 2\n BL c later 1\n FX B s 3", 1, "has a random FX too"),
    ("SCENARIOS\n SC a ROOT 1", 1, None),
    ("SCENARIOS\n SC a ROOT", 1, "an outcome is not complete"),
    ("SCENARIOS\n SC a b 1 later", 1, "there is no scenario 'b' above"),
    ("SCENARIOS\n SC a ROOT 0.5 later\n SC a ROOT 0.5 later", 2, "a scenario 'a' already"),
    ("SCENARIOS\n SC a ROOT 1 later\nINDEP\n RHS demand 2 1", 0, "so nothing else can be random"),
    (" RHS demand 2 later 1", 0, "this line stands in no section"),
    ("CHANCE", 0, "there is no section CHANCE"),
    ("", None, "nothing is random"),
    ("INDEP", None, "nothing is random"),
]


@pytest.mark.parametrize(("body", "line", "message"), STOCHS)
def test_a_fault_of_the_stoch_file(
    tmp_path: Path, body: str, line: int | None, message: str | None
) -> None:
    text = stochastic(body)
    if message is None:
        assert read(written(tmp_path, stoch=text)).support == 1
        return
    found = faults(tmp_path, stoch=text)
    hit = [finding for finding in found if message in str(finding)]
    assert hit, [str(finding) for finding in found]
    assert (hit[0].table, hit[0].file) == ("stoch", str(tmp_path / "tiny.sto"))
    assert hit[0].row == (None if line is None else line + 2)
    assert hit[0].remedy


def test_a_row_that_limits_nothing_cannot_be_random(tmp_path: Path) -> None:
    core = CORE.replace(" G demand", " N other\n G demand")
    (fault,) = faults(tmp_path, core, stoch=stochastic("INDEP\n x other 1 later 1"))
    assert (fault.row, fault.message) == (3, "row 'other' limits nothing")
    explicit = EXPLICIT.replace(" store now\n", " store now\n cost now\n other later\n")
    assert read(written(tmp_path, core, explicit)).support == 2


def test_more_than_two_stages_are_refused_where_news_comes_late(tmp_path: Path) -> None:
    core = CORE.replace(" G demand", " G demand\n G last").replace(
        "RHS\n", " e last 1 cost 2\nRHS\n"
    )
    time = TIME.replace("ENDATA", " e last third\nENDATA")
    for body in (
        "INDEP\n RHS demand 1 later 1\n RHS last 1 third 1",
        "INDEP\n RHS last 1 1",
        "BLOCKS\n BL b third 1\n RHS demand 1",
        "SCENARIOS\n SC a ROOT 0.5 now\n SC b a 0.5 third\n RHS last 1",
    ):
        (fault,) = faults(tmp_path, core, time, stochastic(body))
        assert "becomes known in period 'third' of 3 periods" in fault.message
        assert "let everything become known in 'later'" in fault.remedy


def test_all_faults_of_a_file_come_at_once_with_their_lines(tmp_path: Path) -> None:
    core = CORE.replace(" x demand 1", " x dmand 1").replace(
        " RHS store 10 demand 4", " RHS store ten dmand 4"
    )
    found = faults(tmp_path, core=core)
    assert [f.row for f in found] == [8, 11, 11]
    text = str(InputError(found))
    assert text.startswith("3 errors in the input:")
    assert "tiny.cor:11: 'ten' is not a number; found 'RHS store ten dmand 4'; write a" in text


def test_a_fault_in_fixed_format_is_not_a_fault_of_free_format(tmp_path: Path) -> None:
    core = """\
NAME          TINY
ROWS
 N  COST
 L  MY STORE
COLUMNS
    X ONE     COST               1.0   MY STORE         1.0
    X TWO     COST               1.0   MY STORE         1x0
RHS
    RHS       MY STORE          10.0
ENDATA
"""
    (fault,) = faults(tmp_path, core=core)
    assert (fault.row, "'1x0' is not a number" in fault.message) == (7, True)


def test_a_million_faults_are_not_listed(tmp_path: Path) -> None:
    core = CORE.replace(" x demand 1\n", "".join(f" x r{i} 1\n" for i in range(300)))
    found = faults(tmp_path, core=core)
    assert len(found) == 101
    assert "200 more errors in this file" in found[-1].message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    stem = written(tmp_path)
    (tmp_path / "tiny.tim").unlink()
    (tmp_path / "tiny.SMPS").touch()
    with pytest.raises(InputError, match=re.escape("there is no time file (.tim or .time)")):
        read(stem)
    with pytest.raises(InputError, match="3 errors"):
        read(tmp_path / "nowhere")


def test_two_programs_in_a_folder_are_told_apart(tmp_path: Path) -> None:
    stem = written(tmp_path)
    written(tmp_path, name="other")
    assert read(stem).name == "tiny"
    with pytest.raises(InputError, match="there are 2 core files"):
        read(tmp_path)


@pytest.mark.parametrize("endings", [(".COR", ".TIM", ".STO"), (".core", ".time", ".stoch")])
def test_endings_may_be_long_or_in_capitals(tmp_path: Path, endings: tuple[str, ...]) -> None:
    for ending, text in zip(endings, (CORE, TIME, STOCH), strict=True):
        (tmp_path / f"a.b{ending}").write_text(text, encoding="utf-8")
    for path in (tmp_path, tmp_path / "a.b", tmp_path / f"a.b{endings[1]}"):
        assert read(path).support == 2
