"""Files that are written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Yield a file beside a path, which takes its place if nothing fails and goes otherwise.

    Parameters
    ----------
    path : pathlib.Path
        What is written; its folder is made if there is none.

    Examples
    --------
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     with written_whole(Path(folder) / "page.html") as scratch:
    ...         _ = scratch.write_text("all of it")
    ...     [file.name for file in Path(folder).iterdir()]
    ['page.html']
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(
        prefix=f".{path.stem}-", suffix=path.suffix, dir=path.parent.absolute()
    )
    os.close(handle)
    scratch = Path(name)
    try:
        yield scratch
        public(scratch, 0o666)
        scratch.replace(path)
    except BaseException:
        scratch.unlink(missing_ok=True)
        raise


def public(path: Path, rights: int) -> None:
    """Give a temporary file or folder, which is private, the rights of any new one."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(rights & ~mask)
