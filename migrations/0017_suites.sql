-- The suites of TLS 1.2 that an endpoint took when it was last asked for each, which few probes do:
-- `model::endpoints::suites::ListedSuites` as JSON; null before that.
ALTER TABLE endpoints ADD COLUMN suites TEXT;
