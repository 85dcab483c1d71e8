"""Each house rule lets a good notebook pass and finds what it is there to find."""

import json
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from . import hygiene

OPENING = """# 07 · Heads and what they look at

After this you will be able to read a heat map. It builds on [06](06_before.ipynb).
Time: 40 s in `pocket`, 3 min in `full`."""
CLOSING = """## What to remember
Rows sum to one.

## Exercises
Draw the next head.

## Further reading
[The paper](https://arxiv.org/abs/1810.04805)."""


def code(text: str, count: int, *, tags: tuple[str, ...] = (), outputs: tuple = ()) -> dict:
    metadata = {"tags": list(tags)} if tags else {}
    return v4.new_code_cell(text, execution_count=count, metadata=metadata, outputs=list(outputs))


def printed(text: str) -> dict:
    return v4.new_output("stream", name="stdout", text=text)


def data(mime: str, value: object) -> dict:
    return v4.new_output("display_data", data={mime: value})


def error() -> dict:
    return v4.new_output("error", ename="ValueError", evalue="no", traceback=["ValueError: no"])


def view(model: str = "a1") -> dict:
    return data(hygiene.WIDGET_VIEW, {"model_id": model, "version_major": 2, "version_minor": 0})


class Made:
    """A good notebook, to be spoilt."""

    def __init__(self, folder: Path):
        self.path = folder / "07_heads.ipynb"
        (folder / "06_before.ipynb").write_text("{}")
        cells = [v4.new_markdown_cell(OPENING)]
        cells += [code(f"{count} + 1", count, outputs=(printed(f"{count + 1}\n"),)) for count in range(1, 5)]
        metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3"}, "language_info": {"name": "python"}}
        self.notebook = v4.new_notebook(cells=[*cells, v4.new_markdown_cell(CLOSING)], metadata=metadata)

    def problems(self, rule: Callable[[dict, Path], list[str]]) -> list[str]:
        self.path.write_text(json.dumps(self.notebook), encoding="utf-8")
        return rule(json.loads(self.path.read_text(encoding="utf-8")), self.path)

    def first(self, **fields: object) -> None:
        """Spoil the first code cell."""
        self.notebook.cells[1].update(nbformat.from_dict(fields))

    def opening(self, old: str, new: str) -> None:
        assert old in OPENING
        self.notebook.cells[0].source = OPENING.replace(old, new)

    def closing(self, old: str, new: str) -> None:
        assert old in CLOSING
        self.notebook.cells[-1].source = CLOSING.replace(old, new)


@pytest.fixture
def made(tmp_path: Path) -> Made:
    return Made(tmp_path)


@pytest.mark.parametrize("rule", hygiene.RULES, ids=lambda rule: rule.__name__)
def test_a_good_notebook_passes(made: Made, rule: Callable):
    assert made.problems(rule) == []


def old_format(made):
    made.notebook.nbformat_minor = 4


def no_id(made):
    del made.notebook.cells[1]["id"]


def shared_id(made):
    made.notebook.cells[1].id = made.notebook.cells[2].id


def count_that_is_no_number(made):
    made.notebook.cells[2].execution_count = "two"


def out_of_order(made):
    made.first(execution_count=9)


def not_run(made):
    made.first(execution_count=None, outputs=[])


def with_error(made):
    made.first(outputs=[error()])


def tag_without_error(made):
    made.first(metadata={"tags": ["raises-exception"]})


def too_big(made):
    made.first(outputs=[data("image/png", "A" * hygiene.MAX_BYTES)])


def long_cell(made):
    made.first(source="\n".join("1" for _ in range(hygiene.MAX_LINES + 1)))


def long_on_the_whole(made):
    for cell in made.notebook.cells[1:-2]:
        cell.source = "\n".join("1" for _ in range(hygiene.MAX_MEDIAN_LINES + 1))


def path_in_source(made):
    made.first(source='open("/home/ada/imdb.csv")')


def path_in_output(made):
    made.first(outputs=[printed("/tmp/ipykernel_4/12.py:1: UserWarning\n")])


def path_in_html(made):
    made.first(outputs=[data("text/html", '<a href="file:///root/x">x</a>')])


def path_in_traceback(made):
    made.first(outputs=[{**error(), "traceback": ['File "/work/x.py", line 1']}])


def windows_path(made):
    made.first(source=r'open("C:\Users\ada\imdb.csv")')


def mac_path(made):
    made.first(source='open("/Users/ada/imdb.csv")')


def index_url(made):
    made.first(source="%pip install bertlab --index-url https://pypi.org/simple")


def mirror(made):
    made.first(outputs=[printed("Looking in indexes: https://pypi-mirror.example.org/simple\n")])


def password(made):
    made.first(source='url = "https://ada:secret@example.org/data"')


def unfinished(made):
    made.first(source="1  # TODO: explain")


def bar(made):
    made.first(outputs=[data("text/plain", "train:   0%|          | 0/3 [00:00<?, ?step/s]")])


def finished_bar(made):
    made.first(outputs=[printed("100%|██████████| 3/3 [00:00<00:00, 8.1it/s]\n")])


def widgets_without_state(made):
    made.notebook.metadata["widgets"] = {hygiene.WIDGET_STATE: {"version_major": 2}}


def view_without_state(made):
    made.first(outputs=[view()])


def mostly_exempt(made):
    for cell in made.notebook.cells[1:3]:
        cell.metadata["tags"] = ["nbval-ignore-output"]


def mostly_exempt_by_comment(made):
    for cell in made.notebook.cells[1:3]:
        cell.source = "# NBVAL_IGNORE_OUTPUT\n1"


def other_number(made):
    made.opening("# 07", "# 08")


def opens_with_code(made):
    del made.notebook.cells[0]


def no_aim(made):
    made.opening("able to", "asked to")


def no_ground(made):
    made.opening("builds on", "follows")


def no_time(made):
    made.opening("40 s in `pocket`, 3 min in `full`", "short in `pocket`, long in `full`")


def one_profile(made):
    made.opening("`full`", "the other")


def no_exercises(made):
    made.closing("## Exercises", "More")


def other_order(made):
    made.closing("## What to remember", "## Exercises, first")


def empty_section(made):
    made.closing("Draw the next head.", "")


def no_paper(made):
    made.closing("https://", "the paper at ")


def chooses_by_if(made):
    made.first(source='if profile.name == "pocket":\n    steps = 1')


def chooses_by_expression(made):
    made.first(source='steps = 1 if lab.name == "full" else 2')


def chooses_by_comparison(made):
    made.first(source='quick = os.environ["BERTLAB_PROFILE"] == "x"')


def chooses_by_match(made):
    made.first(source="match profile.name:\n    case _:\n        pass")


def chooses_by_table(made):
    made.first(source='steps = {"pocket": 1, "full": 2}[name]')


def chooses_after_a_magic(made):
    made.first(source="%matplotlib inline\nif profile.name: pass")


def other_kernel(made):
    made.notebook.metadata.kernelspec.name = "bert-env"


def python_version(made):
    made.notebook.metadata.language_info["version"] = "3.11.7"


def execution_times(made):
    made.first(metadata={"execution": {"iopub.status.busy": "2026-01-01T00:00:00Z"}})


def broken_link(made):
    made.opening("06_before.ipynb", "05_gone.ipynb")


def broken_picture(made):
    made.opening("able to", 'able to <img src="gone.png">')


SPOILT = {
    hygiene.valid_format: (old_format, no_id, shared_id, count_that_is_no_number),
    hygiene.executed_once_in_order: (out_of_order, not_run),
    hygiene.no_stored_error: (with_error, tag_without_error),
    hygiene.small_file: (too_big,),
    hygiene.short_cells: (long_cell, long_on_the_whole),
    hygiene.no_machine_path: (path_in_source, path_in_output, path_in_html, path_in_traceback, windows_path, mac_path),
    hygiene.no_registry_host: (index_url, mirror, password),
    hygiene.no_forbidden_words: (unfinished,),
    hygiene.no_progress_bar: (bar, finished_bar),
    hygiene.widgets_whole: (widgets_without_state, view_without_state),
    hygiene.mostly_compared: (mostly_exempt, mostly_exempt_by_comment),
    hygiene.opens_well: (other_number, opens_with_code, no_aim, no_ground, no_time, one_profile),
    hygiene.closes_well: (no_exercises, other_order, empty_section, no_paper),
    hygiene.no_choice_by_profile: (
        chooses_by_if,
        chooses_by_expression,
        chooses_by_comparison,
        chooses_by_match,
        chooses_by_table,
        chooses_after_a_magic,
    ),
    hygiene.plain_metadata: (other_kernel, python_version, execution_times),
    hygiene.links_lead_somewhere: (broken_link, broken_picture),
}


def test_every_rule_is_tried():
    assert set(SPOILT) == set(hygiene.RULES)


@pytest.mark.parametrize(
    ("rule", "spoil"),
    [pytest.param(rule, spoil, id=spoil.__name__) for rule, spoils in SPOILT.items() for spoil in spoils],
)
def test_a_spoilt_notebook_is_found(made: Made, rule: Callable, spoil: Callable):
    spoil(made)
    assert made.problems(rule), f"{rule.__name__} did not see it"


def allowed_error(made):
    made.first(outputs=[error()], metadata={"tags": ["raises-exception"]})


def whole_widget(made):
    made.first(outputs=[view()])
    made.notebook.metadata["widgets"] = {hygiene.WIDGET_STATE: {"state": {"a1": {"state": {}}}}}


def one_exempt(made):
    made.first(metadata={"tags": ["nbval-ignore-output"]})


def picture_that_spells_a_path(made):
    made.first(outputs=[data("image/png", "iVBOR/tmp/home/root/A")])


def address_with_a_path(made):
    made.first(source='"https://example.org/home/page"')


def other_choice(made):
    made.first(source="if label == 1:\n    print(profile.name)")


def link_within(made):
    made.opening("06_before.ipynb", "06_before.ipynb#What-to-remember) and [below](#Exercises")


ALLOWED = (
    allowed_error,
    whole_widget,
    one_exempt,
    picture_that_spells_a_path,
    address_with_a_path,
    other_choice,
    link_within,
)


@pytest.mark.parametrize("keep", ALLOWED, ids=lambda keep: keep.__name__)
def test_what_is_allowed_passes(made: Made, keep: Callable):
    keep(made)
    assert {rule.__name__: found for rule in hygiene.RULES if (found := made.problems(rule))} == {}
