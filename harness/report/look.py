"""How the report looks: signs, colours, and the order of the sections. To change any of them, edit this file."""

from harness.evaluate.colours import BLUE, GREEN, GREY, INK, RED

VERDICT_SIGNS = {"better": "🟢 better", "worse": "🔴 worse", "no evidence": "⚪ no evidence"}
SAME_MODEL = "same model"  # the verdict where the two files are equal
VERDICT_COLOURS = {"better": GREEN, "worse": RED, "no evidence": GREY}
VERDICT_MARKERS = {"better": ">", "worse": "<", "no evidence": "o"}  # of matplotlib: not told by colour alone
RULE_SIGNS = {"pass": "✅", "fail": "❌", "undecided": "➖", "not evaluable": "➖"}
MODEL_COLOURS = {"base": INK, "candidate": BLUE}
MODEL_NAMES = {"base": "base", "candidate": "this"}
FILE_SIGNS = {"A": "added", "M": "changed", "D": "removed", "T": "changed"}

# Always open, in this order; harness/report/markdown.py says which function writes which.
OPEN = ("notes", "forest", "metrics", "gate", "own_gate")
# Folded under their titles, in this order.
FOLDED = {
    "cv": "Cross-validated scores",
    "slices": "Slices",
    "curves": "Curves",
    "behaviour": "Behaviour tests",
    "coverage": "Prediction intervals, or sets",
    "flips": "Predictions that changed",
    "changes": "What changed",
    "card": "Model card",
    "reproduce": "How to reproduce this, and what the columns mean",
}
FOLDED_ROWS = 20  # of one folded table
