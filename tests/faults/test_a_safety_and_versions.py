"""FAULTS A19 to A25: sizes, links, marks, formulas, forms. One test or more for each row."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pandas as pd
import pytest
from drafting import Draft, place

from diversify.case import Case, read
from diversify.case.bundled import example_path
from diversify.errors import InputError


def test_a19_a_large_table_is_refused_before_it_is_read(draft: Draft) -> None:
    draft.append("case.toml", "[limits]", "max_table_mb = 0.001")
    draft.write("sites.csv", b"\xff" * 1001)  # would be no UTF-8 if it were read
    finding = draft.error("A19")
    assert place(finding) == ("sites.csv", None, None, "1001 bytes")
    assert "max_table_mb" in finding.remedy


def test_a19_a_table_with_very_many_columns_is_refused(draft: Draft) -> None:
    extra = ",".join(f"x_{i}" for i in range(500))
    text = (draft.folder / "buyers.csv").read_text().splitlines()
    rows = [text[0] + "," + extra, *(row + "," * 500 for row in text[1:])]
    finding = draft.write("buyers.csv", "\n".join(rows)).error("A19")
    assert (finding.file, finding.row) == ("buyers.csv", 1)
    assert "502 columns; the limit is 500" in finding.message
    assert "max_columns" in finding.remedy


@pytest.mark.parametrize("name", ["sites.csv", "case.toml"])
def test_a20_a_link_out_of_the_case_folder_is_refused(
    draft: Draft, tmp_path: Path, name: str
) -> None:
    (draft.folder / name).rename(tmp_path / "elsewhere")
    try:
        (draft.folder / name).symlink_to(tmp_path / "elsewhere")
    except OSError as refused:
        pytest.skip(f"whoever runs this may make no links here, so none can lead out: {refused}")
    finding = draft.error("A20")
    assert place(finding) == (name, None, None, str(tmp_path / "elsewhere"))
    assert "outside the case folder" in finding.message


def test_a20_a_path_is_no_name_of_a_bundled_case() -> None:
    with pytest.raises(InputError, match="no bundled case of this name"):
        example_path("../../etc/passwd")
    with pytest.raises(InputError, match=r"a folder is expected here|no such folder"):
        read("../../../../../../../../etc/passwd")


@pytest.mark.parametrize(
    ("mark", "label"),
    [
        ("\x07", "U+0007"),
        ("\x00", "U+0000"),
        ("\u202e", "U+202E (right-to-left override)"),
        ("\u200b", "U+200B (zero width space)"),
    ],
)
def test_a21_a_character_that_cannot_be_seen_is_refused(
    draft: Draft, mark: str, label: str
) -> None:
    finding = draft.change("sites.csv", "COD,Acme", f"COD,Ac{mark}me").error("A21")
    assert (finding.file, finding.row, finding.column) == ("sites.csv", 2, "owner")
    assert label in finding.message


def test_a21_a_character_that_cannot_be_seen_is_refused_in_notes_too(draft: Draft) -> None:
    finding = draft.change("sites.csv", ",Ann", ",A\x07nn").error("A21")
    assert place(finding) == ("sites.csv", 2, "x_contact", "A\x07nn")


def test_a21_markup_is_kept_as_text(draft: Draft) -> None:
    case = draft.change("sites.csv", "COD,Acme", "COD,<script>alert(1)</script>").case()
    assert case.table("sites").loc[0, "owner"] == "<script>alert(1)</script>"


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "+1", "-x", "@SUM(A1)"])
def test_a22_a_name_that_is_a_formula_is_escaped_when_written_and_read_back(
    draft: Draft, tmp_path: Path, name: str
) -> None:
    (draft.folder / "scenarios.csv").unlink()
    draft.change("hazards.csv", "fire", name)
    finding = draft.warning("A22")
    assert place(finding) == ("hazards.csv", 3, "hazard", name)
    case = draft.case()
    written = case.write(tmp_path / "copy")
    assert f"'{name}" in (written / "hazards.csv").read_text()
    assert read(written).digest == case.digest
    assert name in read(written).table("hazards")["hazard"].tolist()


def test_a23_a_newer_form_is_refused(draft: Draft) -> None:
    finding = draft.change("case.toml", "schema = 1", "schema = 99").error("A23")
    assert place(finding) == ("case.toml", 1, "schema", "99")
    assert "form 99" in finding.remedy


def test_a24_an_older_form_is_migrated_with_a_warning(draft: Draft) -> None:
    digest = draft.case().digest
    finding = draft.change("case.toml", "schema = 1", "schema = 0").warning("A24")
    assert place(finding) == ("case.toml", 1, "schema", "0")
    assert "diversify schema upgrade" in finding.remedy
    assert draft.case().digest == digest
    assert draft.case().settings.schema_ == 1


def test_a25_inputs_are_never_changed(draft: Draft) -> None:
    case = draft.case()
    tables = {name: case.raw(name) for name in case.tables}
    tables["sites"]["capacity"].to_numpy().setflags(write=False)
    settings = case.settings.model_dump(by_alias=True)
    before = {name: pd.util.hash_pandas_object(t).sum() for name, t in tables.items()}
    text = repr(settings)
    made = Case.from_frames(settings, tables, policies=[{"kind": "share_cap", "names": ["COD"]}])
    for frame in (made.table("sites"), made.raw("sites")):
        frame["capacity"] = 0.0
    made.policies[0]["names"].append("AUS")
    assert {name: pd.util.hash_pandas_object(t).sum() for name, t in tables.items()} == before
    assert repr(settings) == text
    assert made.table("sites")["capacity"].tolist() == [1000, 450, 900]
    assert made.policies == ({"kind": "share_cap", "names": ["COD"]},)


def test_a25_files_are_never_changed(draft: Draft) -> None:
    def bytes_of() -> dict[str, str]:
        return {
            path.name: hashlib.sha256(path.read_bytes()).hexdigest()
            for path in draft.folder.iterdir()
        }

    before = bytes_of()
    draft.case().for_buyers("Japan").table("sites")
    assert bytes_of() == before
