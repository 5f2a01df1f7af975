-- An endpoint that no entry names any more is kept for a week with all that is known of it, so that
-- whoever names it again finds it as it was. Meanwhile it is in no list, count, schedule or alert.

-- Since when no entry names it; null for as long as one does.
ALTER TABLE endpoints ADD COLUMN unnamed_at INTEGER;

-- What all statements read but those that a test names, each with its reason.
CREATE VIEW named_endpoints AS SELECT * FROM endpoints WHERE unnamed_at IS NULL;

CREATE INDEX endpoints_unnamed_at ON endpoints (unnamed_at) WHERE unnamed_at IS NOT NULL;

-- Read alone, these answer what is due and how many there are of each verdict.
DROP INDEX endpoints_due_at;
CREATE INDEX endpoints_due_at ON endpoints (due_at, unnamed_at);
DROP INDEX endpoints_verdict;
CREATE INDEX endpoints_verdict ON endpoints (verdict, unnamed_at);

-- A certificate is served by as many endpoints as are named. What an unnamed one serves ends only with
-- the endpoint, and is not counted any more by then.
DROP TRIGGER served_is_gone;
CREATE TRIGGER served_is_gone AFTER DELETE ON served
WHEN OLD.until IS NULL AND EXISTS (SELECT 1 FROM named_endpoints WHERE id = OLD.endpoint)
BEGIN UPDATE certificates SET served_by = served_by - 1 WHERE sha256 = OLD.certificate; END;

CREATE TRIGGER endpoint_is_left AFTER UPDATE OF unnamed_at ON endpoints
WHEN OLD.unnamed_at IS NULL AND NEW.unnamed_at IS NOT NULL
BEGIN
    UPDATE certificates SET served_by = served_by - 1
    WHERE sha256 IN (SELECT certificate FROM served WHERE endpoint = NEW.id AND until IS NULL);
END;

CREATE TRIGGER endpoint_is_named_again AFTER UPDATE OF unnamed_at ON endpoints
WHEN OLD.unnamed_at IS NOT NULL AND NEW.unnamed_at IS NULL
BEGIN
    UPDATE certificates SET served_by = served_by + 1
    WHERE sha256 IN (SELECT certificate FROM served WHERE endpoint = NEW.id AND until IS NULL);
END;

CREATE TRIGGER endpoint_is_gone BEFORE DELETE ON endpoints WHEN OLD.unnamed_at IS NULL
BEGIN
    UPDATE certificates SET served_by = served_by - 1
    WHERE sha256 IN (SELECT certificate FROM served WHERE endpoint = OLD.id AND until IS NULL);
END;
