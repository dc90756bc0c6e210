-- ${who}
DROP TABLE ${flyway:defaultSchema}.${t};
