#include "conf/dsn_parts.h"

bool dsn_is_port(struct slice port)
{
    unsigned number = 0;

    if (!port.len || port.len > 5)
        return false;
    for (size_t i = 0; i < port.len; i++) {
        if (port.ptr[i] < '0' || port.ptr[i] > '9')
            return false;
        number = number * 10 + (unsigned)(port.ptr[i] - '0');
    }
    return number >= 1 && number <= 65535;
}

bool dsn_is_ipv6(struct slice host)
{
    struct slice address = slice_sub(host, 0, slice_find(host, '%'));
    struct slice rest = slice_sub(address, slice_find(address, ':') + 1, address.len);

    return slice_find(rest, ':') < rest.len && slice_has_only(address, "0123456789abcdefABCDEF:.");
}

bool dsn_is_host(struct slice host)
{
    if (slice_starts_with(host, "/") || slice_starts_with(host, "@"))
        return slice_find(host, ',') == host.len;
    return host.len && (dsn_is_ipv6(host) || slice_has_only(host, "abcdefghijklmnopqrstuvwxyz"
                                                                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                                                  "0123456789.-_"));
}
