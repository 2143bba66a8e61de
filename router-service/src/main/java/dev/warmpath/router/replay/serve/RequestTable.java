package dev.warmpath.router.replay.serve;

import dev.warmpath.router.replay.engine.Job;
import java.util.Arrays;

/**
 * What happened to each request of a run, by number: 0 is the first that arrived. Instants are
 * nanoseconds from the start of the run. One thread fills it; then any may read.
 */
public final class RequestTable {
  private static final int FIRST_ROWS = 1 << 10;

  /** What became of a request. */
  public enum Status {
    /** It was answered. */
    OK,
    /** The router had no target for it. */
    NO_TARGET,
    /** Every target was beyond its limits, and requests do not wait. */
    OVERLOADED,
    /** Every target was beyond its limits, and as many requests waited as may. */
    QUEUE_FULL,
    /** It waited for a target as long as requests may. */
    WAITED_TOO_LONG
  }

  private final long frontendNanos;
  private int size;
  private long[] arrival = new long[FIRST_ROWS];
  private long[] promptStart = new long[FIRST_ROWS];
  private long[] promptEnd = new long[FIRST_ROWS];
  private long[] ready = new long[FIRST_ROWS];
  private long[] firstToken = new long[FIRST_ROWS];
  private long[] finish = new long[FIRST_ROWS];
  private int[] inputTokens = new int[FIRST_ROWS];
  private int[] outputTokens = new int[FIRST_ROWS];
  private int[] cachedTokens = new int[FIRST_ROWS];
  private int[] blocks = new int[FIRST_ROWS];
  private int[] cachedBlocks = new int[FIRST_ROWS];
  private int[] hostBlocks = new int[FIRST_ROWS];
  private int[] diskBlocks = new int[FIRST_ROWS];
  private int[] expectedBlocks = new int[FIRST_ROWS];
  private int[] promptTarget = new int[FIRST_ROWS];
  private int[] decodeTarget = new int[FIRST_ROWS];
  private byte[] restarts = new byte[FIRST_ROWS];
  private byte[] preemptions = new byte[FIRST_ROWS];
  private long[] routerWait = new long[FIRST_ROWS];
  private Status[] status = new Status[FIRST_ROWS];
  private final PrefixMarks prefixes = new PrefixMarks(FIRST_ROWS);

  RequestTable(long frontendNanos) {
    this.frontendNanos = frontendNanos;
  }

  /** A request that was refused at {@code nowNanos}. */
  void refused(Flight flight, Status why, long nowNanos) {
    int row = row(flight);
    status[row] = why;
    restarts[row] = (byte) Math.min(Byte.MAX_VALUE, flight.restarts());
    firstToken[row] = nowNanos;
    finish[row] = nowNanos;
  }

  /** A request that is answered. */
  void finished(Flight flight) {
    Job job = flight.job();
    int row = row(flight);
    status[row] = Status.OK;
    promptStart[row] = job.promptStartNanos();
    promptEnd[row] = job.promptEndNanos();
    ready[row] = job.readyNanos();
    firstToken[row] = job.firstTokenNanos();
    finish[row] = job.finishNanos();
    cachedTokens[row] = job.cachedTokens();
    cachedBlocks[row] = job.cachedBlocks();
    hostBlocks[row] = job.fetched().hostBlocks();
    diskBlocks[row] = job.fetched().diskBlocks();
    expectedBlocks[row] = flight.expectedBlocks();
    promptTarget[row] = flight.promptTarget();
    decodeTarget[row] = flight.decodeTarget();
    restarts[row] = (byte) Math.min(Byte.MAX_VALUE, flight.restarts());
    preemptions[row] = (byte) Math.min(Byte.MAX_VALUE, job.preemptions());
  }

  private int row(Flight flight) {
    Job job = flight.job();
    int row = Math.toIntExact(job.number());
    if (row >= arrival.length) {
      grow(Math.max(row + 1, arrival.length * 2));
    }
    size = Math.max(size, row + 1);
    arrival[row] = job.arrivalNanos();
    inputTokens[row] = job.prompt().tokens();
    outputTokens[row] = job.outputTokens();
    blocks[row] = job.prompt().blocks();
    routerWait[row] = flight.waitedNanos();
    prefixes.set(row, job.prompt());
    return row;
  }

  private void grow(int rows) {
    arrival = Arrays.copyOf(arrival, rows);
    promptStart = Arrays.copyOf(promptStart, rows);
    promptEnd = Arrays.copyOf(promptEnd, rows);
    ready = Arrays.copyOf(ready, rows);
    firstToken = Arrays.copyOf(firstToken, rows);
    finish = Arrays.copyOf(finish, rows);
    inputTokens = Arrays.copyOf(inputTokens, rows);
    outputTokens = Arrays.copyOf(outputTokens, rows);
    cachedTokens = Arrays.copyOf(cachedTokens, rows);
    blocks = Arrays.copyOf(blocks, rows);
    cachedBlocks = Arrays.copyOf(cachedBlocks, rows);
    hostBlocks = Arrays.copyOf(hostBlocks, rows);
    diskBlocks = Arrays.copyOf(diskBlocks, rows);
    expectedBlocks = Arrays.copyOf(expectedBlocks, rows);
    promptTarget = Arrays.copyOf(promptTarget, rows);
    decodeTarget = Arrays.copyOf(decodeTarget, rows);
    restarts = Arrays.copyOf(restarts, rows);
    preemptions = Arrays.copyOf(preemptions, rows);
    routerWait = Arrays.copyOf(routerWait, rows);
    status = Arrays.copyOf(status, rows);
    prefixes.grow(rows);
  }

  /** Requests that arrived. */
  public int size() {
    return size;
  }

  /** What became of a request. */
  public Status status(int request) {
    return status[request];
  }

  /** When it arrived. */
  public long arrivalNanos(int request) {
    return arrival[request];
  }

  /** How long it waited at the router for a target within its limits, nanoseconds. */
  public long routerWaitNanos(int request) {
    return routerWait[request];
  }

  /** When its prompt's turn came. */
  public long promptStartNanos(int request) {
    return promptStart[request];
  }

  /** When its prompt was computed. */
  public long promptEndNanos(int request) {
    return promptEnd[request];
  }

  /** When its KV was where it decodes. */
  public long readyNanos(int request) {
    return ready[request];
  }

  /** When the engine had its first token. */
  public long firstTokenNanos(int request) {
    return firstToken[request];
  }

  /** When the engine had its last token. */
  public long finishNanos(int request) {
    return finish[request];
  }

  /** When whoever sent it had the whole answer. */
  public long answeredNanos(int request) {
    return finish[request] + frontendNanos;
  }

  /** Tokens of its prompt. */
  public int inputTokens(int request) {
    return inputTokens[request];
  }

  /** Tokens of its answer. */
  public int outputTokens(int request) {
    return outputTokens[request];
  }

  /** Prompt tokens that were not computed. */
  public int cachedTokens(int request) {
    return cachedTokens[request];
  }

  /** Blocks of its prompt. */
  public int blocks(int request) {
    return blocks[request];
  }

  /** Blocks that the engine found in its cache, on any tier. */
  public int cachedBlocks(int request) {
    return cachedBlocks[request];
  }

  /** Of the cached blocks, those that were fetched from the host. */
  public int hostBlocks(int request) {
    return hostBlocks[request];
  }

  /** Of the cached blocks, those that were fetched from the disk. */
  public int diskBlocks(int request) {
    return diskBlocks[request];
  }

  /** Blocks that the router expected the engine to find. */
  public int expectedBlocks(int request) {
    return expectedBlocks[request];
  }

  /** Which prompts begin alike. */
  public PrefixMarks prefixes() {
    return prefixes;
  }

  /** Number of the target that computed its prompt. */
  public int promptTarget(int request) {
    return promptTarget[request];
  }

  /** Number of the target that decoded it. */
  public int decodeTarget(int request) {
    return decodeTarget[request];
  }

  /** How often it started anew since its worker died; 127 for more. */
  public int restarts(int request) {
    return restarts[request];
  }

  /** How often it was preempted since KV memory was full; 127 for more. */
  public int preemptions(int request) {
    return preemptions[request];
  }

  /** From arrival to first token with whoever sent it, milliseconds. */
  public double ttftMs(int request) {
    return (firstToken[request] - arrival[request] + frontendNanos) / 1e6;
  }

  /** From arrival to last token with whoever sent it, milliseconds. */
  public double e2eMs(int request) {
    return (finish[request] - arrival[request] + frontendNanos) / 1e6;
  }

  /**
   * Time per output token after the first, milliseconds; 0 for answers of one token, which have
   * none.
   */
  public double tpotMs(int request) {
    int gaps = outputTokens[request] - 1;
    return gaps == 0 ? 0 : (finish[request] - firstToken[request]) / 1e6 / gaps;
  }
}
