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

MOST_EXPLAINED = 20  # rows of a request: each costs up to 12 predictions a column, each of them of all columns
MOST_COST = 200_000  # of rows × columns²: about 0.2 s, in which the process answers nobody else


class ExplainEndpoint:
    """Explains with the loaded model, by itself: the project's own rules are not in the explanation."""

    def __init__(
        self, predict: PredictEndpoint, explain: Callable[[RequestRows], list[Explanation]], version: str, columns: int
    ) -> None:
        self._predict, self._explain, self._version, self._columns = predict, explain, version, columns

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        rows = await self._predict.read_rows(scope, receive)
        if isinstance(rows, Reply):
            return rows
        if len(rows) > (most := most_explained(self._columns)):
            told = f"at most {most} rows of {self._columns} columns are explained at once, got {len(rows)}"
            return refusal(400, told)
        try:
            found = self._explain(rows)
        except NoAnswerError as error:
            return Reply(400, JSON_TYPE, to_json(no_answer(error.rows)))
        except ProjectError as error:
            return refusal(503, str(error))
        return Reply(200, JSON_TYPE, to_json({"model_version": self._version, "explanations": found}))


def most_explained(columns: int) -> int:
    """Rows of a request, fewer for a wide table; one is always explained."""
    return max(1, min(MOST_EXPLAINED, MOST_COST // columns**2))
