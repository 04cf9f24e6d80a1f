"""Keep pytest from collecting doctests of modules whose libraries are missing."""

from importlib.metadata import PackageNotFoundError, version

# The oldest major version that will do.
_NEEDS = {
    "skdistill/dask/*": {"distributed": 0, "xgboost": 3},
    "skdistill/export/*": {"skl2onnx": 0},
}


def _has(library, oldest):
    try:
        return int(version(library).partition(".")[0]) >= oldest
    except PackageNotFoundError:
        return False


collect_ignore_glob = [
    modules
    for modules, needed in _NEEDS.items()
    if not all(_has(*one) for one in needed.items())
]
