"""What your data is. THE file to edit for your own data: a column that is not declared here never leaves `preprocess`.

Each field has a type (int, float, str, bool or pd.Timestamp; Int64 and boolean where such a column may be missing),
bounds or allowed values, `nullable=True` if it may be missing, and one or more roles:

- id           names a row; its hash decides whether the row is for training or for the test
- target       what is predicted
- numeric      a feature used as a number; a date gives its days, its place in year and week, and its time of day if
               the rows have one
- categorical  a feature used as a name, whatever its type
- rare         besides categorical, without allowed values: a value with fewer than ten rows counts by itself, not as
               one of the rare values, and the published model file names it
- text         a feature whose words matter (str): a title, a note, a complaint
- clock        a feature that is a time of day (str): 13:08, 13:08:30 or 1:08 PM
- slice        the metrics are also measured for each of its values
- group        the entity that several rows belong to; all of them are on one side of the split, unless a time decides
- time         when the row happened; the latest rows are the test rows
- personal     shows who somebody is: the service's log leaves it out or stores a keyed hash (docs/monitor.md)
"""

import pandera.pandas as pa

ID = {"role": ["id"]}
TARGET = {"role": ["target"]}
NUMERIC = {"role": ["numeric"]}
CATEGORICAL = {"role": ["categorical"]}
CATEGORICAL_SLICE = {"role": ["categorical", "slice"]}


class Schema(pa.DataFrameModel):
    """A passenger of the Titanic. Left out: name, ticket (persons), cabin (mostly missing), boat, body (leaks)."""

    passenger_id: int = pa.Field(metadata=ID, ge=1)
    survived: int = pa.Field(metadata=TARGET, isin=[0, 1])
    pclass: int = pa.Field(metadata=CATEGORICAL_SLICE, isin=[1, 2, 3])
    sex: str = pa.Field(metadata=CATEGORICAL_SLICE, isin=["female", "male"])
    age: float = pa.Field(metadata=NUMERIC, ge=0, le=120, nullable=True)  # years
    sibsp: int = pa.Field(metadata=NUMERIC, ge=0, le=20)  # siblings and spouses aboard
    parch: int = pa.Field(metadata=NUMERIC, ge=0, le=20)  # parents and children aboard
    fare: float = pa.Field(metadata=NUMERIC, ge=0, le=1000, nullable=True)  # pounds of 1912, for the whole ticket
    embarked: str = pa.Field(metadata=CATEGORICAL, isin=["C", "Q", "S"], nullable=True)
