-- What WeChat grants differs from one mini program to the next, and changes: each number is a setting of it.
ALTER TABLE programs ADD COLUMN prefetch INTEGER NOT NULL DEFAULT 5;
ALTER TABLE programs ADD COLUMN business INTEGER NOT NULL DEFAULT 300;
ALTER TABLE programs ADD COLUMN changes_a_month INTEGER NOT NULL DEFAULT 50;

-- Whether a socket entry without a port allows no port, as for https.
ALTER TABLE programs ADD COLUMN strict_sockets INTEGER NOT NULL DEFAULT 0
    CONSTRAINT programs_strict_sockets CHECK (strict_sockets IN (0, 1));

-- After how many days the record of a filing that nobody confirms is stale.
ALTER TABLE probing_settings ADD COLUMN stale_after_days INTEGER NOT NULL DEFAULT 180;
