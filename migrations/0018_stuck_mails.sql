-- What a mail server did not take, sent or not: a few rows of a log that grows. The page of alerts asks for them each
-- time that it is shown.
CREATE INDEX notices_stuck ON notices (sent_at) WHERE error IS NOT NULL;

-- And what was given up untried.
CREATE INDEX notices_given_up ON notices (written_at) WHERE sent_at IS NULL AND due_at IS NULL;
