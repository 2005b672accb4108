"""GET /try: one page to ask the model by hand, made from the contract. It loads nothing, from here or elsewhere."""

from base64 import b64encode
from collections.abc import Mapping
from hashlib import sha256
from html import escape

from harness.core.contract import Contract, Feature, as_text

STYLE = """
:root { color-scheme: light dark; --ink: #1c2024; --paper: #fff; --line: #c3c9d0; --up: #0b6e4f; --down: #a8325e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e8eaed; --paper: #15181c; --line: #4a525b; --up: #4cc38a; --down: #ff8fb1; }
}
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1rem; max-width: 60rem; font: 1rem/1.5 system-ui, sans-serif; color: var(--ink);
  background: var(--paper); }
form { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)); gap: .75rem 1rem; }
label { display: block; overflow-wrap: anywhere; }
input, select, button { width: 100%; min-height: 2.5rem; padding: .25rem .5rem; font: inherit; color: inherit;
  background: var(--paper); border: 1px solid var(--line); border-radius: .25rem; }
button { grid-column: 1 / -1; font-weight: 600; cursor: pointer; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .25rem .5rem; text-align: left; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
.bars td { white-space: nowrap; overflow-wrap: normal; }
.bars td:first-child { white-space: normal; min-width: 6rem; }
.bars td:last-child { width: 45%; }
@media (max-width: 30rem) { .bars th:nth-child(3), .bars td:nth-child(3) { display: none; } }
svg { display: block; width: 100%; height: 1rem; }
.up { fill: var(--up); } .down { fill: var(--down); } .zero { stroke: var(--line); }
"""
SCRIPT = """
const form = document.querySelector("form"), shown = document.querySelector("#answer");
const add = (parent, name, text) => {
  const made = parent.appendChild(document.createElement(name)); made.textContent = text ?? ""; return made;
};
const digits = (value, most = 4) => typeof value === "number" ? String(Number(value.toPrecision(most))) : String(value);
const row = () => Object.fromEntries([...form.elements].filter((field) => field.name && field.value !== "").map(
  (field) => [field.name, field.dataset.type === "string" ? field.value : JSON.parse(field.value)]));
async function ask(path) {
  const answer = await fetch(path, {
    method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({rows: [row()]})});
  const found = await answer.json();
  if (answer.ok) return found;
  const where = (found.detail ?? []).map((fault) => `${fault.loc.slice(2).join(" ")}: ${fault.msg}`);
  throw new Error([found.error, ...where].join("\\n"));
}
function bar(parent, change, most) {
  const svg = parent.appendChild(document.createElementNS("http://www.w3.org/2000/svg", "svg"));
  svg.setAttribute("viewBox", "0 0 200 10"); svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("aria-hidden", "true");
  const size = most ? 100 * Math.abs(change) / most : 0, made = document.createElementNS(svg.namespaceURI, "rect");
  const place = {x: change < 0 ? 100 - size : 100, y: 1, width: size, height: 8, class: change < 0 ? "down" : "up"};
  for (const [name, value] of Object.entries(place)) made.setAttribute(name, value);
  svg.append(made);
}
function table(title, heads, lines) {
  const made = add(shown, "table"), head = add(made, "tr"); made.createCaption().textContent = title;
  for (const text of heads) add(head, "th", text).scope = "col";
  return lines.map((line) => line.reduce((row, text) => (add(row, "td", text), row), add(made, "tr")));
}
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    const {predictions: [found]} = await ask("./predict");
    shown.replaceChildren();
    add(shown, "h2", "Answer: " + digits(found.label ?? found.value));
    if (found.prediction_interval) add(shown, "p", "Interval: " + found.prediction_interval.map(digits).join(" to "));
    if (found.prediction_set) add(shown, "p", "Set: " + found.prediction_set.map(digits).join(", "));
    if (found.probabilities) table("Probability of each class", ["class", "probability"],
      Object.entries(found.probabilities).map(([name, value]) => [name, digits(value)]));
    if (form.dataset.explains !== "1") return;
    const {explanations: [why]} = await ask("./explain");
    const sorted = [...why.features].sort((a, b) => Math.abs(b.change) - Math.abs(a.change));
    const most = Math.abs(sorted[0]?.change ?? 0);
    const signed = (value) => (value < 0 ? "\\u2212" : "+") + digits(Math.abs(value), 2);
    const lines = sorted.map((one) => [one.feature, signed(one.change), digits(one.spread, 2), ""]);
    const title = `Change of the ${why.of} (${digits(why.score)}) if that value were a usual one`;
    const rows = table(title, ["column", "change", "spread", ""], lines);
    rows.forEach((line, place) => bar(line.lastChild, sorted[place].change, most));
    rows[0]?.closest("table").classList.add("bars");
  } catch (error) {
    shown.replaceChildren(); add(shown, "pre", error.message).setAttribute("role", "alert");
  }
});
"""
TEMPLATE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Try the model: {target}</title>
<link rel="icon" href="data:,">
<style>{style}</style>
</head>
<body>
<main>
<h1>Prediction of {target}</h1>
<form data-explains="{explains}">
{fields}
<button>Predict</button>
</form>
<section id="answer" aria-live="polite" aria-label="Answer"></section>
</main>
<script>{script}</script>
</body>
</html>
"""


def build_try_page(contract: Contract, example: Mapping[str, object], explains: bool) -> bytes:
    """The page: a field for each column, which holds the example's value."""
    fields = "\n".join(_field(feature, example.get(feature.name)) for feature in contract.features)
    parts = {"target": escape(contract.target), "fields": fields, "explains": int(explains)}
    return TEMPLATE.format(style=STYLE, script=SCRIPT, **parts).encode()


def try_policy() -> str:
    """The page's own style and script, requests to this service, and nothing else."""
    style, script = (f"'sha256-{b64encode(sha256(part.encode()).digest()).decode()}'" for part in (STYLE, SCRIPT))
    allowed = f"default-src 'none'; connect-src 'self'; img-src data:; style-src {style}; script-src {script}; "
    return allowed + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"


def _field(feature: Feature, value: object) -> str:
    kind = "string" if feature.type in {"string", "date", "time"} else feature.type
    name = f'name="{escape(feature.name)}" data-type="{kind}"'
    label = escape(feature.name) + (" (may be missing)" if feature.nullable else "")
    return f"<label>{label}\n{_input(feature, name, as_text(value))}</label>"


def _input(feature: Feature, name: str, value: str) -> str:
    choices = (True, False) if feature.type == "boolean" else feature.isin
    if choices is not None:
        texts = [*([""] if feature.nullable else []), *map(as_text, choices)]
        options = "".join(
            f'<option value="{escape(text)}"{" selected" * (text == value)}>{escape(text)}</option>' for text in texts
        )
        return f"<select {name}>{options}</select>"
    kind = {"integer": "number", "number": "number"}.get(feature.type, "text")
    kind = "date" if feature.type == "date" and not feature.timed else kind
    step = {"integer": ' step="1"', "number": ' step="any"'}.get(feature.type, "")
    required = "" if feature.nullable else " required"
    return f'<input {name} type="{kind}"{step} value="{escape(value)}"{required}>'
