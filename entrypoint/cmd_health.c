#include "entrypoint/commands.h"

#include <stdio.h>

#include "entrypoint/control.h"

/* One line on standard output, whatever it is: that is what `docker inspect` and probes keep. */
int cmd_health(enum health_question question)
{
    struct control_answer answer;
    struct error err = {0};

    if (!control_ask(question, &answer, &err)) {
        printf("%s%s%s%s\n", err.what, err.hint[0] ? " (" : "", err.hint, err.hint[0] ? ")" : "");
        fflush(stdout);
        return 1;
    }
    printf("%s\n", answer.line);
    return fflush(stdout) == 0 && answer.is_good ? 0 : 1;
}
