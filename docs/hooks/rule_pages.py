"""The pages of the site that are made from the code: one for each rule, their list, and the changelog.

A hook of mkdocs (https://www.mkdocs.org/user-guide/configuration/#hooks): the pages come from the registry of the rules
when the site is built, so none can be out of date. In all other pages, codes of rules become links.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from lint_rules.rules.pages import OWN_PAGES, page
from lint_rules.rules.registry import RULES
from pytest_keras_inference.vocabulary import FAMILIES, TEXTS

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

CODES = tuple(sorted({*OWN_PAGES, *(rule.code for rule in RULES)}))
OFF = frozenset(rule.code for rule in RULES if not rule.default) | {"KI001"}

# What is passed over when codes become links: fenced blocks, code, comments, headings, links, HTML.
_LINKED = re.compile(
    r"^ *```.*?^ *```$|`[^`\n]+`|<!--.*?-->|^\#[^\n]*|\[[^\]\n]*\]\([^)\n]*\)|<[^>\n]+>|\b(?P<code>KI\d{3})\b",
    re.MULTILINE | re.DOTALL,
)


def rule_path(code: str) -> str:
    """Where the page of a rule stands; its address is what `lint_rules.output.links.rule_url` says."""
    return f"rules/{TEXTS[code].name}.md"


def rule_page(code: str) -> str:
    """The page of a rule, with what one wants to know first below its title."""
    title, _, rest = page(code).partition("\n")
    facts = [f"**{TEXTS[code].severity}**", "runs when selected" if code in OFF else "runs by default"]
    if code != "KI001":
        own = code in OWN_PAGES
        facts.append("cannot be silenced by a comment" if own else f"silenced by `# noqa: {code}`")
    return f"{title}\n\n{' · '.join(facts)}\n{rest}"


def rule_list() -> str:
    """All rules by family, in one page."""
    lines = ["# Rules", "", f"{len(RULES)} rules in {len(FAMILIES) - 1} families. `keras-inference rule CODE` prints"]
    lines += ["the page of one in the terminal. Rules of severity `info` are shown with `--severity info`."]
    for family, words in FAMILIES.items():
        lines += ["", f"## {words} ({family})", "", "| code | name | severity | finds |", "|---|---|---|---|"]
        for code in CODES:
            if code.startswith(family):
                text = TEXTS[code]
                link = f"[{text.name}]({posixpath.basename(rule_path(code))})"
                lines.append(f"| {code} | {link} | {text.severity} | {text.summary} |")
    return "\n".join([*lines, ""])


def generated(root: Path) -> Iterator[tuple[str, str]]:
    """(path in the site's sources, Markdown) of every page that is made."""
    yield "rules/index.md", rule_list()
    for code in CODES:
        yield rule_path(code), rule_page(code)
    yield "changelog.md", (root / "CHANGELOG.md").read_text(encoding="utf-8")


def edit_url(source: str, config: MkDocsConfig) -> str:
    """Where one changes the page `source`: a made one where it is made."""
    homes = {rule_path(code): f"lint_rules/rules/{_home(code)}.py" for code in CODES}
    homes |= {"changelog.md": "CHANGELOG.md", "rules/index.md": "docs/hooks/rule_pages.py"}
    return str(config.edit_uri_template).replace("docs/{path}", homes.get(source, f"docs/{source}"))


def _home(code: str) -> str:
    return "pages" if code in OWN_PAGES else code.lower()


def linked(markdown: str, source: str) -> str:
    """The text with codes of rules as links, seen from the page `source`."""

    def link(found: re.Match[str]) -> str:
        code = found["code"]
        if code not in CODES or rule_path(code) == source:
            return found[0]
        return f"[{code}]({posixpath.relpath(rule_path(code), posixpath.dirname(source) or '.')})"

    return _LINKED.sub(link, markdown)


# What mkdocs calls


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Put the rules where the navigation says `rules/index.md`."""
    families: list[object] = [
        {words: [{TEXTS[code].name: rule_path(code)} for code in CODES if code.startswith(family)]}
        for family, words in FAMILIES.items()
    ]
    for entry in config.nav or []:
        if isinstance(entry, dict) and entry.get("Rules") == "rules/index.md":
            entry["Rules"] = ["rules/index.md", *families]
    return config


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the made pages."""
    from mkdocs.structure.files import File

    for path, text in generated(Path(config.config_file_path).parent):
        files.append(File.generated(config, path, content=text))
    return files


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Link the codes of rules, and the page to where it is written."""
    source = page.file.src_uri
    page.edit_url = edit_url(source, config)
    return markdown if source == "rules/index.md" else linked(markdown, source)
