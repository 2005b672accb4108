"""Which one-byte encoding a text's letters fit: those of one language each, the most frequent first."""

import math
import re
from collections.abc import Iterator

LETTERS_OF = {  # by encoding, each language's letters beyond a to z
    "cp1252": [
        "äüöß",  # German
        "éèàêçôîûâùœëïü",  # French
        "áíóéñúü¿¡",  # Spanish
        "ãçáéíóêõâúà",  # Portuguese
        "èàòùéì",  # Italian
        "åäöé",  # Swedish
        "øåæé",  # Danish
        "éëïöüó",  # Dutch
        "ðáíþóöæéúý",  # Icelandic
    ],
    "cp1250": [
        "ąęłśżóćńź",  # Polish
        "íáéěřčžýšůúňóďť",  # Czech
        "áéíčšžýúľťôäňĺŕó",  # Slovak
        "áéöóőüíúű",  # Hungarian
        "čšžćđ",  # Croatian
        "ăîâşţ",  # Romanian
    ],
    "cp1254": ["ışğüçöiâîİ"],
    "cp1257": ["ėšžųįūčąę", "āīēšūžņčļķģ"],
    "cp1253": ["αάέίήόύώβγδεζηθικλμνξοπρσςτυφχψωϊϋΐΰ"],
    "cp1251": [
        "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэфъё",  # Russian
        "оаинвеітрсклдумпязьбгйчхцїжюшєщфґ",  # Ukrainian
    ],
}
LETTERS_OF |= {
    "iso8859_2": LETTERS_OF["cp1250"],
    "mac_roman": LETTERS_OF["cp1252"],
    "koi8_r": LETTERS_OF["cp1251"],
}
FOREIGN_WORD = re.compile(r"[^\W\d_]*[^\x00-\x7f]+[^\W\d_]*")
BESIDE_WORDS = frozenset("€£§©®°²³µ·–—…„“”‚‘’«»\u00a0½¼±×ªº№™")
TWO_BYTES = ("cp932", "euc_jp", "gb18030", "big5", "euc_kr")
CIRCLED = "\u2460"  # ①: from here on signs and letters of East Asia
GREEK = "\u0370"  # from here on letters of other scripts, which no word mixes with Latin ones
SIGN_CHANCE = 0.01  # chance of a sign at the edge of a word
STRANGE_CHANCE = 1e-3  # chance of a letter that a language does not have
WESTERN_FIRST = 3.0  # times as many tables are of Western Europe's languages
LIKELIER = 2.0  # times as likely as any other reading, or both are equally likely


def likely_readings(lines: bytes, candidates: list[str]) -> list[str]:
    """The encodings by which these bytes make words of one language; several if they differ and are equally likely."""
    scored = []
    for name in candidates:
        try:
            text = lines.decode(name)
        except UnicodeDecodeError:
            continue
        words = sorted(set(FOREIGN_WORD.findall(text)))
        score, known = _likelihood(words, name)
        if known:
            scored.append((score + (math.log(WESTERN_FIRST) if name == "cp1252" else 0), name, text))
    scored.sort(key=lambda found: -found[0])
    return [name for score, name, text in scored if name == scored[0][1] or _rivals(scored[0], (score, name, text))]


def wide_readings(lines: bytes) -> list[str]:
    """The encodings of two bytes a letter that read all of these bytes as Chinese, Japanese or Korean."""
    found = []
    for name in TWO_BYTES:
        try:
            text = lines.decode(name)
        except UnicodeDecodeError:
            continue
        if all(letter.isascii() or letter >= CIRCLED for letter in text) and re.search(r"[\u2460-\uff60]", text):
            found.append(name)
    return found


def _rivals(best: tuple[float, str, str], other: tuple[float, str, str]) -> bool:
    return other[2] != best[2] and other[0] > best[0] - math.log(LIKELIER)


def _likelihood(words: list[str], name: str) -> tuple[float, bool]:
    """Log likelihood under the likeliest language, and whether all letters but a few are its own."""
    return max((_of_language(words, letters) for letters in LETTERS_OF[name]), key=lambda found: found[::-1])


def _of_language(words: list[str], letters: str) -> tuple[float, bool]:
    weights = {letter: 1 / rank for rank, letter in enumerate(letters, start=2)}
    total, score, own, seen = sum(weights.values()), 0.0, 0, 0
    for letter, odd in _letters(words):
        if letter in BESIDE_WORDS and not odd:
            score += math.log(SIGN_CHANCE)
            continue
        weight = 0 if odd else weights.get(letter, 0)
        score += math.log(weight / total if weight else STRANGE_CHANCE)
        own, seen = own + bool(weight), seen + 1
    return score, seen > 0 and own >= 0.95 * seen


def _letters(words: list[str]) -> Iterator[tuple[str, bool]]:
    """Letters beyond ASCII in small, and whether they are odd where they stand: a capital or a sign inside a word."""
    for word in words:
        for place, letter in enumerate(word):
            if letter.isascii() or (letter in BESIDE_WORDS and len(word) == 1):
                continue
            inside = place > 0 and word[place - 1].islower()
            mixed = letter >= GREEK and any(other.isascii() for other in word)
            sign = letter in BESIDE_WORDS and place in {0, len(word) - 1}
            odd = mixed or (letter.isupper() and inside) or not (letter.isalpha() or sign)
            yield letter if letter == "İ" else letter.lower(), odd
