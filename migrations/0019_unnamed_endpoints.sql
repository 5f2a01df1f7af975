-- An endpoint that no entry names any more is kept for a week with all that is known of it, so that
-- whoever names it again finds it as it was. Meanwhile it is in no list, count, schedule or alert.

-- Since when no entry names it; null for as long as one does.
ALTER TABLE endpoints ADD COLUMN unnamed_at INTEGER;

-- What all statements read but those that a test names, each with its reason.
CREATE VIEW named_endpoints AS SELECT * FROM endpoints WHERE unnamed_at IS NULL;

-- What may be sent: of an endpoint that an entry names of a mini program that has the address among its recipients.
CREATE VIEW wanted_notices AS SELECT * FROM notices WHERE EXISTS (
    SELECT 1 FROM entries JOIN recipients ON recipients.program = entries.program
    WHERE entries.endpoint = notices.facts ->> 'endpoint' AND recipients.address = notices.address);

CREATE INDEX endpoints_unnamed_at ON endpoints (unnamed_at) WHERE unnamed_at IS NOT NULL;

-- Read alone, these answer what is due and how many there are of each verdict.
DROP INDEX endpoints_due_at;
CREATE INDEX endpoints_due_at ON endpoints (due_at, unnamed_at);
DROP INDEX endpoints_verdict;
CREATE INDEX endpoints_verdict ON endpoints (verdict, unnamed_at);

-- A certificate is served by as many endpoints as are named: what an unnamed one serves counts for nothing,
-- whatever becomes of it.
DROP TRIGGER served_begins;
CREATE TRIGGER served_begins AFTER INSERT ON served
WHEN NEW.until IS NULL AND EXISTS (SELECT 1 FROM named_endpoints WHERE id = NEW.endpoint)
BEGIN UPDATE certificates SET served_by = served_by + 1 WHERE sha256 = NEW.certificate; END;

DROP TRIGGER served_ends;
CREATE TRIGGER served_ends AFTER UPDATE OF until ON served
WHEN OLD.until IS NULL AND NEW.until IS NOT NULL
    AND EXISTS (SELECT 1 FROM named_endpoints WHERE id = NEW.endpoint)
BEGIN UPDATE certificates SET served_by = served_by - 1 WHERE sha256 = NEW.certificate; END;

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
