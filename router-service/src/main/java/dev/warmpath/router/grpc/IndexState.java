package dev.warmpath.router.grpc;

import dev.warmpath.indexer.index.ShardedIndex;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The indexes, and how far they can be trusted. Any thread may ask.
 *
 * @param ofModel the index of a model; null while there is none
 * @param stale whether the index may be behind a slot's target
 * @param heardNanos when a slot's target was last heard of, on the service's clock; {@link
 *     dev.warmpath.indexer.ingest.Ingest#NEVER_HEARD} when it is not there
 */
public record IndexState(
    Function<String, @Nullable ShardedIndex> ofModel,
    IntPredicate stale,
    IntToLongFunction heardNanos) {}
