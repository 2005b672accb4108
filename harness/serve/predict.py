"""POST /predict: a request's body → rows that the contract allows → what ModelService.predict makes of them."""

import logging
from collections.abc import Callable
from inspect import isawaitable

from bentoml import Service, get_current_service
from bentoml.exceptions import BentoMLException
from pydantic import ValidationError
from pydantic_core import to_json
from starlette.types import Receive, Scope

from harness.core.errors import ProjectError
from harness.serve.answer import NoAnswerError
from harness.serve.budget import BodyBudget
from harness.serve.http import JSON_TYPE, Reply, arrival_seconds, read_body, refusal, refuse_headers
from harness.serve.payloads import Payloads, errors_of, no_answer
from harness.serve.project_service import SERVICE_PATH, check_predict, describe_failure, has_started
from harness.serve.refused import count_refused
from harness.serve.rows import RequestRows

BODIES = 67_108_864  # bytes of bodies that a process holds at once, at least
NOT_READY = refusal(503, "the model is not ready")


class PredictEndpoint:
    """Gives a request's rows to the service's method.

    BentoML's own way from a request to a method takes longer than all the rest, and logs the values of a request that
    it refuses.
    """

    def __init__(self, service: Service[object], payloads: Payloads) -> None:
        check_predict(service)
        self._payloads = payloads
        self._method: Callable[[object, object], object] = service.apis["predict"].func
        self._budget = BodyBudget(max(BODIES, 2 * payloads.most_bytes))
        self._log = logging.getLogger("bentoml")

    async def __call__(self, scope: Scope, receive: Receive) -> Reply:
        rows = await self.read_rows(scope, receive)
        return rows if isinstance(rows, Reply) else await self._answer(rows)

    async def read_rows(self, scope: Scope, receive: Receive) -> RequestRows | Reply:
        """The rows of a request, or how it is refused."""
        refused = refuse_headers(scope["headers"], self._payloads.most_bytes)
        if refused:
            return refused
        body = await read_body(receive, self._payloads.most_bytes, self._budget, arrival_seconds(scope))
        if isinstance(body, Reply):
            return body
        if not has_started():
            return NOT_READY
        try:
            return self._payloads.read(body)
        except ProjectError as error:
            return refusal(400, str(error))
        except ValidationError as error:
            count_refused(error)
            return Reply(400, JSON_TYPE, to_json(errors_of(error)))

    async def _answer(self, rows: RequestRows) -> Reply:
        """What the project's method makes of rows. Its errors are logged without their text: it may hold values."""
        count = len(rows)
        try:
            answer = self._method(get_current_service(), rows)
            if isawaitable(answer):
                answer = await answer
            return Reply(200, JSON_TYPE, self._payloads.write(answer, count))
        except NoAnswerError as error:
            return Reply(400, JSON_TYPE, to_json(no_answer(error.rows)))
        except ProjectError as error:
            self._log.error("%s: %s", SERVICE_PATH, error)
            return refusal(500, "the service's answer has another form than it declares")
        except BentoMLException as error:
            if 400 <= error.error_code < 500:
                return refusal(int(error.error_code), str(error))
            self._log.error("predict failed: %s", describe_failure(error))
        except Exception as error:  # whatever a project's own method may raise
            self._log.error("predict failed: %s", describe_failure(error))
        return refusal(500, "the service failed to answer; its log names the line")
