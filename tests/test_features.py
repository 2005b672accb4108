"""Your features: what src/features.py makes of your columns, and that the model file makes the same. Add your own."""

from dataclasses import replace

from harness.core.loader import load_hook, load_schema
from harness.core.params import load_params
from harness.data.roles import build_contract
from harness.inference.predictor import to_columns
from harness.model.features import derive
from harness.model.golden_rows import golden_rows
from harness.model.new_columns import as_feature
from harness.model.trace import FeatureGraph
from tests.support.constants import ROOT


def test_the_model_file_makes_the_same_columns() -> None:
    """On 20 made-up rows that touch every bound, category and gap of the schema."""
    features = load_hook("features", "features", ROOT)
    contract = build_contract(load_schema(ROOT).to_schema(), load_params(ROOT / "params.yaml").task.type)
    columns = to_columns(golden_rows(contract), contract)
    made = derive(features, columns, contract)
    derived = tuple(as_feature(name, values) for name, values in made.items())
    FeatureGraph(features, replace(contract, derived=derived)).check(columns)


# A feature of your own, with numbers that you can check in your head:
#
# def test_the_price_of_one_item() -> None:
#     row = {"price": np.float32([8, np.nan]), "items": np.float32([4, 1])}
#     assert features(np, row)["price_each"].tolist()[0] == 2
