from flask_sqlalchemy import SQLAlchemy

db = SQLAlchemy()


class Transaction(db.Model):
    __tablename__ = "transactions"
    __table_args__ = {"schema": "dapp"}

    id = db.Column(db.Integer, primary_key=True)
    reference = db.Column(db.String(255), nullable=False)
    user_email = db.Column(db.String(255))
