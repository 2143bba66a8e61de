package dev.warmpath.router.route;

import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.SlotLoads;
import dev.warmpath.router.fleet.Target;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

/**
 * The request and the targets among which it chooses, with their load at this moment. A view:
 * figures are read from the ledger and the match as a policy asks for them, and may change between
 * two questions unless it has {@linkplain #readAll read all}. Reused; one thread at a time.
 */
@SuppressWarnings("NullAway.Init") // start comes first
public final class Candidates {
  private static final double NANOS_PER_MILLI = 1e6;

  /** Less than one in a hundred: of targets that cost the same, one that decodes nothing. */
  private static final double INTERFERENCE = 0.007;

  private final LoadLedger ledger;
  private final ExpectedBlocks expected = new ExpectedBlocks();
  private final WorkerFigures workers = new WorkerFigures();
  private final SlotLoads loads = new SlotLoads();
  private final DecodeWorkers decodeWorkers = new DecodeWorkers();
  private final Paces paces;
  private RouteQuery query;
  private Overlaps overlaps;
  private Recent recent;
  private long nowNanos;
  private boolean read;
  private long[] held = new long[0];
  private int[] expectedBlocks = new int[0];
  private boolean decodeOnly;
  private long fewestHeld;
  private long allGenerating;

  Candidates(LoadLedger ledger) {
    this.ledger = ledger;
    this.paces = new Paces(ledger);
  }

  /** Looks at a request; before this call there is nothing to ask for. */
  void start(
      RouteQuery query, List<Target> targets, Overlaps overlaps, Recent recent, long nowNanos) {
    this.query = query;
    this.overlaps = overlaps;
    this.recent = recent;
    this.nowNanos = nowNanos;
    read = false;
    workers.show(targets);
    recent.pending.match(query.localHashes(), query.blocks(), nowNanos, expected);
  }

  /**
   * Reads what is held, expected and queued, requests, KV blocks and pace of all candidates, for a
   * policy that asks for them several times: they then stay as they are for this decision.
   */
  void readAll() {
    int size = size();
    if (held.length < size) {
      held = new long[size];
      expectedBlocks = new int[size];
    }
    query.index().heldBlocks(workers.slots(), size, held);
    fewestHeld = Long.MAX_VALUE;
    for (int i = 0; i < size; i++) {
      fewestHeld = Math.min(fewestHeld, held[i]);
    }
    ledger.read(workers.slots(), size, nowNanos, loads);
    for (int i = 0; i < size; i++) {
      expectedBlocks[i] = expectedBlocks(i, loads.queuedPrefillTokens(i));
    }
    paces.show(workers, nowNanos);
    allGenerating = 0;
    for (int i = 0; i < size; i++) {
      allGenerating += loads.generating(i);
    }
    decodeOnly = size > 0 && target(0).worker().role() == Role.DECODE;
    if (decodeOnly) {
      decodeWorkers.read(query.targets().decode(), ledger, nowNanos);
    }
    read = true;
  }

  /** How many there are. */
  public int size() {
    return workers.size();
  }

  /** One of them. */
  public Target target(int index) {
    return workers.target(index);
  }

  /** Tokens in the prompt. */
  public int promptTokens() {
    return query.promptTokens();
  }

  /** Local hashes of the prompt; {@link #promptBlocks} of them count; not to be changed. */
  public long[] localHashes() {
    return query.localHashes();
  }

  /** Whole blocks in the prompt. */
  public int promptBlocks() {
    return query.blocks();
  }

  /** Tokens in a block. */
  public int blockSize() {
    return query.targets().blockSize();
  }

  /** Requests for this model that were booked under the same policy before this one. */
  public long turn() {
    return recent.turn(query.policy());
  }

  /** Where the chance of this request comes from. */
  public long seed() {
    return query.seed();
  }

  /** The time. */
  public long nowNanos() {
    return nowNanos;
  }

  /** Leading blocks that a candidate holds on its device. */
  public int cachedBlocks(int index) {
    return overlaps.deviceBlocks(slot(index));
  }

  /** Leading blocks that a candidate holds on {@code within} or a faster tier. */
  public int cachedBlocks(int index, Tier within) {
    return overlaps.blocks(slot(index), within);
  }

  /** Whether some candidate may hold more of the prompt on a slower tier than on its device. */
  boolean hasSlowerTiers() {
    return !overlaps.areTiersAlike();
  }

  /** Prompt tokens that a candidate need not compute: never the last one. */
  public int cachedTokens(int index) {
    long cached = (long) overlaps.deviceBlocks(slot(index)) * blockSize();
    return (int) Math.min(cached, query.promptTokens() - 1L);
  }

  /** Prompt tokens that a candidate has to compute, at least one. */
  public int uncachedTokens(int index) {
    return query.promptTokens() - cachedTokens(index);
  }

  /**
   * Leading blocks that a candidate will hold when this prompt's turn comes: of those that it
   * holds, and of those of prompts that were booked there before, as many as its queue does not
   * drive out.
   */
  public int expectedBlocks(int index) {
    return read ? expectedBlocks[index] : expectedBlocks(index, queuedPrefillTokens(index));
  }

  /**
   * The same on {@code within} or a faster tier: what has to leave the device goes on to a slower
   * tier of its worker. Where there is none it is gone, and what lies behind it is of no use.
   */
  int expectedBlocks(int index, Tier within) {
    int device = expectedBlocks(index);
    boolean gone = device < cachedBlocks(index) && !hasSlowerTier(index);
    return gone ? device : Math.max(device, cachedBlocks(index, within));
  }

  private boolean hasSlowerTier(int index) {
    return target(index).worker().tiers().stream().anyMatch(tier -> tier != Tier.DEVICE);
  }

  /** Prompt tokens that a candidate will have to compute, at least one. */
  public int expectedUncachedTokens(int index) {
    long cached = (long) expectedBlocks(index) * blockSize();
    return (int) Math.max(1, query.promptTokens() - cached);
  }

  /** Blocks of the prompt that a candidate does not hold, the last one in part. */
  public int missingBlocks(int index) {
    return Math.ceilDiv(query.promptTokens(), blockSize()) - cachedBlocks(index);
  }

  /** Blocks that a candidate holds, of any prompt. */
  public long heldBlocks(int index) {
    return read ? held[index] : query.index().heldBlocks(slot(index));
  }

  /** Prompt tokens booked on a candidate that, by estimate, are left to compute. */
  public long queuedPrefillTokens(int index) {
    return read
        ? loads.queuedPrefillTokens(index)
        : ledger.queuedPrefillTokens(slot(index), nowNanos);
  }

  /** KV blocks of the requests on a candidate. */
  public long activeBlocks(int index) {
    return read ? loads.activeBlocks(index) : ledger.activeBlocks(slot(index), nowNanos);
  }

  /** Leading blocks of the prompt that the requests on a candidate use; takes a lock. */
  int activeBlocksOfPrompt(int index) {
    return ledger.sharedBlocks(slot(index), query.localHashes(), query.blocks());
  }

  /** Requests on a candidate. */
  public long activeRequests(int index) {
    return read ? loads.requests(index) : ledger.activeRequests(slot(index), nowNanos);
  }

  /**
   * Delay for each millisecond of prefill from the requests on a candidate, milliseconds; 0 where
   * nothing is decoded. What its worker gives for each request, those on all ranks of the worker if
   * it is a decode target, whose ranks step together. Unless given: there, one for each, since all
   * stop while a prompt is computed; elsewhere {@link #INTERFERENCE} once, since what decodes
   * beside every prompt is in a learnt pace. Known from {@link #readAll} on.
   */
  double decodeInterference(int index) {
    requireRead();
    OptionalDouble given = given(index).decodeInterference();
    if (decodeOnly) {
      return given.orElse(1) * decodeWorkers.requests(target(index));
    }
    long requests = workers.decodes(index) ? loads.requests(index) : 0;
    if (requests == 0) {
      return 0;
    }
    return given.isPresent() ? given.getAsDouble() * requests : INTERFERENCE;
  }

  /** Prompt and output tokens of the requests on a candidate. */
  public long outstandingTokens(int index) {
    return ledger.outstandingTokens(slot(index), nowNanos);
  }

  /**
   * Time in which a candidate computes a prompt token, given or learnt, milliseconds; 0 when it is
   * not known.
   */
  public double prefillMillisPerToken(int index) {
    return prefillNanosPerToken(ledger, target(index)) / NANOS_PER_MILLI;
  }

  /**
   * The same as the first tokens of all candidates together have it, see {@link PromptPace}; known
   * from {@link #readAll} on.
   */
  double pacedMillisPerToken(int index) {
    requireRead();
    return paces.millisPerToken(index);
  }

  /** The mean of {@link #pacedMillisPerToken} where it is known; 0 when it is nowhere. */
  double meanPacedMillisPerToken() {
    requireRead();
    return paces.meanMillisPerToken();
  }

  /** Blocks that the emptiest candidate holds; known from {@link #readAll} on. */
  long fewestHeldBlocks() {
    requireRead();
    return fewestHeld;
  }

  /** Requests of this router that generate on all candidates; known from {@link #readAll} on. */
  long allGenerating() {
    requireRead();
    return allGenerating;
  }

  private void requireRead() {
    if (!read) {
      throw new IllegalStateException("readAll comes first");
    }
  }

  /** KV blocks that a candidate can hold; 0 when it is not known. */
  long kvBlocks(int index) {
    return workers.kvBlocks(index);
  }

  /** Requests that a candidate runs at once; 0 when it is not known. */
  int batchRequests(int index) {
    return workers.batchRequests(index);
  }

  /** What work costs on a candidate, as far as it is given. */
  public CostCoefficients given(int index) {
    return workers.costs(index);
  }

  /**
   * Where the time of a candidate's prompt tokens comes from.
   *
   * @param knownSomewhere whether it is known of any target of the model
   */
  PaceSource paceSource(int index, boolean knownSomewhere) {
    if (given(index).prefillTokensPerSecond() > 0) {
      return PaceSource.GIVEN;
    }
    if (ledger.prefillNanosPerToken(slot(index)) > 0) {
      return PaceSource.LEARNT;
    }
    return knownSomewhere ? PaceSource.OTHERS : PaceSource.UNITS;
  }

  /** Time in which a target computes a prompt token, nanoseconds; 0 when it is not known. */
  static double prefillNanosPerToken(LoadLedger ledger, Target target) {
    double given = target.worker().costs().prefillNanosPerToken();
    return given > 0 ? given : ledger.prefillNanosPerToken(target.slot());
  }

  /**
   * The mean of {@link #prefillMillisPerToken} over the model's targets of which it is known,
   * candidates or not, milliseconds; 0 when it is known of none.
   */
  double meanPrefillMillisPerToken() {
    ModelTargets all = query.targets();
    List<Target> everybody =
        Stream.of(all.aggregated(), all.prefill(), all.decode()).flatMap(List::stream).toList();
    double fixedTokens =
        PromptPace.fixedTokens(
            everybody.size(), i -> ledger.prefillLessons(everybody.get(i).slot()));
    return everybody.stream()
        .mapToDouble(target ->
            PromptPace.millisPerToken(
                target.worker().costs(), ledger.prefillLessons(target.slot()), fixedTokens))
        .filter(millis -> millis > 0)
        .average()
        .orElse(0);
  }

  /** Requests that all candidates together receive in a millisecond. */
  public double requestsPerMilli() {
    return recent.demand.requestsPerNano(nowNanos) * NANOS_PER_MILLI;
  }

  /** Prompt tokens that all candidates together are given to compute in a millisecond. */
  public double prefillTokensPerMilli() {
    return recent.demand.tokensPerNano(nowNanos) * NANOS_PER_MILLI;
  }

  /** Of all prompt tokens that came lately, the share that was found in caches. */
  public double cachedShare() {
    return recent.demand.cachedShare();
  }

  /**
   * The age of the oldest block in a candidate's cache, milliseconds; infinite while its cache has
   * not been filled.
   */
  public double oldestBlockMillis(int index) {
    long nanos = recent.turnover.oldestAgeNanos(target(index), nowNanos);
    return nanos == Long.MAX_VALUE ? Double.POSITIVE_INFINITY : (double) nanos / NANOS_PER_MILLI;
  }

  /** A target that a filter left out, as the decision would have seen it. */
  ExcludedTarget excluded(int index, Filter by) {
    return new ExcludedTarget(
        target(index),
        by,
        overlap(index),
        queuedPrefillTokens(index),
        activeBlocks(index),
        activeRequests(index));
  }

  PromptOverlap overlap(int index) {
    int slot = slot(index);
    return new PromptOverlap(
        overlaps.blocks(slot, Tier.DEVICE),
        overlaps.blocks(slot, Tier.HOST),
        overlaps.blocks(slot, Tier.DISK),
        overlaps.blocks(slot, Tier.EXTERNAL),
        cachedTokens(index),
        expectedBlocks(index));
  }

  private int expectedBlocks(int index, long queuedPrefillTokens) {
    double storedBefore = (double) queuedPrefillTokens / blockSize();
    int kept = CacheTurnover.keptBlocks(cachedBlocks(index), kvBlocks(index), storedBefore);
    return Math.max(kept, expectedOf(index));
  }

  private int expectedOf(int index) {
    return expected.isRaised(slot(index)) ? expected.of(target(index)) : 0;
  }

  private int slot(int index) {
    return workers.slot(index);
  }
}
