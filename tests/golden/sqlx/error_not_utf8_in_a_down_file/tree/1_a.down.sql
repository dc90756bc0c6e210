DROP TABLE a; -- Grün
