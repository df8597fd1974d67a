-- What the sender states where files are silent: {"up_axis": "y", "unit_m": 0.001}, either or none.

ALTER TABLE upload ADD COLUMN stated JSONB NOT NULL DEFAULT '{}'::jsonb;
ALTER TABLE version ADD COLUMN stated JSONB NOT NULL DEFAULT '{}'::jsonb;
