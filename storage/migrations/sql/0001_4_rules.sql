-- What the database itself refuses, and what it tells.

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% rows are kept as they were written: % is refused', TG_TABLE_NAME, TG_OP
        USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'append_only';
END $$;

CREATE FUNCTION only_close_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION keep_published() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION keep_files_of_published() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (SELECT state FROM version WHERE id = coalesce(NEW.version_id, OLD.version_id)) <> 'draft' THEN
        RAISE EXCEPTION 'the files of a published version are immutable'
            USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = 'version_immutable';
    END IF;
    RETURN coalesce(NEW, OLD);
END $$;

CREATE FUNCTION keep_blob() RETURNS trigger LANGUAGE plpgsql AS $$
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

CREATE FUNCTION tell_of_job() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('heritwin_jobs', NEW.id::text);
    RETURN NULL;
END $$;

CREATE TRIGGER audit_append_only BEFORE UPDATE OR DELETE ON audit
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER audit_never_emptied BEFORE TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER frame_immutable BEFORE UPDATE OR DELETE ON frame
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER placement_immutable BEFORE UPDATE OR DELETE ON placement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER subject_name_kept BEFORE DELETE ON subject_name
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_name_closed BEFORE UPDATE ON subject_name
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded();
CREATE TRIGGER subject_place_kept BEFORE DELETE ON subject_place
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_place_closed BEFORE UPDATE ON subject_place
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded();
CREATE TRIGGER publication_kept BEFORE DELETE ON publication
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER publication_closed BEFORE UPDATE ON publication
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded();
CREATE TRIGGER placement_decision_kept BEFORE DELETE ON placement_decision
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER placement_decision_closed BEFORE UPDATE ON placement_decision
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded();

CREATE TRIGGER version_kept BEFORE DELETE ON version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER version_published BEFORE UPDATE ON version
    FOR EACH ROW EXECUTE FUNCTION keep_published();
CREATE TRIGGER version_file_published BEFORE INSERT OR UPDATE OR DELETE ON version_file
    FOR EACH ROW EXECUTE FUNCTION keep_files_of_published();
CREATE TRIGGER blob_written_once BEFORE UPDATE ON blob
    FOR EACH ROW EXECUTE FUNCTION keep_blob();

CREATE TRIGGER job_made AFTER INSERT ON job
    FOR EACH ROW EXECUTE FUNCTION tell_of_job();
CREATE TRIGGER job_changed AFTER UPDATE ON job
    FOR EACH ROW WHEN (
        (OLD.state, OLD.stage, OLD.done, OLD.total, OLD.error_kind)
        IS DISTINCT FROM (NEW.state, NEW.stage, NEW.done, NEW.total, NEW.error_kind)
    ) EXECUTE FUNCTION tell_of_job();
