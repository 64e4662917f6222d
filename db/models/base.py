"""The declarative base: names every constraint, so that alembic can drop what it made."""

from __future__ import annotations

import datetime as dt
from typing import Annotated

from sqlalchemy import (
    REAL,
    BigInteger,
    DateTime,
    Identity,
    MetaData,
    SmallInteger,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, mapped_column

CONVENTION = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

UtcTime = Annotated[dt.datetime, mapped_column(DateTime(timezone=True))]
Real = Annotated[float, mapped_column(REAL)]
Small = Annotated[int, mapped_column(SmallInteger)]
Big = Annotated[int, mapped_column(BigInteger)]
Key = Annotated[int, mapped_column(BigInteger, Identity(), primary_key=True)]
Str = Annotated[str, mapped_column(Text)]


class Base(DeclarativeBase):
    """All tables hang on this metadata."""

    metadata = MetaData(naming_convention=CONVENTION)
