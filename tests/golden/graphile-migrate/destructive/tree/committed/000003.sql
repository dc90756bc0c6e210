--! Previous: sha1:c59ad50631ff6a603a8b85438953cd7f81186805
--! Hash: sha1:f746a2d9177a08039e1ed74d3759ba8e6e1b5f0a

-- migrinit: allow-destructive truncate, drop-column
TRUNCATE logs;
UPDATE users SET age = 1;
