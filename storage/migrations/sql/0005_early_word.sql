-- The early word on an upload: heads and tails of its files, and what they told.

CREATE TABLE upload_piece (
    file_id UUID NOT NULL,
    offset_bytes BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_upload_piece PRIMARY KEY (file_id, offset_bytes),
    CONSTRAINT ck_upload_piece_offset_bytes CHECK (offset_bytes >= 0),
    CONSTRAINT ck_upload_piece_size_bytes CHECK (size_bytes > 0),
    CONSTRAINT ck_upload_piece_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_upload_piece_file_id FOREIGN KEY(file_id) REFERENCES upload_file (id)
);

ALTER TABLE upload_file ADD COLUMN early JSONB;
