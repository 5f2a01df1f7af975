-- What somebody typed and the browser cannot carry to the next page by itself.

CREATE TABLE drafts (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    author INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    typed TEXT NOT NULL,
    kept_until INTEGER NOT NULL
) STRICT;
CREATE INDEX drafts_author ON drafts (author, id);
CREATE INDEX drafts_kept_until ON drafts (kept_until);
