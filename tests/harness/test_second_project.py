"""A second project in a folder of the repository stands on the same harness, and is found from where it lies."""

import shutil

from tests.support.clone import Clone


def test_a_project_in_another_folder_makes_the_same_model(evaluated: Clone, clone: Clone) -> None:
    second = clone.folder / "second"
    shutil.copytree(clone.folder / "src", second / "src")
    for name in ("params.yaml", "data.dvc"):
        shutil.copy(clone.folder / name, second / name)
    stages = (clone.folder / "dvc.yaml").read_text("utf-8")
    for folder in ("harness/", "requirements/"):
        stages = stages.replace(f"- {folder}", f"- ../{folder}")
    (second / "dvc.yaml").write_text(stages, "utf-8")
    clone.run("python", "-m", "harness", "--project", "second", "pipeline")
    for name in ("model/model.onnx", "evaluation/metrics.json"):
        assert (second / "artifacts" / name).read_bytes() == (evaluated.folder / "artifacts" / name).read_bytes(), name
    assert not (clone.folder / "artifacts/model").exists()
