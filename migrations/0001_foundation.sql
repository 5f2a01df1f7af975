-- The register, what the probes saw, people, and the audit log.
--
-- Add only: a released migration is never edited. Times are whole seconds since 1970 in UTC. Words
-- (verdicts, codes, lists, roles) are those of `model`. Ids are never used again, because the audit
-- log and old links name them.
--
-- The statements of the server run on SQLite and PostgreSQL alike; of this file PostgreSQL would
-- want AUTOINCREMENT, BLOB, STRICT, WITHOUT ROWID and the bodies of the triggers in its own words.

CREATE TABLE programs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    app_id TEXT NOT NULL,
    name TEXT NOT NULL,
    per_list INTEGER NOT NULL,
    skip_check INTEGER NOT NULL CONSTRAINT programs_skip_check CHECK (skip_check IN (0, 1)),
    -- Grows with every change of the settings.
    revision INTEGER NOT NULL,
    added_at INTEGER NOT NULL,
    -- What the entries add up to, so that a list of programs reads no entries.
    entries INTEGER NOT NULL DEFAULT 0,
    failing INTEGER NOT NULL DEFAULT 0,
    verdict TEXT NOT NULL DEFAULT 'unknown',
    verdict_ios TEXT NOT NULL DEFAULT 'unknown',
    verdict_macos TEXT NOT NULL DEFAULT 'unknown',
    verdict_android TEXT NOT NULL DEFAULT 'unknown',
    verdict_windows TEXT NOT NULL DEFAULT 'unknown',
    -- When the sum stops being true by itself (an ICP record grows stale); null for never.
    summed_until INTEGER,
    CONSTRAINT programs_app_id UNIQUE (app_id)
) STRICT;
CREATE INDEX programs_summed_until ON programs (summed_until);

-- What is probed: one row however many entries name it. Lists read the state from here.
CREATE TABLE endpoints (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    host TEXT NOT NULL,
    port INTEGER NOT NULL,
    verdict TEXT NOT NULL DEFAULT 'unknown',
    verdict_ios TEXT NOT NULL DEFAULT 'unknown',
    verdict_macos TEXT NOT NULL DEFAULT 'unknown',
    verdict_android TEXT NOT NULL DEFAULT 'unknown',
    verdict_windows TEXT NOT NULL DEFAULT 'unknown',
    probed_at INTEGER,
    -- End of validity of the first certificate served.
    not_after INTEGER,
    CONSTRAINT endpoints_host_port UNIQUE (host, port)
) STRICT;
CREATE INDEX endpoints_verdict ON endpoints (verdict);
CREATE INDEX endpoints_not_after ON endpoints (not_after);

CREATE TABLE entries (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    program INTEGER NOT NULL REFERENCES programs (id) ON DELETE CASCADE,
    api TEXT NOT NULL,
    -- As WeChat shows it, normalised.
    entry TEXT NOT NULL,
    -- Whose filing it needs; null where nothing can be filed.
    registrable_domain TEXT,
    -- Null for lists that are not TLS.
    endpoint INTEGER REFERENCES endpoints (id),
    added_at INTEGER NOT NULL,
    CONSTRAINT entries_once UNIQUE (program, api, entry)
) STRICT;
CREATE INDEX entries_endpoint ON entries (endpoint, program);
CREATE INDEX entries_registrable_domain ON entries (registrable_domain, program);

CREATE TABLE icp_records (
    domain TEXT NOT NULL PRIMARY KEY,
    state TEXT NOT NULL,
    number TEXT,
    holder TEXT,
    source TEXT NOT NULL,
    confirmed_at INTEGER NOT NULL
) STRICT;

-- One look at one endpoint.
CREATE TABLE observations (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    endpoint INTEGER NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    observed_at INTEGER NOT NULL,
    verdict TEXT NOT NULL,
    -- `model::Observation` as JSON, its chains left out: they are in observation_certificates.
    facts TEXT NOT NULL,
    -- `model::trust::Trust` as JSON.
    trust TEXT NOT NULL
) STRICT;
CREATE INDEX observations_endpoint ON observations (endpoint, id);

-- Each certificate once, by the SHA-256 of its DER.
CREATE TABLE certificates (
    sha256 BLOB NOT NULL PRIMARY KEY CONSTRAINT certificates_sha256 CHECK (length(sha256) = 32),
    der BLOB NOT NULL,
    subject TEXT NOT NULL,
    issuer TEXT NOT NULL,
    not_before INTEGER NOT NULL,
    not_after INTEGER NOT NULL,
    -- JSON array of the DNS names and IP addresses.
    names TEXT NOT NULL,
    first_seen INTEGER NOT NULL
) STRICT;

-- The chains of an observation, as served.
CREATE TABLE observation_certificates (
    observation INTEGER NOT NULL REFERENCES observations (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    position INTEGER NOT NULL,
    certificate BLOB NOT NULL REFERENCES certificates (sha256),
    PRIMARY KEY (observation, address, position)
) STRICT, WITHOUT ROWID;

CREATE TABLE findings (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    endpoint INTEGER NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    code TEXT NOT NULL,
    -- Tells findings of one code apart, such as two weak keys in one chain; from 0.
    occurrence INTEGER NOT NULL,
    severity TEXT NOT NULL,
    -- JSON array.
    platforms TEXT NOT NULL,
    -- `model::Evidence` as JSON.
    evidence TEXT NOT NULL,
    first_seen INTEGER NOT NULL,
    last_seen INTEGER NOT NULL,
    -- Null while it stands.
    resolved_at INTEGER
) STRICT;
CREATE UNIQUE INDEX findings_standing_once ON findings (endpoint, code, occurrence) WHERE resolved_at IS NULL;
CREATE INDEX findings_endpoint ON findings (endpoint, resolved_at);

CREATE TABLE users (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    login TEXT NOT NULL,
    -- PHC string.
    password_hash TEXT NOT NULL,
    role TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CONSTRAINT users_login UNIQUE (login)
) STRICT;

-- Only the SHA-256 of a session's token is kept: who reads the database cannot log in with it.
CREATE TABLE sessions (
    token_sha256 BLOB NOT NULL PRIMARY KEY,
    user_id INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at INTEGER NOT NULL,
    -- Written at most once an hour.
    last_seen_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
) STRICT;
CREATE INDEX sessions_user ON sessions (user_id);

-- The link that makes the first account: one row, until it is used.
CREATE TABLE set_up_link (
    id INTEGER NOT NULL PRIMARY KEY CONSTRAINT set_up_link_only_one CHECK (id = 1),
    token_sha256 BLOB NOT NULL,
    made_at INTEGER NOT NULL
) STRICT;

-- Says in itself who and what, for it outlives the rows that it speaks of.
CREATE TABLE audit_log (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    at INTEGER NOT NULL,
    -- Log-in name; null for Hufu itself.
    actor TEXT,
    action TEXT NOT NULL,
    object TEXT NOT NULL,
    -- JSON.
    before TEXT,
    after TEXT
) STRICT;

CREATE TRIGGER audit_log_is_never_changed BEFORE UPDATE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

CREATE TRIGGER audit_log_is_never_shortened BEFORE DELETE ON audit_log
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
