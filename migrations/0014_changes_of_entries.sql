-- How often the lists of a mini program were changed in a month.
CREATE INDEX audit_log_entries ON audit_log (program, at) WHERE action IN ('entry.add', 'entry.change', 'entry.remove');
