"""The playground: the linter under Pyodide, a Python without threads, in a browser that can reach nothing else.

Needs Pyodide in the site: `npm ci --prefix docs/playground`. The linter gives the same findings there as here.
"""

from __future__ import annotations

import importlib.util
import io
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path
from types import ModuleType
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sampling import one_in
from site_browser import Visits, complaints, needs, waited_for

from lint_rules.config.settings import Overrides, Selection
from lint_rules.rules.registry import RULES
from lint_rules.run.pipeline import check
from lint_rules.run.request import Request

ROOT = Path(__file__).resolve().parents[2]
BOX = "document.querySelector('textarea')"
STATE = "#playground-root[data-state=checked]"
BAD = """\
import keras

model = keras.models.load_model("model.keras")
print("\N{GRINNING FACE}", model.predict(keras.ops.ones((2, 3))).numpy())
"""


@pytest.fixture(scope="module")
def hook() -> ModuleType:
    """The module that makes the playground's parts."""
    spec = importlib.util.spec_from_file_location("playground_hook", ROOT / "docs" / "hooks" / "playground.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def python(site: Path) -> None:
    """Skip where the site has no Pyodide, and fail in CI."""
    there = (site / "playground" / "pyodide" / "pyodide.asm.wasm").is_file()
    needs(there, "needs Pyodide: npm ci --prefix docs/playground")


def example_of(page: str) -> str:
    found = re.search(r"```python\n(.*?)^```$", page.partition("## Example")[2], re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


def found_here(text: str, rule: str = "") -> list[tuple[str, int, int]]:
    """(code, row, column) of the findings that this Python gives."""
    overrides = Overrides(severity="info", selection=Selection(extend_select=(rule,)) if rule else None)
    report = check(Request(stdin=("playground.py", text.encode()), overrides=overrides))
    return [(each.code, each.location.start.row, each.location.start.column) for each in report.diagnostics]


def test_the_archive_is_all_that_the_linter_needs(hook: ModuleType, tmp_path: Path) -> None:
    with zipfile.ZipFile(io.BytesIO(hook.linter(ROOT))) as archive:
        archive.extractall(tmp_path)
    program = "import sys; from check_text import findings; print(findings(sys.stdin.read()))"
    # -S: nothing that is installed here can help.
    run = subprocess.run(
        [sys.executable, "-S", "-c", program], cwd=tmp_path, input=BAD, capture_output=True, text=True, encoding="utf-8"
    )
    assert run.returncode == 0, run.stderr
    assert [each["code"] for each in json.loads(run.stdout)] == ["KI403"]
    assert hook.linter(ROOT) == hook.linter(ROOT)


def test_every_rule_leads_to_the_playground_with_its_example(site: Path, hook: ModuleType) -> None:
    for rule in RULES:
        page = (site / "rules" / rule.name / "index.html").read_text(encoding="utf-8")
        (target,) = re.findall(r'<a class="playground-link" href="([^"]+)"', page)
        assert target == f"../../playground/{hook.address(example_of(rule.page), rule.code)}".replace("&", "&amp;")


@pytest.mark.usefixtures("python")
def test_a_text_has_its_findings_beside_its_lines(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/playground/")
    waited_for(browser, STATE)
    shown = browser.find_elements("css selector", "#playground-findings li")
    assert [(each.get_attribute("data-row"), each.get_attribute("class")) for each in shown] == [
        ("7", "warning"),
        ("11", "error"),
    ]
    assert "predict() runs once per sample" in shown[0].text
    tops = [each.location["y"] for each in shown]
    first_line = browser.find_element("id", "playground-input").location["y"]
    height = browser.execute_script(
        "return parseFloat(getComputedStyle(document.querySelector('textarea')).lineHeight)"
    )
    assert tops[0] - first_line == pytest.approx(6 * height, abs=height)
    marked = browser.find_elements("css selector", "#playground-marks mark")
    assert [each.get_attribute("textContent") for each in marked] == [
        "model.predict(record[None])",
        "model.predict(x)",
    ]
    assert (complaints(browser), server.missing) == ([], [])


@pytest.mark.usefixtures("python")
def test_what_is_pasted_is_checked_and_can_be_linked(server: Visits, browser: Any) -> None:
    browser.get(f"{server.address}/playground/")
    waited_for(browser, STATE)
    browser.execute_script(f"{BOX}.value = arguments[0]; {BOX}.dispatchEvent(new Event('input'))", BAD)
    (line,) = waited_for(browser, "#playground-findings li[data-row='4'] button")
    line.click()
    chosen = f"return {BOX}.value.slice({BOX}.selectionStart, {BOX}.selectionEnd)"
    assert browser.execute_script(chosen) == "model.predict(keras.ops.ones((2, 3))).numpy()"
    browser.find_element("id", "playground-share").click()
    waited_for(browser, STATE)
    browser.execute_async_script("setTimeout(arguments[0], 200)")
    address = browser.current_url
    assert set(parse_qs(urlsplit(address).fragment)) == {"code"}
    browser.get("about:blank")
    browser.get(address)
    waited_for(browser, "#playground-findings li[data-row='4']")
    assert browser.execute_script(f"return {BOX}.value") == BAD
    assert complaints(browser) == []


@pytest.mark.usefixtures("python")
def test_the_linter_finds_there_what_it_finds_here(
    server: Visits, browser: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The examples of some rules, under a Python that is newer than this one; of all rules with EVERYTHING=true."""
    monkeypatch.chdir(tmp_path)
    chosen = one_in(5, [rule.code for rule in RULES])
    rules = [rule for rule in RULES if rule.code in chosen]
    browser.get(server.address)  # any page of the site may start the playground's worker
    browser.set_script_timeout(120)
    examples = [(example_of(rule.page), rule.code) for rule in rules]
    answers = browser.execute_async_script(
        """
        const [examples, done] = arguments;
        const worker = new Worker("playground/worker.js", { type: "module" });
        const answers = [];
        worker.onmessage = ({ data }) => {
          if (data.id === undefined) return;
          answers[data.id] = data.findings ?? data.error;
          if (data.id === examples.length - 1) done(answers);
        };
        examples.forEach(([text, rule], id) => worker.postMessage({ id, text, rule }));
        """,
        examples,
    )
    for (text, rule), answer in zip(examples, answers, strict=True):
        there = [(each["code"], each["location"]["row"], each["location"]["column"]) for each in answer]
        assert there == found_here(text, rule), rule
        assert rule in {code for code, _, _ in there}
