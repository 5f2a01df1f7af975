-- When an endpoint is to be probed again. Whoever takes it to probe moves this on by a lease, and
-- once the result is stored, by the interval: a server that dies in between only loses the lease.
ALTER TABLE endpoints ADD COLUMN due_at INTEGER NOT NULL DEFAULT 0;
CREATE INDEX endpoints_due_at ON endpoints (due_at);
