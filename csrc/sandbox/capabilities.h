// Capabilities and no_new_privs: a process that calls these can never gain anything again.
#pragma once

#include "base/step.h"

namespace ucoder {

// Whether the calling process has CAP_SYS_ADMIN in its user namespace.
bool has_admin_capability();

// Empties the bounding set: nothing this process starts can gain a capability by executing a file. The zygote does it
// once for all its workers; its own effective set is not touched.
Failure empty_bounding_set();

// Empties every other set.
Failure drop_all_capabilities();

Failure forbid_new_privileges();

}  // namespace ucoder
