"""Whatever is in the files or frames: a case, or an InputError with a place and a remedy."""

from __future__ import annotations

import datetime as dt
import random
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from diversify.case import Case, read
from diversify.errors import InputError

TINY = Path(__file__).parent / "tiny"
FILES = sorted(path.name for path in TINY.iterdir() if path.suffix in (".csv", ".toml"))
WORDS = [
    *["", ",", '"', "\n", "\r", ";", "\t", "[", "]", "{", "=", "#", "'", "\x00", "\xa0", "\u202e"],
    *["inf", "nan", "-1", "0", "1e999", "NA", "Congo", "é", "yes", "2026", "mine", "metal", "ore"],
    *["Mine A", "Refinery", "share", "input", "USD/kg", "kt", "XKX", "3-4"],
]
OBJECTS = [
    *[None, np.nan, pd.NA, pd.NaT, np.inf, True, np.bool_(False), 0, -1, 3, 2.5, 10**400, 1j],
    *[np.float32(0.5), np.int64(2), Decimal("0.1"), dt.date(2026, 1, 1), dt.timedelta(1)],
    *[dt.datetime(2026, 1, 1, 5), pd.Timestamp("2026-01-01"), "", " ", "NA", b"bytes"],
    *[[1], {"a": 1}, (1, 2), object()],
]


def outcome(make: Callable[[], Case]) -> Case | None:
    """The case, or None after a look at each finding of its refusal."""
    refused: InputError | None = None
    try:
        return make()
    except InputError as error:
        refused = error
    assert refused.findings
    for finding in refused.findings:
        assert finding.message
        assert finding.remedy
        assert str(finding)
    return None


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(FILES),
    st.integers(0, 2**32),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=4),
)
def test_any_change_of_a_file_gives_a_case_or_findings(
    tmp_path_factory: pytest.TempPathFactory, file: str, seed: int, words: list[str]
) -> None:
    folder = tmp_path_factory.mktemp("any") / "case"
    shutil.copytree(TINY, folder)
    text = (folder / file).read_text(encoding="utf-8")
    rng = random.Random(seed)  # noqa: S311
    for word in words:
        start = rng.randrange(len(text) + 1)
        text = text[:start] + word + text[start + rng.choice([0, 1, 3, 8]) :]
    (folder / file).write_bytes(text.encode())
    case = outcome(lambda: read(folder))
    if case is not None:
        assert read(case.write(folder.parent / "copy")).digest == case.digest
    shutil.rmtree(folder.parent)


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(FILES), st.binary(max_size=200))
def test_any_bytes_give_a_case_or_findings(
    tmp_path_factory: pytest.TempPathFactory, file: str, data: bytes
) -> None:
    folder = tmp_path_factory.mktemp("any") / "case"
    shutil.copytree(TINY, folder)
    (folder / file).write_bytes(data)
    case = outcome(lambda: read(folder))
    assert case is None or read(folder).digest == case.digest
    shutil.rmtree(folder.parent)


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32), st.sampled_from(range(len(OBJECTS))))
def test_any_object_in_a_frame_gives_a_case_or_findings(seed: int, index: int) -> None:
    rng = random.Random(seed)  # noqa: S311
    case = read(TINY)
    tables = {name: case.raw(name).astype(object) for name in case.tables}
    frame = tables[rng.choice(list(tables))]
    frame.iat[rng.randrange(frame.shape[0]), rng.randrange(frame.shape[1])] = OBJECTS[index]
    made = outcome(lambda: Case.from_frames(case.settings, tables))
    assert made is None or Case.from_frames(made.settings, tables).digest == made.digest
