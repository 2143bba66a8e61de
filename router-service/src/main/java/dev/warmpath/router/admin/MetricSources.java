package dev.warmpath.router.admin;

import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.indexer.ingest.IngestCounters;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadLedger;
import java.util.function.Function;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Where {@link WarmpathMetrics} reads. Each may be called by any thread and must not block.
 *
 * @param fleet who serves
 * @param isStale whether the index may be behind the target at a slot
 * @param ledger the open bookings
 * @param indexes the index of a model; null while there is none
 * @param ingest counts of the event path
 * @param inboxBatches event batches that wait for the index thread
 * @param discovery counts and state of membership
 */
public record MetricSources(
    Supplier<Fleet> fleet,
    IntPredicate isStale,
    LoadLedger ledger,
    Function<String, @Nullable ShardedIndex> indexes,
    IngestCounters ingest,
    LongSupplier inboxBatches,
    DiscoverySource discovery) {}
