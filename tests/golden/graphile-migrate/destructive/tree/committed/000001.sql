--! Previous: -
--! Hash: sha1:6f5d52040d236b269ec58babceae8ee759778232

CREATE TABLE a (i int);
