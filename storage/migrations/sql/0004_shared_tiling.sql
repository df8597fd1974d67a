-- Shared tiling: what several workers make of one version, and files that lie at another derivative's place.

ALTER TABLE derivative DROP CONSTRAINT ck_derivative_kind;
ALTER TABLE derivative ADD CONSTRAINT ck_derivative_kind
    CHECK (kind IN ('preview','tileset','lod','picture','copc','cut','report','part','work'));

ALTER TABLE derivative DROP CONSTRAINT ck_derivative_state;
ALTER TABLE derivative ADD CONSTRAINT ck_derivative_state
    CHECK (state IN ('building','ready','lost','spent','reaped'));

ALTER TABLE derivative_file ADD COLUMN object_key TEXT;
