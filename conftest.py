"""Keep pytest from collecting doctests of modules whose libraries are missing."""

from importlib.util import find_spec

_NEEDS = {"distributed": "skdistill/dask/*", "skl2onnx": "skdistill/export/*"}

collect_ignore_glob = [
    modules for library, modules in _NEEDS.items() if find_spec(library) is None
]
