"""What your data is. THE file to edit for your own: a column that is not declared here never leaves `preprocess`.

Each field has a type (int, float, str, bool or pd.Timestamp; Int64 and boolean where such a column may be missing),
bounds or allowed values, `nullable=True` where it may be missing, and its role or roles:

- id           names a row; decides, hashed, whether it is a train or a test row
- target       what is predicted
- numeric      a feature taken as a number; a date as its days and where in year and week it lies, and its time of day
               where the rows have one
- categorical  a feature taken as a name, whatever its type
- rare         beside categorical, without allowed values: a value of fewer than ten rows counts by itself too, not as
               one of the rare, and the published model file names it
- text         a feature whose words count (str): a title, a note, a complaint
- clock        a feature that is a time of day (str): 13:08, 13:08:30 or 1:08 PM
- slice        the metrics are also given for each of its values
- group        the entity that several rows belong to; on one side of the split, but where a time decides
- time         when the row was; the latest rows are the test
- personal     says who somebody is: the service's log leaves it out, or keeps a keyed hash (docs/monitor.md)
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
