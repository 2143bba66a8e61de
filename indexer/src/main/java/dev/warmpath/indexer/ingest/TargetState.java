package dev.warmpath.indexer.ingest;

import dev.warmpath.indexer.event.TargetId;

/**
 * Figures about one target, all taken between the same two events.
 *
 * @param slot the target's slot
 * @param model model that the worker serves
 * @param id whose cache it is
 * @param incarnation the worker's life; 0 while it is not known
 * @param appliedEventId the last event that was applied; 0 for none
 * @param blocks distinct blocks held on any tier
 * @param parkedBlocks blocks that wait for their parent
 * @param digest {@link dev.warmpath.indexer.event.CacheDigest} of what is held
 * @param stale whether the index may be behind the target's cache
 * @param capped whether the index refused blocks of it at a bound since its content was last
 *     replaced
 */
public record TargetState(
    int slot,
    String model,
    TargetId id,
    long incarnation,
    long appliedEventId,
    long blocks,
    long parkedBlocks,
    long digest,
    boolean stale,
    boolean capped) {}
