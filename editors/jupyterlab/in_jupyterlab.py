"""The language server in a real JupyterLab, through jupyterlab-lsp, under headless Chromium.

Not part of the usual tests, because JupyterLab is a large environment of its own::

    python3 -m venv build/lab && build/lab/bin/pip install ".[server]" jupyterlab jupyterlab-lsp pytest selenium
    build/lab/bin/python -m pytest --import-mode=importlib -c /dev/null editors/jupyterlab/in_jupyterlab.py

Needs Chromium with its driver.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

SECONDS = 120
MODEL = 'import keras\n\nmodel = keras.models.load_model("model.keras")'
MARKED = ".jp-Notebook .cm-lintRange-error"
BAD = "print(model.predict(keras.ops.ones((2, 3))).numpy())"


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[str]:
    """The address of a JupyterLab at a folder with one notebook of two cells."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": f"cell{number}",
            "metadata": {},
            "outputs": [],
            "source": text,
        }
        for number, text in enumerate((MODEL, BAD))
    ]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    notebook = {"cells": cells, "metadata": {**kernel, "language_info": {"name": "python"}}, "nbformat": 4}
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "n.ipynb").write_text(json.dumps({**notebook, "nbformat_minor": 5}))
    with closing(socket.socket()) as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    options = ["--no-browser", "--allow-root", f"--port={port}", "--IdentityProvider.token=", "--ip=127.0.0.1"]
    environment = os.environ | {f"JUPYTER_{kind}_DIR": str(tmp_path / kind) for kind in ("CONFIG", "DATA", "RUNTIME")}
    command = [sys.executable, "-m", "jupyterlab", *options, "--LabApp.news_url=null"]
    with subprocess.Popen(command, cwd=tmp_path / "work", env=environment) as server:
        try:
            _wait_for(f"http://127.0.0.1:{port}/api")
            yield f"http://127.0.0.1:{port}"
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


@pytest.fixture
def browser() -> Iterator[Any]:
    """A headless Chromium that can reach nothing but this machine."""
    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("google-chrome") or ""
    rules = "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1"
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--window-size=1300,800",
        rules,
    ):
        options.add_argument(flag)
    chrome = Chrome(options, Service(shutil.which("chromedriver")))
    yield chrome
    chrome.quit()


def test_a_cell_of_a_notebook_has_its_finding(lab: str, browser: Any, tmp_path: Path) -> None:
    browser.get(f"{lab}/lab/tree/n.ipynb")
    try:
        found = WebDriverWait(browser, SECONDS).until(lambda b: b.find_elements(By.CSS_SELECTOR, MARKED))
    finally:
        browser.save_screenshot(str(tmp_path / "screen.png"))
    # The editor cuts what it marks where the colours change.
    assert "".join(each.text for each in found) == BAD.removeprefix("print(").removesuffix(")")
    cells = browser.find_elements(By.CSS_SELECTOR, ".jp-CodeCell")
    assert [bool(cell.find_elements(By.CSS_SELECTOR, ".cm-lintRange-error")) for cell in cells] == [False, True]
