/** Questions that take many simulated runs: capacity, sensitivity, sweeps. Pure. */
@NullMarked
package dev.warmpath.router.replay.study;

import org.jspecify.annotations.NullMarked;
