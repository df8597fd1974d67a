"""Specs of the API: real server, PostgreSQL, S3 and broker."""
