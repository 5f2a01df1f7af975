-- What the list of endpoints shows, filters and sorts by without opening an observation.

-- The most severe finding that stands, unless all are mere information.
ALTER TABLE endpoints ADD COLUMN worst TEXT;
-- The lowest version negotiated on any address.
ALTER TABLE endpoints ADD COLUMN tls_version TEXT;
-- Issuer of the certificate that not_after speaks of.
ALTER TABLE endpoints ADD COLUMN issuer TEXT;

-- Sorting needs a rank where a word says nothing of order, and a place for those that have no time.
ALTER TABLE endpoints ADD COLUMN verdict_rank INTEGER GENERATED ALWAYS AS (
    CASE verdict WHEN 'fail' THEN 0 WHEN 'unreachable' THEN 1 WHEN 'warn' THEN 2 WHEN 'unknown' THEN 3 ELSE 4 END
) VIRTUAL;
-- Without a certificate after the end of the year 9999, past everything.
ALTER TABLE endpoints ADD COLUMN ends_at INTEGER GENERATED ALWAYS AS (COALESCE(not_after, 253402300800)) VIRTUAL;
ALTER TABLE endpoints ADD COLUMN seen_at INTEGER GENERATED ALWAYS AS (COALESCE(probed_at, 0)) VIRTUAL;

CREATE INDEX endpoints_by_verdict ON endpoints (verdict_rank, host, port);
CREATE INDEX endpoints_by_expiry ON endpoints (ends_at, id);
CREATE INDEX endpoints_by_probed ON endpoints (seen_at, id);

-- Which endpoints a finding stands against.
CREATE INDEX findings_standing_code ON findings (code, endpoint) WHERE resolved_at IS NULL;
