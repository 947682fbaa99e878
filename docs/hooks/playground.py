"""The playground's parts that are made: the linter as an archive, Pyodide beside it, a link at each rule's example.

A hook of mkdocs (https://www.mkdocs.org/user-guide/configuration/#hooks). Pyodide is in the site where `npm ci` has run
in `docs/playground`; without it the page says that its Python could not be loaded.
"""

from __future__ import annotations

import base64
import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from html import escape
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from pytest_keras_inference.vocabulary import TEXTS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

PYODIDE = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")
"""What a browser asks for of the npm package, which has 13 MB."""
_SHARED = ("__init__.py", "printable.py", "version.py", "vocabulary.py")
"""What the linter imports of the plugin's package."""
_DATE = (1980, 1, 1, 0, 0, 0)
_CODES = {text.name: code for code, text in TEXTS.items()}
_EXAMPLE = re.compile(r"^## Example\n(?:(?!^##|^```).*\n)*```python\n(?P<code>.*?)^```\n", re.MULTILINE | re.DOTALL)


def linter(root: Path) -> bytes:
    """The linter with what it imports, as an archive that depends on nothing but its files."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, path in sorted(_parts(root)):
            archive.writestr(zipfile.ZipInfo(name, _DATE), path.read_bytes(), zipfile.ZIP_DEFLATED)
    return packed.getvalue()


def _parts(root: Path) -> Iterator[tuple[str, Path]]:
    yield "check_text.py", root / "docs" / "playground" / "check_text.py"
    for name in _SHARED:
        yield f"pytest_keras_inference/{name}", root / "pytest_keras_inference" / name
    for path in (root / "lint_rules").rglob("*"):
        if path.suffix in (".py", ".json") and path.relative_to(root).parts[1] != "server":
            yield path.relative_to(root).as_posix(), path
    spec = find_spec("pathspec")
    assert spec is not None
    assert spec.origin is not None
    home = Path(spec.origin).parent
    for path in home.rglob("*.py"):
        yield f"pathspec/{path.relative_to(home).as_posix()}", path


def address(code: str, rule: str = "") -> str:
    """The fragment of the playground's address that opens it with a text, and with a rule besides the usual ones."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = packer.compress(code.encode()) + packer.flush()
    given = {"code": base64.urlsafe_b64encode(data).decode().rstrip("="), **({"rule": rule} if rule else {})}
    return f"#{urlencode(given)}"


def with_link(markdown: str, rule: str) -> str:
    """The page of a rule with a link to the playground below its first example."""

    def linked(found: re.Match[str]) -> str:
        target = escape(f"../../playground/{address(found['code'], rule)}")
        return f'{found[0]}\n<a class="playground-link" href="{target}">Try it in the playground</a>\n'

    return _EXAMPLE.sub(linked, markdown, count=1)


# What mkdocs calls


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the archive, and Pyodide where it is installed."""
    from mkdocs.structure.files import File

    root = Path(config.config_file_path).parent
    files.append(File.generated(config, "playground/linter.zip", content=linter(root)))
    home = root / "docs" / "playground" / "node_modules" / "pyodide"
    for name in PYODIDE:
        if (home / name).is_file():
            files.append(File.generated(config, f"playground/pyodide/{name}", abs_src_path=str(home / name)))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link the example of a rule."""
    folder, _, name = page.file.src_uri.removesuffix(".md").rpartition("/")
    return with_link(markdown, _CODES[name]) if folder == "rules" and name in _CODES else markdown
