-- +goose Up
CREATE TABLE orders (id int);
INSERT INTO orders
VALUES (1);

-- +goose Down
DROP TABLE orders;
