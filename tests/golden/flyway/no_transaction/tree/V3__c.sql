reindex (verbose) schema public;
-- the end
