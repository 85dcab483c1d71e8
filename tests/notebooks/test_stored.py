"""Every stored notebook keeps the house rules, and gives the outputs that it shows."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from bertlab import runner

from . import hygiene

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
CELL_SECONDS, NOTEBOOK_SECONDS = 300, 900

each_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def compare_outputs(path: Path) -> subprocess.CompletedProcess:
    """nbval on one notebook, in the environment that its outputs were stored in.

    It runs in a process of its own, so that neither this run's options and plugins nor its memory matter.
    """
    options = ["--nbval", "--nbval-current-env", f"--nbval-cell-timeout={CELL_SECONDS}"]
    options += [f"--nbval-sanitize-with={Path(__file__).with_name('sanitize.cfg')}"]
    options += ["-p", "no:cacheprovider", "-o", "addopts=", "--color=no", "--tb=short", "--maxfail=3", "-q"]
    return subprocess.run(
        [sys.executable, "-m", "pytest", *options, str(path)],
        cwd=path.parent,
        env=runner.environment("pocket") | {"PYTEST_ADDOPTS": ""},
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=NOTEBOOK_SECONDS,
    )


def test_there_is_a_series():
    assert NOTEBOOKS, f"{FOLDER} holds no notebook: the tests below would pass by testing nothing"


@each_notebook
def test_gives_the_outputs_that_it_shows(path: Path, record_property: Callable[[str, object], None]):
    start = time.perf_counter()
    result = compare_outputs(path)
    record_property("seconds", round(time.perf_counter() - start, 1))
    if result.returncode != 0:
        again = f"If the new outputs are right, store them: bertlab run {path.stem} --store"
        seen = f"{result.stdout[-8000:]}{result.stderr[-2000:]}"
        pytest.fail(f"{path.name} does not give the outputs that it shows.\n{seen}\n{again}", pytrace=False)


@each_notebook
@pytest.mark.parametrize("rule", hygiene.RULES, ids=lambda rule: rule.__name__)
def test_keeps_the_rule(rule: Callable[[dict, Path], list[str]], path: Path):
    problems = rule(json.loads(path.read_text(encoding="utf-8")), path)
    assert not problems, f"{path.name}: " + "; ".join(problems)


@pytest.mark.parametrize(("stored", "passes"), [("3\n", True), ("4\n", False)], ids=["right", "wrong"])
def test_comparison_sees_a_wrong_output(tmp_path: Path, stored: str, passes: bool):
    shown = v4.new_output("stream", name="stdout", text=stored)
    address = v4.new_output("execute_result", data={"text/plain": "<object at 0x1>"}, execution_count=2)
    cells = [
        v4.new_code_cell("print(1 + 2)", execution_count=1, outputs=[shown]),
        v4.new_code_cell("object()", execution_count=2, outputs=[address]),
    ]
    path = tmp_path / "sum.ipynb"
    nbformat.write(v4.new_notebook(cells=cells), path)
    result = compare_outputs(path)
    assert (result.returncode == 0) is passes, result.stdout
    assert f"{int(passes) + 1} passed" in result.stdout
