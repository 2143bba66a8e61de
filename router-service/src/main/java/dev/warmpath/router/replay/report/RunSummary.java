package dev.warmpath.router.replay.report;

import dev.warmpath.router.replay.deploy.Sla;
import dev.warmpath.router.replay.serve.RequestTable;
import dev.warmpath.router.replay.serve.RequestTable.Status;
import dev.warmpath.router.replay.serve.RunRecord;
import dev.warmpath.router.replay.serve.RunRecord.PoolUse;
import java.util.DoubleSummaryStatistics;
import java.util.List;
import java.util.Locale;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * The figures of one run. Latencies are milliseconds, of the requests that were answered; rates are
 * from the first arrival to the last answer.
 *
 * @param policy name of the router's policy
 * @param concurrency clients of a closed loop; 0 for an open one
 * @param requests how many arrived
 * @param refusals of them, those that were not answered
 * @param routerWait of those that were answered, the wait for a target within its limits
 * @param restarts how often requests started anew since their worker died
 * @param localPrefills requests that were answered where their prompt was computed
 * @param preemptions how often requests gave their KV memory to others and were computed anew
 * @param seconds from the first arrival to the last answer
 * @param requestsPerSecond answered
 * @param outputTokensPerSecond generated
 * @param totalTokensPerSecond generated, and in prompts
 * @param goodRequestsPerSecond answered within the SLA
 * @param ttft time to first token
 * @param tpot time per output token after the first, a request; answers of one token have none
 * @param itl inter-token latency: of a request, the mean of its gaps, which is its TPOT
 * @param e2e time to the last token
 * @param parts what TTFT is made of
 * @param hits what the caches gave
 * @param overloaded whether more came than could be served, so that latencies grow with the length
 *     of the run
 * @param pools how busy the pools were
 * @param resyncs how often lost cache events were repaired
 */
public record RunSummary(
    String policy,
    int concurrency,
    int requests,
    Refusals refusals,
    RouterWait routerWait,
    long restarts,
    int localPrefills,
    long preemptions,
    double seconds,
    double requestsPerSecond,
    double outputTokensPerSecond,
    double totalTokensPerSecond,
    double goodRequestsPerSecond,
    Distribution ttft,
    Distribution tpot,
    Distribution itl,
    Distribution e2e,
    TtftParts parts,
    Hits hits,
    boolean overloaded,
    List<PoolUse> pools,
    long resyncs) {
  private static final double NANOS_PER_SECOND = 1e9;
  private static final double NANOS_PER_MILLI = 1e6;

  public RunSummary {
    pools = List.copyOf(pools);
  }

  /**
   * What TTFT is made of, on average; the five add up to it. Milliseconds.
   *
   * @param queue until the prompt's turn came; a wait at the router counts
   * @param prefill until it was computed
   * @param transfer until its KV was where it decodes
   * @param firstStep until its first token: a slot, a step boundary, the step
   * @param frontend frontend, queue hops, streaming
   */
  public record TtftParts(
      double queue, double prefill, double transfer, double firstStep, double frontend) {}

  /**
   * Requests that were not answered.
   *
   * @param noTarget since there was no target
   * @param overloaded since every target was beyond its limits, and nobody waits
   * @param queueFull since as many waited at the router as may
   * @param waitedTooLong since they waited at the router as long as they may
   */
  public record Refusals(int noTarget, int overloaded, int queueFull, int waitedTooLong) {
    /** All of them. */
    public int total() {
      return noTarget + forLoad();
    }

    /** Those that more workers would have served. */
    public int forLoad() {
      return overloaded + queueFull + waitedTooLong;
    }
  }

  /**
   * Requests that waited at the router.
   *
   * @param requests how many did
   * @param meanMillis how long, on average over those, milliseconds; 0 when none did
   * @param maxMillis the longest, milliseconds
   */
  public record RouterWait(int requests, double meanMillis, double maxMillis) {}

  /** Requests that were not answered. */
  public int refused() {
    return refusals.total();
  }

  /** The same as a share of those that arrived, 0 to 1. */
  public double refusedShare() {
    return share(refused(), requests);
  }

  /**
   * The same for people: in percent; in numbers, where the percentage of some would read as none.
   *
   * @param decimals of the percentage
   */
  public String refusedText(int decimals) {
    double percent = 100 * refusedShare();
    boolean readsAsNone = refused() > 0 && percent < 0.5 * Math.pow(10, -decimals);
    return readsAsNone
        ? String.format(Locale.ROOT, "%,d of %,d", refused(), requests)
        : String.format(Locale.ROOT, "%." + decimals + "f %%", percent);
  }

  /**
   * What the caches gave.
   *
   * @param blocks blocks found, of all blocks of prompts; 0 to 1
   * @param tokens tokens not computed, of all tokens of prompts; 0 to 1
   * @param ceiling blocks that a cache without end, shared by all, would have found; 0 to 1
   * @param host blocks found on hosts, of all blocks of prompts: a part of {@code blocks}; 0 to 1
   * @param disk blocks found on disks, likewise
   */
  public record Hits(double blocks, double tokens, double ceiling, double host, double disk) {
    /** Blocks found on devices, of all blocks of prompts; 0 to 1. */
    public double device() {
      return blocks - host - disk;
    }
  }

  /** Whether any of the pools keeps elsewhere what has to leave its KV memory. */
  public boolean offloads() {
    return pools.stream().anyMatch(use -> use.pool().setup().offload().isThere());
  }

  /**
   * The figures of a run.
   *
   * @param concurrency clients of a closed loop; 0 for an open one
   * @param ceiling {@link Hits#ceiling}
   */
  public static RunSummary of(
      RunRecord run, int concurrency, double ceiling, double frontendMs, Sla sla) {
    RequestTable table = run.requests();
    int[] answered =
        IntStream.range(0, table.size()).filter(i -> table.status(i) == Status.OK).toArray();
    double seconds = seconds(table);
    double outputs = sum(answered, table::outputTokens);
    double inputs = sum(answered, table::inputTokens);
    double good =
        sum(answered, i -> sla.isMet(table.ttftMs(i), table.tpotMs(i), table.e2eMs(i)) ? 1 : 0);
    int[] several = IntStream.of(answered).filter(i -> table.outputTokens(i) > 1).toArray();
    Distribution tpot = distribution(several, table::tpotMs);
    return new RunSummary(
        run.policy(),
        concurrency,
        table.size(),
        refusals(table),
        routerWait(table, answered),
        IntStream.range(0, table.size()).mapToLong(table::restarts).sum(),
        (int)
            IntStream.of(answered)
                .filter(i -> table.promptTarget(i) == table.decodeTarget(i))
                .count(),
        IntStream.of(answered).mapToLong(table::preemptions).sum(),
        seconds,
        answered.length / seconds,
        outputs / seconds,
        (inputs + outputs) / seconds,
        good / seconds,
        distribution(answered, table::ttftMs),
        tpot,
        tpot,
        distribution(answered, table::e2eMs),
        parts(table, answered, frontendMs),
        new Hits(
            share(sum(answered, table::cachedBlocks), sum(answered, table::blocks)),
            share(sum(answered, table::cachedTokens), inputs),
            ceiling,
            share(sum(answered, table::hostBlocks), sum(answered, table::blocks)),
            share(sum(answered, table::diskBlocks), sum(answered, table::blocks))),
        concurrency == 0 && Overload.of(table, answered),
        run.pools(),
        run.resyncs());
  }

  private static Refusals refusals(RequestTable table) {
    return new Refusals(
        count(table, Status.NO_TARGET),
        count(table, Status.OVERLOADED),
        count(table, Status.QUEUE_FULL),
        count(table, Status.WAITED_TOO_LONG));
  }

  private static int count(RequestTable table, Status status) {
    return (int) IntStream.range(0, table.size()).filter(i -> table.status(i) == status).count();
  }

  private static RouterWait routerWait(RequestTable table, int[] answered) {
    DoubleSummaryStatistics waits =
        IntStream.of(answered)
            .filter(i -> table.routerWaitNanos(i) > 0)
            .mapToDouble(i -> table.routerWaitNanos(i) / NANOS_PER_MILLI)
            .summaryStatistics();
    return new RouterWait(
        (int) waits.getCount(), waits.getAverage(), waits.getCount() == 0 ? 0 : waits.getMax());
  }

  private static double seconds(RequestTable table) {
    long first = Long.MAX_VALUE;
    long last = 0;
    for (int i = 0; i < table.size(); i++) {
      first = Math.min(first, table.arrivalNanos(i));
      last = Math.max(last, table.answeredNanos(i));
    }
    return Math.max(1, last - first) / NANOS_PER_SECOND;
  }

  private static TtftParts parts(RequestTable table, int[] answered, double frontendMs) {
    double count = Math.max(1, answered.length) * NANOS_PER_MILLI;
    return new TtftParts(
        sum(answered, i -> table.promptStartNanos(i) - table.arrivalNanos(i)) / count,
        sum(answered, i -> table.promptEndNanos(i) - table.promptStartNanos(i)) / count,
        sum(answered, i -> table.readyNanos(i) - table.promptEndNanos(i)) / count,
        sum(answered, i -> table.firstTokenNanos(i) - table.readyNanos(i)) / count,
        frontendMs);
  }

  private static Distribution distribution(int[] requests, IntToDoubleFunction figure) {
    return Distribution.of(IntStream.of(requests).mapToDouble(figure).toArray());
  }

  private static double sum(int[] requests, IntToDoubleFunction figure) {
    return IntStream.of(requests).mapToDouble(figure).sum();
  }

  private static double share(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }
}
