#!/bin/sh
# Run once by the postgres image on an empty volume: a role that is no superuser, its database, the extensions.
set -eu
psql --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE heritwin LOGIN PASSWORD :'password';
CREATE DATABASE heritwin OWNER heritwin;
\connect heritwin
CREATE EXTENSION ltree;
CREATE EXTENSION btree_gist;
CREATE EXTENSION pg_trgm;
CREATE EXTENSION unaccent;
CREATE EXTENSION cube;
CREATE EXTENSION earthdistance;
SQL
