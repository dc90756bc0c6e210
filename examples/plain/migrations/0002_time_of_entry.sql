ALTER TABLE entry ADD COLUMN entered_at timestamptz NOT NULL DEFAULT now();

CREATE VIEW entry_view AS
SELECT id, name, message, entered_at FROM entry;
