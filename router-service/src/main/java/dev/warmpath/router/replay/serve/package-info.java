/**
 * Runs a load on a deployment in virtual time, with the router of production in front: its index,
 * ledger and decision. Same inputs and seed, same results. One thread a run.
 */
@NullMarked
package dev.warmpath.router.replay.serve;

import org.jspecify.annotations.NullMarked;
