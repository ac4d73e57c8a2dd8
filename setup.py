"""The compiled part of the package; where there is no C compiler all works without it, slower."""

from setuptools import Extension, setup

try:
    from Cython.Build import cythonize
except ImportError:
    compiled = []
else:
    compiled = cythonize(
        [Extension("guardrail.extract.scanner", ["guardrail/extract/scanner.pyx"])]
    )
    for extension in compiled:
        extension.optional = True

setup(ext_modules=compiled)
