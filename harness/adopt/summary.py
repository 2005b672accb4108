"""What `make adopt` decided, said in few lines: what people have to check."""

import re
from collections.abc import Iterator

from harness.adopt.draft import Draft
from harness.adopt.gate_rules import gate_notes
from harness.adopt.install import removed
from harness.adopt.plan import Column
from harness.core.params import load_params
from harness.core.paths import EXAMPLE_TESTS
from harness.data.roles import FEATURE_ROLES
from harness.tables.source import Source

COLUMNS_SHOWN, OF_ONE_KIND = 30, 5  # lines of check, and of left out; and those with one reason


def print_summary(draft: Draft, source: Source, moved: bool) -> None:
    """Print it; `moved`: the data goes to a remote at once."""
    print("\n".join(_lines(draft, source, moved)))


def _lines(draft: Draft, source: Source, moved: bool) -> Iterator[str]:
    plan, trial = draft.plan, draft.trial
    form = {
        "csv": f"{source.encoding}, delimiter {source.delimiter!r}",
        "json": "JSON",
        "parquet": "Parquet",
        "workbook": f"sheet {source.sheet}",
    }[source.kind]
    yield f"\n{source.path.name}: {trial.rows:,} rows, {len(source.header)} columns ({form})"
    if source.others:
        yield f"note      other sheets, which are not read (SHEET=…): {', '.join(source.others[: OF_ONE_KIND * 2])}"
    yield f"target    {plan.named('target')[0]}: {plan.task} ({plan.why})"
    for role in ("id", "group", "time"):
        for column in plan.columns:
            if role in column.roles:
                apart = ": no entity is in train and test" if role == "group" and not plan.named("time") else ""
                yield f"{role:9} {column.name}: {column.reason}{apart}"
    yield f"split     {trial.split}" + (
        f" (seed {trial.seed}, so that every class is on both sides)" if trial.seed else ""
    )
    features = plan.features
    kinds = {role: sum(role in column.roles for column in features) for role in FEATURE_ROLES}
    yield f"features  {len(features)}: {', '.join(f'{number} {role}' for role, number in kinds.items() if number)}"
    if plan.named("slice"):
        yield f"slices    {', '.join(plan.named('slice'))}"
    yield from _listed("check", [column for column in features if column.reason and "time" not in column.roles])
    yield from _listed("left out", [column for column in plan.columns if not column.roles])
    yield from (f"note      {note}" for note in plan.notes)
    left = "" if all(column.stored for column in plan.columns) else ", without what is marked so above"
    yield f"data      data/{draft.data.name}: {draft.data.stat().st_size:,} bytes{left}"
    if draft.embedded and draft.small and not moved:
        yield "note      the data is committed with the repository (.dvc/store): who can read it can read every row;"
        yield "          DROP=… keeps a column out, make remote keeps all of it elsewhere"
    if trial.repeated:
        are = "row is an exact duplicate" if trial.repeated == 1 else "rows are exact duplicates"
        yield f"note      {trial.repeated:,} {are}, which preprocess drops"
    if trial.twins:
        name = ", ".join(plan.named("id"))
        yield f"note      {trial.twins:,} rows equal another one except for {name}; train and test may each have one:"
        yield f"          if they are copies: DROP={name} keeps them on one side"
    yield from (f"gate      {note}" for note in gate_notes(plan.task, draft.primary, draft.gates, load_params().gates))
    if tests := [str(path) for path in removed() if path in EXAMPLE_TESTS]:
        yield f"note      {', '.join(tests)}: for the table before, so not kept;"
        yield "          docs/extend.md has the three lines that test how your model behaves"
    yield ""


def _listed(title: str, columns: list[Column]) -> Iterator[str]:
    kinds: dict[str, list[Column]] = {}
    for column in columns:
        kinds.setdefault(re.sub(r"[\d.,%]+|'[^']*'", "", column.reason), []).append(column)
    lines = [f"{title:9} {c.name}: {c.reason}" for kind in kinds.values() for c in kind[:OF_ONE_KIND]]
    yield from lines[:COLUMNS_SHOWN]
    folded = len(columns) - len(lines[:COLUMNS_SHOWN])
    if folded:
        yield f"{title:9} … and {folded} more like these (src/schema.py has them all)"
