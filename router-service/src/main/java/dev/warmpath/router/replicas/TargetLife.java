package dev.warmpath.router.replicas;

import dev.warmpath.indexer.event.TargetId;

/**
 * A target in one life of its worker, as routers name it to one another.
 *
 * @param id the target
 * @param incarnation the worker's life; 0 when the fleet does not say
 */
public record TargetLife(TargetId id, long incarnation) {}
