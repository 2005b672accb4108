"""Files of a project → its model card, and the card → card.md and card.html beside the model. Deterministic."""

from pathlib import Path

from harness.core.files import write_bytes
from harness.core.paths import CARD_HTML, CARD_MARKDOWN, MODEL_DOCUMENT
from harness.report.card import NOT_STATED, Card, CardFiles, CardSection
from harness.report.card_data import data_section, left_out_section, prediction_section
from harness.report.card_html import card_html
from harness.report.card_markdown import card_markdown
from harness.report.card_quality import (
    calibration_section,
    importance_section,
    metrics_section,
    monitoring_section,
    slices_section,
)
from harness.report.card_training import environment_section, training_section
from harness.report.model_document import MODEL_PARTS, read_document

LAST_TITLES = ("Licence", "Contact")  # of a human's parts, at the end


def write_card(folder: Path = Path()) -> Card:
    """Write card.md and card.html; the card. Raises ProjectError if a file that it is made of is missing or broken."""
    files = CardFiles(folder)
    card = build_card(files)
    human = read_document(folder / MODEL_DOCUMENT)
    write_bytes(folder / CARD_MARKDOWN, card_markdown(card, files, human).encode())
    write_bytes(folder / CARD_HTML, card_html(card).encode())
    return card


def build_card(files: CardFiles) -> Card:
    """The card, as data."""
    said = read_document(files.folder / MODEL_DOCUMENT)
    human = {title: CardSection(title=title, text=text or [NOT_STATED]) for title, text in said.items()}
    made = (
        data_section,
        left_out_section,
        metrics_section,
        slices_section,
        calibration_section,
        importance_section,
        monitoring_section,
        training_section,
        environment_section,
    )
    sections = [
        prediction_section(files),
        *(section for title, section in human.items() if title not in LAST_TITLES),
        *(make(files) for make in made),
        *(human[title] for title in LAST_TITLES),
    ]
    return Card(
        title=f"Model card: {files.contract.target}",
        sections=sections,
        unstated=[title for title in MODEL_PARTS if not said[title]],
    )
