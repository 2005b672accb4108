"""The scikit-learn pipeline and its one ONNX file."""
