"""Libraries without the documentation that they write while they are imported."""

import subprocess
import sys

PROGRAM = """\
from harness.core.lean_docs import leave_out_matplotlibs, leave_out_scipys
leave_out_scipys()
leave_out_matplotlibs()
from matplotlib.lines import Line2D
from scipy import stats
assert "array_api" not in stats.rankdata.__doc__ and "linewidth" not in Line2D.set.__doc__
assert stats.rankdata([3.0, 1.0]).tolist() == [2, 1] and stats.spearmanr([1, 2, 3], [2, 4, 9]).statistic == 1
"""


def test_they_work_as_before() -> None:
    subprocess.run([sys.executable, "-c", PROGRAM], check=True)
