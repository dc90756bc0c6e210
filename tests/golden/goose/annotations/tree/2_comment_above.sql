-- a file

   -- of ours
-- +goose Up
-- a comment
SELECT 1;
-- the end
