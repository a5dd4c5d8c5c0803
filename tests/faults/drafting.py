"""A draft: the tiny case of the tests with one thing changed, and what reading says to it."""

from __future__ import annotations

from pathlib import Path

import pytest

from diversify.case import Case, read
from diversify.errors import Finding, InputError

TINY = Path(__file__).parents[1] / "case" / "tiny"


class Draft:
    """The tiny case in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def change(self, file: str, old: str, new: str) -> Draft:
        """Replace a text that is there exactly once."""
        path = self.folder / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")
        return self

    def append(self, file: str, *lines: str) -> Draft:
        """Add lines at the end."""
        path = self.folder / file
        path.write_text(
            path.read_text(encoding="utf-8") + "".join(f"{line}\n" for line in lines),
            encoding="utf-8",
        )
        return self

    def write(self, file: str, content: str | bytes) -> Draft:
        """Write a whole file."""
        data = content if isinstance(content, bytes) else content.encode()
        (self.folder / file).write_bytes(data)
        return self

    def remove(self, file: str) -> Draft:
        (self.folder / file).unlink()
        return self

    def case(self) -> Case:
        return read(self.folder)

    def findings(self) -> list[Finding]:
        """All findings of a draft that is refused."""
        with pytest.raises(InputError) as caught:
            read(self.folder)
        assert all(finding.remedy for finding in caught.value.findings)
        return list(caught.value.findings)

    def error(self, code: str) -> Finding:
        """The finding with this code, which must be the only error."""
        errors = [finding for finding in self.findings() if finding.severity == "error"]
        assert [finding.code for finding in errors] == [code], "\n".join(map(str, errors))
        return errors[0]

    def warning(self, code: str) -> Finding:
        """The warning with this code, which must be the only one, of a draft that is accepted."""
        warnings = self.case().warnings
        assert [finding.code for finding in warnings] == [code], "\n".join(map(str, warnings))
        return warnings[0]


def place(finding: Finding) -> tuple[str | None, int | None, str | None, str | None]:
    """File, row, column and value of a finding."""
    return (finding.file, finding.row, finding.column, finding.value)
