"""The version of the package: the build reads it from here, so it is known where nothing is installed."""

VERSION = "0.1.0"
