-- How Hufu probes, and what new mini programs begin with: one row, from the first change on.
CREATE TABLE probing_settings (
    id INTEGER NOT NULL PRIMARY KEY CONSTRAINT probing_settings_only_one CHECK (id = 1),
    every_hours INTEGER NOT NULL,
    at_once INTEGER NOT NULL,
    -- JSON array of ranges in CIDR notation.
    allowed TEXT NOT NULL,
    per_list INTEGER NOT NULL,
    revision INTEGER NOT NULL
) STRICT;
