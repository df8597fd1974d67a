-- Liveness: a worker that leaves says so; the dispatcher says when it last swept and reached the broker.

ALTER TABLE worker ADD COLUMN retired_at TIMESTAMP WITH TIME ZONE;

CREATE TABLE dispatcher (
    name TEXT NOT NULL,
    started_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    swept_at TIMESTAMP WITH TIME ZONE DEFAULT clock_timestamp() NOT NULL,
    hinted_at TIMESTAMP WITH TIME ZONE,
    CONSTRAINT pk_dispatcher PRIMARY KEY (name)
);
