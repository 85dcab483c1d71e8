"""The house rules for a stored notebook, each a function that returns the ways in which it is broken.

A rule takes the notebook as parsed JSON, without nbformat's repairs, and the path that it was read from.
"""

import ast
import re
from pathlib import Path
from statistics import median
from urllib.parse import unquote

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

MAX_BYTES = 600_000
MAX_LINES, MAX_MEDIAN_LINES = 25, 5
CLOSING = ("## What to remember", "## Exercises", "## Further reading")
EXEMPT_TAGS = {"nbval-ignore-output", "nbval-skip"}
EXEMPT_COMMENT = re.compile(r"^\s*#\s*(NBVAL_IGNORE_OUTPUT|NBVAL_SKIP|PYTEST_VALIDATE_IGNORE_OUTPUT)\s*$", re.MULTILINE)
MACHINE_PATH = re.compile(r"(?<![\w.])/(?:home|work|root|tmp|Users|var/folders)/|[A-Za-z]:\\+Users", re.IGNORECASE)
REGISTRY = re.compile(
    r"--(?:extra-)?index-url|_INDEX_URL|https?://(?:[^/\s\"']*@|[^/\s\"']*(?:registry|mirror|artifactory|nexus))"
)
PROGRESS_BAR = re.compile(r"\d+%\|.*\| \d+/\d+ \[")
FORBIDDEN = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b|lorem ipsum")
WIDGET_STATE = "application/vnd.jupyter.widget-state+json"
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
LINK = re.compile(r"\]\(\s*<?([^)\s>]+)|(?:href|src)=[\"']([^\"']+)")
TIME = re.compile(r"\d\s*(?:s|sec|seconds?|min|minutes?|h|hours?)\b")


def text_of(value: str | list[str]) -> str:
    """A multi-line string, which the format stores as one string or as a list of lines."""
    return value if isinstance(value, str) else "".join(value)


def source(cell: dict) -> str:
    return text_of(cell["source"])


def code_cells(notebook: dict) -> list[dict]:
    """The code cells that hold code, in order."""
    return [cell for cell in notebook["cells"] if cell["cell_type"] == "code" and source(cell).strip()]


def markdown(notebook: dict) -> list[str]:
    return [source(cell) for cell in notebook["cells"] if cell["cell_type"] == "markdown"]


def tags(cell: dict) -> set[str]:
    return set(cell["metadata"].get("tags", []))


def output_texts(cell: dict) -> list[str]:
    """What the outputs say in text. Pictures are left out: base64 can spell anything."""
    texts = []
    for output in cell.get("outputs", []):
        texts += [text_of(output[key]) for key in ("text", "evalue") if key in output]
        texts += output.get("traceback", [])
        data = {mime: value for mime, value in output.get("data", {}).items() if not mime.startswith("image/")}
        texts += [text_of(value) for value in data.values() if isinstance(value, str | list)]
    return texts


def all_texts(notebook: dict) -> list[str]:
    cells = notebook["cells"]
    return [source(cell) for cell in cells] + [text for cell in cells for text in output_texts(cell)]


def valid_format(notebook: dict, path: Path) -> list[str]:
    if (notebook.get("nbformat"), notebook.get("nbformat_minor", 0) >= 5) != (4, True):
        return ["the format is older than 4.5, the first with cell ids"]
    ids = [cell.get("id") for cell in notebook["cells"]]
    if not all(ids) or len(set(ids)) < len(ids):
        # validate() would mend them and find nothing.
        return ["a cell has no id, or two share one"]
    try:
        nbformat.validate(nbformat.from_dict(notebook))
    except nbformat.ValidationError as error:
        return [f"not a valid notebook: {str(error).splitlines()[0]}"]
    return []


def executed_once_in_order(notebook: dict, path: Path) -> list[str]:
    counts = [cell["execution_count"] for cell in code_cells(notebook)]
    if counts != list(range(1, len(counts) + 1)):
        return [f"execution counts are {counts}: it was not run once from top to bottom"]
    return []


def no_stored_error(notebook: dict, path: Path) -> list[str]:
    problems = []
    for number, cell in enumerate(code_cells(notebook), 1):
        failed = any(output["output_type"] == "error" for output in cell["outputs"])
        if failed != ("raises-exception" in tags(cell)):
            problems.append(f"code cell {number}: a stored error and the tag raises-exception go together")
    return problems


def small_file(notebook: dict, path: Path) -> list[str]:
    size = path.stat().st_size
    return [f"{size} bytes, more than {MAX_BYTES}"] if size > MAX_BYTES else []


def short_cells(notebook: dict, path: Path) -> list[str]:
    lengths = [sum(1 for line in source(cell).splitlines() if line.strip()) for cell in code_cells(notebook)]
    problems = [
        f"code cell {number} has {length} lines, more than {MAX_LINES}"
        for number, length in enumerate(lengths, 1)
        if length > MAX_LINES
    ]
    if lengths and median(lengths) > MAX_MEDIAN_LINES:
        problems.append(f"half of the code cells are over {median(lengths)} lines; {MAX_MEDIAN_LINES} are wanted")
    return problems


def _found(pattern: re.Pattern, texts: list[str], what: str) -> list[str]:
    hits = [(text, match) for text in texts for match in pattern.finditer(text)]
    return [f"{what}: {text[max(0, m.start() - 30) : m.end() + 30]!r}" for text, m in hits]


def no_machine_path(notebook: dict, path: Path) -> list[str]:
    return _found(MACHINE_PATH, all_texts(notebook), "a path of somebody's machine")


def no_registry_host(notebook: dict, path: Path) -> list[str]:
    return _found(REGISTRY, all_texts(notebook), "a package registry, or a password in an address")


def no_forbidden_words(notebook: dict, path: Path) -> list[str]:
    return _found(FORBIDDEN, [source(cell) for cell in notebook["cells"]], "unfinished")


def no_progress_bar(notebook: dict, path: Path) -> list[str]:
    texts = [text for cell in code_cells(notebook) for text in output_texts(cell)]
    return _found(PROGRESS_BAR, texts, "a progress bar (pass tqdm a disable= that heeds TQDM_DISABLE)")


def widgets_whole(notebook: dict, path: Path) -> list[str]:
    state = {}
    if "widgets" in notebook["metadata"]:
        state = notebook["metadata"]["widgets"].get(WIDGET_STATE, {}).get("state", {})
        if not state:
            return ["widget metadata without state: code hosts refuse to show the notebook"]
    outputs = [output for cell in code_cells(notebook) for output in cell["outputs"]]
    views = [output["data"][WIDGET_VIEW]["model_id"] for output in outputs if WIDGET_VIEW in output.get("data", {})]
    return [f"a view of widget {model}, whose state is not stored" for model in views if model not in state]


def mostly_compared(notebook: dict, path: Path) -> list[str]:
    cells = code_cells(notebook)
    exempt = [cell for cell in cells if tags(cell) & EXEMPT_TAGS or EXEMPT_COMMENT.search(source(cell))]
    if len(exempt) * 4 > len(cells):
        return [f"{len(exempt)} of {len(cells)} code cells are exempt from comparison; at most a quarter may be"]
    return []


def opens_well(notebook: dict, path: Path) -> list[str]:
    first = notebook["cells"][0] if notebook["cells"] else {"cell_type": "none", "source": ""}
    if first["cell_type"] != "markdown":
        return ["the first cell is not text"]
    text, number = source(first), path.stem[:2]
    wanted = {
        f"a title '# {number} · Title' in its first line": re.match(rf"# {re.escape(number)} · \S", text),
        "what you will be able to do ('able to')": re.search(r"\bable to\b", text),
        "what it builds on ('builds on')": re.search(r"\bbuilds on\b", text, re.IGNORECASE),
        "the time in each profile ('Time', `pocket`, `full`, a duration)": (
            re.search(r"\btime\b", text, re.IGNORECASE) and "pocket" in text and "full" in text and TIME.search(text)
        ),
    }
    return [f"the first cell lacks {what}" for what, there in wanted.items() if not there]


def closes_well(notebook: dict, path: Path) -> list[str]:
    text = "\n".join(markdown(notebook))
    headings = re.findall(r"^## .*?\s*$", text, re.MULTILINE)
    if tuple(heading.strip() for heading in headings[-3:]) != CLOSING:
        return [f"the last three sections must be {', '.join(CLOSING)}; they are {headings[-3:]}"]
    sections = re.split(r"^## .*$", text, flags=re.MULTILINE)[-3:]
    problems = [f"{name!r} is empty" for name, body in zip(CLOSING, sections, strict=True) if not body.strip()]
    if "](http" not in sections[-1]:
        problems.append("'## Further reading' links to nothing")
    return problems


def no_choice_by_profile(notebook: dict, path: Path) -> list[str]:
    """What differs between profiles stands in one table in one module, not in the notebook."""
    problems = []
    for number, cell in enumerate(code_cells(notebook), 1):
        try:
            tree = ast.parse(TransformerManager().transform_cell(source(cell)))
        except SyntaxError:
            # A cell may show a syntax error on purpose; it decides nothing.
            continue
        if any(_chooses_by_profile(node) for node in ast.walk(tree)):
            problems.append(f"code cell {number} does different things in different profiles")
    return problems


def _chooses_by_profile(node: ast.AST) -> bool:
    if isinstance(node, ast.If | ast.IfExp | ast.While):
        return _mentions_profile(node.test)
    if isinstance(node, ast.Match):
        return _mentions_profile(node.subject)
    if isinstance(node, ast.Compare):
        return _mentions_profile(node)
    if isinstance(node, ast.Dict):
        return {"pocket", "full"} <= {key.value for key in node.keys if isinstance(key, ast.Constant)}
    return False


def _mentions_profile(expression: ast.AST) -> bool:
    for node in ast.walk(expression):
        name = getattr(node, "id", None) or getattr(node, "attr", None) or ""
        text = node.value if isinstance(node, ast.Constant) else ""
        if "profile" in name.lower() or text in ("pocket", "full", "BERTLAB_PROFILE"):
            return True
    return False


def plain_metadata(notebook: dict, path: Path) -> list[str]:
    metadata, problems = notebook["metadata"], []
    if metadata.get("kernelspec", {}).get("name") != "python3":
        problems.append("the kernelspec is not python3, so others' Jupyter asks which kernel to use")
    if "version" in metadata.get("language_info", {}):
        problems.append("language_info names a Python version, which differs from machine to machine")
    if any("execution" in cell["metadata"] for cell in notebook["cells"]):
        problems.append("cells hold the times of their execution")
    return problems


def links_lead_somewhere(notebook: dict, path: Path) -> list[str]:
    targets = [first or second for text in markdown(notebook) for first, second in LINK.findall(text)]
    local = [target for target in targets if not re.match(r"[a-z][a-z+.-]*:|#", target)]
    return [f"a link to {target}, which is not there" for target in local if not _exists(path, target)]


def _exists(path: Path, target: str) -> bool:
    return (path.parent / unquote(target.split("#")[0])).exists()


RULES = (
    valid_format,
    executed_once_in_order,
    no_stored_error,
    small_file,
    short_cells,
    no_machine_path,
    no_registry_host,
    no_forbidden_words,
    no_progress_bar,
    widgets_whole,
    mostly_compared,
    opens_well,
    closes_well,
    no_choice_by_profile,
    plain_metadata,
    links_lead_somewhere,
)
