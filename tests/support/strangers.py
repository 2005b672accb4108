"""Tables as strangers bring them, written to files: each has the edges that its docstring names."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd


def census(folder: Path) -> Path:
    """Comma and space as delimiter, ? for missing, a target of texts, names with hyphens."""
    rng, rows = np.random.default_rng(0), 600
    frame = pd.DataFrame(
        {
            "age": rng.integers(17, 90, rows),
            "workclass": rng.choice(["Private", "State-gov", "?"], rows, p=[0.7, 0.2, 0.1]),
            "education-num": rng.integers(1, 16, rows),
            "sex": rng.choice(["Male", "Female"], rows),
            "hours-per-week": rng.choice([str(hours) for hours in range(20, 60)] + ["?"], rows),
        }
    )
    risk = frame["age"] / 20 + frame["education-num"] / 3 + rng.logistic(size=rows)
    frame["income"] = np.where(risk > risk.quantile(0.75), ">50K", "<=50K")
    lines_: list[Any] = [frame.columns, *frame.to_numpy().tolist()]
    lines = [", ".join(map(str, row)) for row in lines_]
    return _write(folder / "census.csv", "\n".join(lines).encode())


def sales(folder: Path) -> Path:
    """Two dates, one with gaps; a truth value; a keyword and a degree sign as names; outliers in the target.

    Three years: it is dear in winter, and at weekends.
    """
    rng, rows = np.random.default_rng(0), 600
    when = pd.date_range("2021-01-01", periods=rows, freq="43h")
    frame = pd.DataFrame(
        {
            "Order Date": when.strftime("%d/%m/%Y %H:%M"),
            "delivered on": (when + pd.Timedelta("2D")).strftime("%d/%m/%Y"),
            "promo": rng.choice([True, False], rows),
            "temp °C": rng.normal(15, 8, rows).round(1),
            "class": rng.choice(list("ABC"), rows),
        }
    )
    frame["price"] = (200 + 50 * frame["promo"] + 3 * frame["temp °C"] + rng.normal(0, 20, rows)).round(2)
    frame["price"] += 80 * np.cos(2 * np.pi * when.day_of_year / 365) + 60 * (when.day_of_week > 4)
    frame.loc[:3, "price"] *= 1000
    frame.loc[frame.index % 9 == 0, "delivered on"] = None
    frame.to_csv(folder / "sales.csv", index=False)
    return folder / "sales.csv"


def fraud(folder: Path) -> Path:
    """One row in a thousand is positive; a Parquet file."""
    rng, rows = np.random.default_rng(0), 8000
    frame = pd.DataFrame(rng.normal(size=(rows, 4)), columns=[f"V{number}" for number in range(4)])
    frame["Class"] = 0
    frame.loc[rng.choice(rows, 8, replace=False), "Class"] = 1
    frame["V1"] += 3 * frame["Class"]
    frame.to_parquet(folder / "fraud.parquet")
    return folder / "fraud.parquet"


def unicode_table(folder: Path) -> Path:
    """Semicolons, decimal commas, cp1252; names with spaces, accents, digits first, keywords, quotes, types."""
    rng, rows = np.random.default_rng(0), 400
    frame = pd.DataFrame(
        {
            "Größe in m": [f"{number:.2f}".replace(".", ",") for number in rng.normal(1.7, 0.1, rows)],
            "naïve": rng.choice(["süß", "l'eau"], rows),
            "2nd": rng.integers(0, 9, rows),
            "class": rng.random(rows).round(3),
            "int": rng.integers(0, 100, rows),
            'a"b': rng.integers(0, 50, rows),
            "mean.x": rng.integers(0, 7, rows),
            "validate": rng.choice(["x", "y"], rows),
        }
    )
    frame["Ergebnis"] = np.where(frame["2nd"] + rng.normal(size=rows) > 4, "ja", "nein")
    frame.to_csv(folder / "umlaute.csv", sep=";", index=False, encoding="cp1252")
    return folder / "umlaute.csv"


def wide(folder: Path) -> Path:
    """150 columns, more than rows; tab as delimiter."""
    rng, rows = np.random.default_rng(0), 120
    frame = pd.DataFrame(rng.normal(size=(rows, 150)).round(3), columns=[f"gene {n}" for n in range(150)])
    frame["tumor"] = np.where(frame["gene 0"] + rng.normal(0, 0.5, rows) > 0, "malignant", "benign")
    frame.to_csv(folder / "genes.tsv", sep="\t", index=False)
    return folder / "genes.tsv"


def visits(folder: Path) -> Path:
    """JSON Lines: several rows a user, codes with zeros first, free text, persons, leaks, mixed types, a rare class."""
    rng, rows = np.random.default_rng(0), 900
    user, zip_code = rng.integers(0, 150, rows), rng.integers(0, 120, rows)
    clicks = rng.poisson(3, rows)
    score = np.sin(zip_code) * 2 + clicks * 0.3 + rng.normal(size=rows)
    segment = np.where(score > 2, "gold", np.where(score > 0.5, "silver", "none"))
    segment[:8] = "diamond"
    words = rng.choice(["good", "bad", "slow", "fast", "very", "the"], (rows, 8))
    code = pd.Series(segment).map({"none": 1, "silver": 2, "gold": 3, "diamond": 4})
    frame = pd.DataFrame(
        {
            "visit": rng.permutation(rows) + 1,
            "user_id": [f"u{number}" for number in user],
            "zip": [f"{number:05d}" for number in zip_code],
            "clicks": clicks,
            "rating": [None if n % 5 == 0 else "n.d." if n % 17 == 0 else int(n % 7) for n in range(rows)],
            "comment": [" ".join(row) for row in words],
            "email": [f"user{number}@example.org" for number in user],
            "phone": [f"+49 170 {1000000 + number}" for number in user],
            "constant": 1,
            "empty": None,
            "segment_code": code,
            "afterwards": code * 10 + rng.normal(size=rows).round(2),
            "segment": segment,
        }
    )
    frame.sample(frac=1, random_state=0).to_json(folder / "visits.jsonl", orient="records", lines=True)
    return folder / "visits.jsonl"


def _write(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def flats_of_lisbon(folder: Path) -> Path:
    """Portuguese: semicolons, cp1252; money with a decimal comma, dates with named months, accents everywhere."""
    rng, rows = np.random.default_rng(0), 600
    months = ("jan", "fev", "mar", "abr", "mai", "jun", "jul", "ago", "set", "out", "nov", "dez")
    listed = pd.Timestamp("2022-01-03") + pd.to_timedelta(np.sort(rng.integers(0, 1000, rows)), "D")
    area, asked = rng.gamma(9, 11, rows).round(1), rng.normal(4200, 700, rows)
    price = (area * asked).round(2)
    parish = rng.choice(["Alvalade", "Belém", "São Vicente", "Estrela"], rows)
    money = [f"R$ {value:,.2f}".translate(str.maketrans(",.", ".,")) for value in price]
    frame = pd.DataFrame(
        {
            "Código do imóvel": [f"IM-{number:05d}" for number in rng.permutation(rows)],
            "Anunciado em": [f"{day.day} de {months[day.month - 1]} de {day.year}" for day in listed],
            "Área útil (m²)": [f"{value:.1f}".replace(".", ",") for value in area],
            "Preço pedido": money,
            "Freguesia": parish,
            "Estado de conservação": rng.choice(["novo", "usado", "a recuperar", "n/d"], rows),
        }
    )
    late = (asked - 4200) / 300 - (parish == "Belém") + rng.logistic(size=rows)
    frame["Vendido em 30 dias"] = np.where(late < 0, "sim", "não")
    frame.to_csv(folder / "imóveis.csv", sep=";", index=False, encoding="cp1252")
    return folder / "imóveis.csv"


def subscribers_of_tokyo(folder: Path) -> Path:
    """Japanese: Shift-JIS; dates with their signs for year, month and day, amounts in yen, no name in ASCII."""
    rng, rows = np.random.default_rng(0), 600
    since = pd.Timestamp("2023-04-01") + pd.to_timedelta(np.sort(rng.integers(0, 700, rows)), "D")
    fee, calls = rng.choice([980, 1980, 2980, 4980], rows), rng.poisson(3, rows)
    frame = pd.DataFrame(
        {
            "会員番号": [f"会員{number:05d}" for number in rng.permutation(rows)],
            "申込日": [f"{day.year}年{day.month}月{day.day}日" for day in since],
            "月額料金": [f"¥{value:,}" for value in fee],
            "問い合わせ回数": calls,
            "都道府県": rng.choice(["東京都", "大阪府", "北海道", "福岡県"], rows),
            "支払方法": rng.choice(["口座振替", "クレジット", "請求書"], rows),
        }
    )
    leaves = fee / 1500 + calls / 2 + rng.logistic(size=rows)
    frame["解約"] = np.where(leaves > 4, "はい", "いいえ")
    frame.to_csv(folder / "会員.csv", index=False, encoding="shift_jis")
    return folder / "会員.csv"
