"""The hooks, options, markers and fixtures that pytest sees."""
