"""Open a notebook in JupyterLab, in a headless Chromium, run it, and look at the note under its cell.

    pip install jupyterlab; python tests/program/look_in_jupyterlab.py [SCREENSHOT.png]

Needs Chromium and its driver. The exit code is 0 if the note is there, as a person would see it.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from selenium import webdriver
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 180
CELLS = (
    "%load_ext pytest_keras_inference",
    "import keras, numpy as np\nmodel = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])\n"
    "rows = np.random.rand(20, 3)",
    "for row in rows:\n    model.predict(row[None], verbose=0)",
)
NOTE = "KI201 predict-per-sample In[3], line 2 20 calls of 1 row"


def notebook() -> dict[str, Any]:
    """The cells as a notebook file."""
    cells = [
        {"cell_type": "code", "id": f"cell-{n}", "metadata": {}, "source": text, "outputs": [], "execution_count": None}
        for n, text in enumerate(CELLS)
    ]
    spec = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    return {"cells": cells, "metadata": spec, "nbformat": 4, "nbformat_minor": 5}


def served(folder: Path) -> tuple[subprocess.Popen[str], str]:
    """JupyterLab in a folder, and the address at which it answers."""
    settings = ("--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=", "--expose-app-in-browser")
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TF_CPP_MIN_LOG_LEVEL": "3"}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab", *settings, "--ServerApp.disable_check_xsrf=True"],
        cwd=folder,
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        found = re.search(r"http://(?:localhost|127\.0\.0\.1):\d+/", line)
        if found:
            return process, found[0]
    raise SystemExit("JupyterLab did not start")


def browser() -> webdriver.Chrome:
    """A Chromium without a window."""
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--window-size=1200,900"):
        options.add_argument(argument)
    return webdriver.Chrome(options, Service(shutil.which("chromedriver")))


def look(driver: webdriver.Chrome, address: str, screenshot: str | None) -> str:
    """Run all cells of the notebook, and give the text of the note under the last."""
    driver.get(f"{address}lab/tree/look.ipynb?reset")
    wait = WebDriverWait(driver, SECONDS)
    wait.until(
        lambda page: page.execute_script("return window.jupyterapp?.shell?.currentWidget?.sessionContext?.isReady")
    )
    wait.until(lambda page: page.find_elements(By.CSS_SELECTOR, ".jp-CodeCell .cm-content"))
    driver.execute_script("window.jupyterapp.commands.execute('notebook:run-all-cells')")
    note = wait.until(lambda page: page.find_element(By.CSS_SELECTOR, ".jp-CodeCell:last-of-type .keras-inference"))
    time.sleep(1)
    if screenshot:
        driver.save_screenshot(screenshot)
    return note.text if note.is_displayed() else ""


def main(screenshot: str | None = None) -> int:
    """Serve, look, and say what was seen."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "look.ipynb").write_text(json.dumps(notebook()), encoding="utf-8")
        server, address = served(Path(folder))
        try:
            driver = browser()
            try:
                text = look(driver, address, screenshot)
            finally:
                driver.quit()
        finally:
            server.terminate()
            server.wait()
    print(text)
    return 0 if " ".join(text.split()).startswith(NOTE) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:2]))
