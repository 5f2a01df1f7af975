-- What people say of an endpoint: its tags, and where it is looked for in place of where DNS says.

CREATE TABLE endpoint_tags (
    tag TEXT NOT NULL,
    endpoint INTEGER NOT NULL REFERENCES endpoints (id) ON DELETE CASCADE,
    PRIMARY KEY (tag, endpoint)
) STRICT, WITHOUT ROWID;
CREATE INDEX endpoint_tags_endpoint ON endpoint_tags (endpoint, tag);

-- `model::endpoints::route::Route` as JSON; null for the usual way.
ALTER TABLE endpoints ADD COLUMN route TEXT;
-- Grows with every change of the route.
ALTER TABLE endpoints ADD COLUMN route_revision INTEGER NOT NULL DEFAULT 0;
