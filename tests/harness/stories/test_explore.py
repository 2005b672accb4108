"""A team that looks at its data: one command for the packages, the page with every column, the notebook executed."""

import json

from selenium import webdriver
from selenium.webdriver.common.by import By

from tests.support.browser import browser, papers_of, resources_of
from tests.support.clone import Clone

__all__ = ["browser"]
STRIPPED = ("--extra-keys", "metadata.language_info")  # as .pre-commit-config.yaml has it
EXECUTE = """\
import nbclient, nbformat
book = nbformat.read("notebooks/explore.ipynb", as_version=4)
nbclient.NotebookClient(book, timeout=600, resources={"metadata": {"path": "notebooks"}}).execute()
nbformat.write(book, "notebooks/explore.ipynb")
"""


def test_a_team_looks_at_its_data(clone: Clone, browser: webdriver.Chrome) -> None:
    (clone.folder / ".venv").unlink(missing_ok=True)  # lent by the tests: this story builds its own
    clone.run("make", "setup", "WITH=explore")
    clone.commit("the packages")
    clone.run("make", "pipeline")
    assert clone.run("make", "look").stdout.startswith("artifacts/look.html: ")
    page = (clone.folder / "artifacts/look.html").as_uri()
    assert len(papers_of(browser, page)) == 2
    assert resources_of(browser) == []
    text = browser.find_element(By.TAG_NAME, "body").text
    assert "explains" in text
    executed(clone)
    assert "notebooks/explore.ipynb" in clone.status()
    clone.run(".venv/bin/nbstripout", *STRIPPED, "notebooks/explore.ipynb")
    assert "notebooks/explore.ipynb" not in clone.status()


def executed(clone: Clone) -> None:
    """Every cell ran, the metrics and the pictures are there."""
    clone.run(".venv/bin/python", "-c", EXECUTE)
    book = json.loads((clone.folder / "notebooks/explore.ipynb").read_text("utf-8"))
    cells = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert [cell["execution_count"] for cell in cells] == list(range(1, len(cells) + 1))
    outputs = json.dumps([cell["outputs"] for cell in cells])
    assert "roc_auc" in outputs
    assert outputs.count("image/png") >= 4
