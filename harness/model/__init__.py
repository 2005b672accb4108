"""The scikit-learn pipeline and its one ONNX file."""

from harness.core.lean_docs import leave_out_scipys

leave_out_scipys()  # before any module of this package imports it
