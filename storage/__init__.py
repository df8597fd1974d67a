"""What we keep: rows in PostgreSQL and bytes in S3."""
