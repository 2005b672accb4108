"""The card's sections on quality: metrics, slices with their gaps, calibration, importance, and what is watched."""

from collections.abc import Iterator

from harness.core.contract import as_text
from harness.core.metrics_file import SliceMetrics
from harness.evaluate.metrics import KNOWN_METRICS, better_of
from harness.evaluate.project_metrics import project_metrics
from harness.report.card import MOST_TABLE_ROWS, CardFiles, CardSection
from harness.report.numbers import interval, number, signed, signed_interval

MOST_IMPORTANCES = 50


def metrics_section(files: CardFiles) -> CardSection:
    """Each metric of the test rows with its interval."""
    metrics, primary = files.metrics, files.params.evaluate.primary
    known = {one.metric: interval(one.low, one.high) for one in metrics.intervals}
    ordered = sorted(metrics.test, key=lambda name: name != primary)
    return CardSection(
        title="Metrics",
        text=[
            f"Measured on {metrics.rows:,} test rows that the model was not trained on; {primary} is the metric that "
            "decides. Intervals: bootstrap, 95 % each; where there is none, the rows are too few for one."
        ],
        header=["metric", "value", "95 % interval"],
        rows=[[name, number(metrics.test[name]), known.get(name, "")] for name in ordered][:MOST_TABLE_ROWS],
    )


def slices_section(files: CardFiles) -> CardSection:
    """Of each slice the primary metric, and its gap to the other rows; who is too few to judge."""
    primary, parts = files.params.evaluate.primary, files.metrics.slices
    if not parts:
        text = ["Not examined: no column of src/schema.py has the role slice."]
        return CardSection(title="Fairness: the slices", text=text)
    text = [
        f"The gap is {primary} in the slice minus {primary} on all other test rows. Each interval holds 95 % by "
        "itself: where there is no gap, one of 20 intervals still leaves out 0."
    ]
    return CardSection(
        title="Fairness: the slices",
        text=[*text, _unjudged(parts)],
        header=["slice", "rows", primary, "gap", "95 % interval of the gap", "what it shows"],
        rows=[_slice(part, primary, _is_higher_better(files)) for part in parts][:MOST_TABLE_ROWS],
    )


def calibration_section(files: CardFiles) -> CardSection:
    """What was predicted beside what was observed, in bins of equally many rows."""
    regression = files.contract.task == "regression"
    bins = [[number(one.predicted), number(one.observed), str(one.rows)] for one in files.metrics.calibration]
    text = ["Each line stands for about as many test rows. In a calibrated model the first two columns agree."]
    header = ["mean prediction", "observed mean" if regression else "observed share", "rows"]
    return CardSection(title="Calibration", text=text, header=header, rows=bins)


def importance_section(files: CardFiles) -> CardSection:
    """How much the primary metric loses when a column is shuffled."""
    primary = files.params.evaluate.primary
    rows = [[one.feature, signed(one.mean), number(one.standard_deviation)] for one in files.metrics.importance]
    text = [
        f"How much worse {primary} gets when one column is shuffled (mean and standard deviation over the shuffles). "
        "Columns that say the same share their importance, and none of it is a cause."
    ]
    header = ["column", "loss", "standard deviation"]
    return CardSection(title="Importance", text=text, header=header, rows=rows[:MOST_IMPORTANCES])


def monitoring_section(files: CardFiles) -> CardSection:
    """The loss that the running model is held to, and from where on it is an alarm."""
    reference, monitor = files.reference, files.params.monitor
    days = f"{monitor.delay:g} days" if monitor.delay else "at once"
    clip = f", at most {number(reference.loss.clip)}" if reference.loss.clip is not None else ""
    text = [
        f"Watched once it runs: the loss of each labelled row ({reference.loss.kind}{clip}; 0 is right, 1 as wrong as "
        f"can be), and the drift of {len(reference.features)} columns and of the score against {reference.rows:,} "
        "test rows.",
        f"An alarm is raised when the mean loss is shown to exceed the limit below: the upper bound of the test's loss "
        f"plus {monitor.margin:g}. Labels count {'after ' if monitor.delay else ''}{days}. If nothing changes, the "
        "chance of any alarm in the model's deployed life is 5 % at most. Drift alone informs.",
    ]
    rows = [
        [
            f"{one.column} = {one.value}" if one.column is not None else "all rows",
            str(one.units),
            number(one.mean),
            number(min(1.0, one.upper + monitor.margin)),
        ]
        for one in reference.risks
    ]
    header = ["rows of", "test rows or groups", "mean loss in the test", "limit"]
    return CardSection(title="Monitoring limits", text=text, header=header, rows=rows[:MOST_TABLE_ROWS])


def _unjudged(parts: list[SliceMetrics]) -> str:
    names = list(dict.fromkeys(_unjudged_names(parts)))
    return f"Too few to judge: {', '.join(names)}."[:2000] if names else "Every slice has enough rows to be judged."


def _unjudged_names(parts: list[SliceMetrics]) -> Iterator[str]:
    for part in parts:
        if part.gap is None or part.gap.low is None:
            yield _name(part)


def _name(part: SliceMetrics) -> str:
    return f"{part.column} = {'missing' if part.value is None else as_text(part.value)}"


def _is_higher_better(files: CardFiles) -> bool:
    """Of the primary metric, which may be one of the project's own."""
    task, primary = files.contract.task, files.params.evaluate.primary
    own = {} if primary in KNOWN_METRICS[task] else project_metrics(files.params, files.folder)
    return better_of(task, primary, own) == "higher"


def _slice(part: SliceMetrics, primary: str, higher: bool) -> list[str]:
    value, gap = (part.test or {}).get(primary), part.gap
    row = [_name(part)[:2000], str(part.rows), number(value)]
    if gap is None:
        return [*row, "", "", part.not_evaluable or "undefined on these rows"]
    shown = "no evidence of a gap"
    if gap.low is None or gap.high is None:
        shown = f"too few to judge: {gap.reason}"
    elif gap.low > 0 or gap.high < 0:
        shown = "better than elsewhere" if (gap.low > 0) == higher else "worse than elsewhere"
    return [*row, signed(gap.gap), signed_interval(gap.low, gap.high), shown]
