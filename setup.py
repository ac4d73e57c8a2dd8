"""The compiled part of the package; without a compiler everything works, slower."""

from setuptools import Extension, setup

try:
    from Cython.Build import cythonize
except ImportError:
    compiled = []
else:
    compiled = cythonize(
        [Extension("guardrail.extract.scanner", ["guardrail/extract/scanner.pyx"], optional=True)]
    )

setup(ext_modules=compiled)
