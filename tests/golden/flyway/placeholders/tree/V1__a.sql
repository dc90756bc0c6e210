-- for ${Owner}, in a comment
CREATE TABLE ${schema}.t (n text DEFAULT '${owner}');
SELECT $${owner}, $$$${schema}$$, '$ {x}', ${empty}1;
