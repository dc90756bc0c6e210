from logging.config import fileConfig

from alembic import context
from flask import current_app

fileConfig(context.config.config_file_name)
db = current_app.extensions["migrate"].db


def of_dapp(name, kind, parents):
    return kind != "schema" or name == "dapp"


with db.engine.connect() as connection:
    context.configure(
        connection=connection,
        target_metadata=db.metadata,
        include_schemas=True,
        include_name=of_dapp,
    )
    with context.begin_transaction():
        context.run_migrations()
