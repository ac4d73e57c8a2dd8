"""The compiled part of the package; where there is no C compiler all works without it, slower."""

from setuptools import Extension, setup

try:
    from Cython.Build import cythonize
except ImportError:
    compiled = []
else:
    parts = ("guardrail/extract/scanner", "guardrail/caps/packing")
    compiled = cythonize([Extension(part.replace("/", "."), [f"{part}.pyx"]) for part in parts])
    for extension in compiled:
        extension.optional = True

setup(ext_modules=compiled)
