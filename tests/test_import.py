"""What importing costs, and what is public."""

import subprocess
import sys

import skdistill


def test_importing_loads_no_booster_and_no_plotting_library():
    script = (
        "import sys, skdistill, skdistill.report, skdistill.datasets, "
        "skdistill.students, skdistill.objectives\n"
        "heavy = ['catboost', 'xgboost', 'lightgbm', 'matplotlib', 'polars']\n"
        "print([name for name in heavy if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]", done.stdout


def test_every_public_name_exists_and_is_documented():
    for name in skdistill.__all__:
        assert getattr(skdistill, name) is not None
        if not name.startswith("__"):
            assert getattr(skdistill, name).__doc__
