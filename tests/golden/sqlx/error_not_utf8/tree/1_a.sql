CREATE TABLE a ();
-- Grün
