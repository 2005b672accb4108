"""HistGradientBoosting with values that lie as near to each other as float32 can tell apart."""

from typing import Any

import numpy as np
import onnxruntime
import pytest
from skl2onnx import convert_sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from harness.model.onnx_hist import at_most, register_hist


@pytest.mark.parametrize("kind", [HistGradientBoostingClassifier, HistGradientBoostingRegressor])
@pytest.mark.parametrize("start", [1000.0, -1000.0])
def test_a_row_at_a_threshold_goes_to_the_same_side(kind: Any, start: float) -> None:
    """Of 10⁷ rows one was .0024 off: the middle between two neighbours was rounded up to the higher one."""
    register_hist()
    values = np.float32(start) + np.spacing(np.float32(1000)) * np.arange(60, dtype=np.float32)
    x = np.repeat(values, 4)[:, np.newaxis]
    y = np.repeat(np.arange(60) % 2, 4)
    fitted = kind(max_iter=3, min_samples_leaf=1, max_leaf_nodes=None, early_stopping=False).fit(x, y)
    model = convert_sklearn(
        fitted, "model", [("x", FloatTensorType([None, 1]))], target_opset={"": 21, "ai.onnx.ml": 3}
    )
    found = onnxruntime.InferenceSession(model.SerializeToString()).run(None, {"x": x})[-1]
    if kind is HistGradientBoostingClassifier:
        np.testing.assert_allclose([one[1] for one in found], fitted.predict_proba(x)[:, 1], atol=1e-6)
    else:
        np.testing.assert_allclose(found[:, 0], fitted.predict(x), atol=1e-6)


def test_a_threshold_is_lowered_to_a_float32_and_no_further() -> None:
    given = np.array([0.1, 0.5, 7.91045, -3.3, 1e300, -1e300, np.inf])
    found = at_most(given)
    assert (found <= given).all()
    assert (np.nextafter(found[:4], np.float32(np.inf)) > given[:4]).all()
