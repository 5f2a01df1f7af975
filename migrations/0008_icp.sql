-- What the list of filings counts, and what keeps two people from overwriting each other.

-- Grows with every change; whoever changes a record says which one they have read.
ALTER TABLE icp_records ADD COLUMN revision INTEGER NOT NULL DEFAULT 1;

-- The host of an entry: what stands between its scheme and its port.
ALTER TABLE entries ADD COLUMN host TEXT GENERATED ALWAYS AS (
    SUBSTR(
        REPLACE(entry, '://', '/'),
        INSTR(REPLACE(entry, '://', '/'), '/') + 1,
        INSTR(REPLACE(entry, '://', '/') || ':', ':') - INSTR(REPLACE(entry, '://', '/'), '/') - 1
    )
) VIRTUAL;
CREATE INDEX entries_host ON entries (registrable_domain, host, id);

-- The history of one record.
CREATE INDEX audit_log_icp ON audit_log (object, id) WHERE action = 'icp.change';
