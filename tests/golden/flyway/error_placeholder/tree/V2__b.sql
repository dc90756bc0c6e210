-- a
grant select on a to ${role};
