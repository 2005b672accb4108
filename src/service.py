"""The BentoML service. Its method `predict` is what answers POST /predict: change it, and clients get another answer.

The rows have passed the model's contract: a dict each, in which a missing value is None or absent. A rule of your own:

    answer = self.model.answer(rows)
    for row, prediction in zip(rows, answer.predictions, strict=True):
        if row.get("price") == 0:
            prediction["label"] = 0
    return answer

To refuse a request, raise bentoml.exceptions.InvalidArgument("why"). The method runs in the event loop: what takes
long, as asking another service does, belongs into an `async def` that awaits it.
"""

import bentoml

from harness.serve.application import (
    SERVICE_OPTIONS,
    Answer,
    AnswerBody,
    RequestBody,
    RequestRows,
    load_model,
    with_endpoints,
)


@with_endpoints
@bentoml.service(**SERVICE_OPTIONS)
class ModelService:
    """Answers rows with the predictions of the model file that was evaluated."""

    def __init__(self) -> None:
        self.model = load_model()

    @bentoml.api(input_spec=RequestBody, output_spec=AnswerBody)
    def predict(self, rows: RequestRows) -> Answer:
        """A label and the probability of each class (or a value) for each row."""
        return self.model.answer(rows)
