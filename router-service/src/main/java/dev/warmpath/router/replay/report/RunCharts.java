package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.deploy.Deployment;
import dev.warmpath.router.replay.deploy.Pool;
import dev.warmpath.router.replay.serve.RequestTable;
import dev.warmpath.router.replay.serve.RequestTable.Status;
import dev.warmpath.router.replay.serve.RunRecord;
import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.function.IntToLongFunction;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;

/**
 * What the charts of one run show, down-sampled: its size does not depend on how many requests it
 * had. Immutable; any thread.
 */
public final class RunCharts {
  /** Points of a distribution are this many and one. */
  static final int QUANTILES = 100;

  /** Points of a line over time. */
  static final int SPANS = 240;

  /** Columns of a map over time. */
  static final int MAP_SPANS = 80;

  /** In place of a share of nothing. */
  static final double NONE = -1;

  private final double[] ttftMs;
  private final double[] tpotMs;
  private final double[] e2eMs;
  private final double[] inSystem;
  private final double[] waiting;
  private final double[] hitRate;
  private final RankMap prefill;
  private final RankMap decode;
  private final RankMap prefixes;

  private RunCharts(RunRecord run, Deployment deployment) {
    RequestTable table = run.requests();
    int[] answered =
        IntStream.range(0, table.size()).filter(i -> table.status(i) == Status.OK).toArray();
    int[] all = IntStream.range(0, table.size()).toArray();
    long start = IntStream.of(all).mapToLong(table::arrivalNanos).min().orElse(0);
    long end = IntStream.of(all).mapToLong(table::answeredNanos).max().orElse(0);
    int[] several = IntStream.of(answered).filter(i -> table.outputTokens(i) > 1).toArray();
    ttftMs = quantiles(answered, table::ttftMs);
    tpotMs = quantiles(several, table::tpotMs);
    e2eMs = quantiles(answered, table::e2eMs);

    Spans spans = new Spans(start, end, SPANS);
    inSystem = new double[SPANS];
    waiting = new double[SPANS];
    for (int i : all) {
      boolean ok = table.status(i) == Status.OK;
      long waitedUntil = ok ? table.promptStartNanos(i) : table.finishNanos(i);
      long gone = ok ? table.answeredNanos(i) : table.finishNanos(i);
      spans.add(inSystem, table.arrivalNanos(i), gone);
      spans.add(waiting, table.arrivalNanos(i), waitedUntil);
    }
    hitRate = hitRate(table, answered, spans);

    RankRows prompts = new RankRows(run.targets(), poolsThatCompute(deployment));
    RankRows decoders = new RankRows(run.targets(), List.of(deployment.decodePool().name()));
    prefill =
        map(
            prompts,
            new Spans(start, end, MAP_SPANS),
            answered,
            table::promptTarget,
            table::promptStartNanos,
            table::promptEndNanos);
    decode =
        map(
            decoders,
            new Spans(start, end, MAP_SPANS),
            answered,
            table::decodeTarget,
            table::readyNanos,
            table::finishNanos);
    prefixes = PrefixPlaces.of(table, answered, prompts);
  }

  /** Takes from a run what its charts need. */
  public static RunCharts of(RunRecord run, Deployment deployment) {
    return new RunCharts(run, deployment);
  }

  private static List<String> poolsThatCompute(Deployment deployment) {
    return deployment.rules().disaggregation().decodeMayPrefill()
        ? deployment.pools().stream().map(Pool::name).toList()
        : List.of(deployment.promptPool().name());
  }

  private static double[] quantiles(int[] requests, IntToDoubleFunction figure) {
    double[] sorted = IntStream.of(requests).mapToDouble(figure).sorted().toArray();
    return sorted.length == 0
        ? sorted
        : IntStream.rangeClosed(0, QUANTILES)
            .mapToDouble(i -> Distribution.percentile(sorted, (double) i / QUANTILES))
            .toArray();
  }

  /** Blocks found of the requests that arrived in each span, of all their blocks. */
  private static double[] hitRate(RequestTable table, int[] answered, Spans spans) {
    double[] hits = new double[SPANS];
    double[] blocks = new double[SPANS];
    for (int i : answered) {
      int span = spans.of(table.arrivalNanos(i));
      hits[span] += table.cachedBlocks(i);
      blocks[span] += table.blocks(i);
    }
    for (int span = 0; span < SPANS; span++) {
      hits[span] = blocks[span] == 0 ? NONE : hits[span] / blocks[span];
    }
    return hits;
  }

  private static RankMap map(
      RankRows rows,
      Spans spans,
      int[] answered,
      IntUnaryOperator slot,
      IntToLongFunction from,
      IntToLongFunction to) {
    double[][] requests = new double[rows.names().size()][MAP_SPANS];
    for (int i : answered) {
      spans.add(requests[rows.row(slot.applyAsInt(i))], from.applyAsLong(i), to.applyAsLong(i));
    }
    for (int row = 0; row < requests.length; row++) {
      for (int span = 0; span < MAP_SPANS; span++) {
        requests[row][span] /= rows.ranks(row);
      }
    }
    return new RankMap(rows.names(), List.of(), requests);
  }

  /** Time to first token at even shares of the requests, ascending, milliseconds. */
  double[] ttftMs() {
    return ttftMs;
  }

  /** Time per output token, likewise. */
  double[] tpotMs() {
    return tpotMs;
  }

  /** Time to the last token, likewise. */
  double[] e2eMs() {
    return e2eMs;
  }

  /** Requests not yet answered, on average in each span. */
  double[] inSystem() {
    return inSystem;
  }

  /** Requests whose prompt's turn had not come, on average in each span. */
  double[] waiting() {
    return waiting;
  }

  /** Share of blocks found by the requests that arrived in each span, or {@link #NONE}. */
  double[] hitRate() {
    return hitRate;
  }

  /** Prompts in work on each rank over time. */
  RankMap prefill() {
    return prefill;
  }

  /** Requests decoding on each rank over time. */
  RankMap decode() {
    return decode;
  }

  /** Where prompts that begin alike were computed. */
  RankMap prefixes() {
    return prefixes;
  }
}
