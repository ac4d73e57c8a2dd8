"""The compiled part of the package; where there is no C compiler all works without it, slower."""

from setuptools import Extension, setup

try:
    from Cython.Build import cythonize
except ImportError:
    compiled = []
else:
    rooms = {"extract": ("scanner",), "caps": ("counting", "packing", "reckoning")}
    parts = [f"guardrail/{room}/{part}" for room, named in rooms.items() for part in named]
    compiled = cythonize([Extension(part.replace("/", "."), [f"{part}.pyx"]) for part in parts])
    for extension in compiled:
        extension.optional = True

setup(ext_modules=compiled)
