-- Certificates that a server should have served stand after those that it did.

-- Where it was fetched from; null where it was served.
ALTER TABLE observation_certificates ADD COLUMN fetched_from TEXT;
