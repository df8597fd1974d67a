-- Structure and time: vocabularies, sources, events, relations, statements.

CREATE TABLE concept (
    id UUID NOT NULL,
    organisation_id UUID,
    scheme TEXT NOT NULL,
    code TEXT NOT NULL,
    label JSONB NOT NULL,
    broader_id UUID,
    exact_match TEXT[] NOT NULL,
    edtf TEXT,
    value_type TEXT,
    is_exclusive BOOLEAN DEFAULT false NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_concept PRIMARY KEY (id),
    CONSTRAINT uq_concept_organisation_id_scheme_code UNIQUE NULLS NOT DISTINCT (organisation_id, scheme, code),
    CONSTRAINT fk_concept_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_concept_broader_id FOREIGN KEY(broader_id) REFERENCES concept (id)
);

CREATE INDEX ix_concept_broader_id ON concept (broader_id);

CREATE TABLE agent (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    name JSONB NOT NULL,
    person_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_agent PRIMARY KEY (id),
    CONSTRAINT uq_agent_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT fk_agent_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_agent_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE source (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    code TEXT NOT NULL,
    kind TEXT NOT NULL,
    citation TEXT NOT NULL,
    reliability SMALLINT NOT NULL,
    url TEXT,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_source PRIMARY KEY (id),
    CONSTRAINT uq_source_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT ck_source_reliability CHECK (reliability BETWEEN 1 AND 5),
    CONSTRAINT fk_source_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id)
);

CREATE TABLE record_import (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    digest TEXT NOT NULL,
    states_recorded BOOLEAN NOT NULL,
    about JSONB NOT NULL,
    counts JSONB NOT NULL,
    person_id UUID,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_record_import PRIMARY KEY (id),
    CONSTRAINT uq_record_import_organisation_id_digest UNIQUE (organisation_id, digest),
    CONSTRAINT fk_record_import_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_record_import_person_id FOREIGN KEY(person_id) REFERENCES person (id)
);

CREATE TABLE hypothesis (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    subject_id UUID,
    code TEXT NOT NULL,
    title JSONB NOT NULL,
    rationale TEXT,
    details JSONB NOT NULL,
    created_at TIMESTAMP WITH TIME ZONE DEFAULT now() NOT NULL,
    CONSTRAINT pk_hypothesis PRIMARY KEY (id),
    CONSTRAINT uq_hypothesis_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT fk_hypothesis_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_hypothesis_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_hypothesis_subject_id ON hypothesis (subject_id);

CREATE TABLE subject_detail (
    id UUID NOT NULL,
    subject_id UUID NOT NULL,
    type_id UUID,
    local_codes JSONB NOT NULL,
    about JSONB NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    import_id UUID,
    CONSTRAINT pk_subject_detail PRIMARY KEY (id),
    CONSTRAINT ex_subject_detail_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&),
    CONSTRAINT fk_subject_detail_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id),
    CONSTRAINT fk_subject_detail_type_id FOREIGN KEY(type_id) REFERENCES concept (id),
    CONSTRAINT fk_subject_detail_import_id FOREIGN KEY(import_id) REFERENCES record_import (id)
);

CREATE INDEX ix_subject_detail_subject_id ON subject_detail (subject_id);

CREATE INDEX ix_subject_detail_type_id ON subject_detail (type_id);

CREATE TABLE event (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    code TEXT NOT NULL,
    kind_id UUID NOT NULL,
    title JSONB NOT NULL,
    edtf TEXT NOT NULL,
    day_from INTEGER,
    day_to INTEGER,
    span INT4RANGE GENERATED ALWAYS AS (int4range(day_from, day_to, '[]')) STORED NOT NULL,
    certainty SMALLINT NOT NULL,
    source_ids UUID[] NOT NULL,
    agent_ids UUID[] NOT NULL,
    date_as_written TEXT,
    note TEXT,
    conflicts_with TEXT[] NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    import_id UUID,
    CONSTRAINT pk_event PRIMARY KEY (id),
    CONSTRAINT uq_event_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT ck_event_certainty CHECK (certainty BETWEEN 0 AND 5),
    CONSTRAINT fk_event_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_event_kind_id FOREIGN KEY(kind_id) REFERENCES concept (id),
    CONSTRAINT fk_event_import_id FOREIGN KEY(import_id) REFERENCES record_import (id)
);

CREATE INDEX ix_event_kind_id ON event (kind_id);

CREATE INDEX ix_event_span ON event USING gist (span);

CREATE TABLE event_subject (
    event_id UUID NOT NULL,
    subject_id UUID NOT NULL,
    CONSTRAINT pk_event_subject PRIMARY KEY (event_id, subject_id),
    CONSTRAINT fk_event_subject_event_id FOREIGN KEY(event_id) REFERENCES event (id),
    CONSTRAINT fk_event_subject_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id)
);

CREATE INDEX ix_event_subject_subject_id ON event_subject (subject_id);

CREATE TABLE relation (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    code TEXT NOT NULL,
    from_id UUID NOT NULL,
    role TEXT NOT NULL,
    to_id UUID NOT NULL,
    edtf TEXT,
    day_from INTEGER,
    day_to INTEGER,
    span INT4RANGE GENERATED ALWAYS AS (int4range(day_from, day_to, '[]')) STORED NOT NULL,
    certainty SMALLINT NOT NULL,
    source_ids UUID[] NOT NULL,
    note TEXT,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    recorded_by UUID,
    import_id UUID,
    CONSTRAINT pk_relation PRIMARY KEY (id),
    CONSTRAINT uq_relation_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT ck_relation_certainty CHECK (certainty BETWEEN 0 AND 5),
    CONSTRAINT fk_relation_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_relation_from_id FOREIGN KEY(from_id) REFERENCES subject (id),
    CONSTRAINT fk_relation_to_id FOREIGN KEY(to_id) REFERENCES subject (id),
    CONSTRAINT fk_relation_import_id FOREIGN KEY(import_id) REFERENCES record_import (id)
);

CREATE INDEX ix_relation_from_id ON relation (from_id);

CREATE INDEX ix_relation_to_id ON relation (to_id);

CREATE TABLE statement (
    id UUID NOT NULL,
    organisation_id UUID NOT NULL,
    code TEXT NOT NULL,
    subject_id UUID NOT NULL,
    predicate_id UUID NOT NULL,
    concept_id UUID,
    value JSONB NOT NULL,
    edtf TEXT NOT NULL,
    day_from INTEGER,
    day_to INTEGER,
    valid INT4RANGE GENERATED ALWAYS AS (int4range(day_from, day_to, '[]')) STORED NOT NULL,
    recorded TSTZRANGE DEFAULT tstzrange(clock_timestamp(), NULL) NOT NULL,
    began_by UUID,
    ended_by UUID,
    basis TEXT NOT NULL,
    certainty SMALLINT NOT NULL,
    source_ids UUID[] NOT NULL,
    best_source SMALLINT,
    hypothesis_id UUID,
    is_exclusive BOOLEAN NOT NULL,
    supersedes_id UUID,
    date_as_written TEXT,
    note TEXT,
    recorded_by UUID,
    import_id UUID,
    CONSTRAINT pk_statement PRIMARY KEY (id),
    CONSTRAINT uq_statement_organisation_id_code UNIQUE (organisation_id, code),
    CONSTRAINT ck_statement_certainty CHECK (certainty BETWEEN 0 AND 5),
    CONSTRAINT ck_statement_basis CHECK (basis IN ('observed','measured','source','comparison','inference','conjecture')),
    CONSTRAINT ex_statement_exclusive EXCLUDE USING gist (subject_id WITH =, predicate_id WITH =, coalesce(hypothesis_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =, valid WITH &&, recorded WITH &&) WHERE (is_exclusive),
    CONSTRAINT fk_statement_organisation_id FOREIGN KEY(organisation_id) REFERENCES organisation (id),
    CONSTRAINT fk_statement_subject_id FOREIGN KEY(subject_id) REFERENCES subject (id),
    CONSTRAINT fk_statement_predicate_id FOREIGN KEY(predicate_id) REFERENCES concept (id),
    CONSTRAINT fk_statement_concept_id FOREIGN KEY(concept_id) REFERENCES concept (id),
    CONSTRAINT fk_statement_began_by FOREIGN KEY(began_by) REFERENCES event (id),
    CONSTRAINT fk_statement_ended_by FOREIGN KEY(ended_by) REFERENCES event (id),
    CONSTRAINT fk_statement_hypothesis_id FOREIGN KEY(hypothesis_id) REFERENCES hypothesis (id),
    CONSTRAINT fk_statement_supersedes_id FOREIGN KEY(supersedes_id) REFERENCES statement (id),
    CONSTRAINT fk_statement_import_id FOREIGN KEY(import_id) REFERENCES record_import (id)
);

CREATE INDEX ix_statement_asked ON statement USING gist (subject_id, predicate_id, valid, recorded);

CREATE INDEX ix_statement_concept_id ON statement (concept_id);

CREATE INDEX ix_statement_hypothesis_id ON statement (hypothesis_id);

CREATE INDEX ix_statement_supersedes_id ON statement (supersedes_id);

ALTER TABLE capture
    ADD COLUMN certainty SMALLINT,
    ADD COLUMN source_ids UUID[] DEFAULT '{}' NOT NULL,
    ADD COLUMN note TEXT,
    ADD CONSTRAINT ck_capture_certainty CHECK (certainty BETWEEN 0 AND 5);
