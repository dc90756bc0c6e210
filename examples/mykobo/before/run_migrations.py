import os
import sys

from flask_migrate import upgrade

from app import create_app

print("[Migration] Running database migrations...", flush=True)
try:
    with create_app().app_context():
        upgrade()
    print("[Migration] ✓ Migrations completed successfully", flush=True)
except Exception as error:  # whatever it is, the policy decides
    print(f"[Migration] ✗ Migration failed: {error}", flush=True)
    if os.environ.get("AUTO_MIGRATE_FAIL_ON_ERROR", "false") == "true":
        sys.exit(1)
