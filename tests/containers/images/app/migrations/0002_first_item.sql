INSERT INTO items VALUES ('first');
