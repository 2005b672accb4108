"""Command behind `make audit`: known vulnerabilities of the locked packages, as Markdown that a terminal shows too.

It reports; with AUDIT=block it fails where there are any, or where nobody could tell.
"""

import json
import re
from pathlib import Path
from typing import Any

from harness.core.errors import ProjectError
from harness.core.paths import LOCKS, OPTIONAL_LOCKS
from harness.core.shell import try_program


def audit(block: bool) -> None:
    """Print what pip-audit knows. Raises ProjectError if that is to block."""
    print("### Known vulnerabilities of the locked packages\n")
    packages = [package for lock in audited_locks() for package in _ask(lock)]
    packages = list({(package["name"], package.get("version")): package for package in packages}.values())
    found = [package for package in packages if package.get("vulns")]
    unknown = [package["name"] for package in packages if "skip_reason" in package]
    if found:
        print("| package | used by | vulnerability | mended in |\n|---|---|---|---|")
        print("\n".join(row for package in found for row in _rows(package)) + "\n")
    if unknown:  # without a word of them pip-audit says that no vulnerabilities are known
        print(f"The vulnerability service does not know {len(unknown)} of {len(packages)} packages: {unknown[0]} …\n")
    if not found:
        print(f"None in {len(packages) - len(unknown)} packages.\n")
    if block and (found or unknown):
        raise ProjectError(f"AUDIT=block: {len(found)} packages have known vulnerabilities, {len(unknown)} are unknown")


def audited_locks() -> list[Path]:
    """The whole lock, and that of each optional group, switched on or not: it is what others will be given."""
    return [LOCKS["dev"], *(lock for lock in OPTIONAL_LOCKS.values() if lock.exists())]


def _ask(lock: Path) -> list[dict[str, Any]]:
    """Each package as pip-audit describes it. Raises ProjectError if it cannot tell."""
    command = ["pip-audit", "--requirement", str(lock), "--require-hashes", "--disable-pip"]
    command += ["--format", "json", "--progress-spinner", "off"]
    done = try_program(*command)
    try:
        packages: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        lines = done.stderr.strip().splitlines() or ["it said nothing"]
        raise ProjectError(f"{lock}: the vulnerability service cannot be asked: {_plain(lines[-1])[:300]}") from None
    return packages


def _rows(package: dict[str, Any]) -> list[str]:
    line = re.compile(rf"^{re.escape(package['name'])}(\[.*\])?==", re.MULTILINE | re.IGNORECASE)
    known = {**LOCKS, **OPTIONAL_LOCKS}
    users = (name for name, lock in known.items() if lock.exists() and line.search(lock.read_text("utf-8")))
    user = next(users, "dev")
    return [
        f"| {_plain(package['name'])} {_plain(package['version'])} | {user} | {_plain(found['id'])} "
        f"| {_plain(', '.join(found['fix_versions'])) or 'no version yet'} |"
        for found in package["vulns"]
    ]


def _plain(value: str) -> str:
    """Without signs that Markdown could read."""
    return re.sub(r"[^\w.,:+() -]", " ", value)


def print_audit(block: bool) -> None:
    """The same, with what kept it from asking as a line of it. Raises ProjectError if that is to block."""
    try:
        audit(block)
    except ProjectError as error:
        if block:
            raise
        print(f"⚠️ {error}\n")
