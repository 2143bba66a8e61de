/** Figures of simulated runs, and how they are written. Pure: text goes back as a value. */
@NullMarked
package dev.warmpath.router.replay.report;

import org.jspecify.annotations.NullMarked;
