SELECT ${a};
SELECT ${a}, 'open;
