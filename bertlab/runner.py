"""Running notebooks: which ones, in what environment, what came of it, and how the result is written.

Everything here works on notebooks alone and says nothing on the terminal: `bertlab.cli` does the talking.
"""

import asyncio
import copy
import json
import logging
import os
import re
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import nbformat
import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode

from bertlab.errors import InputError

KERNELSPEC = {"name": "python3", "display_name": "Python 3", "language": "python"}
LANGUAGE = {"name": "python", "pygments_lexer": "ipython3"}
# What editors and executors leave in the metadata: it differs from one run or one machine to the next.
VARYING_CELL_METADATA = ("execution", "ExecuteTime", "collapsed", "scrolled", "trusted", "vscode", "colab", "outputId")
VARYING_NOTEBOOK_METADATA = ("signature", "orig_nbformat", "vscode", "colab", "toc-autonumbering", "accelerator")
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
STARTUP_SECONDS = 120
MEMORY_INTERVAL_SECONDS = 0.2


class ThisPython(AsyncKernelManager):
    """Starts every kernel with the interpreter that runs bertlab, whatever kernelspecs are installed."""

    @property
    def kernel_spec(self) -> KernelSpec:
        argv = [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        return KernelSpec(argv=argv, display_name="Python 3", language="python")


@dataclass(frozen=True)
class Failure:
    """Why a notebook stopped: `cell` counts all cells from 1; it is 0 when no cell had begun."""

    cell: int
    source: str
    reason: str
    traceback: str = ""


@dataclass
class Outcome:
    """What came of one notebook. `status` is ok, failed, timed out, died or interrupted."""

    path: Path
    notebook: NotebookNode
    status: str = "ok"
    seconds: float = 0.0
    peak_bytes: int = 0
    failure: Failure | None = None


def notebooks_folder(given: Path | None = None) -> Path:
    """The folder of the series: the one given, else the repository's, else `./notebooks`."""
    if given is not None:
        if not given.is_dir():
            raise InputError(f"There is no folder {given} (--notebooks). Give the folder that holds the .ipynb files.")
        return given.resolve()
    repository = Path(__file__).resolve().parent.parent
    if (repository / "pyproject.toml").is_file() and (repository / "notebooks").is_dir():
        return repository / "notebooks"
    if Path("notebooks").is_dir():
        return Path("notebooks").resolve()
    raise InputError(
        "The notebooks were not found: bertlab is installed without its repository, and there is no notebooks folder "
        f"in {Path.cwd()}. Clone the repository and run this inside it, or name the folder with --notebooks DIR."
    )


def select(folder: Path, wanted: Iterable[str] = ()) -> list[Path]:
    """The notebooks of `folder` in the series' order: all, or those named by number or by file name."""
    there = sorted(path for path in folder.glob("*.ipynb") if not path.name.startswith("."))
    names = ", ".join(path.stem for path in there)
    if not there:
        raise InputError(f"There are no notebooks in {folder}. Name the folder that holds them with --notebooks DIR.")
    chosen = set()
    for name in wanted:
        matching = [path for path in there if _is_named(path, name)]
        if not matching:
            raise InputError(f"No notebook is called {name!r} in {folder}. Give a number or a name of: {names}.")
        chosen.update(matching)
    return [path for path in there if path in chosen] if chosen else there


def _is_named(path: Path, name: str) -> bool:
    number = re.match(r"\d+", path.stem)
    if name.isdecimal():
        return number is not None and int(number.group()) == int(name)
    return Path(name).name in (path.name, path.stem)


def read(path: Path) -> NotebookNode:
    """Read a notebook file, of whatever version of the format, as version 4."""
    try:
        notebook = nbformat.read(path, as_version=4)
        nbformat.validate(notebook)
    except (ValueError, KeyError, AttributeError, nbformat.ValidationError) as error:
        raise InputError(
            f"{path} is not a notebook ({type(error).__name__}: {str(error)[:200]}). Restore the file, or leave it out."
        ) from error
    return notebook


def environment(profile: str | None = None) -> dict[str, str]:
    """The environment of a stored run: nbval compares outputs in the same one."""
    variables = dict(os.environ)
    # tqdm's notebook bar does not heed TQDM_DISABLE, so those who draw bars are each told in their own way.
    for name in ("TQDM_DISABLE", "HF_HUB_DISABLE_PROGRESS_BARS", "HF_DATASETS_DISABLE_PROGRESS_BARS"):
        variables[name] = "1"
    # A backend chosen for the caller (Agg in tests, say) would leave every figure out of the notebook.
    variables.pop("MPLBACKEND", None)
    if profile is not None:
        variables["BERTLAB_PROFILE"] = profile
    if profile == "pocket":
        variables["HF_HUB_OFFLINE"] = "1"
    return variables


def execute(
    path: Path,
    *,
    variables: dict[str, str],
    timeout: int | None = None,
    on_cell: Callable[[int, int], None] = lambda done, cells: None,
) -> Outcome:
    """Run one notebook in a fresh kernel, with its own folder as the working directory.

    `timeout` is in seconds for each cell; `on_cell` hears how many of how many cells are done. Ctrl-C ends the run
    with status "interrupted" and keeps what was executed.
    """
    notebook = read(path)
    for cell in notebook.cells:
        # Otherwise a run that stops half-way would show old outputs after the new ones.
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
    outcome = Outcome(path, notebook)
    start = time.perf_counter()
    asyncio.run(_execute(outcome, variables, timeout, on_cell))
    outcome.seconds = time.perf_counter() - start
    outcome.notebook = clean(outcome.notebook)
    return outcome


async def _execute(
    outcome: Outcome, variables: dict[str, str], timeout: int | None, on_cell: Callable[[int, int], None]
) -> None:
    # nbclient's own execute() is not used: it takes SIGINT for itself, and Ctrl-C then looks like a dead kernel.
    cells = outcome.notebook.cells
    client = NotebookClient(
        outcome.notebook,
        kernel_manager_class=ThisPython,
        timeout=timeout,
        startup_timeout=STARTUP_SECONDS,
        log=_silent_log(),
    )
    client.reset_execution_trackers()
    manager = client.create_kernel_manager()
    process, position = None, -1
    with tempfile.TemporaryFile() as stderr:
        watch = asyncio.ensure_future(_watch_memory(manager, outcome))
        try:
            await client.async_start_new_kernel(env=variables, cwd=str(outcome.path.resolve().parent), stderr=stderr)
            process = manager.provisioner.process
            await client.async_start_new_kernel_client()
            for position, cell in enumerate(cells):
                on_cell(position, len(cells))
                await client.async_execute_cell(cell, position, execution_count=client.code_cells_executed + 1)
            on_cell(len(cells), len(cells))
            client.set_widgets_metadata()
        except (CellExecutionError, CellTimeoutError, RuntimeError, asyncio.CancelledError) as error:
            outcome.status, reason = _what_happened(error, process, stderr, timeout)
            cell = cells[position] if position >= 0 else None
            source, trace = (cell.source, _traceback(cell)) if cell else ("", "")
            outcome.failure = Failure(position + 1, source, reason, trace)
        finally:
            watch.cancel()
            if client.kc is not None:
                client.kc.stop_channels()
            if manager.has_kernel:
                await manager.shutdown_kernel(now=True)


def _silent_log() -> logging.Logger:
    """nbclient logs each failure that it also raises; the reader is told once."""
    log = logging.getLogger("bertlab.nbclient")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    return log


def _what_happened(error: BaseException, process, stderr, timeout: int | None) -> tuple[str, str]:
    """Status and reason. nbclient turns a cancelled wait into DeadKernelError, so Ctrl-C is asked about first."""
    if asyncio.current_task().cancelling():
        return "interrupted", "Stopped by Ctrl-C."
    if isinstance(error, CellExecutionError):
        return "failed", f"{error.ename}: {error.evalue}"
    if isinstance(error, CellTimeoutError):
        return "timed out", f"The cell ran for over {timeout} s. Allow more with --timeout, or see what it waits for."
    code = process.poll() if process is not None else None
    heard = _last_words(stderr)
    if code is None and not isinstance(error, DeadKernelError):
        return "died", f"The kernel did not start: {error}{heard}"
    how = signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"
    hint = " That is how a process ends when the machine runs out of memory." if how == "SIGKILL" else ""
    return "died", f"The kernel died ({how}): its process is gone, with all that it held.{hint}{heard}"


def _last_words(stderr) -> str:
    stderr.seek(0)
    lines = stderr.read().decode(errors="replace").splitlines()
    lines = [line for line in lines if line.strip() and not line.startswith("[IPKernelApp]")]
    return "\nIts last words:\n" + "\n".join(lines[-15:]) if lines else ""


def _traceback(cell: NotebookNode) -> str:
    errors = [output for output in cell.get("outputs", []) if output.output_type == "error"]
    return "\n".join(errors[-1].traceback) if errors else ""


async def _watch_memory(manager: AsyncKernelManager, outcome: Outcome) -> None:
    """Keep the largest resident size of the kernel and its children that was seen."""
    while True:
        await asyncio.sleep(MEMORY_INTERVAL_SECONDS)
        if manager.has_kernel:
            outcome.peak_bytes = max(outcome.peak_bytes, _resident_bytes(manager.provisioner.pid))


def _resident_bytes(pid: int) -> int:
    try:
        kernel = psutil.Process(pid)
        family = [kernel, *kernel.children(recursive=True)]
    except psutil.Error:
        return 0
    total = 0
    for process in family:
        try:
            total += process.memory_info().rss
        except psutil.Error:
            # It ended between being listed and being asked.
            continue
    return total


def clean(notebook: NotebookNode) -> NotebookNode:
    """A copy without what differs from run to run; ids, tags and outputs stay."""
    notebook = copy.deepcopy(notebook)
    for key in VARYING_NOTEBOOK_METADATA:
        notebook.metadata.pop(key, None)
    notebook.metadata.kernelspec = nbformat.from_dict(KERNELSPEC)
    notebook.metadata.language_info = nbformat.from_dict(LANGUAGE)
    for cell in notebook.cells:
        for key in VARYING_CELL_METADATA:
            cell.metadata.pop(key, None)
        if cell.cell_type == "code":
            cell.outputs = _join_streams(cell.outputs)
    return _clean_widgets(notebook)


def _join_streams(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join neighbouring pieces of one stream: where a kernel cuts its text is a matter of timing."""
    joined: list[NotebookNode] = []
    for output in outputs:
        last = joined[-1] if joined else None
        if last and output.output_type == last.output_type == "stream" and output.name == last.name:
            last.text += output.text
        else:
            joined.append(output)
    return joined


def _clean_widgets(notebook: NotebookNode) -> NotebookNode:
    """Keep widget state only if it is whole, and number its models, whose ids are drawn anew in every run.

    A view without its state renders as an error on code hosts; without the view, its text stands there.
    """
    state = notebook.metadata.get("widgets", {}).get(WIDGET_STATE, {}).get("state", {})
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", [])]
    outputs = [output for output in outputs if WIDGET_VIEW in output.get("data", {})]
    needed = {output.data[WIDGET_VIEW].model_id for output in outputs}
    needed.update(re.findall(r"IPY_MODEL_([0-9a-f]+)", json.dumps(state)))
    if not outputs or not needed <= state.keys():
        notebook.metadata.pop("widgets", None)
        for output in outputs:
            del output.data[WIDGET_VIEW]
        return notebook
    text = nbformat.writes(notebook)
    for number, model_id in enumerate(state):
        text = text.replace(model_id, f"{number:032x}")
    return nbformat.reads(text, as_version=4)


def write_notebook(notebook: NotebookNode, path: Path) -> None:
    """Write a notebook under a temporary name, then rename it: no reader ever sees half a file."""
    nbformat.validate(notebook)
    _write(nbformat.writes(notebook) + "\n", path)


def write_html(notebook: NotebookNode, path: Path, *, source: Path) -> None:
    """Write a notebook as one HTML file that opens without a network. `source` is where its pictures are found.

    Without a network its formulas stand there as TeX: MathJax is fetched, and the page does not wait for it.
    """
    # nbconvert takes a second to import, which a run that ends in a message about its arguments need not pay.
    from nbconvert import HTMLExporter

    exporter = HTMLExporter(raw_template=HTML_TEMPLATE, embed_images=True)
    resources = {"metadata": {"name": path.stem, "path": str(source.resolve().parent)}}
    html, _ = exporter.from_notebook_node(notebook, resources)
    _write(re.sub(r'href="(?![a-z]+:|#|/)([^"#]+)\.ipynb([#"])', r'href="\1.html\2', html), path)


HTML_TEMPLATE = """{% extends "lab/index.html.j2" %}
{% block html_head_js_requirejs %}{% endblock %}
{% block html_head_js_mathjax %}
<script type="text/x-mathjax-config">
MathJax.Hub.Config({
  tex2jax: {inlineMath: [["$", "$"]], displayMath: [["$$", "$$"]], processEscapes: true, processEnvironments: true},
  messageStyle: "none",
});
</script>
<script async src="{{ resources.mathjax_url }}"></script>
{% endblock %}
"""


def _write(text: str, path: Path) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        temporary.write_text(text, encoding="utf-8", newline="\n")
        if path.exists():
            shutil.copymode(path, temporary)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
