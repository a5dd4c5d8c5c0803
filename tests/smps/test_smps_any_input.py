"""Whatever the files hold, they are read or refused with their lines; nothing else happens."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from smps_texts import CORE, FARMER_CORE, FARMER_STOCH, FARMER_TIME, STOCH, TIME, written

from diversify.errors import InputError
from diversify.smps import read

SCENARIOS = """\
STOCH tiny
SCENARIOS DISCRETE ADD
 SC a 'ROOT' 0.5 later
 RHS demand 2
 SC b a 0.5 later
 UP BND s 3
 s cost 2
ENDATA
"""
BOUNDED = CORE.replace("ENDATA", "RANGES\n R demand 1\nBOUNDS\n UP BND s 8\n LI x 0\nENDATA")
PROGRAMS = [
    (CORE, TIME, STOCH),
    (BOUNDED, TIME, SCENARIOS),
    (FARMER_CORE, FARMER_TIME, FARMER_STOCH),
    (CORE, TIME, STOCH.replace("DISCRETE", "NORMAL")),
]
WORDS = sorted({word for texts in PROGRAMS for text in texts for word in text.split()})
ODD = ["", "1e30", "-1", "0", "nan", "'MARKER'", "'INTORG'", "*", "\t", "MULTIPLY", "FX", "é", "$"]


@st.composite
def spoilt(draw: Any) -> tuple[str, ...]:
    """Return the texts of a program with a few words and lines changed."""
    texts = [text.splitlines() for text in draw(st.sampled_from(PROGRAMS))]
    for _ in range(draw(st.integers(1, 4))):
        lines = draw(st.sampled_from(texts))
        if not lines:
            continue
        at = draw(st.integers(0, len(lines) - 1))
        how = draw(st.sampled_from(["drop", "repeat", "word", "cut", "indent", "swap"]))
        if how == "drop":
            del lines[at]
        elif how == "repeat":
            lines.insert(draw(st.integers(0, len(lines))), lines[at])
        elif how == "word":
            words = lines[at].split(" ")
            words[draw(st.integers(0, len(words) - 1))] = draw(st.sampled_from(WORDS + ODD))
            lines[at] = " ".join(words)
        elif how == "cut":
            lines[at] = lines[at][: draw(st.integers(0, len(lines[at])))]
        elif how == "indent":
            lines[at] = lines[at].strip() if lines[at][:1] == " " else f" {lines[at]}"
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
    return tuple("\n".join(lines) for lines in texts)


@settings(max_examples=100)
@given(spoilt())
def test_spoilt_files_are_read_or_refused(texts: tuple[str, ...]) -> None:
    with TemporaryDirectory() as folder:
        stem = written(Path(folder), *texts)
        try:
            program = read(stem)
        except InputError as error:
            # A warning may come along; what refuses the files is an error, and says what to do.
            errors = [found for found in error.findings if found.severity == "error"]
            assert errors
            assert all(found.file and found.remedy for found in errors)
            return
    blocks = program.blocks
    assert blocks.matrix.shape == (len(blocks.rows), len(blocks.columns))
    assert len(blocks.entries.base) == blocks.matrix.nnz
    batch = program.sample(5, 1)
    assert batch.theta.shape[1] == len(blocks.symbols)
    assert abs(batch.probability.sum() - 1.0) < 1e-12
