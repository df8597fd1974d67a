-- Extensions (all of them "trusted": the database's owner may create them), and the folding of names.

CREATE EXTENSION IF NOT EXISTS ltree;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;
CREATE EXTENSION IF NOT EXISTS btree_gist;

-- unaccent() is only STABLE, because its dictionary may be changed; with the dictionary named it may be
-- declared IMMUTABLE, as indexes and generated columns need. Names in every schema are given in full, because
-- indexes are rebuilt with an empty search path.
CREATE FUNCTION fold(x text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, normalize(x, NFC)));
