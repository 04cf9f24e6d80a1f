"""Keep pytest from collecting doctests of modules whose libraries are missing."""

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("distributed") else ["skdistill/dask/*"]
