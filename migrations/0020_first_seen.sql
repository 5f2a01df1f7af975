-- The first page counts certificates by when they were first seen, as their list does: nothing asks by `replaced` any
-- more.
DROP INDEX served_replacing;
