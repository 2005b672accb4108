"""The model card as data: sections of plain text and tables, which card_markdown.py and card_html.py write out.

It travels inside report.json, so it is strict and bounded like the rest of it, and nothing in it is markup.
"""

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from harness.core.contract import Contract
from harness.core.files import file_hash, read_json
from harness.core.metrics_file import ModelMetrics, read_metrics_file
from harness.core.params import Params, load_params
from harness.core.paths import METRICS_PATH, MODEL_PATH, PREPARED, REFERENCE_PATH, TRAINING_PATH
from harness.core.prepared import Prepared
from harness.inference.model_file import ModelFile
from harness.inference.reference import Reference, read_reference

CardLine = Annotated[str, StringConstraints(max_length=2000)]
NOT_STATED = "Not stated."
MOST_TABLE_ROWS = 200


class CardPart(BaseModel):
    """A piece of the card; unknown keys and silent conversions are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class CardSection(CardPart):
    """Paragraphs (a line that begins with "- " is an item of a list), then one table or none."""

    title: CardLine
    text: Annotated[list[CardLine], Field(max_length=100)] = []
    header: Annotated[list[CardLine], Field(max_length=10)] = []
    rows: Annotated[list[Annotated[list[CardLine], Field(max_length=10)]], Field(max_length=MOST_TABLE_ROWS)] = []


class Card(CardPart):
    """All of the card."""

    title: CardLine
    sections: Annotated[list[CardSection], Field(max_length=30)]
    unstated: Annotated[list[CardLine], Field(max_length=30)]  # titles that docs/model.md leaves empty


class CardFiles:
    """What a card is made of, all of one project folder.

    Raises ProjectError if a file is missing or is not what its name says.
    """

    def __init__(self, folder: Path = Path()) -> None:
        self.folder = folder
        self.model = ModelFile(folder / MODEL_PATH)
        self.params: Params = load_params(folder / "params.yaml")
        self.metrics: ModelMetrics = read_metrics_file(folder / METRICS_PATH)
        self.reference: Reference = read_reference(folder / REFERENCE_PATH)
        self.profile = read_json(folder / PREPARED / "profile.json")
        self.training = read_json(folder / TRAINING_PATH)
        self.metrics_hash = file_hash(folder / METRICS_PATH)

    @property
    def contract(self) -> Contract:
        """The contract that the model file carries."""
        return self.model.contract

    def span(self) -> tuple[str, str] | None:
        """First and last moment of the rows, where a column says when they were."""
        name = self.contract.time
        if name is None:
            return None
        prepared = Prepared(self.folder / PREPARED)
        moments = [prepared.read_rows(part)[name] for part in ("train", "test")]
        return str(min(part.min() for part in moments)), str(max(part.max() for part in moments))
