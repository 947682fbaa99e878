"""The rules of this linter as rules of Fixit, each called as it is here.

```toml
[tool.fixit]
enable = ["lint_rules.bridges.fixit_rules"]
disable = ["lint_rules.bridges.fixit_rules:PredictPerBatch"]
```

`[tool.keras-inference]` holds besides: a rule that it ignores reports nothing.
https://fixit.readthedocs.io/en/stable/guide/configuration.html
"""

from __future__ import annotations

from lint_rules.bridges import fixit_base
from lint_rules.rules.pages import class_name
from lint_rules.rules.registry import RULES


def _lint_rule(code: str) -> type[fixit_base.InferenceRule]:
    """The rule of Fixit that reports what a rule of ours finds."""
    return type(class_name(code), (fixit_base.InferenceRule,), {"CODE": code, "__module__": __name__})


LINT_RULES = tuple(_lint_rule(rule.code) for rule in RULES)
"""All of them; each is an attribute of this module by its name too, where Fixit looks for it."""
globals().update({made.__name__: made for made in LINT_RULES})
