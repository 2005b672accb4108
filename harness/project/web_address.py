"""The address of something that answers over HTTP, as people give it."""

from urllib.parse import urlsplit

from harness.core.errors import ProjectError


def check_web_address(name: str, url: str) -> None:
    """Raises ProjectError, without a password that may stand in it, if it is no address of an HTTP server."""
    try:
        parts = urlsplit(url)
        host = (parts.hostname or "").encode("idna")
        plain = url.isascii() and url.isprintable() and not set(url) & set(" @?#")
        known = parts.scheme in {"http", "https"} and host and plain and (parts.port or 1)
    except ValueError:
        known = None
    if not known:
        shown = one_line(url.rpartition("@")[2])
        raise ProjectError(f"{name}={shown}: must be http://HOST or https://HOST, with a port and a path if need be")


def one_line(said: object) -> str:
    """What somebody else said, for one line: a line of its own could be taken for ours, or for a runner's command."""
    return "".join(letter if letter.isprintable() else "?" for letter in str(said)[:200])
