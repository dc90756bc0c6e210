SELECT '${none}';
