"""What tells of a person, and what comes after the outcome, in the languages of the tables."""

from pathlib import Path

import pandas as pd
import pytest

from harness.adopt.column_facts import Facts
from harness.adopt.personal_data import personal_data
from harness.tables.column_format import Form
from tests.support.plans import ROWS, column, orders, plan_of

SURNAMES, FORENAMES = ("Costa", "Lima", "da Silva", "dos Santos"), ("Ana", "João", "Íris", "Rui")


def facts(name: str, kind: str, texts: tuple[str, ...] = (), distinct: int = 0, high: int = 0) -> Facts:
    distinct = distinct or len(texts)
    form = Form(kind)  # type: ignore[arg-type]
    return Facts(name, form, 400, 0, distinct, pd.Series(dtype=int), texts=texts, high=high)


@pytest.mark.parametrize(
    "name",
    ["nascimento", "data de nascimento", "dt_nasc", "Geb.-Dat.", "Geb.Datum", "Geburtsdatum", "fecha_nacimiento",
     "date de naissance", "生年月日", "誕生日", "birthday"],
)  # fmt: skip
def test_dates_of_birth_are_personal_and_never_split(tmp_path: Path, name: str) -> None:
    """Once only English and a few other words were known: the others were stored, and the youngest were the test."""
    plan = plan_of(tmp_path, orders().rename(columns={"ordered": name}))
    found = column(plan, name)
    assert (found.roles, found.stored, plan.named("time")) == ((), False, [])
    assert found.reason.startswith("personal data (dates of birth)")


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("氏名", tuple(f"{one}{two}" for one in ("山田", "佐藤") for two in ("太郎", "花子", "愛"))),
        ("cliente", tuple(f"{one} {two}" for one in FORENAMES for two in SURNAMES)),
        ("Ansprechpartner", ("Lena Hoffmann", "Jonas Weiß", "Dr. Eva Kühn")),
        ("担当者", ("山田 太郎", "佐藤 花子", "鈴木 一郎")),
        ("doctor", ("Dr. Laura Weber", "Dr. Julia Müller", "Prof. Max von Berg")),
        ("住所", tuple(f"東京都新宿区{n}-27" for n in range(30))),
        ("endereço", tuple(f"Rua das Flores, {n}" for n in range(30))),
        ("電話番号", tuple(f"090-2208-91{n}" for n in range(10, 40))),
        ("Vorname", ("Anna", "Paul", "Ida")),
    ],
)  # fmt: skip
def test_persons_are_personal_by_their_columns_word_in_any_language(name: str, texts: tuple[str, ...]) -> None:
    """Once twelve persons of a column cliente became a closed set, which is published."""
    assert personal_data(facts(name, "text", texts)) != ""


@pytest.mark.parametrize(
    "name",
    ["Steuer-ID", "telefone", "cpf", "RG", "Handynummer", "DNI", "マイナンバー", "携帯番号", "Kontonummer"],
)  # fmt: skip
def test_long_numbers_of_persons_are_personal(name: str) -> None:
    """Once an integer called Steuer-ID named the rows, and so was committed."""
    assert personal_data(facts(name, "integer", distinct=400, high=79_313_607_855)) == f"its name is {name}"


@pytest.mark.parametrize(
    ("name", "texts"),
    [
        ("cliente", ("Varejo", "Atacado", "Governo")),
        ("phone_service", ("yes", "no", "none")),
        ("電話サービス", ("有", "無")),
        ("produto", ("Sabão em Pó", "Arroz Branco", "Feijão Preto")),
        ("Straße", ("Asphalt", "Schotter")),
        ("salário", tuple(f"{n}00-{n + 20}00" for n in range(500, 530))),
        ("isbn", tuple(f"978-3-16-9666{n}-0" for n in range(10, 40))),
        ("valid_to", tuple(f"2023-02-{n}" for n in range(10, 28))),
        ("city", ("São Paulo", "Porto Alegre", "Belo Horizonte")),
    ],
)
def test_kinds_of_customers_and_things_are_not_personal(name: str, texts: tuple[str, ...]) -> None:
    assert personal_data(facts(name, "text", texts)) == ""


@pytest.mark.parametrize(
    ("name", "code"),
    [("郵便番号", "{:03}-0001"), ("cep", "65551-{:03}"), ("PLZ", "10{:03}"), ("code postal", "75{:03}")],
)
def test_a_postcode_is_neither_the_id_nor_a_phone_number(tmp_path: Path, name: str, code: str) -> None:
    codes = [code.format(number) for number in range(ROWS)]
    emails = [f"a{number}@example.org" for number in range(ROWS)]
    plan = plan_of(tmp_path, orders().assign(**{name: codes, "email": emails}))
    assert (plan.named("id"), column(plan, name).stored) == ([], False)
    assert column(plan, name).reason.startswith("personal data (where a person lives: postcodes)")


@pytest.mark.parametrize(
    "name",
    ["letzter_Kontakt", "Abschlussdatum", "Kündigungsdatum", "geändert am", "Statusdatum", "data_alta",
     "data de cancelamento", "última compra",
     "fecha_cierre", "date de résiliation", "dernier achat", "解約日", "更新日"],
)  # fmt: skip
def test_a_moment_after_the_outcome_never_splits_in_any_language(tmp_path: Path, name: str) -> None:
    plan = plan_of(tmp_path, orders().rename(columns={"ordered": name}))
    assert plan.named("time") == []
    assert "by its name it may be written after the outcome" in column(plan, name).reason


@pytest.mark.parametrize(
    "name", ["Bestelldatum", "data_venda", "fecha de compra", "購入日", "calendar_date", "send_date"]
)
def test_a_moment_of_the_row_itself_splits(tmp_path: Path, name: str) -> None:
    """Once calendar_date was none: it has the word end inside."""
    assert plan_of(tmp_path, orders().rename(columns={"ordered": name})).named("time") == [name]
