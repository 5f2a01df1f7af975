-- What is looked for, counted and walked along an index, so that no row is read for it that is not shown.

-- Whatever the list of endpoints is filtered by, and whether it holds them: a row holds much more than that.
CREATE INDEX endpoints_filter ON endpoints (
    host, port, verdict, verdict_ios, verdict_macos, verdict_android, verdict_windows, not_after, tls_version, issuer,
    unnamed_at
);

-- The same for mini programs.
DROP INDEX programs_owner;
CREATE INDEX programs_by_owner ON programs (owner, folded_name, name, app_id);

-- Entries of the lists whose hosts are called otherwise than by HTTPS or WSS from the code.
CREATE INDEX entries_aside ON entries (host, entry) WHERE api IN ('udp', 'tcp', 'prefetch', 'business');

-- Sessions by either end that they may have.
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_last_seen_at ON sessions (last_seen_at);
