GRANT SELECT ON t TO ${flyway:user};
