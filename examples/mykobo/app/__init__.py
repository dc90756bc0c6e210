"""A payment service, small: web and worker share its models and its database."""

import os

from flask import Flask, jsonify
from flask_migrate import Migrate

from app.models import Transaction, db


def create_app():
    app = Flask(__name__)
    app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    db.init_app(app)
    Migrate(app, db)

    @app.get("/health")
    def health():
        return jsonify(transactions=db.session.query(Transaction).count())

    return app
