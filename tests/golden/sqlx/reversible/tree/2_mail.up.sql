ALTER TABLE users ADD mail text;
