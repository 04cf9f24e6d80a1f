"""Build sdist and wheel, check both, and run the opening snippet from the wheel alone.

Run it as ``python docs/check_package.py``; it needs the packages ``build`` and
``twine``. The snippet runs in a fresh environment and outside the repository, so that
nothing but the wheel can be imported.
"""

import re
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def run(*command, **options):
    """Run a command, and stop where it fails."""
    print("+", *command, flush=True)
    subprocess.run([str(part) for part in command], check=True, **options)


def opening_snippet():
    """Return the first Python snippet of the README."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    return re.search(r"^```python\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)[1]


def main():
    """Build, check, install and run."""
    with tempfile.TemporaryDirectory() as folder:
        dist, home = Path(folder, "dist"), Path(folder, "elsewhere")
        home.mkdir()
        run(sys.executable, "-m", "build", "--outdir", dist, ROOT)
        built = sorted(dist.iterdir())
        run(sys.executable, "-m", "twine", "check", "--strict", *built)
        venv.create(Path(folder, "fresh"), with_pip=True)
        python = Path(folder, "fresh", "bin", "python")
        (wheel,) = dist.glob("*.whl")
        run(python, "-m", "pip", "install", "-q", f"{wheel}[examples]")
        run(python, "-c", opening_snippet(), cwd=home)


if __name__ == "__main__":
    main()
