/**
 * What requests come, and when: traces, arrival processes, closed loops, sessions. Pure but for the
 * trace reader; chance comes from seeds.
 */
@NullMarked
package dev.warmpath.router.replay.load;

import org.jspecify.annotations.NullMarked;
