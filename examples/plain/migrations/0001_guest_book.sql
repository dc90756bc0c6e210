CREATE TABLE entry (
    id      int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name    text NOT NULL,
    message text NOT NULL
);

INSERT INTO entry (name, message)
VALUES ('Ada', 'It works.'),
       ('Grace', 'On the first try; I am told that matters.');
