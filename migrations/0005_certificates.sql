-- Which certificates are served, where, and since when, without opening an observation.

-- A span of time in which an endpoint served a certificate as its own, the first of a chain.
CREATE TABLE served (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    endpoint INTEGER NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    certificate BLOB NOT NULL REFERENCES certificates (sha256),
    -- JSON array of the addresses that served it when it was last seen.
    addresses TEXT NOT NULL,
    since INTEGER NOT NULL,
    -- Null for as long as it is served.
    until INTEGER,
    -- The certificate whose place it took; it may be forgotten by now.
    replaced BLOB
) STRICT;
CREATE UNIQUE INDEX served_now ON served (endpoint, certificate) WHERE until IS NULL;
CREATE INDEX served_endpoint ON served (endpoint, until);
CREATE INDEX served_certificate ON served (certificate, until, endpoint);

-- How many endpoints serve it now. Kept by triggers, so that it is right whichever way a span goes.
ALTER TABLE certificates ADD COLUMN served_by INTEGER NOT NULL DEFAULT 0;

CREATE TRIGGER served_begins AFTER INSERT ON served WHEN NEW.until IS NULL
BEGIN UPDATE certificates SET served_by = served_by + 1 WHERE sha256 = NEW.certificate; END;

CREATE TRIGGER served_ends AFTER UPDATE OF until ON served WHEN OLD.until IS NULL AND NEW.until IS NOT NULL
BEGIN UPDATE certificates SET served_by = served_by - 1 WHERE sha256 = NEW.certificate; END;

CREATE TRIGGER served_is_gone AFTER DELETE ON served WHEN OLD.until IS NULL
BEGIN UPDATE certificates SET served_by = served_by - 1 WHERE sha256 = OLD.certificate; END;

-- What it is listed under: its first name without the asterisk, else its subject. Renewals keep it.
ALTER TABLE certificates ADD COLUMN name TEXT GENERATED ALWAYS AS (
    LOWER(LTRIM(COALESCE(json_extract(names, '$[0]'), subject), '*.'))
) VIRTUAL;

-- How many names it has beyond those in names, which are bounded in number.
ALTER TABLE certificates ADD COLUMN names_left_out INTEGER NOT NULL DEFAULT 0;

CREATE INDEX certificates_by_expiry ON certificates (not_after, sha256) WHERE served_by > 0;
CREATE INDEX certificates_by_name ON certificates (name, not_after, sha256) WHERE served_by > 0;
CREATE INDEX certificates_by_first_seen ON certificates (first_seen, not_after, sha256) WHERE served_by > 0;

-- Whether any observation still names a certificate.
CREATE INDEX observation_certificates_certificate ON observation_certificates (certificate);

-- From the observations kept: each run of them that shows a certificate is a span. One without an
-- answer says nothing; any other ends what it does not show.
INSERT INTO served (endpoint, certificate, addresses, since, until)
WITH told AS (
    SELECT id, endpoint, observed_at,
        ROW_NUMBER() OVER (PARTITION BY endpoint ORDER BY id) AS number,
        LEAD(observed_at) OVER (PARTITION BY endpoint ORDER BY id) AS next_at
    FROM observations
    WHERE verdict <> 'unreachable'
        OR EXISTS (SELECT 1 FROM observation_certificates WHERE observation_certificates.observation = observations.id)
),
shown AS (
    SELECT told.endpoint, told.number, told.observed_at, told.next_at, seen.certificate,
        json_group_array(seen.address) AS addresses
    FROM told JOIN observation_certificates AS seen ON seen.observation = told.id
    WHERE seen.position = 0
    GROUP BY told.id, seen.certificate
),
runs AS (
    SELECT *, number - ROW_NUMBER() OVER (PARTITION BY endpoint, certificate ORDER BY number) AS run FROM shown
),
spans AS (
    SELECT *,
        MIN(observed_at) OVER (PARTITION BY endpoint, certificate, run) AS since,
        ROW_NUMBER() OVER (PARTITION BY endpoint, certificate, run ORDER BY number DESC) AS from_last
    FROM runs
)
SELECT endpoint, certificate, addresses, since, next_at FROM spans WHERE from_last = 1 ORDER BY since, endpoint;

UPDATE served SET replaced = (
    SELECT earlier.certificate FROM served AS earlier
    WHERE earlier.endpoint = served.endpoint AND earlier.until = served.since AND earlier.id <> served.id
    ORDER BY earlier.id LIMIT 1
);
