-- Blobs, assets, versions, and uploads.

CREATE TABLE blob (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    object_key TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT,
    state TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_blob PRIMARY KEY (id),
    CONSTRAINT ck_blob_state CHECK (state IN ('expected','stored','verified','deleted','reaped')),
    CONSTRAINT ck_blob_verified CHECK (state <> 'verified' OR (sha256 IS NOT NULL AND verified_at IS NOT NULL)),
    CONSTRAINT ck_blob_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_blob_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT uq_blob_object_key UNIQUE (object_key)
);

CREATE UNIQUE INDEX uq_blob_organisation_id_sha256 ON blob (organisation_id, sha256) WHERE state = 'verified';

CREATE TABLE asset (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    title JSONB,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_asset PRIMARY KEY (id),
    CONSTRAINT uq_asset_subject_id_name UNIQUE (subject_id, name),
    CONSTRAINT ck_asset_name CHECK (name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'),
    CONSTRAINT ck_asset_kind CHECK (kind IN ('point_cloud','mesh','image_set','terrain','splat','drawing','document','media')),
    CONSTRAINT fk_asset_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id),
    CONSTRAINT fk_asset_created_by FOREIGN KEY(created_by) REFERENCES person (id)
);

CREATE INDEX ix_asset_subject_id ON asset (subject_id);

CREATE TABLE version (
    id UUID NOT NULL,
    asset_id UUID NOT NULL,
    capture_id UUID,
    number BIGINT,
    state TEXT NOT NULL,
    represents_edtf TEXT,
    represents_day_from BIGINT,
    represents_day_to BIGINT,
    size_bytes BIGINT NOT NULL,
    kind TEXT,
    format TEXT,
    points BIGINT,
    vertices BIGINT,
    triangles BIGINT,
    bounds JSONB,
    crs JSONB,
    own_frame JSONB,
    units TEXT,
    attributes JSONB,
    stations JSONB,
    textures JSONB,
    warnings JSONB,
    publish_on_finish BOOLEAN NOT NULL,
    manifest_sha256 TEXT,
    created_by UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    verified_at TIMESTAMP WITH TIME ZONE,
    published_at TIMESTAMP WITH TIME ZONE,
    published_by UUID,
    withdrawn_at TIMESTAMP WITH TIME ZONE,
    withdrawn_by UUID,
    withdrawn_reason TEXT,
    CONSTRAINT pk_version PRIMARY KEY (id),
    CONSTRAINT uq_version_asset_id_number UNIQUE (asset_id, number),
    CONSTRAINT ck_version_state CHECK (state IN ('draft','published','withdrawn')),
    CONSTRAINT ck_version_published CHECK (state = 'draft' OR (number IS NOT NULL AND manifest_sha256 IS NOT NULL AND published_at IS NOT NULL)),
    CONSTRAINT ck_version_draft CHECK (state <> 'draft' OR number IS NULL),
    CONSTRAINT fk_version_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_version_capture_id FOREIGN KEY(capture_id) REFERENCES capture (id),
    CONSTRAINT fk_version_created_by FOREIGN KEY(created_by) REFERENCES person (id)
);

CREATE INDEX ix_version_asset_id ON version (asset_id);

CREATE INDEX ix_version_capture_id ON version (capture_id);

CREATE INDEX ix_version_created_by ON version (created_by);

CREATE TABLE publication (
    id UUID NOT NULL,
    version_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    number BIGINT NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    CONSTRAINT pk_publication PRIMARY KEY (id),
    CONSTRAINT ex_publication_one_at_a_time EXCLUDE USING gist (version_id WITH =, recorded WITH &&),
    CONSTRAINT fk_publication_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_publication_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id)
);

CREATE INDEX ix_publication_asset_id ON publication (asset_id);

CREATE INDEX ix_publication_version_id ON publication (version_id);

CREATE TABLE upload (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    asset_id UUID NOT NULL,
    capture_id UUID,
    person_id UUID NOT NULL,
    state TEXT NOT NULL,
    represents_edtf TEXT,
    publish BOOLEAN NOT NULL,
    control JSONB,
    size_bytes BIGINT NOT NULL,
    version_id UUID,
    refusal JSONB,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    last_seen_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    received_at TIMESTAMP WITH TIME ZONE,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_upload PRIMARY KEY (id),
    CONSTRAINT ck_upload_state CHECK (state IN ('open','received','verified','refused','abandoned')),
    CONSTRAINT fk_upload_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_upload_asset_id FOREIGN KEY(asset_id) REFERENCES asset (id),
    CONSTRAINT fk_upload_capture_id FOREIGN KEY(capture_id) REFERENCES capture (id),
    CONSTRAINT fk_upload_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT uq_upload_version_id UNIQUE (version_id),
    CONSTRAINT fk_upload_version_id FOREIGN KEY(version_id) REFERENCES version (id)
);

CREATE INDEX ix_upload_asset_id ON upload (asset_id);

CREATE INDEX ix_upload_organisation_id ON upload (organisation_id);

CREATE INDEX ix_upload_person_id ON upload (person_id);

CREATE INDEX ix_upload_state_last_seen_at ON upload (state, last_seen_at);

CREATE TABLE version_file (
    version_id UUID NOT NULL,
    path TEXT NOT NULL,
    position BIGINT NOT NULL,
    blob_id UUID NOT NULL,
    size_bytes BIGINT NOT NULL,
    media_type TEXT NOT NULL,
    role TEXT NOT NULL,
    CONSTRAINT pk_version_file PRIMARY KEY (version_id, path),
    CONSTRAINT fk_version_file_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_version_file_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id)
);

CREATE INDEX ix_version_file_blob_id ON version_file (blob_id);

CREATE TABLE upload_file (
    id UUID NOT NULL,
    upload_id UUID NOT NULL,
    position BIGINT NOT NULL,
    path TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT,
    part_size_bytes BIGINT NOT NULL,
    parts BIGINT NOT NULL,
    blob_id UUID NOT NULL,
    multipart_id TEXT,
    found_sha256 TEXT,
    CONSTRAINT pk_upload_file PRIMARY KEY (id),
    CONSTRAINT uq_upload_file_upload_id_path UNIQUE (upload_id, path),
    CONSTRAINT ck_upload_file_size_bytes CHECK (size_bytes > 0),
    CONSTRAINT ck_upload_file_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_upload_file_upload_id FOREIGN KEY(upload_id) REFERENCES upload (id),
    CONSTRAINT uq_upload_file_blob_id UNIQUE (blob_id),
    CONSTRAINT fk_upload_file_blob_id FOREIGN KEY(blob_id) REFERENCES blob (id)
);

CREATE INDEX ix_upload_file_upload_id ON upload_file (upload_id);

CREATE TABLE upload_part (
    file_id UUID NOT NULL,
    number BIGINT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    signed_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_upload_part PRIMARY KEY (file_id, number),
    CONSTRAINT ck_upload_part_number CHECK (number BETWEEN 1 AND 10000),
    CONSTRAINT ck_upload_part_size_bytes CHECK (size_bytes > 0),
    CONSTRAINT ck_upload_part_sha256 CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    CONSTRAINT fk_upload_part_file_id FOREIGN KEY(file_id) REFERENCES upload_file (id)
);
