SELECT 1;
SELECT ${a}, 'it', ${b}, 2;
