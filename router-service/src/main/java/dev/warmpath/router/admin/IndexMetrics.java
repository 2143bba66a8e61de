package dev.warmpath.router.admin;

import dev.warmpath.indexer.index.IndexCounters;
import dev.warmpath.indexer.index.IndexStats;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.Fleet;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The prefix index of each model. Models appear while the process runs: {@link #refresh} registers
 * those that are new. A model that went keeps its series, as counters must.
 */
final class IndexMetrics {
  /** Most models with series of their own. */
  static final int MAX_MODELS = 256;

  private static final List<Count> COUNTS =
      List.of(
          new Count(
              "warmpath_index_stored_blocks", "Block copies stored", IndexCounters::storedBlocks),
          new Count(
              "warmpath_index_removed_blocks",
              "Block copies removed",
              IndexCounters::removedBlocks),
          new Count(
              "warmpath_index_extra_copies",
              "Stored blocks held already, where that means a further copy",
              IndexCounters::extraCopies),
          new Count(
              "warmpath_index_told_again",
              "Stored blocks held already, where that means nothing new",
              IndexCounters::toldAgain),
          new Count(
              "warmpath_index_full_reports",
              "Blocks in full reports of a held prefix",
              IndexCounters::fullReports),
          new Count(
              "warmpath_index_unknown_removals",
              "Removals of blocks not held",
              IndexCounters::unknownRemovals),
          new Count(
              "warmpath_index_conflicting_stores",
              "Blocks refused since their engine hash names another block",
              IndexCounters::conflictingStores),
          new Count(
              "warmpath_index_parked_blocks",
              "Blocks that had to wait for a parent",
              IndexCounters::parkedBlocks),
          new Count(
              "warmpath_index_parked_overflows",
              "Blocks dropped since too many waited for a parent",
              IndexCounters::parkedOverflows),
          new Count(
              "warmpath_index_parked_expiries",
              "Blocks dropped since their parent did not come",
              IndexCounters::parkedExpiries),
          new Count(
              "warmpath_index_target_bound_refusals",
              "Blocks refused since their target would have more than it may",
              IndexCounters::targetBoundRefusals),
          new Count(
              "warmpath_index_byte_bound_refusals",
              "Blocks refused since the indexes take all the bytes that they may",
              IndexCounters::byteBoundRefusals));

  private static final List<Gauge> GAUGES =
      List.of(
          bytes("runs", IndexStats::runBytes),
          bytes("coverage", IndexStats::coverageBytes),
          bytes("slot_tables", IndexStats::slotTableBytes),
          bytes("side_tables", IndexStats::sideTableBytes),
          new Gauge(
              "warmpath_index_runs", "Runs that chains of blocks are stored in", IndexStats::runs),
          new Gauge(
              "warmpath_index_mean_run_length",
              "Blocks in a run on average",
              IndexStats::meanRunLength),
          new Gauge(
              "warmpath_index_memberships",
              "Blocks that targets hold, once for every target",
              IndexStats::memberships),
          new Gauge(
              "warmpath_index_targets", "Targets with blocks in the index", IndexStats::targets),
          new Gauge(
              "warmpath_index_capped_targets",
              "Targets of which blocks were refused at a bound",
              IndexStats::cappedTargets));

  private final MeterRegistry registry;
  private final Supplier<Fleet> fleet;
  private final Function<String, @Nullable ShardedIndex> indexes;
  private final Set<String> registered = new HashSet<>();
  private volatile int unlisted;

  IndexMetrics(
      MeterRegistry registry,
      Supplier<Fleet> fleet,
      Function<String, @Nullable ShardedIndex> indexes) {
    this.registry = registry;
    this.fleet = fleet;
    this.indexes = indexes;
    Meters.gauge(
        registry,
        "warmpath_index_models_without_series",
        "Models beyond the first %d, whose index is not shown".formatted(MAX_MODELS),
        () -> unlisted);
  }

  /** Registers the models that are new. */
  synchronized void refresh() {
    int left = 0;
    for (String model : fleet.get().models()) {
      ShardedIndex index = registered.contains(model) ? null : indexes.apply(model);
      if (index != null && registered.size() < MAX_MODELS) {
        registered.add(model);
        bind(model, index);
      } else if (index != null) {
        left++;
      }
    }
    unlisted = left;
  }

  private void bind(String model, ShardedIndex index) {
    for (Count count : COUNTS) {
      Meters.counter(
          registry,
          count.name(),
          count.description(),
          () -> index.count(count.reader()),
          "model",
          model);
    }
    for (Gauge gauge : GAUGES) {
      List<String> tags = new ArrayList<>(List.of("model", model));
      tags.addAll(gauge.tags());
      Meters.gauge(
          registry,
          gauge.name(),
          gauge.description(),
          () -> gauge.reader().applyAsDouble(index.stats()),
          tags.toArray(String[]::new));
    }
  }

  private static Gauge bytes(String part, ToDoubleFunction<IndexStats> reader) {
    return new Gauge(
        "warmpath_index_bytes", "Bytes of the index, by part", reader, List.of("part", part));
  }

  /**
   * One figure of an index.
   *
   * @param tags names and values in turn, beside the model
   */
  private record Gauge(
      String name, String description, ToDoubleFunction<IndexStats> reader, List<String> tags) {
    Gauge(String name, String description, ToDoubleFunction<IndexStats> reader) {
      this(name, description, reader, List.of());
    }
  }

  /** One counter of an index. */
  private record Count(String name, String description, ToLongFunction<IndexCounters> reader) {}
}
