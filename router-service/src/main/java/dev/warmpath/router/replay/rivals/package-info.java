/**
 * The decisions of other routers, by their published formulas, for comparison in replay alone. Each
 * sees what Warmpath's policies see: the exact index, at once.
 */
@NullMarked
package dev.warmpath.router.replay.rivals;

import org.jspecify.annotations.NullMarked;
