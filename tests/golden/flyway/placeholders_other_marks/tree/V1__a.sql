SELECT '@@owner@@', '@owner@', '${x}';
