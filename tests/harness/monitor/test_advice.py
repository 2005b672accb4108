"""What a look tells a person to do: its words fit what was given, and its commands work as they are printed."""

from pathlib import Path

import numpy as np
import pandas as pd
import pandera.pandas as pa
import pytest

from harness.core.errors import ProjectError
from harness.monitor.advice import retrain_command
from harness.monitor.findings import Look
from harness.monitor.markdown import to_text
from harness.monitor.run import monitor
from harness.monitor.terminal import print_look
from tests.support.monitoring import START, traffic
from tests.support.project import Project, project_in
from tests.support.tables import Customers, customers

NOW = START + np.timedelta64(100, "D")
LOG, OUT, TRUTH = Path("log"), Path("out"), Path("truth.csv")
EMBEDDED = "outs: [{path: data, remote: store}]\n"
ADOPTED = "meta: {read: {kind: csv, delimiter: ';', encoding: cp1252, columns: {}}}\n"


class Households(Customers):
    """Customers of whom several live together."""

    household: int = pa.Field(metadata={"role": "group"})


def look(truth: bool = True) -> Look:
    return monitor(str(LOG), str(TRUTH) if truth else "", out=OUT, now=NOW)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Look, str]:
    """A look at rows of groups with their labels, and what was printed of it; then one without the group's column."""
    with pytest.MonkeyPatch.context() as monkeypatch, pytest.MonkeyPatch.context() as told:
        project = project_in(tmp_path_factory.mktemp("groups"), monkeypatch)
        project.become("binary", 1200)
        monkeypatch.setattr("src.schema.Schema", Households)
        project.write(customers(1200).assign(household=np.arange(1200) // 4))
        project.run()
        made = traffic(300)
        made.write(LOG / "a.jsonl")
        made.labels.assign(household=np.arange(300) // 3).to_csv(TRUTH, index=False)
        printed: list[str] = []
        told.setattr("builtins.print", lambda text="", **_: printed.append(str(text)))
        found = look()
        made.labels.assign(Houshold=1).to_csv(TRUTH, index=False)
        try:
            monitor(str(LOG), str(TRUTH), out=Path("other"), now=NOW)
        except ProjectError as error:
            printed.append(f"error: {error}, {Path('other').exists()}")
    return found, "\n".join(printed)


def test_groups_are_not_called_rows(shared: tuple[Look, str]) -> None:
    """614 rows in the table and 2500 of 2500 below it: somebody searched for the lost ones."""
    found, printed = shared
    assert (found.group, found.risks[0].units, found.truth and found.truth.labelled) == ("household", 100, 300)
    assert f"{'labelled loss of':28} {'test':>9} {'limit':>9} {'now':>9} {'groups':>9}   evidence" in printed
    assert "have a label; all rows of one household are one group, which counts once" in printed
    assert "| now | groups judged | evidence |" in to_text(found)
    assert "All rows of one `household` are one group, which counts once." in to_text(found)


def test_a_truth_without_the_group_is_an_error_and_no_label_is_called_absent(shared: tuple[Look, str]) -> None:
    assert shared[1].splitlines()[-1] == (
        "error: TRUTH: the column household (the group) is absent (did you mean Houshold?): rows of one household are "
        "one unit of evidence, so no loss can be judged, False"
    )


@pytest.mark.usefixtures("watched")
def test_labels_that_were_given_are_not_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    traffic(600).write(LOG / "a.jsonl", TRUTH)
    found = look()
    seen = found.risks[0].detectable
    assert seen is not None and found.estimated is not None  # noqa: PT018
    for loss, told in (
        (seen + 0.1, f"The labels of 600 rows show no loss (a mean loss of {seen:.4g} or more would be shown). "),
        (seen - 0.1, f"The labels of 600 rows show no loss, but only a mean loss of {seen:.4g} or more would be shown"),
    ):
        estimated = found.estimated.model_copy(update={"shown": True, "loss": loss})
        lossy = found.model_copy(update={"outcome": "loss estimated", "estimated": estimated, "reason": "0.2"})
        capsys.readouterr()
        print_look(lossy, "")
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "🟠 A loss is estimated: 0.2"
        assert lines[1].startswith(told)
        assert "Get labels" not in "\n".join(lines)
        assert told.strip() in to_text(lossy)
    drifted = found.model_copy(update={"outcome": "drift without shown loss"})
    assert "The rows have moved. The labels of 600 rows show no loss" in to_text(drifted)
    few = found.model_copy(update={"risks": [found.risks[0].model_copy(update={"detectable": None})]})
    assert "too few to show a loss" in to_text(few.model_copy(update={"outcome": "loss estimated"}))
    without = found.model_copy(update={"outcome": "loss estimated", "truth": None})
    assert "\nGet labels: they show whether the model loses. The estimate does not see" in to_text(without)


@pytest.mark.usefixtures("watched")
def test_the_look_at_the_labels_names_what_had_moved_before() -> None:
    """Its rows are old ones then, and the alarm's page, which becomes the retraining's, did not name the column."""
    made = traffic(
        3000, flipped=0.5, change=lambda rows: rows.update(pd.Series(["nowhere"] * len(rows), name="region"))
    )
    made.write(LOG / "a.jsonl", TRUTH)
    assert look(truth=False).outcome == "drift without shown loss"
    found = look()
    assert (found.outcome, found.notices) == ("loss shown", ["look 1 showed drift of region"])


@pytest.mark.usefixtures("watched")
def test_it_is_said_from_where_on_a_loss_is_estimated(capsys: pytest.CaptureFixture[str]) -> None:
    """A change above +0.0004 was no alarm, and nothing said which one is."""
    traffic(600).write(LOG / "a.jsonl")
    look(truth=False)
    assert ", an alarm from +0.0200 on)" in capsys.readouterr().out
    assert ", an alarm from +0.0200 on)." in (OUT / "monitor.md").read_text("utf-8")


def test_the_alarm_names_the_whole_command(watched: Project, capsys: pytest.CaptureFixture[str]) -> None:
    traffic(600, flipped=0.5).write(LOG / "a.jsonl", TRUTH)
    (watched.folder / "data.dvc").write_text(EMBEDDED)
    assert look().outcome == "loss shown"
    told = "Retrain: `make retrain LOG=log TRUTH=truth.csv ROWS_IN_GIT=1`, or the pull request"
    assert capsys.readouterr().out.splitlines()[1].startswith(told)
    assert "Retrain: `make retrain LOG=… TRUTH=…`, or" in (OUT / "monitor.md").read_text("utf-8")
    (watched.folder / "data.dvc").unlink()
    told = "make retrain LOG='my logs' TRUTH=…"
    assert retrain_command("my logs", "https://me:hunter2@host/truth.csv") == told


def test_a_truth_in_the_form_of_the_adopted_table_is_read(watched: Project) -> None:
    """`make data` and `make predict` read such a file; its labels were refused."""
    made = traffic(200)
    made.write(LOG / "a.jsonl")
    (watched.folder / "data.dvc").write_text(ADOPTED + EMBEDDED)
    watched.monkeypatch.setattr("harness.tables.own_form.load_schema", lambda: Customers)
    made.labels.assign(Straße="Süd").to_csv(TRUTH, index=False, sep=";", encoding="cp1252")
    assert look().risks[0].units == 200


@pytest.mark.usefixtures("watched")
@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("request_id;churned\nr0;yes\n", "truth.csv: has one column, 'request_id;churned': commas are needed between"),
        ("request_id,Churnd\nr0,yes\n", r"the column churned \(the target\) is absent \(did you mean Churnd\?\)$"),
        ("Custommer,churned\n1,yes\n", r"the column request_id or customer \(did you mean Custommer\?\), which says"),
        ("request_id,churned,Straße\nr0,yes,Süd\n", "truth.csv: not UTF-8; save the file as UTF-8$"),
    ],
)
def test_a_truth_that_cannot_be_read_is_told_what_is_wrong_with_it(content: str, message: str) -> None:
    traffic(50).write(LOG / "a.jsonl")
    TRUTH.write_bytes(content.encode("cp1252"))
    with pytest.raises(ProjectError, match=message):
        look()
