"""The model file and its answers: numpy and onnxruntime alone."""
