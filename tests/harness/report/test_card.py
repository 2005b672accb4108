"""The model card: from files alone, always the same, and nothing in it becomes markup."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from markdown_it import MarkdownIt

from harness.core.errors import ProjectError
from harness.core.files import file_hash, write_json
from harness.core.paths import (
    CARD_HTML,
    CARD_MARKDOWN,
    METRICS_PATH,
    MODEL_DOCUMENT,
    MODEL_PATH,
    SCHEMA_PATH,
    TRAINING_PATH,
)
from harness.report.build_card import write_card
from harness.report.card import NOT_STATED, Card, CardSection
from harness.report.card_html import card_html
from harness.report.card_markdown import folded_card
from harness.report.card_rule import card_states
from harness.report.model_document import MODEL_PARTS, empty_document, read_document
from tests.support.card import card_project
from tests.support.reports import report

HOSTILE = ("<script>alert(1)</script>", "@team", "[x](http://example.org)", "</details>", "a | b", "\x1b[31m", "#1")


@pytest.fixture
def folder(tmp_path: Path, model: Path) -> Path:
    return card_project(tmp_path, model)


def section(card: Card, title: str) -> CardSection:
    return next(part for part in card.sections if part.title == title)


def front_matter(folder: Path) -> dict[str, Any]:
    _, head, _ = (folder / CARD_MARKDOWN).read_text("utf-8").split("---\n", 2)
    found: dict[str, Any] = yaml.safe_load(head)
    return found


def test_equal_files_give_an_equal_card(folder: Path) -> None:
    write_card(folder)
    first = [(folder / path).read_bytes() for path in (CARD_MARKDOWN, CARD_HTML)]
    write_card(folder)
    assert [(folder / path).read_bytes() for path in (CARD_MARKDOWN, CARD_HTML)] == first


def test_the_card_tells_which_files_it_is_about(folder: Path) -> None:
    write_card(folder)
    page = (folder / CARD_HTML).read_text("utf-8")
    assert file_hash(folder / MODEL_PATH) in page
    assert file_hash(folder / METRICS_PATH) in page


def test_a_training_by_a_cluster_is_told_with_its_workers_and_partitions(folder: Path) -> None:
    by = {"by": "lightgbm.dask", "workers": 2, "partitions": 13}
    write_json(folder / TRAINING_PATH, {"distributed": by})
    card = section(write_card(folder), "Training")
    assert [row for row in card.rows if row[0].startswith("distributed: ")] == [
        [f"distributed: {key}", str(value)] for key, value in by.items()
    ]
    assert card.text[-1].endswith("equal within the intervals, not to the byte.")


def test_what_nobody_states_is_not_stated(folder: Path) -> None:
    card = write_card(folder)
    assert card.unstated == list(MODEL_PARTS)
    assert section(card, "Limits").text == [NOT_STATED]


def test_what_people_state_is_on_the_card(folder: Path) -> None:
    text = empty_document().replace("## Licence\n", "## Licence\n\nApache-2.0\n")
    (folder / MODEL_DOCUMENT).write_text(
        text + "\nA team,\nby mail.\n\n- one\n- two\n\n## Training data\n\nOurs.\n", "utf-8"
    )
    card = write_card(folder)
    assert card.unstated == [title for title in MODEL_PARTS if title not in {"Licence", "Contact"}]
    assert section(card, "Contact").text == ["A team, by mail.", "- one", "- two"]
    assert section(card, "Training data").text == ["Ours."]
    assert "<ul><li>one</li><li>two</li></ul>" in (folder / CARD_HTML).read_text("utf-8")


def test_a_rule_demands_what_must_be_stated(folder: Path) -> None:
    (folder / MODEL_DOCUMENT).write_text("## Limits\n\nNone of it is true.\n", "utf-8")
    rules = card_states(report(card=json.loads(write_card(folder).model_dump_json())), "Limits", "Contact", "Use")
    assert [(rule.state, rule.reason) for rule in rules] == [
        ("pass", ""),
        ("fail", "not stated in docs/model.md"),
        ("fail", "the card has no such section"),
    ]
    assert card_states(report(), "Limits")[0].state == "fail"


def test_each_slice_has_its_gap_or_is_too_few_to_judge(folder: Path) -> None:
    part = section(write_card(folder), "Fairness: the slices")
    assert "Too few to judge: plan = missing, plan = @team." in part.text
    assert [row[3:] for row in part.rows] == [
        ["−0.1000", "−0.1500 … −0.0500", "worse than elsewhere"],
        ["−0.1000", "−0.1500 … +0.0500", "no evidence of a gap"],
        ["−0.1000", "", "too few to judge: 40 rows, 100 are needed for an interval"],
        ["", "", "3 rows, 30 are needed"],
    ]


def test_the_card_says_which_columns_are_left_out_and_why(folder: Path) -> None:
    (folder / "data").mkdir()
    header = "customer,churned,plan,region,member,age,visits,name,note"
    (folder / "data/customers.csv").write_text(f"{header}\n", "utf-8")
    comment = "    # left out: name: it names\n    # one person\n    # name: str = pa.Field()\n"
    (folder / SCHEMA_PATH).write_text(f"class Schema:\n{comment}    pass\n", "utf-8")
    part = section(write_card(folder), "Columns left out")
    assert part.rows == [["name", "it names one person"], ["note", "not declared"]]


def test_how_a_table_was_read_is_said_in_words(folder: Path) -> None:
    """It was a Python dict."""
    meta = "meta:\n  source: a file\n  read:\n    encoding: cp1252\n    delimiter: ;\n"
    (folder / "data.dvc").write_text(meta, "utf-8")
    rows = section(write_card(folder), "Data").rows
    assert ["read", "encoding: cp1252, delimiter: ;"] in rows


def test_the_front_matter_is_what_hugging_face_reads(folder: Path) -> None:
    (folder / MODEL_DOCUMENT).write_text("## Licence\n\nApache-2.0\n", "utf-8")
    write_card(folder)
    head = front_matter(folder)
    assert (head["license"], head["library_name"], head["pipeline_tag"]) == (
        "apache-2.0",
        "onnx",
        "tabular-classification",
    )
    (entry,) = head["model-index"]
    (result,) = entry["results"]
    assert (entry["name"], result["task"]["type"]) == ("churned", "tabular-classification")
    assert result["metrics"][0] == {"type": "roc_auc", "name": "roc_auc", "value": 0.85}
    assert {"type", "name"} <= set(result["dataset"])


def test_a_licence_that_is_a_sentence_is_no_name_of_one(folder: Path) -> None:
    (folder / MODEL_DOCUMENT).write_text("## Licence\n\nAsk us.\n", "utf-8")
    write_card(folder)
    assert "license" not in front_matter(folder)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_nothing_on_a_card_becomes_markup_in_a_comment_or_on_the_page(hostile: str) -> None:
    part = CardSection(title=hostile, text=[hostile, f"- {hostile}"], header=[hostile], rows=[[hostile]])
    card = Card(title=hostile, sections=[part], unstated=[])
    html = MarkdownIt("gfm-like", {"html": True, "linkify": False}).render("\n".join(folded_card(card)))
    assert html.count("</details>") == html.count("<details>") == 1
    assert html.count("<td") == html.count("<th>") == 1
    for tag in ("<script", "<a "):
        assert tag not in html
    page = card_html(card)
    assert page.count("</script>") == 0
    assert page.count("<td>") == page.count("</details>") + 1 == 1
    assert "\x1b" not in page + html


def test_the_page_asks_for_nothing_from_outside(folder: Path) -> None:
    write_card(folder)
    page = (folder / CARD_HTML).read_text("utf-8")
    for sign in ("http:", "https:", "//", "src=", "@import", "url("):
        assert sign not in page


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda folder: (folder / METRICS_PATH).unlink(), r"metrics\.json: not found; run: make pipeline"),
        (lambda folder: write_json(folder / METRICS_PATH, {"test": "x"}), r"metrics\.json: not the metrics of a model"),
        (lambda folder: (folder / MODEL_PATH).write_bytes(b"x"), r"model\.onnx: not an ONNX model"),
        (
            lambda folder: (folder / MODEL_DOCUMENT).write_text(f"## Limits\n{'x' * 2001}", "utf-8"),
            r"docs/model\.md: Limits: a paragraph has at most 2000 characters, got 2001$",
        ),
        (lambda folder: (folder / MODEL_DOCUMENT).write_bytes(b"## \xff"), r"docs/model\.md: not UTF-8: byte 4"),
    ],
)
def test_a_broken_file_is_named_and_no_card_is_written(folder: Path, change: Any, told: str) -> None:
    change(folder)
    with pytest.raises(ProjectError, match=told):
        write_card(folder)
    assert not (folder / CARD_MARKDOWN).exists()
    assert not (folder / CARD_HTML).exists()


def test_a_comment_in_the_form_states_nothing(tmp_path: Path) -> None:
    (tmp_path / "model.md").write_text(empty_document(), "utf-8")
    assert read_document(tmp_path / "model.md") == {title: [] for title in MODEL_PARTS}
