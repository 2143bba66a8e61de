/**
 * Models of serving engines: how long a step takes, which requests are in it, and what they reach
 * by it. Pure: time comes in as nanoseconds, outcomes go back as values. One thread a simulation.
 */
@NullMarked
package dev.warmpath.router.replay.engine;

import org.jspecify.annotations.NullMarked;
