-- Who answers for a mini program and what it is grouped by, and what its list is sorted by.

-- Null for nobody.
ALTER TABLE programs ADD COLUMN owner INTEGER REFERENCES users (id) ON DELETE SET NULL;
CREATE INDEX programs_owner ON programs (owner);

CREATE TABLE program_tags (
    program INTEGER NOT NULL REFERENCES programs (id) ON DELETE CASCADE,
    tag TEXT NOT NULL,
    PRIMARY KEY (program, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX program_tags_tag ON program_tags (tag, program);

-- As for the endpoints, a rank where a word says nothing of order.
ALTER TABLE programs ADD COLUMN verdict_rank INTEGER GENERATED ALWAYS AS (
    CASE verdict WHEN 'fail' THEN 0 WHEN 'unreachable' THEN 1 WHEN 'warn' THEN 2 WHEN 'unknown' THEN 3 ELSE 4 END
) VIRTUAL;
ALTER TABLE programs ADD COLUMN folded_name TEXT GENERATED ALWAYS AS (LOWER(name)) VIRTUAL;

CREATE INDEX programs_by_verdict ON programs (verdict_rank, folded_name, id);
CREATE INDEX programs_by_name ON programs (folded_name, id);
CREATE INDEX programs_by_entries ON programs (entries, id);
CREATE INDEX programs_by_failing ON programs (failing, id);
