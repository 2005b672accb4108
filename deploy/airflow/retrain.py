"""An example beside: new rows become a retraining pull request, each step one of the commands that people type.

Copy this file into Airflow's folder of DAGs. The worker needs git, make, Python and what `make remote` needs; it clones
the repository anew for each run, so runs do not meet. Airflow's variables:

- project_repository: what `git clone` takes; pushing must be allowed, for the branch retrain/DATE
- project_rows: the table of new rows with their truth, as `make data` takes it
- project_rows_in_git: 1 where these may lie in git; 0 by default, for `make remote` has put the data elsewhere
- project_folder: where the clone lies, made anew for each run; /var/tmp/retrain by default
- project_pull_request: the program that opens the pull request of a pushed branch; by default GitHub's `gh`

The gate is a task like any other: where it fails nothing is pushed. What is pushed is the rows; the pull request's own
run and main's judge the model again, and main's trains what is published.
"""

from datetime import datetime, timedelta

from airflow.providers.standard.operators.bash import BashOperator
from airflow.sdk import DAG

OPEN = "gh pr create --fill --body-file artifacts/monitor/retrain.md"
FOLDER = "{{ var.value.get('project_folder', '/var/tmp/retrain') }}"  # one run at a time uses it
ENVIRONMENT = {
    "REPOSITORY": "{{ var.value.project_repository }}",
    "ROWS": "{{ var.value.project_rows }}",
    "IN_GIT": "{{ var.value.get('project_rows_in_git', '0') }}",
    "OPEN": "{{ var.value.get('project_pull_request', '" + OPEN + "') }}",
}
STEPS = {  # in their order; each begins in the clone
    "clone": 'git clone --quiet "$REPOSITORY" .',
    "data": 'make retrain FILE="$ROWS" ROWS_IN_GIT="$IN_GIT"',
    "validate": "make pipeline STAGE=preprocess",
    "pipeline": "make pipeline",
    "report": "make report BASE=origin/main",
    "gate": "make gate",
    "pull_request": 'git push --quiet --set-upstream origin HEAD && eval "$OPEN"',
}

with DAG(
    "retrain",
    description=__doc__.partition("\n")[0],
    schedule=None,  # by hand, by a sensor of yours for new rows, or e.g. "@weekly"
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,  # one retraining at a time: the branch is that of the day
    default_args={"execution_timeout": timedelta(hours=6)},
    tags=["ml-template"],
) as dag:
    before = BashOperator(task_id="folder", bash_command=f"rm -rf '{FOLDER}' && mkdir -p '{FOLDER}'")
    for name, command in STEPS.items():
        step = BashOperator(
            task_id=name, bash_command=command, cwd=FOLDER, env=ENVIRONMENT, append_env=True, do_xcom_push=False
        )
        before >> step
        before = step
