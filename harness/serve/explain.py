"""POST /explain: rows, refused as POST /predict refuses them → what each answer depends on."""

from collections.abc import Callable

from pydantic_core import to_json
from starlette.types import Receive, Scope

from harness.core.errors import ProjectError
from harness.serve.answer import Explanation, NoAnswerError
from harness.serve.http import JSON_TYPE, Reply, refusal
from harness.serve.payloads import no_answer
from harness.serve.predict import PredictEndpoint
from harness.serve.rows import RequestRows

MOST_EXPLAINED = 20  # rows of a request: each costs up to 12 predictions a column


class ExplainEndpoint:
    """Explains with the loaded model, by itself: the project's own rules are not in the explanation."""

    def __init__(
        self, predict: PredictEndpoint, explain: Callable[[RequestRows], list[Explanation]], version: str
    ) -> None:
        self._predict, self._explain, self._version = predict, explain, version

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        rows = await self._predict.read_rows(scope, receive)
        if isinstance(rows, Reply):
            return rows
        if len(rows) > MOST_EXPLAINED:
            return refusal(400, f"at most {MOST_EXPLAINED} rows are explained at once, got {len(rows)}")
        try:
            found = self._explain(rows)
        except NoAnswerError as error:
            return Reply(400, JSON_TYPE, to_json(no_answer(error.rows)))
        except ProjectError as error:
            return refusal(503, str(error))
        return Reply(200, JSON_TYPE, to_json({"model_version": self._version, "explanations": found}))
