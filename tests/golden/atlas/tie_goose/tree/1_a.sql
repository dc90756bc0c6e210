-- +goose Up
create table users (id int);
