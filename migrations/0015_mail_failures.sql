-- Why a mail did not go out is a code with what the mail server said, so that it is told in the
-- reader's language: `model::alerts::MailFailure` as JSON. What was kept as words stays as it was said.

UPDATE notices SET error = json_object('code', 'earlier', 'said', error) WHERE error IS NOT NULL;
