"""Fuzz targets: each holds one promise on any bytes (see `fuzz/README.md`)."""
