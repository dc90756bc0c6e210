SELECT
  '${owner';
