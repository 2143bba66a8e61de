/**
 * Simulated workers and the frontend that drives them, live: the simulated engine of {@code replay}
 * on a clock, behind gRPC.
 */
@NullMarked
package dev.warmpath.router.workersim;

import org.jspecify.annotations.NullMarked;
