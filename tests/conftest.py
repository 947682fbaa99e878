"""For all tests. pytest takes `pytest_plugins` from the outermost conftest only."""

pytest_plugins = ["pytester"]
