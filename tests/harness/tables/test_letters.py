"""Encodings by the letters of languages: a wrong reading is worse than a question."""

from pathlib import Path

import pytest

from harness.core.errors import ProjectError
from harness.tables.encoding import find_encoding


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("iso8859_2", ["Město", "Žďár", "Třebíč"]),  # once Mìsto, Tøebíè
        ("cp1250", ["Győr", "Hódmezővásárhely"]),  # once Gyõr
        ("cp1250", ["Łódzkie", "Śląskie"]),
        ("cp1250", ["Đakovo", "Šibenik", "Čazma"]),
        ("cp1250", ["Braşov", "Constanţa"]),
        ("cp1254", ["Iğdır", "İzmir", "Muğla", "Çanakkale"]),  # once Iðdýr
        ("koi8_r", ["Казань", "Омск"]),  # once ëÁÚÁÎØ
        ("cp1251", ["Москва", "Київ"]),
        ("cp1253", ["Ηράκλειο", "Πάτρα"]),
        ("mac_roman", ["Straßenname", "Müllerweg"]),  # once Stra§enname
        ("cp932", ["㈱山田", "髙橋", "①東京", "さいたま市", "ひらつか"]),  # once оа‹ґ
        ("euc_jp", ["大阪府", "東京都"]),  # once 澎叠旁
        ("gb18030", ["北京", "上海", "广州"]),
        ("cp1252", ["Gießen", "Köln"]),
        ("cp1252", ["Rivière", "Société", "Forêt"]),
        ("cp1252", ["São Paulo"]),
        ("cp1252", ["Peña", "Martínez"]),
        ("cp1252", ["Ørsted", "Ålesund"]),
        ("cp1252", ["20 €", "5 m²"]),
        ("cp1252", ["Müller", "Peña", "Hélène", "João"]),  # of several countries
    ],
)
def test_the_encoding_is_the_one_that_makes_words_of_a_language(
    tmp_path: Path, encoding: str, words: list[str]
) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("\n".join(["city,x", *(f"{word},{n}" for n, word in enumerate(words * 20))]).encode(encoding))
    assert path.read_bytes().decode(find_encoding(path)) == path.read_bytes().decode(encoding)


def test_two_readings_that_are_equally_likely_are_asked_about(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes("city,x\nGyőr,1\nGyőr,2\n".encode("cp1250"))
    with pytest.raises(
        ProjectError, match=r"'Gyõr' \(cp1252\) and 'Győr' \(cp1250\) are equally likely; name the encoding: ENC"
    ):
        find_encoding(path)
