CREATE VIEW v AS SELECT '${owner}';
