"""SciPy and matplotlib write documentation while they are imported, for a third of that time; no program reads it."""

from contextlib import suppress


class NoDocs(dict[str, list[str]]):
    """What SciPy takes a function's documentation to be while it adds a note to it: nothing."""

    def __init__(self, *_: object, **__: object) -> None:
        super().__init__()

    def __missing__(self, section: str) -> list[str]:
        return self.setdefault(section, [])

    def __str__(self) -> str:
        return "\n"


def leave_out_scipys() -> None:
    """To be called before SciPy's packages are imported; later it changes nothing."""
    with suppress(ImportError):  # of another version, which then loads as it likes
        from scipy._lib import _docscrape  # noqa: PLC0415  it must come first, and alone

        _docscrape.FunctionDoc = NoDocs


def leave_out_matplotlibs() -> None:
    """To be called before matplotlib's figures are imported; later it changes nothing."""
    from matplotlib import artist  # noqa: PLC0415  it must come first, and alone

    artist.kwdoc = lambda _: ""  # the list of an artist's properties, made for each class
