-- Who, what was done, and the tree of subjects with its captures.

CREATE TABLE organisation (
    id UUID NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    quota_bytes BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT ck_organisation_code CHECK (code ~ '^[a-z0-9][a-z0-9-]{0,62}$'),
    CONSTRAINT uq_organisation_code UNIQUE (code)
);

CREATE TABLE person (
    id UUID NOT NULL,
    name TEXT NOT NULL,
    server_admin BOOLEAN NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_person PRIMARY KEY (id)
);

CREATE TABLE audit (
    id UUID NOT NULL,
    at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    action TEXT NOT NULL,
    object_type TEXT NOT NULL,
    object_id UUID NOT NULL,
    organisation_id UUID,
    person_id UUID,
    key_id UUID,
    session_id UUID,
    agent TEXT,
    details JSONB NOT NULL,
    CONSTRAINT pk_audit PRIMARY KEY (id),
    CONSTRAINT fk_audit_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE INDEX ix_audit_object ON audit (object_type, object_id);

CREATE INDEX ix_audit_organisation_id ON audit (organisation_id);

CREATE TABLE idempotency (
    person_id UUID NOT NULL,
    key TEXT NOT NULL,
    request_sha256 TEXT NOT NULL,
    status BIGINT NOT NULL,
    answer JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_idempotency PRIMARY KEY (person_id, key),
    CONSTRAINT fk_idempotency_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_idempotency_created_at ON idempotency (created_at);

CREATE TABLE key (
    id UUID NOT NULL,
    person_id UUID NOT NULL,
    organisation_id UUID,
    name TEXT NOT NULL,
    digest TEXT NOT NULL,
    scopes TEXT[] NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE,
    revoked_at TIMESTAMP WITH TIME ZONE,
    last_used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_key PRIMARY KEY (id),
    CONSTRAINT fk_key_person_id FOREIGN KEY(person_id) REFERENCES person (id),
    CONSTRAINT fk_key_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT uq_key_digest UNIQUE (digest)
);

CREATE INDEX ix_key_organisation_id ON key (organisation_id);

CREATE INDEX ix_key_person_id ON key (person_id);

CREATE TABLE membership (
    organisation_id UUID NOT NULL,
    person_id UUID NOT NULL,
    role TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_membership PRIMARY KEY (organisation_id, person_id),
    CONSTRAINT ck_membership_role CHECK (role IN ('viewer', 'contributor', 'curator', 'admin')),
    CONSTRAINT fk_membership_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_membership_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE INDEX ix_membership_person_id ON membership (person_id);

CREATE TABLE subject (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    parent_id UUID,
    root_id UUID NOT NULL,
    kind TEXT NOT NULL,
    code TEXT NOT NULL,
    path ltree NOT NULL,
    name JSONB NOT NULL,
    local_code TEXT,
    visibility TEXT,
    searched TEXT GENERATED ALWAYS AS (fold(coalesce(name->>'vi','') || ' ' || coalesce(name->>'en','') || ' ' || coalesce(local_code,'') || ' ' || code)) STORED NOT NULL,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_subject PRIMARY KEY (id),
    CONSTRAINT ck_subject_kind CHECK (kind IN ('site','complex','monument','component','artefact','practice','document')),
    CONSTRAINT ck_subject_code CHECK (code ~ '^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$'),
    CONSTRAINT ck_subject_visibility_of_roots CHECK ((parent_id IS NULL) = (visibility IS NOT NULL)),
    CONSTRAINT ck_subject_visibility CHECK (visibility IN ('private', 'public')),
    CONSTRAINT ck_subject_root CHECK ((parent_id IS NULL) = (root_id = id)),
    CONSTRAINT uq_subject_path UNIQUE (path),
    CONSTRAINT uq_subject_organisation_id_local_code UNIQUE (organisation_id, local_code),
    CONSTRAINT fk_subject_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_subject_parent_id FOREIGN KEY(parent_id) REFERENCES subject (id),
    CONSTRAINT fk_subject_root_id FOREIGN KEY(root_id) REFERENCES subject (id),
    CONSTRAINT fk_subject_created_by FOREIGN KEY(created_by) REFERENCES person (id)
);

CREATE INDEX ix_subject_organisation_id ON subject (organisation_id);

CREATE INDEX ix_subject_parent_id ON subject (parent_id);

CREATE INDEX ix_subject_path_gist ON subject USING gist (path);

CREATE INDEX ix_subject_root_id ON subject (root_id);

CREATE INDEX ix_subject_searched_trgm ON subject USING gin (searched gin_trgm_ops);

CREATE TABLE capture (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    code TEXT NOT NULL,
    method TEXT NOT NULL,
    date_edtf TEXT NOT NULL,
    day_from BIGINT,
    day_to BIGINT,
    sensor TEXT,
    operators TEXT[] NOT NULL,
    accuracy_m DOUBLE PRECISION,
    crs TEXT,
    control JSONB,
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_capture PRIMARY KEY (id),
    CONSTRAINT uq_capture_subject_id_code UNIQUE (subject_id, code),
    CONSTRAINT ck_capture_accuracy_m CHECK (accuracy_m > 0),
    CONSTRAINT ck_capture_days CHECK (day_from <= day_to),
    CONSTRAINT fk_capture_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id),
    CONSTRAINT fk_capture_created_by FOREIGN KEY(created_by) REFERENCES person (id)
);

CREATE INDEX ix_capture_subject_id ON capture (subject_id);

CREATE TABLE login_link (
    id UUID NOT NULL,
    key_id UUID NOT NULL,
    digest TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    used_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_login_link PRIMARY KEY (id),
    CONSTRAINT fk_login_link_key_id FOREIGN KEY(key_id) REFERENCES key (id),
    CONSTRAINT uq_login_link_digest UNIQUE (digest)
);

CREATE INDEX ix_login_link_key_id ON login_link (key_id);

CREATE TABLE session (
    id UUID NOT NULL,
    key_id UUID NOT NULL,
    digest TEXT NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    expires_at TIMESTAMP WITH TIME ZONE NOT NULL,
    revoked_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_session PRIMARY KEY (id),
    CONSTRAINT fk_session_key_id FOREIGN KEY(key_id) REFERENCES key (id),
    CONSTRAINT uq_session_digest UNIQUE (digest)
);

CREATE INDEX ix_session_key_id ON session (key_id);

CREATE TABLE subject_name (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    name JSONB NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    CONSTRAINT pk_subject_name PRIMARY KEY (id),
    CONSTRAINT ex_subject_name_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&),
    CONSTRAINT fk_subject_name_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_subject_name_subject_id ON subject_name (subject_id);

CREATE TABLE subject_place (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    parent_id UUID,
    path ltree NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    CONSTRAINT pk_subject_place PRIMARY KEY (id),
    CONSTRAINT ex_subject_place_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&),
    CONSTRAINT fk_subject_place_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_subject_place_path_gist ON subject_place USING gist (path);

CREATE INDEX ix_subject_place_subject_id ON subject_place (subject_id);

CREATE TABLE subject_redirect (
    path ltree NOT NULL,
    subject_id UUID NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_subject_redirect PRIMARY KEY (path),
    CONSTRAINT fk_subject_redirect_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_subject_redirect_subject_id ON subject_redirect (subject_id);
