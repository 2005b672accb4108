"""The alert rules under promtool, each firing and quiet; and that the dashboard asks for series that there are."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from tests.support.constants import ROOT

RULES = ROOT / "deploy/prometheus/rules.yml"
KNOWN = re.compile(r"\b(?:model_[a-z_]+|bentoml_service_request_[a-z_]+)\b")
SERIES = {
    "bentoml_service_request_duration_seconds_bucket",
    "bentoml_service_request_duration_seconds_count",
    "bentoml_service_request_total",
    "model_feature_expected",
    "model_feature_rows_total",
    "model_info",
    "model_log_dropped_rows_total",
    "model_monitor_last_look_timestamp_seconds",  # of `make monitor`: monitor.prom
    "model_predictions_total",
    "model_refused_total",
}


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool; on Debian: apt-get install prometheus")
def test_every_alert_fires_where_it_must_and_is_quiet_where_all_is_well() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", "rules_test.yml"], cwd=RULES.parent, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_fires_and_one_that_is_quiet() -> None:
    groups = yaml.safe_load(RULES.read_text("utf-8"))["groups"]
    alerts = {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}
    cases = yaml.safe_load(RULES.with_name("rules_test.yml").read_text("utf-8"))["tests"]
    told = [case for test in cases for case in test["alert_rule_test"]]
    assert {case["alertname"] for case in told if case.get("exp_alerts")} == alerts
    assert {case["alertname"] for case in told if not case.get("exp_alerts")} == alerts


def test_rules_and_dashboard_ask_for_series_that_the_service_has() -> None:
    dashboard = json.loads((ROOT / "deploy/grafana/dashboard.json").read_text("utf-8"))
    queries = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    asked = set(KNOWN.findall(" ".join([*queries, RULES.read_text("utf-8")]))) - {"model"}
    assert asked <= SERIES
