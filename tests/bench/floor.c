/*
 * floor CONNINFO - connect, ask one question, end: what a process that talks to the server costs at
 * the least. make bench gives every other program's time as a multiple of this one's.
 */
#include <libpq-fe.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    PGconn *conn = argc == 2 ? PQconnectdb(argv[1]) : NULL;
    PGresult *result = conn ? PQexec(conn, "SELECT 1") : NULL;
    int status = result && PQresultStatus(result) == PGRES_TUPLES_OK ? 0 : 1;

    if (status)
        fprintf(stderr, "floor: %s\n", conn ? PQerrorMessage(conn) : "usage: floor CONNINFO");
    PQclear(result);
    PQfinish(conn);
    return status;
}
