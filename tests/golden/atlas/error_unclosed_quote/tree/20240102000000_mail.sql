select `a;
