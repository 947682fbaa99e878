"""Keeps the words of code in running text whole: browsers break lines behind hyphens and strokes, which are no ends of
words in `min-confidence` and `tests/lint`.

A hook of mkdocs (https://www.mkdocs.org/user-guide/configuration/#hooks).
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mkdocs.config.defaults import MkDocsConfig
    from mkdocs.structure.files import Files
    from mkdocs.structure.pages import Page

LONGEST = 34
"""Signs that have room on one line of a telephone; what is longer may be broken."""

_PASSED_OVER = r"<pre\b.*?</pre>"
_CODE = re.compile(rf"{_PASSED_OVER}|<code>(?P<text>[^<]*)</code>", re.DOTALL)
_ENTITY = re.compile(r"&#?\w+;")


def whole_words(html: str) -> str:
    """The HTML of a page with every word of its inline code in a span that is not broken."""
    return _CODE.sub(
        lambda found: found[0] if found["text"] is None else f"<code>{_marked(found['text'])}</code>", html
    )


def _marked(text: str) -> str:
    return re.sub(r"\S+", lambda word: _span(word[0]), text)


def _span(word: str) -> str:
    length = len(_ENTITY.sub("x", word))
    return f'<span class="word">{word}</span>' if length <= LONGEST and not word.isidentifier() else word


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """What mkdocs calls with the HTML of a page's text."""
    return whole_words(html)
