import os

from werkzeug.serving import run_simple

from app import create_app

print("Starting web application...", flush=True)
run_simple("0.0.0.0", int(os.environ.get("PORT", "5000")), create_app())
