-- The first page counts certificates by when they were first seen, as their list does.
DROP INDEX served_replacing;
