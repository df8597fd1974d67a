-- Recipes over clouds: what was measured, and what was cleaned.

ALTER TABLE derivative DROP CONSTRAINT ck_derivative_kind;
ALTER TABLE derivative ADD CONSTRAINT ck_derivative_kind
    CHECK (kind IN ('preview','tileset','lod','picture','copc','cut','measure','clean','report','part','work'));
