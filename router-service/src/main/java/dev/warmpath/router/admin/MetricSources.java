package dev.warmpath.router.admin;

import dev.warmpath.indexer.index.IndexCounters;
import dev.warmpath.router.fleet.Fleet;
import dev.warmpath.router.fleet.LoadLedger;
import java.util.Map;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;

/**
 * Where {@link WarmpathMetrics} reads. Each may be called by any thread and must not block.
 *
 * @param fleet who serves
 * @param isStale whether the index may be behind the target at a slot
 * @param ledger the open bookings
 * @param indexes by model, what happened in its index
 * @param ingest counts of the event path
 * @param inboxBatches event batches that wait for the index thread
 * @param discovery counts and state of membership
 */
public record MetricSources(
    Supplier<Fleet> fleet,
    IntPredicate isStale,
    LoadLedger ledger,
    Supplier<Map<String, IndexCounters>> indexes,
    ToLongFunction<IngestCount> ingest,
    LongSupplier inboxBatches,
    DiscoverySource discovery) {}
