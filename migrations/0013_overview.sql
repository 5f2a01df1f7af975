-- What the first page shows without reading a history or an entry.

-- When the verdict last changed from one that a probe had given, and from which.
ALTER TABLE endpoints ADD COLUMN turned_at INTEGER;
ALTER TABLE endpoints ADD COLUMN verdict_before TEXT;
CREATE INDEX endpoints_turned_at ON endpoints (turned_at, id) WHERE turned_at IS NOT NULL;

-- Which certificates took the place of others, by when.
CREATE INDEX served_replacing ON served (since) WHERE replaced IS NOT NULL;

-- Of the lists of a mini program the one with the least room left; part of its sum.
ALTER TABLE programs ADD COLUMN fullest_api TEXT;
ALTER TABLE programs ADD COLUMN fullest_used INTEGER NOT NULL DEFAULT 0;
ALTER TABLE programs ADD COLUMN fullest_limit INTEGER NOT NULL DEFAULT 0;
CREATE INDEX programs_nearly_full ON programs (name, id) WHERE fullest_used * 10 >= fullest_limit * 8 AND fullest_used > 0;
