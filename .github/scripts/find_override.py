"""Who has overridden the gate for what this run judges? → output `login`; nothing if nobody has."""

import github_api
from gate_override import LABEL, VoidError, overridden_by, pull_of


def main() -> None:
    try:
        login = overridden_by(*pull_of(github_api.event()))
    except VoidError as error:
        print(f"{LABEL}: {error}")
    else:
        print(f"{LABEL}: set by {login}")
        github_api.write_output("login", login)


if __name__ == "__main__":
    main()
