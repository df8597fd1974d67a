-- Jobs, attempts, workers; what they made: derivatives and placements.

CREATE TABLE worker (
    name TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    memory_mib BIGINT NOT NULL,
    disk_mib BIGINT NOT NULL,
    room TEXT NOT NULL,
    CONSTRAINT pk_worker PRIMARY KEY (name)
);

CREATE TABLE frame (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    kind TEXT NOT NULL,
    origin_geodetic DOUBLE PRECISION[],
    created_by UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_frame PRIMARY KEY (id),
    CONSTRAINT ck_frame_kind CHECK (kind IN ('free','tangent')),
    CONSTRAINT ck_frame_origin CHECK ((kind = 'tangent') = (origin_geodetic IS NOT NULL)),
    CONSTRAINT ck_frame_origin_geodetic CHECK (cardinality(origin_geodetic) = 3),
    CONSTRAINT uq_frame_subject_id UNIQUE (subject_id),
    CONSTRAINT fk_frame_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE TABLE job (
    id UUID NOT NULL,
    operation TEXT NOT NULL,
    state TEXT NOT NULL,
    organisation_id UUID NOT NULL,
    version_id UUID,
    upload_id UUID,
    requested_by UUID,
    arguments JSONB NOT NULL,
    recipe_version BIGINT NOT NULL,
    work_key TEXT NOT NULL,
    priority BIGINT NOT NULL,
    memory_mib BIGINT NOT NULL,
    disk_mib BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    attempts BIGINT NOT NULL,
    max_attempts BIGINT NOT NULL,
    worker TEXT,
    lease_ends_at TIMESTAMP WITH TIME ZONE,
    stage TEXT,
    done BIGINT,
    total BIGINT,
    unit TEXT,
    error_kind TEXT,
    error_message TEXT,
    error_hint TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    queued_at TIMESTAMP WITH TIME ZONE,
    started_at TIMESTAMP WITH TIME ZONE,
    changed_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_job PRIMARY KEY (id),
    CONSTRAINT ck_job_state CHECK (state IN ('waiting','queued','running','cancelling','succeeded','failed','cancelled')),
    CONSTRAINT ck_job_lease CHECK ((state IN ('running','cancelling')) = (lease_ends_at IS NOT NULL)),
    CONSTRAINT fk_job_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_job_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_job_upload_id FOREIGN KEY(upload_id) REFERENCES upload (id),
    CONSTRAINT fk_job_requested_by FOREIGN KEY(requested_by) REFERENCES person (id)
);

CREATE INDEX ix_job_lease ON job (lease_ends_at) WHERE state IN ('running','cancelling');

CREATE INDEX ix_job_organisation_id ON job (organisation_id);

CREATE INDEX ix_job_queue ON job (priority, created_at) WHERE state = 'queued';

CREATE INDEX ix_job_requested_by ON job (requested_by);

CREATE INDEX ix_job_running_group ON job (organisation_id) WHERE state = 'running';

CREATE INDEX ix_job_upload_id ON job (upload_id);

CREATE INDEX ix_job_version_id ON job (version_id);

CREATE UNIQUE INDEX uq_job_live_work_key ON job (work_key) WHERE state IN ('waiting','queued','running','cancelling');

CREATE TABLE attempt (
    id UUID NOT NULL,
    job_id UUID NOT NULL,
    number BIGINT NOT NULL,
    fence BIGINT NOT NULL,
    worker TEXT NOT NULL,
    state TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    ended_at TIMESTAMP WITH TIME ZONE,
    error_kind TEXT,
    error_message TEXT,
    error_hint TEXT,
    limits JSONB,
    software JSONB,
    result JSONB,
    seconds DOUBLE PRECISION,
    peak_mib DOUBLE PRECISION,
    log_head TEXT,
    log_tail TEXT,
    CONSTRAINT pk_attempt PRIMARY KEY (id),
    CONSTRAINT uq_attempt_job_id_number UNIQUE (job_id, number),
    CONSTRAINT ck_attempt_state CHECK (state IN ('running','succeeded','failed','lost','cancelled')),
    CONSTRAINT fk_attempt_job_id FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE INDEX ix_attempt_job_id ON attempt (job_id);

CREATE UNIQUE INDEX uq_attempt_running ON attempt (job_id) WHERE state = 'running';

CREATE TABLE job_dependency (
    job_id UUID NOT NULL,
    needs_id UUID NOT NULL,
    CONSTRAINT pk_job_dependency PRIMARY KEY (job_id, needs_id),
    CONSTRAINT ck_job_dependency_not_itself CHECK (job_id <> needs_id),
    CONSTRAINT fk_job_dependency_job_id FOREIGN KEY(job_id) REFERENCES job (id),
    CONSTRAINT fk_job_dependency_needs_id FOREIGN KEY(needs_id) REFERENCES job (id)
);

CREATE INDEX ix_job_dependency_needs_id ON job_dependency (needs_id);

CREATE TABLE placement (
    id UUID NOT NULL,
    version_id UUID NOT NULL,
    frame_id UUID NOT NULL,
    fixed_version_id UUID,
    fixed_placement_id UUID,
    job_id UUID,
    method TEXT NOT NULL,
    site_from_scan DOUBLE PRECISION[] NOT NULL,
    covariance DOUBLE PRECISION[],
    rms_m DOUBLE PRECISION,
    overlap DOUBLE PRECISION,
    evidence JSONB NOT NULL,
    alternatives JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_placement PRIMARY KEY (id),
    CONSTRAINT ck_placement_site_from_scan CHECK (cardinality(site_from_scan) = 16),
    CONSTRAINT ck_placement_covariance CHECK (cardinality(covariance) = 36),
    CONSTRAINT fk_placement_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_placement_frame_id FOREIGN KEY(frame_id) REFERENCES frame (id),
    CONSTRAINT fk_placement_fixed_version_id FOREIGN KEY(fixed_version_id) REFERENCES version (id),
    CONSTRAINT fk_placement_fixed_placement_id FOREIGN KEY(fixed_placement_id) REFERENCES placement (id),
    CONSTRAINT fk_placement_job_id FOREIGN KEY(job_id) REFERENCES job (id)
);

CREATE INDEX ix_placement_fixed_version_id ON placement (fixed_version_id);

CREATE INDEX ix_placement_frame_id ON placement (frame_id);

CREATE INDEX ix_placement_version_id ON placement (version_id);

CREATE TABLE derivative (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    attempt_id UUID NOT NULL,
    kind TEXT NOT NULL,
    operation TEXT NOT NULL,
    recipe_version BIGINT NOT NULL,
    parameters JSONB NOT NULL,
    work_key TEXT NOT NULL,
    state TEXT NOT NULL,
    result JSONB,
    size_bytes BIGINT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    ready_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_derivative PRIMARY KEY (id),
    CONSTRAINT ck_derivative_kind CHECK (kind IN ('preview','tileset','lod','picture','copc','cut','report')),
    CONSTRAINT ck_derivative_state CHECK (state IN ('building','ready','lost','reaped')),
    CONSTRAINT fk_derivative_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_derivative_attempt_id FOREIGN KEY(attempt_id) REFERENCES attempt (id)
);

CREATE INDEX ix_derivative_attempt_id ON derivative (attempt_id);

CREATE INDEX ix_derivative_organisation_id ON derivative (organisation_id);

CREATE INDEX ix_derivative_state_created_at ON derivative (state, created_at);

CREATE INDEX ix_derivative_work_key ON derivative (work_key) WHERE state = 'ready';

CREATE TABLE placement_decision (
    id UUID NOT NULL,
    placement_id UUID NOT NULL,
    version_id UUID NOT NULL,
    state TEXT NOT NULL,
    alternative BIGINT,
    site_from_scan DOUBLE PRECISION[] NOT NULL,
    reason TEXT NOT NULL,
    decided_by UUID,
    agent TEXT,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    CONSTRAINT pk_placement_decision PRIMARY KEY (id),
    CONSTRAINT ck_placement_decision_state CHECK (state IN ('accepted','ambiguous','rejected')),
    CONSTRAINT ck_placement_decision_who CHECK ((decided_by IS NULL) <> (agent IS NULL)),
    CONSTRAINT ck_placement_decision_site_from_scan CHECK (cardinality(site_from_scan) = 16),
    CONSTRAINT ex_placement_decision_one_at_a_time EXCLUDE USING gist (placement_id WITH =, recorded WITH &&),
    CONSTRAINT fk_placement_decision_placement_id FOREIGN KEY(placement_id) REFERENCES placement (id),
    CONSTRAINT fk_placement_decision_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_placement_decision_decided_by FOREIGN KEY(decided_by) REFERENCES person (id)
);

CREATE INDEX ix_placement_decision_placement_id ON placement_decision (placement_id);

CREATE INDEX ix_placement_decision_version_id ON placement_decision (version_id);

CREATE TABLE derivative_file (
    derivative_id UUID NOT NULL,
    path TEXT NOT NULL,
    role TEXT NOT NULL,
    media_type TEXT NOT NULL,
    size_bytes BIGINT NOT NULL,
    sha256 TEXT NOT NULL,
    CONSTRAINT pk_derivative_file PRIMARY KEY (derivative_id, path),
    CONSTRAINT fk_derivative_file_derivative_id FOREIGN KEY(derivative_id) REFERENCES derivative (id)
);

CREATE TABLE version_derivative (
    version_id UUID NOT NULL,
    derivative_id UUID NOT NULL,
    kind TEXT NOT NULL,
    is_current BOOLEAN NOT NULL,
    CONSTRAINT pk_version_derivative PRIMARY KEY (version_id, derivative_id),
    CONSTRAINT fk_version_derivative_version_id FOREIGN KEY(version_id) REFERENCES version (id),
    CONSTRAINT fk_version_derivative_derivative_id FOREIGN KEY(derivative_id) REFERENCES derivative (id)
);

CREATE INDEX ix_version_derivative_derivative_id ON version_derivative (derivative_id);

CREATE UNIQUE INDEX uq_version_derivative_current ON version_derivative (version_id, kind) WHERE is_current;
