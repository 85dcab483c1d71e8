"""Executing notebooks: what is run, in what environment, what is said of it and what is written."""

import base64
import os
import re
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from bertlab import runner
from bertlab.errors import InputError

PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SLIDER = "import ipywidgets\nipywidgets.IntSlider()"


def make(path: Path, *sources: str, text: str = "# Made", tags: tuple[str, ...] = (), **metadata: object) -> Path:
    """A notebook of one text cell and of code cells; the tags go to the last one."""
    cells = [v4.new_markdown_cell(text), *map(v4.new_code_cell, sources)]
    if tags:
        cells[-1].metadata["tags"] = list(tags)
    nbformat.write(v4.new_notebook(cells=cells, metadata=metadata), path)
    return path


def run(path: Path, **options) -> runner.Outcome:
    return runner.execute(path, variables=runner.environment(), **options)


def shown(outcome: runner.Outcome) -> list[str]:
    """The text of every output, in order."""
    outputs = [output for cell in outcome.notebook.cells for output in cell.get("outputs", [])]
    return [output.text if "text" in output else output.get("data", {}).get("text/plain", "") for output in outputs]


@pytest.fixture
def series(tmp_path: Path) -> Path:
    for name in ("10_last", "00_tour", "03_masks", "intro", ".hidden"):
        make(tmp_path / f"{name}.ipynb", "1")
    return tmp_path


@pytest.mark.parametrize(
    ("wanted", "stems"),
    [
        ((), ["00_tour", "03_masks", "10_last", "intro"]),
        (("10", "00"), ["00_tour", "10_last"]),
        (("3",), ["03_masks"]),
        (("03_masks.ipynb", "3", "intro"), ["03_masks", "intro"]),
        (("notebooks/00_tour.ipynb",), ["00_tour"]),
    ],
)
def test_select(series: Path, wanted: tuple[str, ...], stems: list[str]):
    assert [path.stem for path in runner.select(series, wanted)] == stems


@pytest.mark.parametrize("name", ["1", "tour", "0a"])
def test_select_names_what_exists(series: Path, name: str):
    with pytest.raises(InputError, match="00_tour, 03_masks, 10_last, intro") as raised:
        runner.select(series, ["00", name])
    assert repr(name) in str(raised.value)


def test_select_in_an_empty_folder(tmp_path: Path):
    with pytest.raises(InputError, match="no notebooks in .*--notebooks"):
        runner.select(tmp_path)


def test_folder_of_the_repository():
    assert runner.notebooks_folder() == Path(__file__).resolve().parents[1] / "notebooks"


def test_folder_without_a_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(runner, "__file__", str(tmp_path / "site-packages" / "bertlab" / "runner.py"))
    # A folder of that name beside an installed package belongs to something else.
    (tmp_path / "site-packages" / "notebooks").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="Clone the repository"):
        runner.notebooks_folder()
    (tmp_path / "notebooks").mkdir()
    assert runner.notebooks_folder() == tmp_path / "notebooks"
    with pytest.raises(InputError, match="no folder gone"):
        runner.notebooks_folder(Path("gone"))


def test_environment(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    monkeypatch.delenv("BERTLAB_PROFILE", raising=False)
    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.delenv("TQDM_DISABLE", raising=False)
    plain, pocket, full = map(runner.environment, (None, "pocket", "full"))
    for bars in ("TQDM_DISABLE", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        assert {variables[bars] for variables in (plain, pocket, full)} == {"1"}
    assert "MPLBACKEND" not in plain and "BERTLAB_PROFILE" not in plain
    assert (pocket["BERTLAB_PROFILE"], pocket["HF_HUB_OFFLINE"]) == ("pocket", "1")
    assert full["BERTLAB_PROFILE"] == "full" and "HF_HUB_OFFLINE" not in full


def test_runs_with_this_interpreter_beside_the_notebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("MPLBACKEND", "agg")
    path = make(
        tmp_path / "ok.ipynb",
        "import os, sys\nprint(sys.executable, os.getcwd(), os.environ['TQDM_DISABLE'])",
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()",
        kernelspec={"name": "no-such-kernel", "display_name": "None"},
    )
    before, heard = path.read_bytes(), []
    outcome = run(path, on_cell=lambda done, total: heard.append((done, total)))
    assert (outcome.status, outcome.failure) == ("ok", None)
    assert shown(outcome)[0] == f"{sys.executable} {tmp_path} 1\n"
    assert "image/png" in outcome.notebook.cells[2].outputs[0].data
    assert [cell.get("execution_count") for cell in outcome.notebook.cells] == [None, 1, 2]
    assert heard == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert 0 < outcome.seconds < 60
    assert path.read_bytes() == before


def test_each_notebook_has_its_own_kernel(tmp_path: Path):
    assert run(make(tmp_path / "a.ipynb", "x = 1")).status == "ok"
    assert run(make(tmp_path / "b.ipynb", "x")).failure.reason.startswith("NameError")


def test_a_failing_cell(tmp_path: Path):
    path = make(tmp_path / "bad.ipynb", "print('before')", "1 / 0", "print('after')")
    notebook = nbformat.read(path, 4)
    notebook.cells[3].update(outputs=[v4.new_output("stream", text="old")], execution_count=7)
    nbformat.write(notebook, path)
    outcome = run(path)
    assert outcome.status == "failed"
    assert (outcome.failure.cell, outcome.failure.source) == (3, "1 / 0")
    assert outcome.failure.reason == "ZeroDivisionError: division by zero"
    assert "ZeroDivisionError" in outcome.failure.traceback
    assert shown(outcome)[0] == "before\n" and outcome.notebook.cells[2].outputs[0].ename == "ZeroDivisionError"
    assert outcome.notebook.cells[3].outputs == [] and outcome.notebook.cells[3].execution_count is None


def test_a_cell_may_raise_if_it_says_so(tmp_path: Path):
    outcome = run(make(tmp_path / "raises.ipynb", "1 / 0", tags=("raises-exception",)))
    assert (outcome.status, outcome.failure) == ("ok", None)
    assert outcome.notebook.cells[1].outputs[0].ename == "ZeroDivisionError"


@pytest.mark.skipif(os.name == "nt", reason="Windows ends processes in another way")
@pytest.mark.parametrize(
    ("end", "reason"),
    [("os.write(2, b'alas')\nos._exit(3)", r"\(exit code 3\)"), ("os.kill(os.getpid(), 9)", r"\(SIGKILL\).*memory")],
    ids=["exit", "killed"],
)
def test_a_dead_kernel(tmp_path: Path, end: str, reason: str):
    start = time.perf_counter()
    outcome = run(make(tmp_path / "dead.ipynb", "print('before')", f"import os\n{end}"))
    assert time.perf_counter() - start < 30
    assert (outcome.status, outcome.failure.cell) == ("died", 3)
    assert re.search(reason, outcome.failure.reason), outcome.failure.reason
    assert shown(outcome)[0] == "before\n"


@pytest.mark.skipif(os.name == "nt", reason="needs an executable script")
def test_a_kernel_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    python = tmp_path / "python"
    python.write_text("#!/bin/sh\necho 'No module named ipykernel_launcher' >&2\nexit 1\n")
    python.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(python))
    outcome = run(make(tmp_path / "ok.ipynb", "1"))
    assert (outcome.status, outcome.failure.cell, outcome.failure.source) == ("died", 0, "")
    assert "No module named ipykernel_launcher" in outcome.failure.reason


def test_a_cell_that_takes_too_long(tmp_path: Path):
    path = make(tmp_path / "slow.ipynb", "import os, time\nprint(os.getpid(), flush=True)\ntime.sleep(60)")
    outcome = run(path, timeout=1)
    assert (outcome.status, outcome.failure.cell) == ("timed out", 2)
    assert "over 1 s" in outcome.failure.reason and "--timeout" in outcome.failure.reason
    assert not runner.psutil.pid_exists(int(shown(outcome)[0])), "the kernel outlived the run"


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to itself")
def test_ctrl_c_keeps_what_was_executed(tmp_path: Path):
    path = make(tmp_path / "long.ipynb", "print('before')", "import time\ntime.sleep(60)", "print('after')")

    def interrupt(done: int, total: int) -> None:
        if done == 2:
            signal.setitimer(signal.ITIMER_REAL, 0.5)

    previous = signal.signal(signal.SIGALRM, lambda *_: os.kill(os.getpid(), signal.SIGINT))
    # A process that a shell has put into the background may have been started with Ctrl-C ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        outcome = run(path, on_cell=interrupt)
    finally:
        signal.signal(signal.SIGALRM, previous)
        signal.signal(signal.SIGINT, before)
    assert (outcome.status, outcome.failure.cell) == ("interrupted", 3)
    assert shown(outcome) == ["before\n"] and outcome.seconds < 30


def test_peak_memory_counts_children(tmp_path: Path):
    child = "x = b'x' * 300_000_000\nimport time\ntime.sleep(1)"
    source = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {child!r}], check=True)"
    outcome = run(make(tmp_path / "big.ipynb", source))
    assert outcome.status == "ok"
    assert 310e6 < outcome.peak_bytes < 900e6


def test_two_runs_store_the_same_bytes(tmp_path: Path):
    path = make(tmp_path / "same.ipynb", "for i in range(50): print(i, flush=True)", SLIDER)
    notebook = nbformat.read(path, 4)
    notebook.metadata.language_info = {"name": "python", "version": "2.7"}
    notebook.cells[1].metadata.update(execution={"iopub.execute_input": "now"}, tags=["kept"], scrolled=True)
    nbformat.write(notebook, path)
    ids = [cell.id for cell in notebook.cells]
    runner.write_notebook(run(path).notebook, tmp_path / "one.ipynb")
    runner.write_notebook(run(tmp_path / "one.ipynb").notebook, tmp_path / "two.ipynb")
    assert (tmp_path / "one.ipynb").read_bytes() == (tmp_path / "two.ipynb").read_bytes()
    stored = nbformat.read(tmp_path / "one.ipynb", 4)
    assert [cell.id for cell in stored.cells] == ids
    assert stored.cells[1].metadata == {"tags": ["kept"]}
    assert "version" not in stored.metadata.language_info and stored.metadata.kernelspec.name == "python3"
    state = stored.metadata.widgets[runner.WIDGET_STATE].state
    assert stored.cells[2].outputs[0].data[runner.WIDGET_VIEW].model_id in state


def test_pieces_of_a_stream_are_joined_where_they_meet():
    pieces = [("stdout", "a"), ("stdout", "b"), ("stderr", "c"), ("stdout", "d"), ("stdout", "e")]
    outputs = [v4.new_output("stream", name=name, text=text) for name, text in pieces]
    outputs.insert(4, v4.new_output("display_data", data={"text/plain": "picture"}))
    cleaned = runner.clean(v4.new_notebook(cells=[v4.new_code_cell("x", outputs=outputs)])).cells[0].outputs
    assert [output.get("text", "picture") for output in cleaned] == ["ab", "c", "d", "picture", "e"]


@pytest.mark.parametrize("state", [{}, {"a1": {"state": {"layout": "IPY_MODEL_b2"}}}], ids=["none", "part"])
def test_widget_state_that_is_not_whole_is_left_out(state: dict):
    data = {"text/plain": "IntSlider()", runner.WIDGET_VIEW: {"model_id": "a1"}}
    cell = v4.new_code_cell("w", outputs=[v4.new_output("display_data", data=data)])
    notebook = v4.new_notebook(cells=[cell], metadata={"widgets": {runner.WIDGET_STATE: {"state": state}}})
    cleaned = runner.clean(notebook)
    assert "widgets" not in cleaned.metadata
    assert cleaned.cells[0].outputs[0].data == {"text/plain": "IntSlider()"}
    assert "widgets" in notebook.metadata, "clean() changed what it was given"


def test_writing_is_all_or_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    path = make(tmp_path / "kept.ipynb", "1")
    path.chmod(0o640)
    before = path.read_bytes()

    def fail(*_):
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", fail)
        with pytest.raises(OSError, match="disk full"):
            runner.write_notebook(v4.new_notebook(), path)
    assert [file.name for file in tmp_path.iterdir()] == ["kept.ipynb"]
    with pytest.raises(nbformat.ValidationError):
        runner.write_notebook(nbformat.from_dict({"nbformat": 4, "nbformat_minor": 5, "cells": []}), path)
    assert path.read_bytes() == before
    runner.write_notebook(v4.new_notebook(), path)
    assert path.read_bytes() != before
    assert [file.name for file in tmp_path.iterdir()] == ["kept.ipynb"]
    assert os.name == "nt" or stat.S_IMODE(path.stat().st_mode) == 0o640


def test_html_stands_alone(tmp_path: Path):
    (tmp_path / "dot.png").write_bytes(base64.b64decode(PIXEL))
    text = "$e^x$ ![dot](dot.png) [next](01_next.ipynb#Ideas) [web](https://example.org/a.ipynb)"
    source = make(tmp_path / "page.ipynb", "print('hello')", text=text)
    (tmp_path / "out").mkdir()
    runner.write_html(nbformat.read(source, 4), tmp_path / "out" / "page.html", source=source)
    html = (tmp_path / "out" / "page.html").read_text(encoding="utf-8")
    assert f"data:image/png;base64,{PIXEL}" in html
    assert 'href="01_next.html#Ideas"' in html and 'href="https://example.org/a.ipynb"' in html
    fetched = [line for line in html.splitlines() if 'src="http' in line or "<link" in line]
    assert len(fetched) == 1 and "<script async" in fetched[0], "the page waits for the network"


@pytest.mark.parametrize("text", ["", "nope", "[]", '{"a": 1}', '{"nbformat": 4, "nbformat_minor": 5, "cells": [{}]}'])
def test_a_file_that_is_no_notebook(tmp_path: Path, text: str):
    path = tmp_path / "broken.ipynb"
    path.write_text(text)
    with pytest.raises(InputError, match=r"broken\.ipynb is not a notebook"):
        runner.read(path)


def test_running_needs_no_torch():
    code = "import bertlab.runner, sys; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0
