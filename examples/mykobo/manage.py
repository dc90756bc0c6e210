"""python manage.py db upgrade, db migrate, db downgrade, run ..."""

from flask.cli import FlaskGroup

from app import create_app

if __name__ == "__main__":
    FlaskGroup(create_app=create_app)()
