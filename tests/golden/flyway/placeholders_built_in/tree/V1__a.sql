SELECT '${flyway:defaultSchema} ${flyway:USER} ${flyway:database} ${flyway:timestamp} ${flyway:filename} ${flyway:workingDirectory} ${flyway:table} ${flyway:environment}';
