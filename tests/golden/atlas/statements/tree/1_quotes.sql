select 'a;b', "c;d", $$e;f$$, $t$g;$$;h$t$, E'i\';j' -- k;l
; /* m;n */ select (1;2);