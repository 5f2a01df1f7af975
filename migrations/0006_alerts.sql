-- Who is told by mail of what, and what is still to be told.

CREATE TABLE recipients (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    program INTEGER NOT NULL REFERENCES programs (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    CONSTRAINT recipients_program UNIQUE (program, address)
) STRICT;
CREATE INDEX recipients_address ON recipients (address);

-- The outbox: one thing that one address is to be told, once. One mail may carry several.
CREATE TABLE notices (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    address TEXT NOT NULL,
    language TEXT NOT NULL,
    -- What makes it one thing: `expiry <endpoint> <not_after> <days>` or `fail <endpoint> <since>`.
    occasion TEXT NOT NULL,
    -- `model::alerts::Notice` as JSON.
    facts TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    -- When it goes out next. Whoever takes it moves this on by a lease. Null once it was sent or
    -- given up.
    due_at INTEGER,
    tries INTEGER NOT NULL DEFAULT 0,
    sent_at INTEGER,
    -- What the mail server said last.
    error TEXT,
    CONSTRAINT notices_once UNIQUE (address, occasion)
) STRICT;
CREATE INDEX notices_due_at ON notices (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX notices_written_at ON notices (written_at);

-- How mail leaves: one row, from the first change on.
CREATE TABLE mail_settings (
    id INTEGER NOT NULL PRIMARY KEY CONSTRAINT mail_settings_only_one CHECK (id = 1),
    host TEXT,
    port INTEGER,
    security TEXT,
    username TEXT,
    password TEXT,
    sender TEXT,
    public_url TEXT,
    revision INTEGER NOT NULL
) STRICT;

-- Since when an endpoint fails: set when it begins to, cleared when it works again, left as it is
-- while it cannot be reached, so that a server that comes and goes is told of once.
ALTER TABLE endpoints ADD COLUMN failing_since INTEGER;
UPDATE endpoints SET failing_since = probed_at WHERE verdict = 'fail';
