"""Importance of the columns that src/features.py makes: they are inside the model file, so it is cut open for them."""

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx.utils import Extractor

from harness.inference.predictor import Predictor, Scores, open_session

Inputs = dict[str, NDArray[np.generic]]
WIDE = {"numeric_all": "numeric", "categorical_all": "categorical"}  # as harness/model/trace.py names them


class OpenedModel:
    """A model file as two: the raw columns → all columns, and all columns → scores."""

    def __init__(self, predictor: Predictor) -> None:
        self.contract = predictor.contract
        model = onnx.load(predictor.path)
        raw = [node.name for node in model.graph.input]
        made = {name for node in model.graph.node for name in node.output}
        wide = [name for name in WIDE if name in made]
        cut = Extractor(model)
        scores = [node.name for node in model.graph.output]
        self._first = open_session(cut.extract_model(raw, wide).SerializeToString())
        self._second = open_session(cut.extract_model(wide, scores).SerializeToString())
        self._raw, self._wide = raw, wide

    def widen(self, numeric: NDArray[np.float32], categorical: NDArray[np.object_]) -> Inputs:
        """All columns, name → (n, k), of rows encoded as numeric (n, k) and categorical (n, k)."""
        fed = {"numeric": numeric, "categorical": categorical}
        return dict(zip(self._wide, self._first.run(None, {name: fed[name] for name in self._raw}), strict=True))

    def shuffled_scores(self, wide: Inputs, name: str, rng: np.random.Generator) -> Scores:
        """The scores of the rows with one new column in another order."""
        feature = next(feature for feature in self.contract.derived if feature.name == name)
        names = self.contract.widened().names(feature.role)
        key = next(key for key, role in WIDE.items() if role == feature.role)
        values = wide[key].copy()
        at = names.index(name)
        values[:, at] = rng.permutation(values[:, at])
        found: Scores = self._second.run(None, {**wide, key: values})[0]
        return found.reshape(len(found), -1)
