--
-- PostgreSQL database dump
--


-- Dumped from database version 18.6
-- Dumped by pg_dump version 18.6

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: btree_gist; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public;


--
-- Name: cube; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS cube WITH SCHEMA public;


--
-- Name: earthdistance; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS earthdistance WITH SCHEMA public;


--
-- Name: ltree; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS ltree WITH SCHEMA public;


--
-- Name: pg_trgm; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;


--
-- Name: unaccent; Type: EXTENSION; Schema: -; Owner: -
--

CREATE EXTENSION IF NOT EXISTS unaccent WITH SCHEMA public;


--
-- Name: close_superseded(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.close_superseded() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    old statement%ROWTYPE;
BEGIN
    IF NEW.supersedes_id IS NULL THEN
        RETURN NEW;
    END IF;
    SELECT * INTO old FROM statement WHERE id = NEW.supersedes_id FOR UPDATE;
    IF lower(old.recorded) >= lower(NEW.recorded) THEN
        RAISE EXCEPTION 'a statement supersedes one that was recorded before it'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'superseded_earlier';
    END IF;
    IF upper_inf(old.recorded) THEN
        UPDATE statement SET recorded = tstzrange(lower(recorded), lower(NEW.recorded)) WHERE id = old.id;
    ELSIF upper(old.recorded) > lower(NEW.recorded) OR NEW.import_id IS NULL THEN
        RAISE EXCEPTION 'the statement was superseded already'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'superseded_once';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: fold(text); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.fold(x text) RETURNS text
    LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
    RETURN lower(public.unaccent('public.unaccent'::regdictionary, NORMALIZE(x, NFC)));


--
-- Name: keep_blob(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.keep_blob() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF NEW.object_key <> OLD.object_key OR NEW.size_bytes <> OLD.size_bytes
        OR NEW.organisation_id <> OLD.organisation_id
        OR (OLD.sha256 IS NOT NULL AND NEW.sha256 IS DISTINCT FROM OLD.sha256)
    THEN
        RAISE EXCEPTION 'a blob is written once'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'blob_immutable';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: keep_files_of_published(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.keep_files_of_published() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF (SELECT state FROM version WHERE id = coalesce(NEW.version_id, OLD.version_id)) <> 'draft' THEN
        RAISE EXCEPTION 'the files of a published version are immutable'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_immutable';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;


--
-- Name: keep_published(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.keep_published() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    free text[] := ARRAY['state', 'withdrawn_at', 'withdrawn_by', 'withdrawn_reason', 'publish_on_finish'];
BEGIN
    IF OLD.state = 'draft' THEN
        IF NEW.state = 'withdrawn' THEN
            RAISE EXCEPTION 'a draft cannot be withdrawn'
                USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_states';
        END IF;
        RETURN NEW;
    END IF;
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free
        OR NOT (NEW.state = OLD.state OR (OLD.state = 'published' AND NEW.state = 'withdrawn'))
    THEN
        RAISE EXCEPTION 'a % version is immutable', OLD.state
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_immutable';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: only_close_recorded(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.only_close_recorded() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    IF to_jsonb(NEW) - 'recorded' <> to_jsonb(OLD) - 'recorded'
        OR lower(NEW.recorded) IS DISTINCT FROM lower(OLD.recorded)
        OR NOT upper_inf(OLD.recorded)
        OR upper_inf(NEW.recorded)
        OR upper(NEW.recorded) > clock_timestamp()
    THEN
        RAISE EXCEPTION 'of a % row only "recorded" may be closed, once, and not later than now', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: only_close_recorded_of_dated(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.only_close_recorded_of_dated() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
DECLARE
    free text[] := ARRAY['recorded', 'valid', 'span'];
BEGIN
    IF to_jsonb(NEW) - free <> to_jsonb(OLD) - free
        OR lower(NEW.recorded) IS DISTINCT FROM lower(OLD.recorded)
        OR NOT upper_inf(OLD.recorded)
        OR upper_inf(NEW.recorded)
        OR upper(NEW.recorded) > clock_timestamp()
    THEN
        RAISE EXCEPTION 'of a % row only "recorded" may be closed, once, and not later than now', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: refuse_change(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.refuse_change() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    RAISE EXCEPTION '% rows are kept as they were written: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;


--
-- Name: stamp_recorded(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.stamp_recorded() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_current_xact_id();
    IF NEW.import_id IS NULL OR NOT EXISTS (
        SELECT FROM record_import WHERE id = NEW.import_id AND states_recorded AND created_at = now()
    ) THEN
        NEW.recorded := tstzrange(clock_timestamp(), NULL);
    ELSIF lower_inf(NEW.recorded) OR lower(NEW.recorded) > clock_timestamp() OR NOT upper_inf(NEW.recorded) THEN
        RAISE EXCEPTION 'a % is recorded from a moment that is not in the future', TG_TABLE_NAME
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'recorded_in_the_past';
    END IF;
    RETURN NEW;
END $$;


--
-- Name: tell_of_job(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.tell_of_job() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    PERFORM pg_notify('heritwin_jobs', NEW.id::text);
    RETURN NULL;
END $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: agent; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.agent (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    name jsonb NOT NULL,
    person_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: alembic_version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.alembic_version (
    version_num character varying(32) NOT NULL
);


--
-- Name: asset; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.asset (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    name text NOT NULL,
    title jsonb,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_asset_kind CHECK ((kind = ANY (ARRAY['point_cloud'::text, 'mesh'::text, 'image_set'::text, 'terrain'::text, 'splat'::text, 'drawing'::text, 'document'::text, 'media'::text]))),
    CONSTRAINT ck_asset_name CHECK ((name ~ '^[a-z0-9][a-z0-9._-]{0,62}$'::text))
);


--
-- Name: attempt; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.attempt (
    id uuid NOT NULL,
    job_id uuid NOT NULL,
    number bigint NOT NULL,
    fence bigint NOT NULL,
    worker text NOT NULL,
    state text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    error_kind text,
    error_message text,
    error_hint text,
    limits jsonb,
    software jsonb,
    result jsonb,
    seconds double precision,
    peak_mib double precision,
    log_head text,
    log_tail text,
    CONSTRAINT ck_attempt_state CHECK ((state = ANY (ARRAY['running'::text, 'succeeded'::text, 'failed'::text, 'lost'::text, 'cancelled'::text])))
);


--
-- Name: audit; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.audit (
    id uuid NOT NULL,
    at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    action text NOT NULL,
    object_type text NOT NULL,
    object_id uuid NOT NULL,
    organisation_id uuid,
    person_id uuid,
    key_id uuid,
    session_id uuid,
    agent text,
    details jsonb NOT NULL
);


--
-- Name: blob; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.blob (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    object_key text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text,
    state text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    verified_at timestamp with time zone,
    CONSTRAINT ck_blob_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_blob_state CHECK ((state = ANY (ARRAY['expected'::text, 'stored'::text, 'verified'::text, 'deleted'::text, 'reaped'::text]))),
    CONSTRAINT ck_blob_verified CHECK (((state <> 'verified'::text) OR ((sha256 IS NOT NULL) AND (verified_at IS NOT NULL))))
);


--
-- Name: capture; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.capture (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    code text NOT NULL,
    method text NOT NULL,
    date_edtf text NOT NULL,
    day_from bigint,
    day_to bigint,
    sensor text,
    operators text[] NOT NULL,
    accuracy_m double precision,
    crs text,
    control jsonb,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    certainty smallint,
    source_ids uuid[] DEFAULT '{}'::uuid[] NOT NULL,
    note text,
    CONSTRAINT ck_capture_accuracy_m CHECK ((accuracy_m > (0)::double precision)),
    CONSTRAINT ck_capture_certainty CHECK (((certainty >= 0) AND (certainty <= 5))),
    CONSTRAINT ck_capture_days CHECK ((day_from <= day_to))
);


--
-- Name: concept; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.concept (
    id uuid NOT NULL,
    organisation_id uuid,
    scheme text NOT NULL,
    code text NOT NULL,
    label jsonb NOT NULL,
    broader_id uuid,
    exact_match text[] NOT NULL,
    edtf text,
    value_type text,
    is_exclusive boolean DEFAULT false NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: derivative; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.derivative (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    attempt_id uuid NOT NULL,
    kind text NOT NULL,
    operation text NOT NULL,
    recipe_version bigint NOT NULL,
    parameters jsonb NOT NULL,
    work_key text NOT NULL,
    state text NOT NULL,
    result jsonb,
    size_bytes bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    ready_at timestamp with time zone,
    CONSTRAINT ck_derivative_kind CHECK ((kind = ANY (ARRAY['preview'::text, 'tileset'::text, 'lod'::text, 'picture'::text, 'copc'::text, 'cut'::text, 'report'::text]))),
    CONSTRAINT ck_derivative_state CHECK ((state = ANY (ARRAY['building'::text, 'ready'::text, 'lost'::text, 'reaped'::text])))
);


--
-- Name: derivative_file; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.derivative_file (
    derivative_id uuid NOT NULL,
    path text NOT NULL,
    role text NOT NULL,
    media_type text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL
);


--
-- Name: event; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    code text NOT NULL,
    kind_id uuid NOT NULL,
    title jsonb NOT NULL,
    edtf text NOT NULL,
    day_from integer,
    day_to integer,
    span int4range GENERATED ALWAYS AS (int4range(day_from, day_to, '[]'::text)) STORED NOT NULL,
    certainty smallint NOT NULL,
    source_ids uuid[] NOT NULL,
    agent_ids uuid[] NOT NULL,
    date_as_written text,
    note text,
    conflicts_with text[] NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid,
    import_id uuid,
    CONSTRAINT ck_event_certainty CHECK (((certainty >= 0) AND (certainty <= 5)))
);


--
-- Name: event_subject; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.event_subject (
    event_id uuid NOT NULL,
    subject_id uuid NOT NULL
);


--
-- Name: frame; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.frame (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    kind text NOT NULL,
    origin_geodetic double precision[],
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_frame_kind CHECK ((kind = ANY (ARRAY['free'::text, 'tangent'::text]))),
    CONSTRAINT ck_frame_origin CHECK (((kind = 'tangent'::text) = (origin_geodetic IS NOT NULL))),
    CONSTRAINT ck_frame_origin_geodetic CHECK ((cardinality(origin_geodetic) = 3))
);


--
-- Name: hypothesis; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.hypothesis (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    subject_id uuid,
    code text NOT NULL,
    title jsonb NOT NULL,
    rationale text,
    details jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: idempotency; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.idempotency (
    person_id uuid NOT NULL,
    key text NOT NULL,
    request_sha256 text NOT NULL,
    status bigint NOT NULL,
    answer jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: job; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job (
    id uuid NOT NULL,
    operation text NOT NULL,
    state text NOT NULL,
    organisation_id uuid NOT NULL,
    version_id uuid,
    upload_id uuid,
    requested_by uuid,
    arguments jsonb NOT NULL,
    recipe_version bigint NOT NULL,
    work_key text NOT NULL,
    priority bigint NOT NULL,
    memory_mib bigint NOT NULL,
    disk_mib bigint NOT NULL,
    fence bigint NOT NULL,
    attempts bigint NOT NULL,
    max_attempts bigint NOT NULL,
    worker text,
    lease_ends_at timestamp with time zone,
    stage text,
    done bigint,
    total bigint,
    unit text,
    error_kind text,
    error_message text,
    error_hint text,
    created_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    queued_at timestamp with time zone,
    started_at timestamp with time zone,
    changed_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    ended_at timestamp with time zone,
    CONSTRAINT ck_job_lease CHECK (((state = ANY (ARRAY['running'::text, 'cancelling'::text])) = (lease_ends_at IS NOT NULL))),
    CONSTRAINT ck_job_state CHECK ((state = ANY (ARRAY['waiting'::text, 'queued'::text, 'running'::text, 'cancelling'::text, 'succeeded'::text, 'failed'::text, 'cancelled'::text])))
);


--
-- Name: job_dependency; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.job_dependency (
    job_id uuid NOT NULL,
    needs_id uuid NOT NULL,
    CONSTRAINT ck_job_dependency_not_itself CHECK ((job_id <> needs_id))
);


--
-- Name: key; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.key (
    id uuid NOT NULL,
    person_id uuid NOT NULL,
    organisation_id uuid,
    name text NOT NULL,
    digest text NOT NULL,
    scopes text[] NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone,
    revoked_at timestamp with time zone,
    last_used_at timestamp with time zone
);


--
-- Name: login_link; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.login_link (
    id uuid NOT NULL,
    key_id uuid NOT NULL,
    digest text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    used_at timestamp with time zone
);


--
-- Name: membership; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.membership (
    organisation_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_membership_role CHECK ((role = ANY (ARRAY['viewer'::text, 'contributor'::text, 'curator'::text, 'admin'::text])))
);


--
-- Name: organisation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.organisation (
    id uuid NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    quota_bytes bigint,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_organisation_code CHECK ((code ~ '^[a-z0-9][a-z0-9-]{0,62}$'::text))
);


--
-- Name: person; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.person (
    id uuid NOT NULL,
    name text NOT NULL,
    server_admin boolean NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: placement; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.placement (
    id uuid NOT NULL,
    version_id uuid NOT NULL,
    frame_id uuid NOT NULL,
    fixed_version_id uuid,
    fixed_placement_id uuid,
    job_id uuid,
    method text NOT NULL,
    site_from_scan double precision[] NOT NULL,
    covariance double precision[],
    rms_m double precision,
    overlap double precision,
    evidence jsonb NOT NULL,
    alternatives jsonb NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_placement_covariance CHECK ((cardinality(covariance) = 36)),
    CONSTRAINT ck_placement_site_from_scan CHECK ((cardinality(site_from_scan) = 16))
);


--
-- Name: placement_decision; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.placement_decision (
    id uuid NOT NULL,
    placement_id uuid NOT NULL,
    version_id uuid NOT NULL,
    state text NOT NULL,
    alternative bigint,
    site_from_scan double precision[] NOT NULL,
    reason text NOT NULL,
    decided_by uuid,
    agent text,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    CONSTRAINT ck_placement_decision_site_from_scan CHECK ((cardinality(site_from_scan) = 16)),
    CONSTRAINT ck_placement_decision_state CHECK ((state = ANY (ARRAY['accepted'::text, 'ambiguous'::text, 'rejected'::text]))),
    CONSTRAINT ck_placement_decision_who CHECK (((decided_by IS NULL) <> (agent IS NULL)))
);


--
-- Name: publication; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.publication (
    id uuid NOT NULL,
    version_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    number bigint NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid
);


--
-- Name: record_import; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.record_import (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    digest text NOT NULL,
    states_recorded boolean NOT NULL,
    about jsonb NOT NULL,
    counts jsonb NOT NULL,
    person_id uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: relation; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.relation (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    code text NOT NULL,
    from_id uuid NOT NULL,
    role text NOT NULL,
    to_id uuid NOT NULL,
    edtf text,
    day_from integer,
    day_to integer,
    span int4range GENERATED ALWAYS AS (int4range(day_from, day_to, '[]'::text)) STORED NOT NULL,
    certainty smallint NOT NULL,
    source_ids uuid[] NOT NULL,
    note text,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid,
    import_id uuid,
    CONSTRAINT ck_relation_certainty CHECK (((certainty >= 0) AND (certainty <= 5)))
);


--
-- Name: session; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.session (
    id uuid NOT NULL,
    key_id uuid NOT NULL,
    digest text NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone
);


--
-- Name: source; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.source (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    code text NOT NULL,
    kind text NOT NULL,
    citation text NOT NULL,
    reliability smallint NOT NULL,
    url text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_source_reliability CHECK (((reliability >= 1) AND (reliability <= 5)))
);


--
-- Name: statement; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.statement (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    code text NOT NULL,
    subject_id uuid NOT NULL,
    predicate_id uuid NOT NULL,
    concept_id uuid,
    value jsonb NOT NULL,
    edtf text NOT NULL,
    day_from integer,
    day_to integer,
    valid int4range GENERATED ALWAYS AS (int4range(day_from, day_to, '[]'::text)) STORED NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    began_by uuid,
    ended_by uuid,
    basis text NOT NULL,
    certainty smallint NOT NULL,
    source_ids uuid[] NOT NULL,
    best_source smallint,
    hypothesis_id uuid,
    is_exclusive boolean NOT NULL,
    supersedes_id uuid,
    date_as_written text,
    note text,
    recorded_by uuid,
    import_id uuid,
    CONSTRAINT ck_statement_basis CHECK ((basis = ANY (ARRAY['observed'::text, 'measured'::text, 'source'::text, 'comparison'::text, 'inference'::text, 'conjecture'::text]))),
    CONSTRAINT ck_statement_certainty CHECK (((certainty >= 0) AND (certainty <= 5)))
);


--
-- Name: subject; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subject (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    parent_id uuid,
    root_id uuid NOT NULL,
    kind text NOT NULL,
    code text NOT NULL,
    path public.ltree NOT NULL,
    name jsonb NOT NULL,
    local_code text,
    visibility text,
    searched text GENERATED ALWAYS AS (public.fold(((((((COALESCE((name ->> 'vi'::text), ''::text) || ' '::text) || COALESCE((name ->> 'en'::text), ''::text)) || ' '::text) || COALESCE(local_code, ''::text)) || ' '::text) || code))) STORED NOT NULL,
    created_by uuid,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_subject_code CHECK ((code ~ '^[A-Za-z0-9_][A-Za-z0-9_-]{0,62}$'::text)),
    CONSTRAINT ck_subject_kind CHECK ((kind = ANY (ARRAY['site'::text, 'complex'::text, 'monument'::text, 'component'::text, 'artefact'::text, 'practice'::text, 'document'::text]))),
    CONSTRAINT ck_subject_root CHECK (((parent_id IS NULL) = (root_id = id))),
    CONSTRAINT ck_subject_visibility CHECK ((visibility = ANY (ARRAY['private'::text, 'public'::text]))),
    CONSTRAINT ck_subject_visibility_of_roots CHECK (((parent_id IS NULL) = (visibility IS NOT NULL)))
);


--
-- Name: subject_detail; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subject_detail (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    type_id uuid,
    local_codes jsonb NOT NULL,
    about jsonb NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid,
    import_id uuid
);


--
-- Name: subject_name; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subject_name (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    name jsonb NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid
);


--
-- Name: subject_place; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subject_place (
    id uuid NOT NULL,
    subject_id uuid NOT NULL,
    parent_id uuid,
    path public.ltree NOT NULL,
    recorded tstzrange DEFAULT tstzrange(clock_timestamp(), NULL::timestamp with time zone) NOT NULL,
    recorded_by uuid
);


--
-- Name: subject_redirect; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.subject_redirect (
    path public.ltree NOT NULL,
    subject_id uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL
);


--
-- Name: upload; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.upload (
    id uuid NOT NULL,
    organisation_id uuid NOT NULL,
    asset_id uuid NOT NULL,
    capture_id uuid,
    person_id uuid NOT NULL,
    state text NOT NULL,
    represents_edtf text,
    publish boolean NOT NULL,
    control jsonb,
    size_bytes bigint NOT NULL,
    version_id uuid,
    refusal jsonb,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_seen_at timestamp with time zone DEFAULT now() NOT NULL,
    received_at timestamp with time zone,
    ended_at timestamp with time zone,
    CONSTRAINT ck_upload_state CHECK ((state = ANY (ARRAY['open'::text, 'received'::text, 'verified'::text, 'refused'::text, 'abandoned'::text])))
);


--
-- Name: upload_file; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.upload_file (
    id uuid NOT NULL,
    upload_id uuid NOT NULL,
    "position" bigint NOT NULL,
    path text NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text,
    part_size_bytes bigint NOT NULL,
    parts bigint NOT NULL,
    blob_id uuid NOT NULL,
    multipart_id text,
    found_sha256 text,
    CONSTRAINT ck_upload_file_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_upload_file_size_bytes CHECK ((size_bytes > 0))
);


--
-- Name: upload_part; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.upload_part (
    file_id uuid NOT NULL,
    number bigint NOT NULL,
    size_bytes bigint NOT NULL,
    sha256 text NOT NULL,
    signed_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT ck_upload_part_number CHECK (((number >= 1) AND (number <= 10000))),
    CONSTRAINT ck_upload_part_sha256 CHECK ((sha256 ~ '^[0-9a-f]{64}$'::text)),
    CONSTRAINT ck_upload_part_size_bytes CHECK ((size_bytes > 0))
);


--
-- Name: version; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version (
    id uuid NOT NULL,
    asset_id uuid NOT NULL,
    capture_id uuid,
    number bigint,
    state text NOT NULL,
    represents_edtf text,
    represents_day_from bigint,
    represents_day_to bigint,
    size_bytes bigint NOT NULL,
    kind text,
    format text,
    points bigint,
    vertices bigint,
    triangles bigint,
    bounds jsonb,
    crs jsonb,
    own_frame jsonb,
    units text,
    attributes jsonb,
    stations jsonb,
    textures jsonb,
    warnings jsonb,
    publish_on_finish boolean NOT NULL,
    manifest_sha256 text,
    created_by uuid NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    verified_at timestamp with time zone,
    published_at timestamp with time zone,
    published_by uuid,
    withdrawn_at timestamp with time zone,
    withdrawn_by uuid,
    withdrawn_reason text,
    CONSTRAINT ck_version_draft CHECK (((state <> 'draft'::text) OR (number IS NULL))),
    CONSTRAINT ck_version_published CHECK (((state = 'draft'::text) OR ((number IS NOT NULL) AND (manifest_sha256 IS NOT NULL) AND (published_at IS NOT NULL)))),
    CONSTRAINT ck_version_state CHECK ((state = ANY (ARRAY['draft'::text, 'published'::text, 'withdrawn'::text])))
);


--
-- Name: version_derivative; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_derivative (
    version_id uuid NOT NULL,
    derivative_id uuid NOT NULL,
    kind text NOT NULL,
    is_current boolean NOT NULL
);


--
-- Name: version_file; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.version_file (
    version_id uuid NOT NULL,
    path text NOT NULL,
    "position" bigint NOT NULL,
    blob_id uuid NOT NULL,
    size_bytes bigint NOT NULL,
    media_type text NOT NULL,
    role text NOT NULL
);


--
-- Name: worker; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.worker (
    name text NOT NULL,
    started_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    heartbeat_at timestamp with time zone DEFAULT clock_timestamp() NOT NULL,
    memory_mib bigint NOT NULL,
    disk_mib bigint NOT NULL,
    room text NOT NULL
);


--
-- Data for Name: agent; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.agent VALUES ('01a20153-7807-70d3-af8d-f409caa67cb8', '01a20153-602f-7259-8afa-9515f0689e18', 'builder', 'person', '{"en": "Master builder", "vi": "Thợ cả"}', NULL, '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: alembic_version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.alembic_version VALUES ('0002');


--
-- Data for Name: asset; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.asset VALUES ('01a20153-6665-7797-bfaf-b8f1a83e2e80', '01a20153-6550-7059-829e-ea18cfa241be', 'point_cloud', 'scan', NULL, '01a20153-6254-71dd-8b13-ea565c721dd7', '2026-11-22 03:36:12.599722+00');


--
-- Data for Name: attempt; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.attempt VALUES ('01a20153-6b7e-7447-8676-762b03a26f1b', '01a20153-6917-760b-9a2c-6a20b0499d9d', 1, 1, 'w1', 'succeeded', '2026-11-22 03:36:13.94175+00', '2026-11-22 03:36:13.96751+00', '2026-11-22 03:36:14.319219+00', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL);
INSERT INTO public.attempt VALUES ('01a20153-6e16-7068-a45c-99f011494dcd', '01a20153-69b4-7174-ba17-306c88a487bb', 1, 1, 'w1', 'succeeded', '2026-11-22 03:36:14.60553+00', '2026-11-22 03:36:14.615494+00', '2026-11-22 03:36:15.305828+00', NULL, NULL, NULL, NULL, NULL, '{"inspect": {"crs": {"name": null, "declared": null, "treated_as": "local", "horizontal_unit": "metre"}, "kind": "point_cloud", "frame": {"kind": "free", "max_error_m": null, "origin_geodetic": null}, "units": "metre", "bounds": [[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]], "format": "las", "points": 4, "stations": [], "textures": [], "warnings": [], "attributes": ["intensity"]}}', NULL, NULL, NULL, NULL);
INSERT INTO public.attempt VALUES ('01a20153-7268-76c8-a853-97ffed2e6d22', '01a20153-6f0e-7609-8c5b-2c51548f9fe2', 1, 1, 'w1', 'succeeded', '2026-11-22 03:36:15.709897+00', '2026-11-22 03:36:15.727686+00', '2026-11-22 03:36:15.813641+00', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL);
INSERT INTO public.attempt VALUES ('01a20153-7408-708b-937e-56406af4cc78', '01a20153-6f7f-7799-bcda-c7ca2e0cd5f9', 1, 1, 'w1', 'succeeded', '2026-11-22 03:36:16.120257+00', '2026-11-22 03:36:16.137774+00', '2026-11-22 03:36:16.200062+00', NULL, NULL, NULL, NULL, NULL, '{}', NULL, NULL, NULL, NULL);
INSERT INTO public.attempt VALUES ('01a20153-77d6-7154-8f5b-b1e8338a3246', '01a20153-7734-7694-89cd-cc07988668f6', 1, 1, 'gone-1', 'running', '2026-11-22 03:36:17.109711+00', '2026-11-22 03:36:17.110893+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: audit; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.audit VALUES ('01a20153-5f81-720e-8fa6-5ffdcd17f538', '2026-11-22 03:36:10.892973+00', 'server-admin.created', 'person', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5ef4-7641-a199-6e720ceedcbe', NULL, NULL, NULL, 'storage bootstrap-admin', '{"key": "01a20153-5f27-7593-80c6-8c48b219f06f"}');
INSERT INTO public.audit VALUES ('01a20153-604d-77fd-adbf-6f65b010f475', '2026-11-22 03:36:11.085432+00', 'organisation.created', 'organisation', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"code": "hue"}');
INSERT INTO public.audit VALUES ('01a20153-606a-7069-9f59-0d85f66bc6ad', '2026-11-22 03:36:11.114899+00', 'organisation.created', 'organisation', '01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"code": "hanoi"}');
INSERT INTO public.audit VALUES ('01a20153-60ee-7172-9bde-3539e5bd2be3', '2026-11-22 03:36:11.250041+00', 'member.set', 'person', '01a20153-60ba-7351-9e84-bfff73de0ed6', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "viewer"}');
INSERT INTO public.audit VALUES ('01a20153-613e-729e-8000-2a829d093a6b', '2026-11-22 03:36:11.326694+00', 'key.created', 'key', '01a20153-6137-76db-ae7c-f5494c09d3f6', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-60ba-7351-9e84-bfff73de0ed6"}');
INSERT INTO public.audit VALUES ('01a20153-61bf-77da-8546-4dfb04fdec52', '2026-11-22 03:36:11.457872+00', 'member.set', 'person', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "contributor"}');
INSERT INTO public.audit VALUES ('01a20153-61e8-7036-8a98-95450e96c1a5', '2026-11-22 03:36:11.51055+00', 'key.created', 'key', '01a20153-61e2-75c5-a735-3b0c40e3ae5e', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-61a6-76cf-b9e0-a3b0234b0582"}');
INSERT INTO public.audit VALUES ('01a20153-6263-73ff-9c03-0495155d2fe9', '2026-11-22 03:36:11.619501+00', 'member.set', 'person', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "curator"}');
INSERT INTO public.audit VALUES ('01a20153-62ae-719e-a159-f943954e0789', '2026-11-22 03:36:11.695244+00', 'key.created', 'key', '01a20153-629f-7540-8882-e245542ad58a', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-6254-71dd-8b13-ea565c721dd7"}');
INSERT INTO public.audit VALUES ('01a20153-632b-7581-976a-10a1d69a3f42', '2026-11-22 03:36:11.82629+00', 'member.set', 'person', '01a20153-6319-700a-ae0b-273ddfd2d194', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "admin"}');
INSERT INTO public.audit VALUES ('01a20153-6387-7069-a430-e7798d75b056', '2026-11-22 03:36:11.911586+00', 'key.created', 'key', '01a20153-6361-7134-bc44-a4ccecfec5b0', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-6319-700a-ae0b-273ddfd2d194"}');
INSERT INTO public.audit VALUES ('01a20153-640f-73bf-93bd-f595fb6313cf', '2026-11-22 03:36:12.049915+00', 'member.set', 'person', '01a20153-6404-74c5-a04f-368b9d044cb8', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "contributor"}');
INSERT INTO public.audit VALUES ('01a20153-644b-72b6-a749-59a2d5c4dac6', '2026-11-22 03:36:12.109872+00', 'key.created', 'key', '01a20153-6438-725c-a6d3-bd2b6d0331a5', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-6404-74c5-a04f-368b9d044cb8"}');
INSERT INTO public.audit VALUES ('01a20153-64cf-7569-89be-f025af5255c5', '2026-11-22 03:36:12.239803+00', 'member.set', 'person', '01a20153-64b8-76d4-b321-abe333aa4f22', '01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "admin"}');
INSERT INTO public.audit VALUES ('01a20153-64fe-7106-96aa-8f91ac4126e6', '2026-11-22 03:36:12.290572+00', 'key.created', 'key', '01a20153-64ea-7495-aba8-d11e66a971ba', '01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-64b8-76d4-b321-abe333aa4f22"}');
INSERT INTO public.audit VALUES ('01a20153-6592-74a3-9958-77bc7a7b6e0a', '2026-11-22 03:36:12.435358+00', 'subject.created', 'subject', '01a20153-6550-7059-829e-ea18cfa241be', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-629f-7540-8882-e245542ad58a', NULL, NULL, '{"path": "old-temple"}');
INSERT INTO public.audit VALUES ('01a20153-668b-718b-ba33-d46c117e915a', '2026-11-22 03:36:12.683922+00', 'asset.created', 'asset', '01a20153-6665-7797-bfaf-b8f1a83e2e80', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-629f-7540-8882-e245542ad58a', NULL, NULL, '{}');
INSERT INTO public.audit VALUES ('01a20153-673d-71bb-b2ec-0fccc0f034eb', '2026-11-22 03:36:12.862248+00', 'upload.opened', 'upload', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-629f-7540-8882-e245542ad58a', NULL, NULL, '{"files": 1, "size_bytes": 24}');
INSERT INTO public.audit VALUES ('01a20153-68e6-71c0-8418-6567deef7001', '2026-11-22 03:36:13.289902+00', 'upload.received', 'upload', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-629f-7540-8882-e245542ad58a', NULL, NULL, '{"version": "01a20153-686a-75ec-85f6-fbc1d32d75b1"}');
INSERT INTO public.audit VALUES ('01a20153-6ccb-772e-b121-09665bcd5086', '2026-11-22 03:36:14.288197+00', 'upload.verified', 'upload', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: verify-upload', '{"refusal": null, "version": "01a20153-686a-75ec-85f6-fbc1d32d75b1"}');
INSERT INTO public.audit VALUES ('01a20153-6d53-7172-9ca4-01e4ec10acac', '2026-11-22 03:36:14.427533+00', 'job.succeeded', 'job', '01a20153-6917-760b-9a2c-6a20b0499d9d', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: jobs', '{"kind": null, "worker": "w1", "attempt": 1, "version": "01a20153-686a-75ec-85f6-fbc1d32d75b1", "operation": "verify-upload"}');
INSERT INTO public.audit VALUES ('01a20153-7085-70ab-bc36-1e41cd66574d', '2026-11-22 03:36:15.243089+00', 'placement.recorded', 'placement', '01a20153-7031-7533-b663-89b298f95d2f', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'rule: frame origin, 1', '{"state": "accepted", "method": "frame-origin"}');
INSERT INTO public.audit VALUES ('01a20153-717d-722e-8059-64671efffc80', '2026-11-22 03:36:15.485928+00', 'job.succeeded', 'job', '01a20153-69b4-7174-ba17-306c88a487bb', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: jobs', '{"kind": null, "worker": "w1", "attempt": 1, "version": "01a20153-686a-75ec-85f6-fbc1d32d75b1", "operation": "inspect-version"}');
INSERT INTO public.audit VALUES ('01a20153-72fc-72ad-bdcb-387a8cd80600', '2026-11-22 03:36:15.887468+00', 'job.succeeded', 'job', '01a20153-6f0e-7609-8c5b-2c51548f9fe2', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: jobs', '{"kind": null, "worker": "w1", "attempt": 1, "version": "01a20153-686a-75ec-85f6-fbc1d32d75b1", "operation": "tile-version"}');
INSERT INTO public.audit VALUES ('01a20153-737e-7013-b3dd-36e2a07ede30', '2026-11-22 03:36:15.998991+00', 'version.published', 'version', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: publish on finish', '{"number": 1, "manifest_sha256": "023f1caadf6948296b86ca999f7b8e4b5de1cc11467cb0369a26d6787a0ee79c"}');
INSERT INTO public.audit VALUES ('01a20153-7489-7649-9799-a2a2d68c5aaa', '2026-11-22 03:36:16.281998+00', 'job.succeeded', 'job', '01a20153-6f7f-7799-bcda-c7ca2e0cd5f9', '01a20153-602f-7259-8afa-9515f0689e18', NULL, NULL, NULL, 'storage: jobs', '{"kind": null, "worker": "w1", "attempt": 1, "version": "01a20153-686a-75ec-85f6-fbc1d32d75b1", "operation": "copc-version"}');
INSERT INTO public.audit VALUES ('01a20153-7559-777f-a278-bfcd53b6d0c4', '2026-11-22 03:36:16.473576+00', 'upload.opened', 'upload', '01a20153-753e-708c-ac0c-13c1f2cdcc1d', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '01a20153-61e2-75c5-a735-3b0c40e3ae5e', NULL, NULL, '{"files": 1, "size_bytes": 6}');
INSERT INTO public.audit VALUES ('01a20153-75f2-71c4-b121-8d332824cf1d', '2026-11-22 03:36:16.629047+00', 'upload.opened', 'upload', '01a20153-75c6-7715-9a96-57ed4fae90ed', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '01a20153-61e2-75c5-a735-3b0c40e3ae5e', NULL, NULL, '{"files": 1, "size_bytes": 32}');
INSERT INTO public.audit VALUES ('01a20153-7724-711d-88d8-812a2042cb4f', '2026-11-22 03:36:16.932929+00', 'upload.received', 'upload', '01a20153-75c6-7715-9a96-57ed4fae90ed', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '01a20153-61e2-75c5-a735-3b0c40e3ae5e', NULL, NULL, '{"version": "01a20153-76cf-7213-a71d-1b9fab5d7ca8"}');
INSERT INTO public.audit VALUES ('01a20153-77dc-761f-8bb2-21e3de5eb925', '2026-11-22 03:36:17.116471+00', 'member.set', 'person', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"role": "curator"}');
INSERT INTO public.audit VALUES ('01a20153-77e0-72f6-95ca-3529ef2b1f8f', '2026-11-22 03:36:17.120585+00', 'key.created', 'key', '01a20153-77de-7604-81d8-fd9a61f207ca', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', '01a20153-5f27-7593-80c6-8c48b219f06f', NULL, NULL, '{"person": "01a20153-77da-77bf-9111-bc32699f354f"}');
INSERT INTO public.audit VALUES ('01a20153-7828-753f-92d1-2cec697ddccf', '2026-11-22 03:36:17.193832+00', 'subject.created', 'subject', '01a20153-7822-74f9-8533-7929df710fda', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"path": "temple"}');
INSERT INTO public.audit VALUES ('01a20153-7857-706c-b5fe-f89d96caf7d5', '2026-11-22 03:36:17.240977+00', 'subject.created', 'subject', '01a20153-783a-70cc-991f-2018c58534d4', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"path": "temple.pillars"}');
INSERT INTO public.audit VALUES ('01a20153-7882-7601-a3fd-8ff6160e750c', '2026-11-22 03:36:17.282589+00', 'subject.created', 'subject', '01a20153-7868-75c6-bdf8-56308ddaa3d0', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"path": "temple.rite"}');
INSERT INTO public.audit VALUES ('01a20153-78a7-74d2-925f-4e3f3dfb8d38', '2026-11-22 03:36:17.319534+00', 'subject.created', 'subject', '01a20153-7890-7678-87d3-7ac2747ab5f5', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"path": "temple.pillars.a1"}');
INSERT INTO public.audit VALUES ('01a20153-78b8-701f-b504-26c7c51c4092', '2026-11-22 03:36:17.33628+00', 'subject.created', 'subject', '01a20153-78b0-70e6-8a82-da97ef0bca80', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"path": "temple.pillars.a10"}');
INSERT INTO public.audit VALUES ('01a20153-78e8-7253-914d-dba287d44907', '2026-11-22 03:36:17.391171+00', 'capture.created', 'capture', '01a20153-78cf-732e-878e-4b588886f6bb', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{}');
INSERT INTO public.audit VALUES ('01a20153-7901-74f5-9b08-7f8012dc08cc', '2026-11-22 03:36:17.413845+00', 'capture.created', 'capture', '01a20153-78f5-7533-86fb-851d6f558ed7', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{}');
INSERT INTO public.audit VALUES ('01a20153-7a36-7114-9608-dcf7aa893b46', '2026-11-22 03:36:17.719195+00', 'records.imported', 'record_import', '01a20153-77e9-7790-9439-b54cebe80daa', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77de-7604-81d8-fd9a61f207ca', NULL, NULL, '{"counts": {"agents": {"kept": 0, "added": 1}, "events": {"kept": 0, "added": 2}, "sources": {"kept": 0, "added": 2}, "captures": {"kept": 0, "added": 2}, "concepts": {"kept": 0, "added": 4}, "subjects": {"kept": 0, "added": 5}, "relations": {"kept": 0, "added": 1}, "hypotheses": {"kept": 0, "added": 1}, "statements": {"kept": 0, "added": 7}}, "digest": "01690e876f62912f68339e3a9e37d9f33c54ef150cc0bc3b775d23fbf7ee103a", "states_recorded": true}');


--
-- Data for Name: blob; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.blob VALUES ('01a20153-6705-7633-8ead-a8bd808dab08', '01a20153-602f-7259-8afa-9515f0689e18', 'blobs/01a20153-6705-7633-8ead-a8bd808dab08', 24, '45af72c16c61024cd446c88e471d3b66186fd9d02b37119a8b772362e16bbfb0', 'verified', '2026-11-22 03:36:12.704911+00', '2026-11-22 03:36:14.149946+00');
INSERT INTO public.blob VALUES ('01a20153-7540-77cf-909c-8c2732f18dec', '01a20153-602f-7259-8afa-9515f0689e18', 'blobs/01a20153-7540-77cf-909c-8c2732f18dec', 6, NULL, 'expected', '2026-11-22 03:36:16.394607+00', NULL);
INSERT INTO public.blob VALUES ('01a20153-75cf-732a-b428-aa621c315f74', '01a20153-602f-7259-8afa-9515f0689e18', 'blobs/01a20153-75cf-732a-b428-aa621c315f74', 32, NULL, 'stored', '2026-11-22 03:36:16.545423+00', NULL);


--
-- Data for Name: capture; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.capture VALUES ('01a20153-78cf-732e-878e-4b588886f6bb', '01a20153-7822-74f9-8533-7929df710fda', 'tls-2021', 'tls', '2021/2022-01', 2459216, 2459611, 'Invented', '{builder}', NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00', 3, '{01a20153-781c-7232-b004-143fc66c6070}', NULL);
INSERT INTO public.capture VALUES ('01a20153-78f5-7533-86fb-851d6f558ed7', '01a20153-7822-74f9-8533-7929df710fda', 'undated', 'tls', '../..', NULL, NULL, NULL, '{}', NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00', NULL, '{}', NULL);


--
-- Data for Name: concept; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.concept VALUES ('b8ee5870-5035-4d68-850d-8163f1519778', NULL, 'predicate', 'material', '{"en": "material", "vi": "vật liệu"}', NULL, '{}', NULL, 'concept', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('f5ff077e-6ace-4569-a8ee-e0bfc20e6cf3', NULL, 'predicate', 'condition', '{"en": "condition", "vi": "tình trạng"}', NULL, '{}', NULL, 'concept', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('7ccceca6-1157-47a2-a103-06a6be1e78d9', NULL, 'predicate', 'form', '{"en": "form", "vi": "hình thức"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('544be06f-b291-43d4-b234-6fd063e21a05', NULL, 'predicate', 'dimension', '{"en": "dimension", "vi": "kích thước"}', NULL, '{}', NULL, 'measure', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('33e8c99a-9bba-4325-8684-bbe65939459f', NULL, 'predicate', 'function', '{"en": "function", "vi": "công năng"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('190c8905-9cc6-465e-b13f-47a28fe133b9', NULL, 'predicate', 'location', '{"en": "location", "vi": "vị trí"}', NULL, '{}', NULL, 'object', true, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('36cfa57c-7738-49c7-a0b2-5617e41bdb02', NULL, 'predicate', 'existence', '{"en": "existence", "vi": "sự tồn tại"}', NULL, '{}', NULL, 'object', true, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('166e7abf-36a2-4fe6-9a71-ad5e92a110d0', NULL, 'predicate', 'fabric', '{"en": "fabric", "vi": "chất liệu gốc và thay thế"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('f2064582-8d6e-4a85-b93e-66047c112d2a', NULL, 'predicate', 'name', '{"en": "name", "vi": "tên gọi"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('6010073e-b1d8-4490-bfb0-28e21bf718c6', NULL, 'predicate', 'part_of', '{"en": "part of", "vi": "thuộc về"}', NULL, '{}', NULL, 'subject', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('d8722ac2-5e50-4a5b-a044-9d7ca369e7f7', NULL, 'predicate', 'designation', '{"en": "designation", "vi": "danh hiệu"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('7ad54c06-4a26-46f6-b3cf-166b8070a856', NULL, 'predicate', 'boundary', '{"en": "boundary", "vi": "ranh giới"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('d305d01f-3c47-4864-b37a-7f4c2f04c169', NULL, 'predicate', 'significance', '{"en": "significance", "vi": "giá trị"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('7466734b-61aa-4e9f-a82e-1e3380ca360e', NULL, 'predicate', 'threat', '{"en": "threat", "vi": "nguy cơ"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('6f4b2985-3d2f-4d33-8214-cd705cdd3c4d', NULL, 'predicate', 'ownership', '{"en": "ownership", "vi": "sở hữu"}', NULL, '{}', NULL, 'object', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('460f6b99-af8d-4b6d-96a9-c381b898e245', NULL, 'predicate', 'technique', '{"en": "technique", "vi": "kỹ thuật"}', NULL, '{}', NULL, 'concept', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('2d2e2fa1-e677-4208-a42f-0b2a806acdc4', NULL, 'predicate', 'related_to', '{"en": "related to", "vi": "liên quan đến"}', NULL, '{}', NULL, 'subject', false, '2026-11-22 03:36:09.271135+00');
INSERT INTO public.concept VALUES ('01a20153-77f1-74f6-b25e-f9135931dd19', '01a20153-602f-7259-8afa-9515f0689e18', 'material', 'timber', '{"en": "timber", "vi": "gỗ"}', NULL, '{}', NULL, NULL, false, '2026-11-22 03:36:17.128056+00');
INSERT INTO public.concept VALUES ('01a20153-77f4-7107-8125-f2703408db09', '01a20153-602f-7259-8afa-9515f0689e18', 'component_type', 'pillar', '{"en": "pillar", "vi": "cột"}', NULL, '{}', NULL, NULL, false, '2026-11-22 03:36:17.128056+00');
INSERT INTO public.concept VALUES ('01a20153-77f5-70dc-920a-bdd0b205f9a4', '01a20153-602f-7259-8afa-9515f0689e18', 'event_type', 'repair', '{"en": "repair", "vi": "sửa chữa"}', NULL, '{}', NULL, NULL, false, '2026-11-22 03:36:17.128056+00');
INSERT INTO public.concept VALUES ('01a20153-77fb-737f-8982-335227a1d68b', '01a20153-602f-7259-8afa-9515f0689e18', 'material', 'iron-lime', '{"en": "lim", "vi": "gỗ lim"}', '01a20153-77f1-74f6-b25e-f9135931dd19', '{}', NULL, NULL, false, '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: derivative; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: derivative_file; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: event; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.event VALUES ('01a20153-790f-7757-a410-019a470f3c7f', '01a20153-602f-7259-8afa-9515f0689e18', 're-roofed', '01a20153-77f5-70dc-920a-bdd0b205f9a4', '{"vi": "Lợp lại"}', '1901/1902', 2415386, 2416115, DEFAULT, 3, '{01a20153-7814-71ed-93c9-eb44c61f8af1}', '{01a20153-7807-70d3-af8d-f409caa67cb8}', NULL, NULL, '{}', '["2026-11-22 03:36:17.437673+00",)', '01a20153-77da-77bf-9111-bc32699f354f', NULL);
INSERT INTO public.event VALUES ('01a20153-792f-7331-bda3-753625d00a77', '01a20153-602f-7259-8afa-9515f0689e18', 'propped', '01a20153-77f5-70dc-920a-bdd0b205f9a4', '{"vi": "Chống"}', '../1850', NULL, 2397123, DEFAULT, 2, '{}', '{}', NULL, NULL, '{}', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');


--
-- Data for Name: event_subject; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.event_subject VALUES ('01a20153-790f-7757-a410-019a470f3c7f', '01a20153-7822-74f9-8533-7929df710fda');
INSERT INTO public.event_subject VALUES ('01a20153-792f-7331-bda3-753625d00a77', '01a20153-7890-7678-87d3-7ac2747ab5f5');


--
-- Data for Name: frame; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.frame VALUES ('01a20153-6ff1-746d-97bf-e8e45f5c3619', '01a20153-6550-7059-829e-ea18cfa241be', 'free', NULL, NULL, '2026-11-22 03:36:14.644436+00');


--
-- Data for Name: hypothesis; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.hypothesis VALUES ('01a20153-7949-7671-8f85-f785468c4a84', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-7822-74f9-8533-7929df710fda', 'two-tiers', '{"en": "Two tiers of eaves"}', 'By analogy.', '{"author": "nobody"}', '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: idempotency; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: job; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.job VALUES ('01a20153-7770-777d-9960-6d699596daff', 'inspect-version', 'queued', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-76cf-7213-a71d-1b9fab5d7ca8', '01a20153-75c6-7715-9a96-57ed4fae90ed', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '{}', 1, '02911a311b4e73139eef0efd0d36d5074d1e86c791f4a8d3818d683afcb4f9df', 50, 768, 256, 0, 0, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:17.014871+00', '2026-11-22 03:36:17.034074+00', NULL, '2026-11-22 03:36:17.034074+00', NULL);
INSERT INTO public.job VALUES ('01a20153-6917-760b-9a2c-6a20b0499d9d', 'verify-upload', 'succeeded', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-6254-71dd-8b13-ea565c721dd7', '{}', 1, 'cac9a36ee0aabfb3e191e6c8339c6c14005c3dc1523ca48c803eb8bebf87fe2e', 60, 128, 64, 1, 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:13.359929+00', '2026-11-22 03:36:13.456175+00', '2026-11-22 03:36:13.94175+00', '2026-11-22 03:36:14.373841+00', '2026-11-22 03:36:14.373841+00');
INSERT INTO public.job VALUES ('01a20153-69b4-7174-ba17-306c88a487bb', 'inspect-version', 'succeeded', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-6254-71dd-8b13-ea565c721dd7', '{}', 1, '2329901e307f5f3678d1dddd5479054d32701f5c72277ef68e353d1f4e6dddc9', 50, 768, 256, 1, 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:13.512319+00', '2026-11-22 03:36:13.555843+00', '2026-11-22 03:36:14.60553+00', '2026-11-22 03:36:15.337577+00', '2026-11-22 03:36:15.337577+00');
INSERT INTO public.job VALUES ('01a20153-7734-7694-89cd-cc07988668f6', 'verify-upload', 'running', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-76cf-7213-a71d-1b9fab5d7ca8', '01a20153-75c6-7715-9a96-57ed4fae90ed', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '{}', 1, '20728be3ab9ad4c9f091288cb8d407285188f1467b69d5c500584fe0d883f34b', 60, 128, 64, 1, 1, 3, 'gone-1', '2026-11-22 03:37:17.109711+00', NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:16.957164+00', '2026-11-22 03:36:16.992505+00', '2026-11-22 03:36:17.109711+00', '2026-11-22 03:36:17.109711+00', NULL);
INSERT INTO public.job VALUES ('01a20153-6f0e-7609-8c5b-2c51548f9fe2', 'tile-version', 'succeeded', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-6254-71dd-8b13-ea565c721dd7', '{"kind": "point_cloud"}', 1, '800430c6e670bfe7308e220b579a7752ed9f910390fbdb8d9b0c362c8b6ce58b', 100, 1024, 256, 1, 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:14.865881+00', '2026-11-22 03:36:15.388372+00', '2026-11-22 03:36:15.709897+00', '2026-11-22 03:36:15.850505+00', '2026-11-22 03:36:15.850505+00');
INSERT INTO public.job VALUES ('01a20153-6f7f-7799-bcda-c7ca2e0cd5f9', 'copc-version', 'succeeded', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-66db-7299-8374-f187f5d056d2', '01a20153-6254-71dd-8b13-ea565c721dd7', '{"kind": "point_cloud"}', 1, '2d02bba9e701a80fa53999b78d295116b734b9c99d107e7b88f89484ff635250', 200, 768, 256, 1, 1, 3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, '2026-11-22 03:36:14.977221+00', '2026-11-22 03:36:15.474769+00', '2026-11-22 03:36:16.120257+00', '2026-11-22 03:36:16.229867+00', '2026-11-22 03:36:16.229867+00');


--
-- Data for Name: job_dependency; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.job_dependency VALUES ('01a20153-6f0e-7609-8c5b-2c51548f9fe2', '01a20153-69b4-7174-ba17-306c88a487bb');
INSERT INTO public.job_dependency VALUES ('01a20153-6f0e-7609-8c5b-2c51548f9fe2', '01a20153-6917-760b-9a2c-6a20b0499d9d');
INSERT INTO public.job_dependency VALUES ('01a20153-6f7f-7799-bcda-c7ca2e0cd5f9', '01a20153-69b4-7174-ba17-306c88a487bb');
INSERT INTO public.job_dependency VALUES ('01a20153-6f7f-7799-bcda-c7ca2e0cd5f9', '01a20153-6917-760b-9a2c-6a20b0499d9d');


--
-- Data for Name: key; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.key VALUES ('01a20153-5f27-7593-80c6-8c48b219f06f', '01a20153-5ef4-7641-a199-6e730c462b2e', NULL, 'server admin', 'd081041655ac6dc4313ed8724824f2c5554992a0a94eea4388f4a532f24bf9be', '{read,write,curate,admin,history:import}', '2026-11-22 03:36:10.694194+00', NULL, NULL, '2026-11-22 03:36:10.96759+00');
INSERT INTO public.key VALUES ('01a20153-6137-76db-ae7c-f5494c09d3f6', '01a20153-60ba-7351-9e84-bfff73de0ed6', '01a20153-602f-7259-8afa-9515f0689e18', 'test', '8cf296d297b5936f0f6d337a004125a8292670da7455514022ee2d9fa47e3a3f', '{read,write,curate,admin}', '2026-11-22 03:36:11.165085+00', NULL, NULL, '2026-11-22 03:36:11.363865+00');
INSERT INTO public.key VALUES ('01a20153-61e2-75c5-a735-3b0c40e3ae5e', '01a20153-61a6-76cf-b9e0-a3b0234b0582', '01a20153-602f-7259-8afa-9515f0689e18', 'test', 'c3977a1182a55d8ce3508b62fa9ecd8057af1c9389d5782c91c24ae74e93208a', '{read,write,curate,admin}', '2026-11-22 03:36:11.422614+00', NULL, NULL, '2026-11-22 03:36:11.526583+00');
INSERT INTO public.key VALUES ('01a20153-629f-7540-8882-e245542ad58a', '01a20153-6254-71dd-8b13-ea565c721dd7', '01a20153-602f-7259-8afa-9515f0689e18', 'test', '459508f9c7f048f560ee57400c105db6c79002007741a60b4a2b81520e61914b', '{read,write,curate,admin}', '2026-11-22 03:36:11.57987+00', NULL, NULL, '2026-11-22 03:36:11.730666+00');
INSERT INTO public.key VALUES ('01a20153-6361-7134-bc44-a4ccecfec5b0', '01a20153-6319-700a-ae0b-273ddfd2d194', '01a20153-602f-7259-8afa-9515f0689e18', 'test', '038eacd292667a7efac7d30905f45f6af1d56fdce4f97a8e6b80560ee570ee62', '{read,write,curate,admin}', '2026-11-22 03:36:11.783319+00', NULL, NULL, '2026-11-22 03:36:11.938574+00');
INSERT INTO public.key VALUES ('01a20153-6438-725c-a6d3-bd2b6d0331a5', '01a20153-6404-74c5-a04f-368b9d044cb8', '01a20153-602f-7259-8afa-9515f0689e18', 'test', '089365053c51b349eaa6f5a3959c6bdcce3d60a21d8b0a2fd38b7ab8e43059d1', '{read,write,curate,admin}', '2026-11-22 03:36:12.001878+00', NULL, NULL, '2026-11-22 03:36:12.141942+00');
INSERT INTO public.key VALUES ('01a20153-64ea-7495-aba8-d11e66a971ba', '01a20153-64b8-76d4-b321-abe333aa4f22', '01a20153-605e-7087-8571-cc39c8e5e9b7', 'test', '7e661e8474084ddf900385bf302f33fad3ecadb761acfae4292fe1cdceaacba3', '{read,write,curate,admin}', '2026-11-22 03:36:12.199297+00', NULL, NULL, '2026-11-22 03:36:12.314272+00');
INSERT INTO public.key VALUES ('01a20153-77de-7604-81d8-fd9a61f207ca', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-602f-7259-8afa-9515f0689e18', 'test', 'd6e42a4f2341280129906eec98cf4cfd413260f41b6fe5b383b68a4f5dc351c1', '{read,write,curate,history:import}', '2026-11-22 03:36:17.113517+00', NULL, NULL, '2026-11-22 03:36:17.122244+00');


--
-- Data for Name: login_link; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: membership; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.membership VALUES ('01a20153-5ef4-7641-a199-6e720ceedcbe', '01a20153-5ef4-7641-a199-6e730c462b2e', 'admin', '2026-11-22 03:36:10.694194+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-5ef4-7641-a199-6e730c462b2e', 'admin', '2026-11-22 03:36:11.082725+00');
INSERT INTO public.membership VALUES ('01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-5ef4-7641-a199-6e730c462b2e', 'admin', '2026-11-22 03:36:11.082725+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-60ba-7351-9e84-bfff73de0ed6', 'viewer', '2026-11-22 03:36:11.165085+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-61a6-76cf-b9e0-a3b0234b0582', 'contributor', '2026-11-22 03:36:11.422614+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6254-71dd-8b13-ea565c721dd7', 'curator', '2026-11-22 03:36:11.57987+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6319-700a-ae0b-273ddfd2d194', 'admin', '2026-11-22 03:36:11.783319+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6404-74c5-a04f-368b9d044cb8', 'contributor', '2026-11-22 03:36:12.001878+00');
INSERT INTO public.membership VALUES ('01a20153-605e-7087-8571-cc39c8e5e9b7', '01a20153-64b8-76d4-b321-abe333aa4f22', 'admin', '2026-11-22 03:36:12.199297+00');
INSERT INTO public.membership VALUES ('01a20153-602f-7259-8afa-9515f0689e18', '01a20153-77da-77bf-9111-bc32699f354f', 'curator', '2026-11-22 03:36:17.113517+00');


--
-- Data for Name: organisation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.organisation VALUES ('01a20153-5ef4-7641-a199-6e720ceedcbe', 'ops', 'Ops', NULL, '2026-11-22 03:36:10.694194+00');
INSERT INTO public.organisation VALUES ('01a20153-602f-7259-8afa-9515f0689e18', 'hue', 'Huế', NULL, '2026-11-22 03:36:11.082725+00');
INSERT INTO public.organisation VALUES ('01a20153-605e-7087-8571-cc39c8e5e9b7', 'hanoi', 'Hà Nội', NULL, '2026-11-22 03:36:11.082725+00');


--
-- Data for Name: person; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.person VALUES ('01a20153-5ef4-7641-a199-6e730c462b2e', 'Root', true, '2026-11-22 03:36:10.694194+00');
INSERT INTO public.person VALUES ('01a20153-60ba-7351-9e84-bfff73de0ed6', 'viewer', false, '2026-11-22 03:36:11.165085+00');
INSERT INTO public.person VALUES ('01a20153-61a6-76cf-b9e0-a3b0234b0582', 'contributor', false, '2026-11-22 03:36:11.422614+00');
INSERT INTO public.person VALUES ('01a20153-6254-71dd-8b13-ea565c721dd7', 'curator', false, '2026-11-22 03:36:11.57987+00');
INSERT INTO public.person VALUES ('01a20153-6319-700a-ae0b-273ddfd2d194', 'admin', false, '2026-11-22 03:36:11.783319+00');
INSERT INTO public.person VALUES ('01a20153-6404-74c5-a04f-368b9d044cb8', 'contributor', false, '2026-11-22 03:36:12.001878+00');
INSERT INTO public.person VALUES ('01a20153-64b8-76d4-b321-abe333aa4f22', 'admin', false, '2026-11-22 03:36:12.199297+00');
INSERT INTO public.person VALUES ('01a20153-77da-77bf-9111-bc32699f354f', 'curator', false, '2026-11-22 03:36:17.113517+00');


--
-- Data for Name: placement; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.placement VALUES ('01a20153-7031-7533-b663-89b298f95d2f', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-6ff1-746d-97bf-e8e45f5c3619', NULL, NULL, NULL, 'frame-origin', '{1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1}', NULL, 0, NULL, '{"rule": "rule: frame origin, 1"}', '[]', '2026-11-22 03:36:14.644436+00');


--
-- Data for Name: placement_decision; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.placement_decision VALUES ('01a20153-7067-7574-9c8a-4b165cffa6d8', '01a20153-7031-7533-b663-89b298f95d2f', '01a20153-686a-75ec-85f6-fbc1d32d75b1', 'accepted', NULL, '{1,0,0,0,0,1,0,0,0,0,1,0,0,0,0,1}', 'the first version of a frame stands at its origin', NULL, 'rule: frame origin, 1', '["2026-11-22 03:36:15.186078+00",)');


--
-- Data for Name: publication; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.publication VALUES ('01a20153-7396-7695-bfd2-ab78fbe9cf2a', '01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-6665-7797-bfaf-b8f1a83e2e80', 1, '["2026-11-22 03:36:15.984461+00",)', NULL);


--
-- Data for Name: record_import; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.record_import VALUES ('01a20153-77e9-7790-9439-b54cebe80daa', '01a20153-602f-7259-8afa-9515f0689e18', '01690e876f62912f68339e3a9e37d9f33c54ef150cc0bc3b775d23fbf7ee103a', true, '{}', '{"agents": {"kept": 0, "added": 1}, "events": {"kept": 0, "added": 2}, "sources": {"kept": 0, "added": 2}, "captures": {"kept": 0, "added": 2}, "concepts": {"kept": 0, "added": 4}, "subjects": {"kept": 0, "added": 5}, "relations": {"kept": 0, "added": 1}, "hypotheses": {"kept": 0, "added": 1}, "statements": {"kept": 0, "added": 7}}', '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: relation; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.relation VALUES ('01a20153-7961-71ac-808b-68eae7e7bf77', '01a20153-602f-7259-8afa-9515f0689e18', 'rite-at', '01a20153-7868-75c6-bdf8-56308ddaa3d0', 'performed_at', '01a20153-7822-74f9-8533-7929df710fda', NULL, NULL, NULL, DEFAULT, 3, '{}', NULL, '["2026-11-22 03:36:17.514174+00",)', '01a20153-77da-77bf-9111-bc32699f354f', NULL);


--
-- Data for Name: session; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: source; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.source VALUES ('01a20153-7814-71ed-93c9-eb44c61f8af1', '01a20153-602f-7259-8afa-9515f0689e18', 'annals', 'archive', 'Invented annals', 4, NULL, '2026-11-22 03:36:17.128056+00');
INSERT INTO public.source VALUES ('01a20153-781c-7232-b004-143fc66c6070', '01a20153-602f-7259-8afa-9515f0689e18', 'leaflet', 'press', 'Invented leaflet', 2, NULL, '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: statement; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.statement VALUES ('01a20153-7984-70fc-b615-3754e7629940', '01a20153-602f-7259-8afa-9515f0689e18', 'eaves-guess', '01a20153-7822-74f9-8533-7929df710fda', '36cfa57c-7738-49c7-a0b2-5617e41bdb02', NULL, '{"existence": "two tiers"}', '1833/..', 2390550, NULL, DEFAULT, '["2020-01-01 00:00:00+00",)', NULL, NULL, 'conjecture', 0, '{}', NULL, '01a20153-7949-7671-8f85-f785468c4a84', true, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-79b7-71c3-b280-0754cfda7821', '01a20153-602f-7259-8afa-9515f0689e18', 'a1-lim', '01a20153-7890-7678-87d3-7ac2747ab5f5', 'b8ee5870-5035-4d68-850d-8163f1519778', '01a20153-77fb-737f-8982-335227a1d68b', '{}', '1833~/..', 2390550, NULL, DEFAULT, '["2021-01-01 00:00:00+00",)', '01a20153-792f-7331-bda3-753625d00a77', NULL, 'source', 3, '{01a20153-781c-7232-b004-143fc66c6070}', 2, NULL, false, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-79ce-71df-bfee-e2653a455ece', '01a20153-602f-7259-8afa-9515f0689e18', 'a10-timber', '01a20153-78b0-70e6-8a82-da97ef0bca80', 'b8ee5870-5035-4d68-850d-8163f1519778', '01a20153-77f1-74f6-b25e-f9135931dd19', '{}', '1833~/..', 2390550, NULL, DEFAULT, '["2021-01-01 00:00:00+00",)', NULL, NULL, 'source', 3, '{01a20153-7814-71ed-93c9-eb44c61f8af1,01a20153-781c-7232-b004-143fc66c6070}', 4, NULL, false, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-79a8-7164-be9c-db78ad29ad06', '01a20153-602f-7259-8afa-9515f0689e18', 'stands', '01a20153-7822-74f9-8533-7929df710fda', '36cfa57c-7738-49c7-a0b2-5617e41bdb02', NULL, '{"existence": "extant"}', '1833/..', 2390550, NULL, DEFAULT, '["2020-01-01 00:00:00+00","2023-06-01 00:00:00+00")', NULL, NULL, 'observed', 5, '{01a20153-7814-71ed-93c9-eb44c61f8af1}', 4, NULL, true, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-79ea-7207-940a-98f2ad42e30c', '01a20153-602f-7259-8afa-9515f0689e18', 'stood', '01a20153-7822-74f9-8533-7929df710fda', '36cfa57c-7738-49c7-a0b2-5617e41bdb02', NULL, '{"existence": "extant"}', '1833/2023-05', 2390550, 2460096, DEFAULT, '["2023-06-01 00:00:00+00",)', NULL, NULL, 'observed', 5, '{01a20153-7814-71ed-93c9-eb44c61f8af1}', 4, NULL, true, '01a20153-79a8-7164-be9c-db78ad29ad06', NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-7a02-73e9-9a7a-b2e32ee34183', '01a20153-602f-7259-8afa-9515f0689e18', 'burnt', '01a20153-7822-74f9-8533-7929df710fda', '36cfa57c-7738-49c7-a0b2-5617e41bdb02', NULL, '{"existence": "lost"}', '2023-06/..', 2460097, NULL, DEFAULT, '["2023-06-01 00:00:00+00",)', NULL, NULL, 'observed', 5, '{01a20153-781c-7232-b004-143fc66c6070}', 2, NULL, true, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.statement VALUES ('01a20153-7a16-7652-ba3d-e084b0de77b7', '01a20153-602f-7259-8afa-9515f0689e18', 'a1-height', '01a20153-7890-7678-87d3-7ac2747ab5f5', '544be06f-b291-43d4-b234-6fd063e21a05', NULL, '{"unit": "m", "amount": 4.2, "measure": "height"}', '1833/..', 2390550, NULL, DEFAULT, '["2026-11-22 03:36:17.703165+00",)', NULL, NULL, 'measured', 5, '{}', NULL, NULL, false, NULL, NULL, NULL, '01a20153-77da-77bf-9111-bc32699f354f', NULL);


--
-- Data for Name: subject; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.subject VALUES ('01a20153-6550-7059-829e-ea18cfa241be', '01a20153-602f-7259-8afa-9515f0689e18', NULL, '01a20153-6550-7059-829e-ea18cfa241be', 'monument', 'old-temple', 'old-temple', '{"vi": "old-temple"}', NULL, 'public', DEFAULT, '01a20153-6254-71dd-8b13-ea565c721dd7', '2026-11-22 03:36:12.373847+00');
INSERT INTO public.subject VALUES ('01a20153-7822-74f9-8533-7929df710fda', '01a20153-602f-7259-8afa-9515f0689e18', NULL, '01a20153-7822-74f9-8533-7929df710fda', 'monument', 'temple', 'temple', '{"en": "Upper Temple", "vi": "Đền Thượng"}', NULL, 'public', DEFAULT, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');
INSERT INTO public.subject VALUES ('01a20153-783a-70cc-991f-2018c58534d4', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-7822-74f9-8533-7929df710fda', '01a20153-7822-74f9-8533-7929df710fda', 'component', 'pillars', 'temple.pillars', '{"vi": "Hệ cột"}', NULL, NULL, DEFAULT, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');
INSERT INTO public.subject VALUES ('01a20153-7868-75c6-bdf8-56308ddaa3d0', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-7822-74f9-8533-7929df710fda', '01a20153-7822-74f9-8533-7929df710fda', 'practice', 'rite', 'temple.rite', '{"vi": "Lễ hội"}', NULL, NULL, DEFAULT, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');
INSERT INTO public.subject VALUES ('01a20153-7890-7678-87d3-7ac2747ab5f5', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-783a-70cc-991f-2018c58534d4', '01a20153-7822-74f9-8533-7929df710fda', 'component', 'a1', 'temple.pillars.a1', '{"vi": "Cột A1"}', NULL, NULL, DEFAULT, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');
INSERT INTO public.subject VALUES ('01a20153-78b0-70e6-8a82-da97ef0bca80', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-783a-70cc-991f-2018c58534d4', '01a20153-7822-74f9-8533-7929df710fda', 'component', 'a10', 'temple.pillars.a10', '{"vi": "Cột A10"}', NULL, NULL, DEFAULT, '01a20153-77da-77bf-9111-bc32699f354f', '2026-11-22 03:36:17.128056+00');


--
-- Data for Name: subject_detail; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.subject_detail VALUES ('01a20153-78ad-7583-9e6b-85f407b08aec', '01a20153-7890-7678-87d3-7ac2747ab5f5', '01a20153-77f4-7107-8125-f2703408db09', '{"grid": "A1"}', '{}', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');
INSERT INTO public.subject_detail VALUES ('01a20153-78bd-73bd-a6f5-cf68116acccb', '01a20153-78b0-70e6-8a82-da97ef0bca80', '01a20153-77f4-7107-8125-f2703408db09', '{}', '{}', '["2021-01-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f', '01a20153-77e9-7790-9439-b54cebe80daa');


--
-- Data for Name: subject_name; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.subject_name VALUES ('01a20153-65ad-73ca-95e6-bcb38c6d90c6', '01a20153-6550-7059-829e-ea18cfa241be', '{"vi": "old-temple"}', '["2026-11-22 03:36:12.462033+00",)', '01a20153-6254-71dd-8b13-ea565c721dd7');
INSERT INTO public.subject_name VALUES ('01a20153-782a-7327-a648-4e10f08291d7', '01a20153-7822-74f9-8533-7929df710fda', '{"en": "Upper Temple", "vi": "Đền Thượng"}', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_name VALUES ('01a20153-7859-70ec-a15c-574b25a26f55', '01a20153-783a-70cc-991f-2018c58534d4', '{"vi": "Hệ cột"}', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_name VALUES ('01a20153-7886-7347-96bd-bebe9cf2ed50', '01a20153-7868-75c6-bdf8-56308ddaa3d0', '{"vi": "Lễ hội"}', '["2026-11-22 03:36:17.286593+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_name VALUES ('01a20153-78a8-7344-a0cc-caa4d06b935a', '01a20153-7890-7678-87d3-7ac2747ab5f5', '{"vi": "Cột A1"}', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_name VALUES ('01a20153-78b8-701f-b504-26c8663a73b9', '01a20153-78b0-70e6-8a82-da97ef0bca80', '{"vi": "Cột A10"}', '["2021-01-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');


--
-- Data for Name: subject_place; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.subject_place VALUES ('01a20153-65bf-762d-9227-c48e32502289', '01a20153-6550-7059-829e-ea18cfa241be', NULL, 'old-temple', '["2026-11-22 03:36:12.482056+00",)', '01a20153-6254-71dd-8b13-ea565c721dd7');
INSERT INTO public.subject_place VALUES ('01a20153-782d-7260-84e8-f2225f3904f7', '01a20153-7822-74f9-8533-7929df710fda', NULL, 'temple', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_place VALUES ('01a20153-785c-7781-b339-015ede30664b', '01a20153-783a-70cc-991f-2018c58534d4', '01a20153-7822-74f9-8533-7929df710fda', 'temple.pillars', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_place VALUES ('01a20153-7887-736b-abd0-3af6e3df961a', '01a20153-7868-75c6-bdf8-56308ddaa3d0', '01a20153-7822-74f9-8533-7929df710fda', 'temple.rite', '["2026-11-22 03:36:17.287583+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_place VALUES ('01a20153-78a9-73fc-bd84-503ab3c75d5e', '01a20153-7890-7678-87d3-7ac2747ab5f5', '01a20153-783a-70cc-991f-2018c58534d4', 'temple.pillars.a1', '["2019-05-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');
INSERT INTO public.subject_place VALUES ('01a20153-78b9-711c-8886-bc7c2b04895e', '01a20153-78b0-70e6-8a82-da97ef0bca80', '01a20153-783a-70cc-991f-2018c58534d4', 'temple.pillars.a10', '["2021-01-01 00:00:00+00",)', '01a20153-77da-77bf-9111-bc32699f354f');


--
-- Data for Name: subject_redirect; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: upload; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.upload VALUES ('01a20153-66db-7299-8374-f187f5d056d2', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6665-7797-bfaf-b8f1a83e2e80', NULL, '01a20153-6254-71dd-8b13-ea565c721dd7', 'verified', NULL, true, NULL, 24, '01a20153-686a-75ec-85f6-fbc1d32d75b1', NULL, '2026-11-22 03:36:12.704911+00', '2026-11-22 03:36:13.117769+00', '2026-11-22 03:36:13.117769+00', '2026-11-22 03:36:14.149946+00');
INSERT INTO public.upload VALUES ('01a20153-753e-708c-ac0c-13c1f2cdcc1d', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6665-7797-bfaf-b8f1a83e2e80', NULL, '01a20153-61a6-76cf-b9e0-a3b0234b0582', 'open', NULL, false, NULL, 6, NULL, NULL, '2026-11-22 03:36:16.394607+00', '2026-11-22 03:36:16.394607+00', NULL, NULL);
INSERT INTO public.upload VALUES ('01a20153-75c6-7715-9a96-57ed4fae90ed', '01a20153-602f-7259-8afa-9515f0689e18', '01a20153-6665-7797-bfaf-b8f1a83e2e80', NULL, '01a20153-61a6-76cf-b9e0-a3b0234b0582', 'received', NULL, false, NULL, 32, '01a20153-76cf-7213-a71d-1b9fab5d7ca8', NULL, '2026-11-22 03:36:16.545423+00', '2026-11-22 03:36:16.785741+00', '2026-11-22 03:36:16.785741+00', NULL);


--
-- Data for Name: upload_file; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.upload_file VALUES ('01a20153-6725-7323-b8db-9375068034d8', '01a20153-66db-7299-8374-f187f5d056d2', 0, 'scan.las', 24, '45af72c16c61024cd446c88e471d3b66186fd9d02b37119a8b772362e16bbfb0', 16777216, 1, '01a20153-6705-7633-8ead-a8bd808dab08', '01a20153673777a6b04f19c743ebb475', '45af72c16c61024cd446c88e471d3b66186fd9d02b37119a8b772362e16bbfb0');
INSERT INTO public.upload_file VALUES ('01a20153-754b-74c1-b305-0e026454b9c7', '01a20153-753e-708c-ac0c-13c1f2cdcc1d', 0, 'later.xyz', 6, 'a17138988e1387532b5cb0bd7a23f18a11d537123873e67154dada3c6359e53e', 16777216, 1, '01a20153-7540-77cf-909c-8c2732f18dec', '01a20153755876a19ae5983b7d42a39b', NULL);
INSERT INTO public.upload_file VALUES ('01a20153-75df-72dc-9c2f-04be2b69785a', '01a20153-75c6-7715-9a96-57ed4fae90ed', 0, 'scan.las', 32, '9eb223e07d605f99dee5117b5fa61280ac158b46b1db64aec7916b13c75032c6', 16777216, 1, '01a20153-75cf-732a-b428-aa621c315f74', '01a2015375f271c4b1218d325a481524', NULL);


--
-- Data for Name: upload_part; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.upload_part VALUES ('01a20153-6725-7323-b8db-9375068034d8', 1, 24, '45af72c16c61024cd446c88e471d3b66186fd9d02b37119a8b772362e16bbfb0', '2026-11-22 03:36:12.989787+00');
INSERT INTO public.upload_part VALUES ('01a20153-75df-72dc-9c2f-04be2b69785a', 1, 32, '9eb223e07d605f99dee5117b5fa61280ac158b46b1db64aec7916b13c75032c6', '2026-11-22 03:36:16.699531+00');


--
-- Data for Name: version; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.version VALUES ('01a20153-686a-75ec-85f6-fbc1d32d75b1', '01a20153-6665-7797-bfaf-b8f1a83e2e80', NULL, 1, 'published', NULL, NULL, NULL, 24, 'point_cloud', 'las', 4, NULL, NULL, '[[0.0, 0.0, 0.0], [1.0, 2.0, 3.0]]', '{"name": null, "declared": null, "treated_as": "local", "horizontal_unit": "metre"}', '{"kind": "free", "max_error_m": null, "origin_geodetic": null}', 'metre', '["intensity"]', '[]', '[]', '[]', true, '023f1caadf6948296b86ca999f7b8e4b5de1cc11467cb0369a26d6787a0ee79c', '01a20153-6254-71dd-8b13-ea565c721dd7', '2026-11-22 03:36:13.117769+00', '2026-11-22 03:36:14.149946+00', '2026-11-22 03:36:15.984461+00', NULL, NULL, NULL, NULL);
INSERT INTO public.version VALUES ('01a20153-76cf-7213-a71d-1b9fab5d7ca8', '01a20153-6665-7797-bfaf-b8f1a83e2e80', NULL, NULL, 'draft', NULL, NULL, NULL, 32, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, false, NULL, '01a20153-61a6-76cf-b9e0-a3b0234b0582', '2026-11-22 03:36:16.785741+00', NULL, NULL, NULL, NULL, NULL, NULL);


--
-- Data for Name: version_derivative; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Data for Name: version_file; Type: TABLE DATA; Schema: public; Owner: -
--

INSERT INTO public.version_file VALUES ('01a20153-686a-75ec-85f6-fbc1d32d75b1', 'scan.las', 0, '01a20153-6705-7633-8ead-a8bd808dab08', 24, 'application/vnd.las', 'master');
INSERT INTO public.version_file VALUES ('01a20153-76cf-7213-a71d-1b9fab5d7ca8', 'scan.las', 0, '01a20153-75cf-732a-b428-aa621c315f74', 32, 'application/vnd.las', 'master');


--
-- Data for Name: worker; Type: TABLE DATA; Schema: public; Owner: -
--



--
-- Name: alembic_version alembic_version_pkc; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.alembic_version
    ADD CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num);


--
-- Name: placement_decision ex_placement_decision_one_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement_decision
    ADD CONSTRAINT ex_placement_decision_one_at_a_time EXCLUDE USING gist (placement_id WITH =, recorded WITH &&);


--
-- Name: publication ex_publication_one_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT ex_publication_one_at_a_time EXCLUDE USING gist (version_id WITH =, recorded WITH &&);


--
-- Name: statement ex_statement_exclusive; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT ex_statement_exclusive EXCLUDE USING gist (subject_id WITH =, predicate_id WITH =, COALESCE(hypothesis_id, '00000000-0000-0000-0000-000000000000'::uuid) WITH =, valid WITH &&, recorded WITH &&) WHERE (is_exclusive);


--
-- Name: subject_detail ex_subject_detail_one_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_detail
    ADD CONSTRAINT ex_subject_detail_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&);


--
-- Name: subject_name ex_subject_name_one_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_name
    ADD CONSTRAINT ex_subject_name_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&);


--
-- Name: subject_place ex_subject_place_one_at_a_time; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_place
    ADD CONSTRAINT ex_subject_place_one_at_a_time EXCLUDE USING gist (subject_id WITH =, recorded WITH &&);


--
-- Name: agent pk_agent; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent
    ADD CONSTRAINT pk_agent PRIMARY KEY (id);


--
-- Name: asset pk_asset; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.asset
    ADD CONSTRAINT pk_asset PRIMARY KEY (id);


--
-- Name: attempt pk_attempt; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT pk_attempt PRIMARY KEY (id);


--
-- Name: audit pk_audit; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT pk_audit PRIMARY KEY (id);


--
-- Name: blob pk_blob; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blob
    ADD CONSTRAINT pk_blob PRIMARY KEY (id);


--
-- Name: capture pk_capture; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture
    ADD CONSTRAINT pk_capture PRIMARY KEY (id);


--
-- Name: concept pk_concept; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.concept
    ADD CONSTRAINT pk_concept PRIMARY KEY (id);


--
-- Name: derivative pk_derivative; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.derivative
    ADD CONSTRAINT pk_derivative PRIMARY KEY (id);


--
-- Name: derivative_file pk_derivative_file; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.derivative_file
    ADD CONSTRAINT pk_derivative_file PRIMARY KEY (derivative_id, path);


--
-- Name: event pk_event; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT pk_event PRIMARY KEY (id);


--
-- Name: event_subject pk_event_subject; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_subject
    ADD CONSTRAINT pk_event_subject PRIMARY KEY (event_id, subject_id);


--
-- Name: frame pk_frame; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.frame
    ADD CONSTRAINT pk_frame PRIMARY KEY (id);


--
-- Name: hypothesis pk_hypothesis; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hypothesis
    ADD CONSTRAINT pk_hypothesis PRIMARY KEY (id);


--
-- Name: idempotency pk_idempotency; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT pk_idempotency PRIMARY KEY (person_id, key);


--
-- Name: job pk_job; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT pk_job PRIMARY KEY (id);


--
-- Name: job_dependency pk_job_dependency; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependency
    ADD CONSTRAINT pk_job_dependency PRIMARY KEY (job_id, needs_id);


--
-- Name: key pk_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key
    ADD CONSTRAINT pk_key PRIMARY KEY (id);


--
-- Name: login_link pk_login_link; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_link
    ADD CONSTRAINT pk_login_link PRIMARY KEY (id);


--
-- Name: membership pk_membership; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT pk_membership PRIMARY KEY (organisation_id, person_id);


--
-- Name: organisation pk_organisation; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT pk_organisation PRIMARY KEY (id);


--
-- Name: person pk_person; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.person
    ADD CONSTRAINT pk_person PRIMARY KEY (id);


--
-- Name: placement pk_placement; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT pk_placement PRIMARY KEY (id);


--
-- Name: placement_decision pk_placement_decision; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement_decision
    ADD CONSTRAINT pk_placement_decision PRIMARY KEY (id);


--
-- Name: publication pk_publication; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT pk_publication PRIMARY KEY (id);


--
-- Name: record_import pk_record_import; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.record_import
    ADD CONSTRAINT pk_record_import PRIMARY KEY (id);


--
-- Name: relation pk_relation; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT pk_relation PRIMARY KEY (id);


--
-- Name: session pk_session; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT pk_session PRIMARY KEY (id);


--
-- Name: source pk_source; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.source
    ADD CONSTRAINT pk_source PRIMARY KEY (id);


--
-- Name: statement pk_statement; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT pk_statement PRIMARY KEY (id);


--
-- Name: subject pk_subject; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT pk_subject PRIMARY KEY (id);


--
-- Name: subject_detail pk_subject_detail; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_detail
    ADD CONSTRAINT pk_subject_detail PRIMARY KEY (id);


--
-- Name: subject_name pk_subject_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_name
    ADD CONSTRAINT pk_subject_name PRIMARY KEY (id);


--
-- Name: subject_place pk_subject_place; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_place
    ADD CONSTRAINT pk_subject_place PRIMARY KEY (id);


--
-- Name: subject_redirect pk_subject_redirect; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_redirect
    ADD CONSTRAINT pk_subject_redirect PRIMARY KEY (path);


--
-- Name: upload pk_upload; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT pk_upload PRIMARY KEY (id);


--
-- Name: upload_file pk_upload_file; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_file
    ADD CONSTRAINT pk_upload_file PRIMARY KEY (id);


--
-- Name: upload_part pk_upload_part; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_part
    ADD CONSTRAINT pk_upload_part PRIMARY KEY (file_id, number);


--
-- Name: version pk_version; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version
    ADD CONSTRAINT pk_version PRIMARY KEY (id);


--
-- Name: version_derivative pk_version_derivative; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_derivative
    ADD CONSTRAINT pk_version_derivative PRIMARY KEY (version_id, derivative_id);


--
-- Name: version_file pk_version_file; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_file
    ADD CONSTRAINT pk_version_file PRIMARY KEY (version_id, path);


--
-- Name: worker pk_worker; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.worker
    ADD CONSTRAINT pk_worker PRIMARY KEY (name);


--
-- Name: agent uq_agent_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent
    ADD CONSTRAINT uq_agent_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: asset uq_asset_subject_id_name; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.asset
    ADD CONSTRAINT uq_asset_subject_id_name UNIQUE (subject_id, name);


--
-- Name: attempt uq_attempt_job_id_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT uq_attempt_job_id_number UNIQUE (job_id, number);


--
-- Name: blob uq_blob_object_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blob
    ADD CONSTRAINT uq_blob_object_key UNIQUE (object_key);


--
-- Name: capture uq_capture_subject_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture
    ADD CONSTRAINT uq_capture_subject_id_code UNIQUE (subject_id, code);


--
-- Name: concept uq_concept_organisation_id_scheme_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.concept
    ADD CONSTRAINT uq_concept_organisation_id_scheme_code UNIQUE NULLS NOT DISTINCT (organisation_id, scheme, code);


--
-- Name: event uq_event_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT uq_event_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: frame uq_frame_subject_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.frame
    ADD CONSTRAINT uq_frame_subject_id UNIQUE (subject_id);


--
-- Name: hypothesis uq_hypothesis_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hypothesis
    ADD CONSTRAINT uq_hypothesis_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: key uq_key_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key
    ADD CONSTRAINT uq_key_digest UNIQUE (digest);


--
-- Name: login_link uq_login_link_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_link
    ADD CONSTRAINT uq_login_link_digest UNIQUE (digest);


--
-- Name: organisation uq_organisation_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.organisation
    ADD CONSTRAINT uq_organisation_code UNIQUE (code);


--
-- Name: record_import uq_record_import_organisation_id_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.record_import
    ADD CONSTRAINT uq_record_import_organisation_id_digest UNIQUE (organisation_id, digest);


--
-- Name: relation uq_relation_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT uq_relation_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: session uq_session_digest; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT uq_session_digest UNIQUE (digest);


--
-- Name: source uq_source_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.source
    ADD CONSTRAINT uq_source_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: statement uq_statement_organisation_id_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT uq_statement_organisation_id_code UNIQUE (organisation_id, code);


--
-- Name: subject uq_subject_organisation_id_local_code; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT uq_subject_organisation_id_local_code UNIQUE (organisation_id, local_code);


--
-- Name: subject uq_subject_path; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT uq_subject_path UNIQUE (path);


--
-- Name: upload_file uq_upload_file_blob_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_file
    ADD CONSTRAINT uq_upload_file_blob_id UNIQUE (blob_id);


--
-- Name: upload_file uq_upload_file_upload_id_path; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_file
    ADD CONSTRAINT uq_upload_file_upload_id_path UNIQUE (upload_id, path);


--
-- Name: upload uq_upload_version_id; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT uq_upload_version_id UNIQUE (version_id);


--
-- Name: version uq_version_asset_id_number; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version
    ADD CONSTRAINT uq_version_asset_id_number UNIQUE (asset_id, number);


--
-- Name: ix_asset_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_asset_subject_id ON public.asset USING btree (subject_id);


--
-- Name: ix_attempt_job_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_attempt_job_id ON public.attempt USING btree (job_id);


--
-- Name: ix_audit_object; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_audit_object ON public.audit USING btree (object_type, object_id);


--
-- Name: ix_audit_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_audit_organisation_id ON public.audit USING btree (organisation_id);


--
-- Name: ix_capture_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_capture_subject_id ON public.capture USING btree (subject_id);


--
-- Name: ix_concept_broader_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_concept_broader_id ON public.concept USING btree (broader_id);


--
-- Name: ix_derivative_attempt_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_derivative_attempt_id ON public.derivative USING btree (attempt_id);


--
-- Name: ix_derivative_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_derivative_organisation_id ON public.derivative USING btree (organisation_id);


--
-- Name: ix_derivative_state_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_derivative_state_created_at ON public.derivative USING btree (state, created_at);


--
-- Name: ix_derivative_work_key; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_derivative_work_key ON public.derivative USING btree (work_key) WHERE (state = 'ready'::text);


--
-- Name: ix_event_kind_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_event_kind_id ON public.event USING btree (kind_id);


--
-- Name: ix_event_span; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_event_span ON public.event USING gist (span);


--
-- Name: ix_event_subject_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_event_subject_subject_id ON public.event_subject USING btree (subject_id);


--
-- Name: ix_hypothesis_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_hypothesis_subject_id ON public.hypothesis USING btree (subject_id);


--
-- Name: ix_idempotency_created_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_idempotency_created_at ON public.idempotency USING btree (created_at);


--
-- Name: ix_job_dependency_needs_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_dependency_needs_id ON public.job_dependency USING btree (needs_id);


--
-- Name: ix_job_lease; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_lease ON public.job USING btree (lease_ends_at) WHERE (state = ANY (ARRAY['running'::text, 'cancelling'::text]));


--
-- Name: ix_job_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_organisation_id ON public.job USING btree (organisation_id);


--
-- Name: ix_job_queue; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_queue ON public.job USING btree (priority, created_at) WHERE (state = 'queued'::text);


--
-- Name: ix_job_requested_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_requested_by ON public.job USING btree (requested_by);


--
-- Name: ix_job_running_group; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_running_group ON public.job USING btree (organisation_id) WHERE (state = 'running'::text);


--
-- Name: ix_job_upload_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_upload_id ON public.job USING btree (upload_id);


--
-- Name: ix_job_version_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_job_version_id ON public.job USING btree (version_id);


--
-- Name: ix_key_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_key_organisation_id ON public.key USING btree (organisation_id);


--
-- Name: ix_key_person_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_key_person_id ON public.key USING btree (person_id);


--
-- Name: ix_login_link_key_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_login_link_key_id ON public.login_link USING btree (key_id);


--
-- Name: ix_membership_person_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_membership_person_id ON public.membership USING btree (person_id);


--
-- Name: ix_placement_decision_placement_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_placement_decision_placement_id ON public.placement_decision USING btree (placement_id);


--
-- Name: ix_placement_decision_version_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_placement_decision_version_id ON public.placement_decision USING btree (version_id);


--
-- Name: ix_placement_fixed_version_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_placement_fixed_version_id ON public.placement USING btree (fixed_version_id);


--
-- Name: ix_placement_frame_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_placement_frame_id ON public.placement USING btree (frame_id);


--
-- Name: ix_placement_version_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_placement_version_id ON public.placement USING btree (version_id);


--
-- Name: ix_publication_asset_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_publication_asset_id ON public.publication USING btree (asset_id);


--
-- Name: ix_publication_version_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_publication_version_id ON public.publication USING btree (version_id);


--
-- Name: ix_relation_from_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_relation_from_id ON public.relation USING btree (from_id);


--
-- Name: ix_relation_to_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_relation_to_id ON public.relation USING btree (to_id);


--
-- Name: ix_session_key_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_session_key_id ON public.session USING btree (key_id);


--
-- Name: ix_statement_asked; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_statement_asked ON public.statement USING gist (subject_id, predicate_id, valid, recorded);


--
-- Name: ix_statement_concept_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_statement_concept_id ON public.statement USING btree (concept_id);


--
-- Name: ix_statement_hypothesis_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_statement_hypothesis_id ON public.statement USING btree (hypothesis_id);


--
-- Name: ix_statement_supersedes_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_statement_supersedes_id ON public.statement USING btree (supersedes_id);


--
-- Name: ix_subject_detail_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_detail_subject_id ON public.subject_detail USING btree (subject_id);


--
-- Name: ix_subject_detail_type_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_detail_type_id ON public.subject_detail USING btree (type_id);


--
-- Name: ix_subject_name_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_name_subject_id ON public.subject_name USING btree (subject_id);


--
-- Name: ix_subject_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_organisation_id ON public.subject USING btree (organisation_id);


--
-- Name: ix_subject_parent_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_parent_id ON public.subject USING btree (parent_id);


--
-- Name: ix_subject_path_gist; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_path_gist ON public.subject USING gist (path);


--
-- Name: ix_subject_place_path_gist; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_place_path_gist ON public.subject_place USING gist (path);


--
-- Name: ix_subject_place_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_place_subject_id ON public.subject_place USING btree (subject_id);


--
-- Name: ix_subject_redirect_subject_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_redirect_subject_id ON public.subject_redirect USING btree (subject_id);


--
-- Name: ix_subject_root_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_root_id ON public.subject USING btree (root_id);


--
-- Name: ix_subject_searched_trgm; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_subject_searched_trgm ON public.subject USING gin (searched public.gin_trgm_ops);


--
-- Name: ix_upload_asset_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_upload_asset_id ON public.upload USING btree (asset_id);


--
-- Name: ix_upload_file_upload_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_upload_file_upload_id ON public.upload_file USING btree (upload_id);


--
-- Name: ix_upload_organisation_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_upload_organisation_id ON public.upload USING btree (organisation_id);


--
-- Name: ix_upload_person_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_upload_person_id ON public.upload USING btree (person_id);


--
-- Name: ix_upload_state_last_seen_at; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_upload_state_last_seen_at ON public.upload USING btree (state, last_seen_at);


--
-- Name: ix_version_asset_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_asset_id ON public.version USING btree (asset_id);


--
-- Name: ix_version_capture_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_capture_id ON public.version USING btree (capture_id);


--
-- Name: ix_version_created_by; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_created_by ON public.version USING btree (created_by);


--
-- Name: ix_version_derivative_derivative_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_derivative_derivative_id ON public.version_derivative USING btree (derivative_id);


--
-- Name: ix_version_file_blob_id; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX ix_version_file_blob_id ON public.version_file USING btree (blob_id);


--
-- Name: uq_attempt_running; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_attempt_running ON public.attempt USING btree (job_id) WHERE (state = 'running'::text);


--
-- Name: uq_blob_organisation_id_sha256; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_blob_organisation_id_sha256 ON public.blob USING btree (organisation_id, sha256) WHERE (state = 'verified'::text);


--
-- Name: uq_job_live_work_key; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_job_live_work_key ON public.job USING btree (work_key) WHERE (state = ANY (ARRAY['waiting'::text, 'queued'::text, 'running'::text, 'cancelling'::text]));


--
-- Name: uq_version_derivative_current; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX uq_version_derivative_current ON public.version_derivative USING btree (version_id, kind) WHERE is_current;


--
-- Name: agent agent_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER agent_immutable BEFORE DELETE OR UPDATE ON public.agent FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit audit_append_only; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_append_only BEFORE DELETE OR UPDATE ON public.audit FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: audit audit_never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON public.audit FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: blob blob_written_once; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER blob_written_once BEFORE UPDATE ON public.blob FOR EACH ROW EXECUTE FUNCTION public.keep_blob();


--
-- Name: concept concept_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER concept_immutable BEFORE DELETE OR UPDATE ON public.concept FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: event event_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER event_closed BEFORE UPDATE ON public.event FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded_of_dated();


--
-- Name: event event_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER event_kept BEFORE DELETE ON public.event FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: event event_stamped; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER event_stamped BEFORE INSERT ON public.event FOR EACH ROW EXECUTE FUNCTION public.stamp_recorded();


--
-- Name: event_subject event_subject_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER event_subject_kept BEFORE DELETE OR UPDATE ON public.event_subject FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: frame frame_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER frame_immutable BEFORE DELETE OR UPDATE ON public.frame FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: hypothesis hypothesis_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER hypothesis_immutable BEFORE DELETE OR UPDATE ON public.hypothesis FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: job job_changed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER job_changed AFTER UPDATE ON public.job FOR EACH ROW WHEN ((((((old.state IS DISTINCT FROM new.state) OR (old.stage IS DISTINCT FROM new.stage)) OR (old.done IS DISTINCT FROM new.done)) OR (old.total IS DISTINCT FROM new.total)) OR (old.error_kind IS DISTINCT FROM new.error_kind))) EXECUTE FUNCTION public.tell_of_job();


--
-- Name: job job_made; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER job_made AFTER INSERT ON public.job FOR EACH ROW EXECUTE FUNCTION public.tell_of_job();


--
-- Name: placement_decision placement_decision_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER placement_decision_closed BEFORE UPDATE ON public.placement_decision FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded();


--
-- Name: placement_decision placement_decision_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER placement_decision_kept BEFORE DELETE ON public.placement_decision FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: placement placement_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER placement_immutable BEFORE DELETE OR UPDATE ON public.placement FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: publication publication_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER publication_closed BEFORE UPDATE ON public.publication FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded();


--
-- Name: publication publication_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER publication_kept BEFORE DELETE ON public.publication FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: record_import record_import_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER record_import_kept BEFORE DELETE ON public.record_import FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: relation relation_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER relation_closed BEFORE UPDATE ON public.relation FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded_of_dated();


--
-- Name: relation relation_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER relation_kept BEFORE DELETE ON public.relation FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: relation relation_stamped; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER relation_stamped BEFORE INSERT ON public.relation FOR EACH ROW EXECUTE FUNCTION public.stamp_recorded();


--
-- Name: source source_immutable; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER source_immutable BEFORE DELETE OR UPDATE ON public.source FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: statement statement_a_stamped; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER statement_a_stamped BEFORE INSERT ON public.statement FOR EACH ROW EXECUTE FUNCTION public.stamp_recorded();


--
-- Name: statement statement_b_supersedes; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER statement_b_supersedes BEFORE INSERT ON public.statement FOR EACH ROW EXECUTE FUNCTION public.close_superseded();


--
-- Name: statement statement_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER statement_closed BEFORE UPDATE ON public.statement FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded_of_dated();


--
-- Name: statement statement_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER statement_kept BEFORE DELETE ON public.statement FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: statement statement_never_emptied; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER statement_never_emptied BEFORE TRUNCATE ON public.statement FOR EACH STATEMENT EXECUTE FUNCTION public.refuse_change();


--
-- Name: subject_detail subject_detail_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_detail_closed BEFORE UPDATE ON public.subject_detail FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded();


--
-- Name: subject_detail subject_detail_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_detail_kept BEFORE DELETE ON public.subject_detail FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: subject_detail subject_detail_stamped; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_detail_stamped BEFORE INSERT ON public.subject_detail FOR EACH ROW EXECUTE FUNCTION public.stamp_recorded();


--
-- Name: subject_name subject_name_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_name_closed BEFORE UPDATE ON public.subject_name FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded();


--
-- Name: subject_name subject_name_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_name_kept BEFORE DELETE ON public.subject_name FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: subject_place subject_place_closed; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_place_closed BEFORE UPDATE ON public.subject_place FOR EACH ROW EXECUTE FUNCTION public.only_close_recorded();


--
-- Name: subject_place subject_place_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER subject_place_kept BEFORE DELETE ON public.subject_place FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: version_file version_file_published; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER version_file_published BEFORE INSERT OR DELETE OR UPDATE ON public.version_file FOR EACH ROW EXECUTE FUNCTION public.keep_files_of_published();


--
-- Name: version version_kept; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER version_kept BEFORE DELETE ON public.version FOR EACH ROW EXECUTE FUNCTION public.refuse_change();


--
-- Name: version version_published; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER version_published BEFORE UPDATE ON public.version FOR EACH ROW EXECUTE FUNCTION public.keep_published();


--
-- Name: agent fk_agent_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent
    ADD CONSTRAINT fk_agent_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: agent fk_agent_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.agent
    ADD CONSTRAINT fk_agent_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: asset fk_asset_created_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_created_by FOREIGN KEY (created_by) REFERENCES public.person(id);


--
-- Name: asset fk_asset_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.asset
    ADD CONSTRAINT fk_asset_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: attempt fk_attempt_job_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.attempt
    ADD CONSTRAINT fk_attempt_job_id FOREIGN KEY (job_id) REFERENCES public.job(id);


--
-- Name: audit fk_audit_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.audit
    ADD CONSTRAINT fk_audit_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: blob fk_blob_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.blob
    ADD CONSTRAINT fk_blob_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: capture fk_capture_created_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture
    ADD CONSTRAINT fk_capture_created_by FOREIGN KEY (created_by) REFERENCES public.person(id);


--
-- Name: capture fk_capture_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.capture
    ADD CONSTRAINT fk_capture_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: concept fk_concept_broader_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.concept
    ADD CONSTRAINT fk_concept_broader_id FOREIGN KEY (broader_id) REFERENCES public.concept(id);


--
-- Name: concept fk_concept_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.concept
    ADD CONSTRAINT fk_concept_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: derivative fk_derivative_attempt_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.derivative
    ADD CONSTRAINT fk_derivative_attempt_id FOREIGN KEY (attempt_id) REFERENCES public.attempt(id);


--
-- Name: derivative_file fk_derivative_file_derivative_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.derivative_file
    ADD CONSTRAINT fk_derivative_file_derivative_id FOREIGN KEY (derivative_id) REFERENCES public.derivative(id);


--
-- Name: derivative fk_derivative_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.derivative
    ADD CONSTRAINT fk_derivative_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: event fk_event_import_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_import_id FOREIGN KEY (import_id) REFERENCES public.record_import(id);


--
-- Name: event fk_event_kind_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_kind_id FOREIGN KEY (kind_id) REFERENCES public.concept(id);


--
-- Name: event fk_event_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event
    ADD CONSTRAINT fk_event_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: event_subject fk_event_subject_event_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_subject
    ADD CONSTRAINT fk_event_subject_event_id FOREIGN KEY (event_id) REFERENCES public.event(id);


--
-- Name: event_subject fk_event_subject_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.event_subject
    ADD CONSTRAINT fk_event_subject_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: frame fk_frame_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.frame
    ADD CONSTRAINT fk_frame_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: hypothesis fk_hypothesis_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hypothesis
    ADD CONSTRAINT fk_hypothesis_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: hypothesis fk_hypothesis_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.hypothesis
    ADD CONSTRAINT fk_hypothesis_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: idempotency fk_idempotency_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.idempotency
    ADD CONSTRAINT fk_idempotency_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: job_dependency fk_job_dependency_job_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependency
    ADD CONSTRAINT fk_job_dependency_job_id FOREIGN KEY (job_id) REFERENCES public.job(id);


--
-- Name: job_dependency fk_job_dependency_needs_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job_dependency
    ADD CONSTRAINT fk_job_dependency_needs_id FOREIGN KEY (needs_id) REFERENCES public.job(id);


--
-- Name: job fk_job_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT fk_job_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: job fk_job_requested_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT fk_job_requested_by FOREIGN KEY (requested_by) REFERENCES public.person(id);


--
-- Name: job fk_job_upload_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT fk_job_upload_id FOREIGN KEY (upload_id) REFERENCES public.upload(id);


--
-- Name: job fk_job_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.job
    ADD CONSTRAINT fk_job_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: key fk_key_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key
    ADD CONSTRAINT fk_key_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: key fk_key_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.key
    ADD CONSTRAINT fk_key_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: login_link fk_login_link_key_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.login_link
    ADD CONSTRAINT fk_login_link_key_id FOREIGN KEY (key_id) REFERENCES public.key(id);


--
-- Name: membership fk_membership_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT fk_membership_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: membership fk_membership_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.membership
    ADD CONSTRAINT fk_membership_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: placement_decision fk_placement_decision_decided_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement_decision
    ADD CONSTRAINT fk_placement_decision_decided_by FOREIGN KEY (decided_by) REFERENCES public.person(id);


--
-- Name: placement_decision fk_placement_decision_placement_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement_decision
    ADD CONSTRAINT fk_placement_decision_placement_id FOREIGN KEY (placement_id) REFERENCES public.placement(id);


--
-- Name: placement_decision fk_placement_decision_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement_decision
    ADD CONSTRAINT fk_placement_decision_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: placement fk_placement_fixed_placement_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_fixed_placement_id FOREIGN KEY (fixed_placement_id) REFERENCES public.placement(id);


--
-- Name: placement fk_placement_fixed_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_fixed_version_id FOREIGN KEY (fixed_version_id) REFERENCES public.version(id);


--
-- Name: placement fk_placement_frame_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_frame_id FOREIGN KEY (frame_id) REFERENCES public.frame(id);


--
-- Name: placement fk_placement_job_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_job_id FOREIGN KEY (job_id) REFERENCES public.job(id);


--
-- Name: placement fk_placement_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.placement
    ADD CONSTRAINT fk_placement_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: publication fk_publication_asset_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT fk_publication_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id);


--
-- Name: publication fk_publication_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.publication
    ADD CONSTRAINT fk_publication_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: record_import fk_record_import_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.record_import
    ADD CONSTRAINT fk_record_import_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: record_import fk_record_import_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.record_import
    ADD CONSTRAINT fk_record_import_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: relation fk_relation_from_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT fk_relation_from_id FOREIGN KEY (from_id) REFERENCES public.subject(id);


--
-- Name: relation fk_relation_import_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT fk_relation_import_id FOREIGN KEY (import_id) REFERENCES public.record_import(id);


--
-- Name: relation fk_relation_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT fk_relation_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: relation fk_relation_to_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.relation
    ADD CONSTRAINT fk_relation_to_id FOREIGN KEY (to_id) REFERENCES public.subject(id);


--
-- Name: session fk_session_key_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.session
    ADD CONSTRAINT fk_session_key_id FOREIGN KEY (key_id) REFERENCES public.key(id);


--
-- Name: source fk_source_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.source
    ADD CONSTRAINT fk_source_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: statement fk_statement_began_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_began_by FOREIGN KEY (began_by) REFERENCES public.event(id);


--
-- Name: statement fk_statement_concept_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_concept_id FOREIGN KEY (concept_id) REFERENCES public.concept(id);


--
-- Name: statement fk_statement_ended_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_ended_by FOREIGN KEY (ended_by) REFERENCES public.event(id);


--
-- Name: statement fk_statement_hypothesis_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_hypothesis_id FOREIGN KEY (hypothesis_id) REFERENCES public.hypothesis(id);


--
-- Name: statement fk_statement_import_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_import_id FOREIGN KEY (import_id) REFERENCES public.record_import(id);


--
-- Name: statement fk_statement_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: statement fk_statement_predicate_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_predicate_id FOREIGN KEY (predicate_id) REFERENCES public.concept(id);


--
-- Name: statement fk_statement_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: statement fk_statement_supersedes_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.statement
    ADD CONSTRAINT fk_statement_supersedes_id FOREIGN KEY (supersedes_id) REFERENCES public.statement(id);


--
-- Name: subject fk_subject_created_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT fk_subject_created_by FOREIGN KEY (created_by) REFERENCES public.person(id);


--
-- Name: subject_detail fk_subject_detail_import_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_detail
    ADD CONSTRAINT fk_subject_detail_import_id FOREIGN KEY (import_id) REFERENCES public.record_import(id);


--
-- Name: subject_detail fk_subject_detail_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_detail
    ADD CONSTRAINT fk_subject_detail_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: subject_detail fk_subject_detail_type_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_detail
    ADD CONSTRAINT fk_subject_detail_type_id FOREIGN KEY (type_id) REFERENCES public.concept(id);


--
-- Name: subject_name fk_subject_name_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_name
    ADD CONSTRAINT fk_subject_name_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: subject fk_subject_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT fk_subject_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: subject fk_subject_parent_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT fk_subject_parent_id FOREIGN KEY (parent_id) REFERENCES public.subject(id);


--
-- Name: subject_place fk_subject_place_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_place
    ADD CONSTRAINT fk_subject_place_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: subject_redirect fk_subject_redirect_subject_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject_redirect
    ADD CONSTRAINT fk_subject_redirect_subject_id FOREIGN KEY (subject_id) REFERENCES public.subject(id);


--
-- Name: subject fk_subject_root_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.subject
    ADD CONSTRAINT fk_subject_root_id FOREIGN KEY (root_id) REFERENCES public.subject(id);


--
-- Name: upload fk_upload_asset_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id);


--
-- Name: upload fk_upload_capture_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_capture_id FOREIGN KEY (capture_id) REFERENCES public.capture(id);


--
-- Name: upload_file fk_upload_file_blob_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_file
    ADD CONSTRAINT fk_upload_file_blob_id FOREIGN KEY (blob_id) REFERENCES public.blob(id);


--
-- Name: upload_file fk_upload_file_upload_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_file
    ADD CONSTRAINT fk_upload_file_upload_id FOREIGN KEY (upload_id) REFERENCES public.upload(id);


--
-- Name: upload fk_upload_organisation_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_organisation_id FOREIGN KEY (organisation_id) REFERENCES public.organisation(id);


--
-- Name: upload_part fk_upload_part_file_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload_part
    ADD CONSTRAINT fk_upload_part_file_id FOREIGN KEY (file_id) REFERENCES public.upload_file(id);


--
-- Name: upload fk_upload_person_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_person_id FOREIGN KEY (person_id) REFERENCES public.person(id);


--
-- Name: upload fk_upload_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.upload
    ADD CONSTRAINT fk_upload_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: version fk_version_asset_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version
    ADD CONSTRAINT fk_version_asset_id FOREIGN KEY (asset_id) REFERENCES public.asset(id);


--
-- Name: version fk_version_capture_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version
    ADD CONSTRAINT fk_version_capture_id FOREIGN KEY (capture_id) REFERENCES public.capture(id);


--
-- Name: version fk_version_created_by; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version
    ADD CONSTRAINT fk_version_created_by FOREIGN KEY (created_by) REFERENCES public.person(id);


--
-- Name: version_derivative fk_version_derivative_derivative_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_derivative
    ADD CONSTRAINT fk_version_derivative_derivative_id FOREIGN KEY (derivative_id) REFERENCES public.derivative(id);


--
-- Name: version_derivative fk_version_derivative_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_derivative
    ADD CONSTRAINT fk_version_derivative_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- Name: version_file fk_version_file_blob_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_file
    ADD CONSTRAINT fk_version_file_blob_id FOREIGN KEY (blob_id) REFERENCES public.blob(id);


--
-- Name: version_file fk_version_file_version_id; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.version_file
    ADD CONSTRAINT fk_version_file_version_id FOREIGN KEY (version_id) REFERENCES public.version(id);


--
-- PostgreSQL database dump complete
--


