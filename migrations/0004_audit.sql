-- What the page of the audit log filters by. Every probe adds a line, so that the results of probes
-- soon outnumber all others: the indexes leave them out where they can, and each is in the order of
-- the page. What the page shows unasked leaves out the notices that Hufu sends, too.

-- The mini program that a line speaks of, if it is about one or about an entry of one.
ALTER TABLE audit_log ADD COLUMN program INTEGER GENERATED ALWAYS AS (
    CASE WHEN substr(object, 1, 8) = 'program ' THEN CAST(substr(object, 9) AS INTEGER)
        ELSE CAST(json_extract(COALESCE(after, before), '$.program') AS INTEGER) END
) VIRTUAL;
-- The endpoint of a line that names it by its id.
ALTER TABLE audit_log ADD COLUMN endpoint INTEGER GENERATED ALWAYS AS (
    CASE WHEN action = 'probe.start' AND substr(object, 1, 9) = 'endpoint ' THEN CAST(substr(object, 10) AS INTEGER) END
) VIRTUAL;

CREATE INDEX audit_log_by_time ON audit_log (at, id);
CREATE INDEX audit_log_changes ON audit_log (at, id)
    WHERE action NOT IN ('probe.store', 'notice.write', 'notice.send');
CREATE INDEX audit_log_by_action ON audit_log (action, at, id) WHERE action <> 'probe.store';
CREATE INDEX audit_log_by_actor ON audit_log (actor, at, id) WHERE actor IS NOT NULL;
