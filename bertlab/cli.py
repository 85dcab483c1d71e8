"""The command line: `bertlab doctor`, `bertlab lab`, `bertlab run`, `bertlab pretrain`.

`bertlab --help` answers at once: whatever is slow to import is imported by the command that needs it.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from bertlab.errors import BertlabError, InputError

if TYPE_CHECKING:
    from bertlab.doctor import Report
    from bertlab.runner import Outcome

app = typer.Typer(
    name="bertlab", help="Notebooks that teach BERT.", no_args_is_help=True, add_completion=False, rich_markup_mode=None
)
console = Console()
errors = Console(stderr=True)

NotebooksOption = Annotated[
    Path | None, typer.Option("--notebooks", metavar="DIR", help="The notebooks' folder, if not the repository's.")
]


def _say(message: str, to: Console = console) -> None:
    """Print text as it stands: paths and code hold brackets that rich would read as markup."""
    to.print(Text(message), soft_wrap=True)


def _refuse(error: BertlabError) -> typer.Exit:
    _say(str(error), errors)
    return typer.Exit(2)


@app.command()
def doctor(as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False) -> None:
    """Say what this machine has, which profile it would get and why, and what to do about what is missing.

    Exit code 0 if a profile can be served, 1 if none can.
    """
    from bertlab.doctor import examine

    report = examine()
    if as_json:
        print(json.dumps(report.as_dict(), indent=2))
    else:
        _show_report(report)
    raise typer.Exit(0 if report.servable else 1)


def _show_report(report: "Report") -> None:
    styles = {"ok": "green", "missing": "bold red", "note": "yellow"}
    group = None
    for finding in report.findings:
        if finding.group != group:
            group = finding.group
            console.print(Text(f"\n{group}", style="bold"))
        line = Text.assemble("  ", (f"{finding.status:8}", styles[finding.status]), f"{finding.name}: {finding.value}")
        console.print(line, soft_wrap=True)
        if finding.todo:
            console.print(Text(f"            to do: {finding.todo}", style="dim"), soft_wrap=True)
    can = f"Can be served here: {', '.join(report.servable)}." if report.servable else "No profile can be served here."
    _say(f"\n{can}")


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def lab(context: typer.Context, notebooks: NotebooksOption = None) -> None:
    """Open JupyterLab on the notebooks. Other options (--port 8890, --no-browser) go to JupyterLab."""
    from bertlab.runner import notebooks_folder

    try:
        folder = notebooks_folder(notebooks)
    except InputError as error:
        raise _refuse(error) from None
    command = [sys.executable, "-m", "jupyterlab", str(folder), *context.args]
    if os.name == "nt":
        # exec on Windows gives the prompt back while the server still runs.
        raise typer.Exit(subprocess.call(command))
    os.execv(sys.executable, command)


@app.command()
def run(
    selection: Annotated[
        list[str] | None, typer.Argument(metavar="00 03 ...", help="Numbers or file names; without any, all of them.")
    ] = None,
    profile: Annotated[str | None, typer.Option(help="pocket or full; otherwise the machine decides.")] = None,
    out: Annotated[Path, typer.Option(help="Where executed copies and HTML are written.")] = Path("build"),
    timeout: Annotated[int | None, typer.Option(min=1, help="Seconds for one cell; without it, no limit.")] = None,
    store: Annotated[bool, typer.Option(help="Also write outputs back into the notebooks (profile pocket).")] = False,
    notebooks: NotebooksOption = None,
) -> None:
    """Execute notebooks, each in a fresh kernel, and write executed copies and HTML.

    Exit code 0 if all ran, 1 if one failed, 2 if the request makes no sense, 130 after Ctrl-C.
    """
    from bertlab import runner

    profile = profile or ("pocket" if store else None)
    try:
        folder = runner.notebooks_folder(notebooks)
        paths = runner.select(folder, selection or ())
        for path in paths:
            runner.read(path)
        if out.resolve() == folder:
            raise InputError(f"--out {out} is the notebooks folder itself. Name another; --store writes outputs back.")
        if profile is not None:
            from bertlab.profiles import choose

            _say("Profile {0.name} ({1}).".format(*choose(profile)))
        out.mkdir(parents=True, exist_ok=True)
    except BertlabError as error:
        raise _refuse(error) from None
    except OSError as error:
        raise _refuse(InputError(f"--out {out} cannot be made ({error.strerror}). Name a folder that can.")) from None

    outcomes = _run_all(paths, profile=profile, out=out, timeout=timeout, store=store)
    _show_table(outcomes)
    statuses = {outcome.status for outcome in outcomes}
    raise typer.Exit(130 if "interrupted" in statuses else int(statuses != {"ok"}))


@app.command(name="pretrain")
def pretrain_command(
    recipe: Annotated[str, typer.Option(help="live (two minutes), filmbert (the shipped model) or mini (real text).")] = "live",
    minutes: Annotated[float | None, typer.Option(help="About how long to train; the steps follow.")] = None,
    steps: Annotated[int | None, typer.Option(help="How many steps; otherwise as many as the recipe has.")] = None,
    output: Annotated[Path, typer.Option(help="Where model, manifest and checkpoints go.")] = Path("build/pretrained"),
    text: Annotated[Path | None, typer.Option(help="Train on this folder of text files, not on the film world.")] = None,
    held_out: Annotated[Path | None, typer.Option(help="With --text: other text, file or folder, to judge by.")] = None,
    hub: Annotated[bool, typer.Option("--hub", help="Train on WikiText-103 raw, streamed from the Hub.")] = False,
    tokenizer: Annotated[str | None, typer.Option(help="Name or folder of a tokenizer; otherwise the text's own.")] = None,
    seed: Annotated[int, typer.Option(help="Of weights, text, pairs and masks.")] = 0,
    workers: Annotated[int, typer.Option(help="Processes that prepare text; for a GPU about eight, else none.")] = 0,
) -> None:
    """Pretrain a BERT, or go on with a run that was broken off, and write a model that transformers loads.

    Exit code 0 when the model is written, 2 if the request makes no sense or cannot be served.
    """
    from bertlab.pretraining.command import Order, run

    try:
        run(Order(recipe, output, minutes, steps, text, held_out, hub, tokenizer, seed, workers), _say)
    except BertlabError as error:
        raise _refuse(error) from None


def _run_all(paths: list[Path], *, profile: str | None, out: Path, timeout: int | None, store: bool) -> list["Outcome"]:
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from bertlab import runner

    columns = TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    outcomes = []
    variables = runner.environment(profile)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        series = progress.add_task("notebooks", total=len(paths))
        for path in paths:
            cells = progress.add_task(path.stem, total=None)
            before = path.read_bytes()
            outcome = runner.execute(
                path,
                variables=variables,
                timeout=timeout,
                on_cell=lambda done, total, task=cells: progress.update(task, completed=done, total=total),
            )
            progress.remove_task(cells)
            progress.advance(series)
            outcomes.append(outcome)
            runner.write_notebook(outcome.notebook, out / path.name)
            runner.write_html(outcome.notebook, out / f"{path.stem}.html", source=path)
            _say(f"{path.name}: {outcome.status}, {outcome.seconds:.1f} s")
            _show_failure(outcome)
            if store and outcome.status == "ok":
                _store(outcome, before)
            if outcome.status == "interrupted":
                break
    return outcomes


def _store(outcome: "Outcome", before: bytes) -> None:
    from bertlab import runner

    if outcome.path.read_bytes() != before:
        outcome.status = "not stored"
        _say(f"{outcome.path.name} was changed while it ran: its outputs are not stored. Run it again.", errors)
        return
    runner.write_notebook(outcome.notebook, outcome.path)


def _show_failure(outcome: "Outcome") -> None:
    failure = outcome.failure
    if failure is None:
        return
    where = f"cell {failure.cell} of {len(outcome.notebook.cells)}" if failure.cell else "before its first cell"
    _say(f"\n{outcome.path.name} stopped ({outcome.status}) in {where}.\n{failure.reason}", errors)
    if failure.source:
        source = "\n".join(f"    {line}" for line in failure.source.splitlines())
        _say(f"The cell:\n{source}\n", errors)
    if failure.traceback:
        errors.print(Text.from_ansi(failure.traceback), soft_wrap=True)


def _show_table(outcomes: list["Outcome"]) -> None:
    table = Table("notebook", "result")
    table.add_column("time (s)", justify="right")
    table.add_column("peak memory (MiB)", justify="right")
    for outcome in outcomes:
        style = "green" if outcome.status == "ok" else "bold red"
        memory = f"{outcome.peak_bytes / 2**20:.0f}"
        table.add_row(Text(outcome.path.name), Text(outcome.status, style), f"{outcome.seconds:.1f}", memory)
    console.print(table)
