-- More than one person: who may come in, by which link, and from where they did.

ALTER TABLE users ADD COLUMN disabled INTEGER NOT NULL DEFAULT 0;

-- A link with which somebody chooses a password: one for each person, until it is used.
CREATE TABLE access_links (
    user_id INTEGER NOT NULL PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    token_sha256 BLOB NOT NULL,
    expires_at INTEGER NOT NULL,
    CONSTRAINT access_links_token UNIQUE (token_sha256)
) STRICT;

-- Where a session began.
ALTER TABLE sessions ADD COLUMN address TEXT;
