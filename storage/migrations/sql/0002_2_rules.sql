-- What the database itself holds to in structure and time, and the predicates everybody has.

-- Only an import, and only one begun in this very transaction, states `recorded`, never in the future; all
-- else is stamped here. The transaction takes its number before it takes the time: whoever asks which writes
-- still run and finds none earlier has everything stamped earlier.
CREATE FUNCTION stamp_recorded() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- A correction takes effect at one instant: what it supersedes ends as it begins.
CREATE FUNCTION close_superseded() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- As only_close_recorded, for tables with a generated span: it is not computed yet when this looks.
CREATE FUNCTION only_close_recorded_of_dated() RETURNS trigger LANGUAGE plpgsql AS $$
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

-- Triggers run in the order of their names: stamped before superseding.
CREATE TRIGGER statement_a_stamped BEFORE INSERT ON statement
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded();
CREATE TRIGGER statement_b_supersedes BEFORE INSERT ON statement
    FOR EACH ROW EXECUTE FUNCTION close_superseded();
CREATE TRIGGER statement_kept BEFORE DELETE ON statement
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER statement_closed BEFORE UPDATE ON statement
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded_of_dated();
CREATE TRIGGER statement_never_emptied BEFORE TRUNCATE ON statement
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE TRIGGER event_stamped BEFORE INSERT ON event
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded();
CREATE TRIGGER event_kept BEFORE DELETE ON event
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER event_closed BEFORE UPDATE ON event
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded_of_dated();
CREATE TRIGGER event_subject_kept BEFORE UPDATE OR DELETE ON event_subject
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TRIGGER relation_stamped BEFORE INSERT ON relation
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded();
CREATE TRIGGER relation_kept BEFORE DELETE ON relation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER relation_closed BEFORE UPDATE ON relation
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded_of_dated();

CREATE TRIGGER subject_detail_stamped BEFORE INSERT ON subject_detail
    FOR EACH ROW EXECUTE FUNCTION stamp_recorded();
CREATE TRIGGER subject_detail_kept BEFORE DELETE ON subject_detail
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER subject_detail_closed BEFORE UPDATE ON subject_detail
    FOR EACH ROW EXECUTE FUNCTION only_close_recorded();

-- What answers are made with never changes under them: a broader term, a reliability, a reading.
CREATE TRIGGER concept_immutable BEFORE UPDATE OR DELETE ON concept
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER source_immutable BEFORE UPDATE OR DELETE ON source
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER agent_immutable BEFORE UPDATE OR DELETE ON agent
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER hypothesis_immutable BEFORE UPDATE OR DELETE ON hypothesis
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_import_kept BEFORE DELETE ON record_import
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

INSERT INTO concept (id, scheme, code, label, exact_match, value_type, is_exclusive)
SELECT gen_random_uuid(), 'predicate', code, jsonb_build_object('vi', vi, 'en', en), '{}', value_type, is_exclusive
FROM (VALUES
    ('material', 'vật liệu', 'material', 'concept', false),
    ('condition', 'tình trạng', 'condition', 'concept', false),
    ('form', 'hình thức', 'form', 'object', false),
    ('dimension', 'kích thước', 'dimension', 'measure', false),
    ('function', 'công năng', 'function', 'object', false),
    ('location', 'vị trí', 'location', 'object', true),
    ('existence', 'sự tồn tại', 'existence', 'object', true),
    ('fabric', 'chất liệu gốc và thay thế', 'fabric', 'object', false),
    ('name', 'tên gọi', 'name', 'object', false),
    ('part_of', 'thuộc về', 'part of', 'subject', false),
    ('designation', 'danh hiệu', 'designation', 'object', false),
    ('boundary', 'ranh giới', 'boundary', 'object', false),
    ('significance', 'giá trị', 'significance', 'object', false),
    ('threat', 'nguy cơ', 'threat', 'object', false),
    ('ownership', 'sở hữu', 'ownership', 'object', false),
    ('technique', 'kỹ thuật', 'technique', 'concept', false),
    ('related_to', 'liên quan đến', 'related to', 'subject', false)
) AS given (code, vi, en, value_type, is_exclusive);
