"""Does with a database what the pipeline does: `exercise.py read|write DATABASE FILE`.

`read` prints the rows of every model, of those columns that the file has. `write` inserts a row of every model,
with what it refers to by relationships, changes it, and deletes it again. Both print the rows as they then are.
"""

import json
import sys

from sqlalchemy import create_engine, event, inspect, select, text
from sqlalchemy.orm import Session, class_mapper

from models import BASES

SAMPLES = {str: "échantillon's", float: 70000.5, int: 1}
CHANGED = {str: "it's changed", float: 70001.5, int: 2}


def engine_of(file):
    """The pipeline's engine: WAL, half a minute of patience, foreign keys enforced."""
    engine = create_engine(f"sqlite:///{file}", connect_args={"timeout": 30})

    @event.listens_for(engine, "connect")
    def configure(connection, _):
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA foreign_keys = ON")

    return engine


def models_of(database):
    """The models of a database, parents before children."""
    classes = {mapper.local_table: mapper.class_ for mapper in BASES[database].registry.mappers}
    return [classes[table] for table in BASES[database].metadata.sorted_tables]


def is_whole(model, inspector):
    """Whether the file has the table and all columns of a model."""
    table = model.__table__
    if not inspector.has_table(table.name):
        return False
    return set(table.columns.keys()) <= {column["name"] for column in inspector.get_columns(table.name)}


def rows_of(database, engine):
    """The rows of each table by their columns, and how many of them the model has as objects.

    A row without a key is no object to SQLAlchemy.
    """
    inspector = inspect(engine)
    rows = {}
    with Session(engine) as session:
        for model in models_of(database):
            table = model.__table__
            if not inspector.has_table(table.name):
                continue
            present = [column["name"] for column in inspector.get_columns(table.name)]
            columns = [column for column in table.columns if column.name in present]
            found = session.execute(select(*columns).order_by(text("rowid"))).mappings()
            rows[table.name] = [{name: plain(value) for name, value in row.items()} for row in found]
            if is_whole(model, inspector):
                keys = [column.name for column in table.primary_key]
                keyed = [row for row in rows[table.name] if any(row[key] is not None for key in keys)]
                objects = [found for found in session.scalars(select(model)) if found is not None]
                assert len(objects) == len(keyed), f"{table.name}: {len(objects)} of {len(keyed)}"
    return rows


def plain(value):
    """A value as JSON has it."""
    return f"0x{value.hex()}" if isinstance(value, bytes) else value


def sample(model):
    """A row, with a value in every column but a number that the file gives, and nothing that it refers to."""
    table = model.__table__
    given = [column for column in table.columns if column.name != "id" and not column.foreign_keys]
    return model(**{column.name: SAMPLES[column.type.python_type] for column in given})


def parents_of(made, row):
    """Gives a row what it refers to: by a relationship where the model has one."""
    table = type(row).__table__
    relations = class_mapper(type(row)).relationships
    for column in table.columns:
        for key in column.foreign_keys:
            parent = made[key.column.table.name]
            relation = [one for one in relations if column in one.local_columns and not one.uselist]
            if relation:
                setattr(row, relation[0].key, parent)
            else:
                setattr(row, column.name, getattr(parent, key.column.name))


def write(database, engine):
    """Inserts, changes and deletes a row of every model."""
    with Session(engine) as session:
        made = {}
        for model in models_of(database):
            row = sample(model)
            parents_of(made, row)
            session.add(row)
            made[model.__tablename__] = row
        session.commit()
        keys = {model: inspect(made[model.__tablename__]).identity for model in models_of(database)}
    with Session(engine) as session:
        for model, key in keys.items():
            row = session.get(model, key)
            assert row is not None, model
            for relation in class_mapper(model).relationships:
                other = getattr(row, relation.key)
                assert other, f"{model}.{relation.key} leads nowhere"
            change(row)
        session.commit()
    with Session(engine) as session:
        for model, key in reversed(keys.items()):
            row = session.get(model, key)
            assert is_changed(row), f"{model} was not changed"
            session.delete(row)
            session.flush()
        session.commit()


def changing(row):
    """The last column that is neither key nor reference."""
    columns = type(row).__table__.columns
    free = [column for column in columns if not column.primary_key and not column.foreign_keys]
    return free[-1]


def change(row):
    """Changes a row."""
    column = changing(row)
    setattr(row, column.name, CHANGED[column.type.python_type])


def is_changed(row):
    """Whether a row is as `change` left it."""
    column = changing(row)
    return getattr(row, column.name) == CHANGED[column.type.python_type]


def main():
    """Does what the arguments say."""
    verb, database, file = sys.argv[1:]
    engine = engine_of(file)
    if verb == "write":
        write(database, engine)
    print(json.dumps(rows_of(database, engine)))


main()
