"""The notebooks as a reader sees them: opened in JupyterLab, and as the exported web page."""

import json
import re
from pathlib import Path

import pytest

from bertlab import runner

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHOTS = ROOT / "build" / "screenshots"
FORMULA = re.compile(r"\$[^$]+\$")


def figures(path):
    """How many of the notebook's outputs are pictures."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    outputs = [output for cell in cells for output in cell.get("outputs", [])]
    return sum("image/png" in output.get("data", {}) for output in outputs)


def prose(path):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_opens_in_jupyterlab_with_its_figures_and_formulas(path, browser, lab):
    page = browser.new_page()
    errors = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{lab}/lab/tree/{path.name}?reset")
    page.wait_for_selector(".jp-Notebook .jp-RenderedMarkdown h1", timeout=60_000)
    drawn = "images => images.filter(image => image.complete && image.naturalWidth > 0).length"
    for _ in range(100):
        if page.eval_on_selector_all(".jp-RenderedImage img", drawn) == figures(path):
            break
        page.wait_for_timeout(200)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"lab-{path.stem}.png")
    found, formulas = page.eval_on_selector_all(".jp-RenderedImage img", drawn), page.query_selector_all("mjx-container")
    unread = page.eval_on_selector_all("mjx-merror", "errors => errors.map(error => error.textContent)")
    page.close()
    assert found == figures(path)
    assert bool(formulas) == bool(FORMULA.search(prose(path)))
    assert unread == [], "MathJax could not read a formula"
    assert errors == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_its_web_page_shows_every_figure(path, browser, tmp_path):
    target = tmp_path / f"{path.stem}.html"
    runner.write_html(runner.read(path), target, source=path)
    page = browser.new_page()
    page.goto(target.as_uri(), wait_until="domcontentloaded")
    widths = page.eval_on_selector_all(".jp-RenderedImage img", "images => images.map(image => image.naturalWidth)")
    assert len(widths) == figures(path) and all(width > 0 for width in widths)
    SHOTS.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=SHOTS / f"page-{path.stem}.png", full_page=True)
    page.close()
