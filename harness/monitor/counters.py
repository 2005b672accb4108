"""What the service counted, asked of Prometheus: rows by feature and bin, over every worker and replica."""

import json
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import urlopen

import numpy as np

from harness.core.errors import ProjectError
from harness.inference.reference import SCORE_LABEL, Floats, Reference
from harness.project.web_address import check_web_address
from harness.serve.drift_counters import bin_labels

ANSWER_SECONDS = 30
COUNTS_QUERY = 'sum by (feature, bin) (increase(model_feature_rows_total{{model="{model}"}}[{seconds}s]))'
REFUSED_QUERY = "sum by (reason) (increase(model_refused_total[{seconds}s]))"


def read_counters(url: str, reference: Reference, seconds: int) -> dict[str, Floats]:
    """Counts of each feature's bins ("" is the score) over the last seconds; a restart of the service loses none.

    `increase` allows for counters that began again. Raises ProjectError if Prometheus is gone or knows no such counter.
    """
    found = _ask(url, COUNTS_QUERY.format(model=reference.model[:12], seconds=seconds))
    bins = {spread.name: bin_labels(len(spread.expected)) for spread in reference.features}
    bins[""] = bin_labels(len(reference.score.expected))
    counts: dict[str, Floats] = {}
    for labels, value in found:
        own = labels.get("feature", "")
        name = "" if own == SCORE_LABEL else own
        known = bins.get(name, [])
        if (label := labels.get("bin", "")) in known:
            counts.setdefault(name, np.zeros(len(known)))[known.index(label)] += round(value)
    counted = {name: row for name, row in counts.items() if row.sum()}
    if not counted:
        raise ProjectError(f"{url}: no rows of model {reference.model[:12]} were counted in the last {seconds} s")
    return counted


def read_refused(url: str, seconds: int) -> dict[str, int]:
    """Refused requests by reason."""
    rows = _ask(url, REFUSED_QUERY.format(seconds=seconds))
    return {labels.get("reason", "unknown"): round(value) for labels, value in rows if round(value)}


def _ask(url: str, query: str) -> list[tuple[dict[str, str], float]]:
    check_web_address("PROMETHEUS", url)
    try:
        asked = f"{url.rstrip('/')}/api/v1/query?{urlencode({'query': query})}"
        with urlopen(asked, timeout=ANSWER_SECONDS) as answer:  # noqa: S310
            rows = json.load(answer)["data"]["result"]
        return [(row["metric"], float(row["value"][1])) for row in rows]
    except (URLError, OSError) as error:
        raise ProjectError(f"{url}: Prometheus does not answer: {getattr(error, 'reason', error)}") from None
    except (KeyError, IndexError, TypeError, ValueError):
        raise ProjectError(f"{url}: this answer is not from Prometheus") from None
