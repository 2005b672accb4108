"""What ensembles of doubles give: ONNX says float32, skl2onnx takes it for double, and onnxruntime refuses the mix."""

import onnx
from onnx.helper import make_node

ENSEMBLES = ("TreeEnsembleClassifier", "TreeEnsembleRegressor")
DOUBLES = "nodes_values_as_tensor"  # only an ensemble of doubles has it


def with_casts(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model in which such sums become double where they arise, and its scores are float32 at last."""
    graph = model.graph
    nodes = []
    for node in graph.node:
        nodes.append(node)
        if node.op_type in ENSEMBLES and any(attribute.name == DOUBLES for attribute in node.attribute):
            wanted = node.output[-1]
            node.output[-1] = f"{wanted}_float"
            nodes.append(_cast(f"{wanted}_float", wanted, onnx.TensorProto.DOUBLE))
    for output in graph.output:
        inner = f"{output.name}_double"  # or float already; skl2onnx does not always say
        for node in nodes:
            node.output[:] = [inner if name == output.name else name for name in node.output]
            node.input[:] = [inner if name == output.name else name for name in node.input]
        nodes.append(_cast(inner, output.name, onnx.TensorProto.FLOAT))
        output.type.tensor_type.elem_type = onnx.TensorProto.FLOAT
    del graph.node[:]
    graph.node.extend(nodes)
    del graph.value_info[:]  # some of them say what is no longer so
    return model


def _cast(given: str, made: str, kind: int) -> onnx.NodeProto:
    return make_node("Cast", [given], [made], name=f"Cast of {given}", to=kind)
