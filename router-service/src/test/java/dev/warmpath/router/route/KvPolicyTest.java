package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.withBatch;
import static dev.warmpath.router.fleet.Workers.withCosts;
import static dev.warmpath.router.fleet.Workers.withTiers;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.CostCoefficients;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.RouteResult.Decision;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Prompts of ten blocks; a token takes a millisecond once that is learnt. */
class KvPolicyTest {
  private static final int PROMPT_TOKENS = 160;
  private static final int BLOCKS = 10;
  private static final long MILLI = 1_000_000L;

  /** What the first moment of a demand stands for. */
  private static final double WINDOW_MILLIS = 60_000 * (1 - Math.exp(-5 / 60.0));

  private final LoadLedger ledger =
      new LoadLedger(new LedgerLimits(64, 10_000, Long.MAX_VALUE / 4), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new KeepsAll());
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Router router = new Router(ledger);
  private final Overlaps overlaps = new Overlaps();

  @Test
  void theWaitOfOthersIsPricedByArrivalsAndWorkOfTheLastMinute() {
    registry.put(worker("a"));
    registry.put(worker("b"));
    Decision first = route(1, true, 0);
    ledger.firstToken(first.bookingId(), 160 * MILLI);
    ledger.finish(first.bookingId(), 160 * MILLI);

    Decision decision = route(1_000, false, 160 * MILLI);

    double kept = Math.exp(-0.16 / 60);
    double requestsPerMilli = kept / WINDOW_MILLIS / 2;
    double busyShare = 160 * kept / WINDOW_MILLIS / 2;
    double others = 160 * 0.15 * requestsPerMilli / (1 - busyShare) * 160;
    Map<String, Double> terms = terms(decision);
    assertThat(terms).containsEntry("wait", 0.0).containsEntry("place", 0.0);
    assertThat(terms.get("prefill")).isCloseTo(160, within(1e-9));
    assertThat(terms.get("others")).isCloseTo(others, within(1e-9));
  }

  @Test
  void siblingsComeTogetherBeforeTheFirstStoredEvent() {
    registry.put(worker("a"));
    registry.put(worker("b"));
    Decision first = route(1, true, 0);

    // Waiting for the sibling's 160 tokens costs more than computing them again; 144 and 16 do not.
    ledger.firstToken(first.bookingId(), 160 * MILLI);
    Decision second = route(1, true, 170 * MILLI);

    assertThat(second.target()).isEqualTo(first.target());
    assertThat(second.overlap().deviceBlocks()).isZero();
    assertThat(ledger.queuedPrefillTokens(second.target().slot(), 170 * MILLI)).isOne();
  }

  @Test
  void whatAQueueWillDriveOutDoesNotCountAsHeld() {
    registerPaced("a", "b");
    hold("a", BLOCKS);
    int slot = slot("a");
    ledger.book(new Load(slot, slot, 800 * BLOCK_SIZE, 750 * BLOCK_SIZE, BLOCK_SIZE), 0);
    assertThat(term(explained(0), "a", "prefill")).isCloseTo(5 * BLOCK_SIZE, within(1e-9));

    ledger.book(new Load(slot, slot, 800 * BLOCK_SIZE, 750 * BLOCK_SIZE, BLOCK_SIZE), 0);
    assertThat(term(explained(0), "a", "prefill")).isCloseTo(160, within(1e-9));
    assertThat(requireNonNull(explained(0).get("a")).overlap().deviceBlocks()).isEqualTo(BLOCKS);
  }

  @Test
  void whatAQueueDrivesOutIsOnTheHostOnlyWhereThereIsOne() {
    CostCoefficients costs = new CostCoefficients(1_000, 0, 3, 0, 0);
    registry.put(withCosts(worker("a"), costs));
    registry.put(withTiers(withCosts(worker("b"), costs), Tier.DEVICE, Tier.HOST));
    registry.put(withTiers(withCosts(worker("c"), costs), Tier.DEVICE, Tier.HOST));
    for (String id : List.of("a", "b")) {
      hold(id, BLOCKS);
      Load load = new Load(slot(id), slot(id), 1_000 * BLOCK_SIZE, 1_000 * BLOCK_SIZE, BLOCK_SIZE);
      ledger.book(load, 0);
    }
    assertFetches(BLOCKS * 3);

    hold("c", 1, Tier.HOST);
    assertFetches(BLOCKS * 3);
    assertThat(term(explained(0), "c", "fetch")).isCloseTo(3, within(1e-9));
  }

  private void assertFetches(double ofB) {
    Map<String, CandidateCost> candidates = explained(0);
    assertThat(term(candidates, "a", "fetch")).isZero();
    assertThat(term(candidates, "a", "prefill")).isCloseTo(160, within(1e-9));
    assertThat(term(candidates, "b", "fetch")).isCloseTo(ofB, within(1e-9));
    assertThat(term(candidates, "b", "prefill")).isCloseTo(1, within(1e-9));
  }

  @Test
  void blocksThatAllHoldDoNotTiltTheChoice() {
    for (int i = 0; i < 4; i++) {
      registry.put(worker("w" + i));
      hold("w" + i, BLOCKS);
    }
    int[] counts = new int[4];
    for (int i = 0; i < 40; i++) {
      counts[route(1, true, 0).target().slot()]++;
    }
    assertThat(counts).containsOnly(10);
  }

  @Test
  void aBurstOfDifferentPromptsInOneInstantSpreads() {
    for (int i = 0; i < 8; i++) {
      registry.put(worker("w" + i));
    }
    int[] counts = new int[8];
    for (int i = 0; i < 80; i++) {
      counts[route(1_000L * (i + 1), true, 0).target().slot()]++;
    }
    assertThat(counts).containsOnly(10);
  }

  @Test
  void aPrefixThatNobodyHoldsGoesToTheEmptiestCache() {
    registry.put(worker("a"));
    registry.put(worker("b"));
    hold("a", 5);

    for (int seed = 0; seed < 20; seed++) {
      assertThat(route(1_000, false, 0).target().worker().id()).isEqualTo("b");
    }
  }

  @Test
  void aGivenPaceCountsFromTheFirstRequestOn() {
    registry.put(withCosts(worker("a"), new CostCoefficients(500, 5, 0, 0, 0)));
    registry.put(worker("b"));

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(term(candidates, "a", "prefill")).isCloseTo(160 * 2 + 5, within(1e-9));
    assertThat(term(candidates, "b", "prefill")).isCloseTo(160 * 2, within(1e-9));
    assertThat(requireNonNull(candidates.get("a")).pace()).isEqualTo(PaceSource.GIVEN);
    assertThat(requireNonNull(candidates.get("b")).pace()).isEqualTo(PaceSource.OTHERS);
  }

  @Test
  void aGivenPaceHoldsAgainstWhatIsLearnt() {
    registry.put(withCosts(worker("a"), new CostCoefficients(500, 0, 0, 0, 0)));
    registry.put(worker("b"));
    teachAll(1);

    Map<String, CandidateCost> candidates = explained(1_000 * MILLI);

    assertThat(term(candidates, "a", "prefill")).isCloseTo(160 * 2, within(1e-9));
    assertThat(requireNonNull(candidates.get("a")).pace()).isEqualTo(PaceSource.GIVEN);
    assertThat(requireNonNull(candidates.get("b")).pace()).isEqualTo(PaceSource.LEARNT);
  }

  @Test
  void withoutAnyPaceTokensAreTheUnitAndOfGivenFetchesOnlyZeroMeansAnything() {
    registry.put(withCosts(worker("a"), new CostCoefficients(0, 0, 100, 100, 0)));
    CostCoefficients free =
        new CostCoefficients(
            0, 0, OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.empty());
    registry.put(withCosts(worker("b"), free));
    hold("a", 4, Tier.HOST);
    hold("b", 4, Tier.HOST);

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(requireNonNull(candidates.get("a")).pace()).isEqualTo(PaceSource.UNITS);
    assertThat(term(candidates, "a", "fetch")).isEqualTo(0.25 * 4 * BLOCK_SIZE);
    assertThat(term(candidates, "b", "fetch")).isZero();
  }

  @Test
  void aGivenFetchCountsUnlessComputingIsCheaper() {
    registry.put(withCosts(worker("a"), new CostCoefficients(1_000, 0, 3, 0, 0)));
    registry.put(withCosts(worker("b"), new CostCoefficients(1_000, 0, 300, 0, 0)));
    registry.put(withCosts(worker("c"), new CostCoefficients(1_000, 0, 300, 5, 0)));
    hold("a", 4, Tier.HOST);
    hold("b", 4, Tier.HOST);
    hold("c", 4, Tier.DISK);

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(term(candidates, "a", "fetch")).isCloseTo(4 * 3, within(1e-9));
    assertThat(term(candidates, "b", "fetch")).isCloseTo(4 * BLOCK_SIZE, within(1e-9));
    assertThat(term(candidates, "c", "fetch")).isCloseTo(4 * 5, within(1e-9));
  }

  @Test
  void aFetchGivenAsZeroCostsNothing() {
    CostCoefficients freeHost =
        new CostCoefficients(
            1_000, 0, OptionalDouble.of(0), OptionalDouble.empty(), OptionalDouble.empty());
    CostCoefficients freeDisk =
        new CostCoefficients(
            1_000, 0, OptionalDouble.empty(), OptionalDouble.of(0), OptionalDouble.empty());
    registry.put(withCosts(worker("a"), freeHost));
    registry.put(withCosts(worker("b"), freeHost));
    registry.put(withCosts(worker("c"), freeDisk));
    hold("a", 4, Tier.HOST);
    hold("b", 4, Tier.DISK);
    hold("c", 4, Tier.DISK);

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(term(candidates, "a", "fetch")).isZero();
    assertThat(term(candidates, "b", "fetch")).isCloseTo(0.75 * 4 * BLOCK_SIZE, within(1e-9));
    assertThat(term(candidates, "c", "fetch")).isZero();
  }

  @Test
  void requestsThatDecodeDelayNoPrefillWhereTheGivenShareIsZero() {
    registry.put(
        withCosts(
            worker("a"),
            new CostCoefficients(
                1_000, 0, OptionalDouble.empty(), OptionalDouble.empty(), OptionalDouble.of(0))));
    ledger.firstToken(route(1_000, true, 0).bookingId(), 0);

    assertThat(term(explained(0), "a", "decode")).isZero();
  }

  @Test
  void requestsThatDecodeDelayAPrefillByTheGivenShare() {
    registry.put(withCosts(worker("a"), new CostCoefficients(1_000, 0, 0, 0, 0.25)));
    for (int i = 0; i < 3; i++) {
      ledger.firstToken(route(1_000L * (i + 1), true, 0).bookingId(), 0);
    }

    assertThat(term(explained(0), "a", "decode")).isCloseTo(0.25 * 3 * 160, within(1e-9));
  }

  @Test
  void aFullBatchIsWaitedForUntilEnoughHaveLeft() {
    registerPaced("a", "b");
    demandOneRequest();
    generate("a", 300, 1);

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(term(candidates, "a", "place"))
        .isCloseTo(300 * WINDOW_MILLIS * (301 / 256.0 - 1), within(1e-6));
    assertThat(term(candidates, "b", "place")).isZero();
  }

  @Test
  void kvMemoryIsWaitedForBeforeItIsFullAndThoughThePromptIsCached() {
    registerPaced("a", "b", "c");
    demandOneRequest();
    generate("a", 1, 960);
    generate("b", 1, 910);
    hold("a", 7);

    Map<String, CandidateCost> candidates = explained(0);

    assertThat(term(candidates, "a", "place"))
        .isCloseTo(2 * WINDOW_MILLIS * (0.97 - 0.92), within(1e-6));
    assertThat(term(candidates, "b", "place")).isZero();
    assertThat(term(candidates, "c", "place")).isZero();
  }

  @Test
  void whatOthersUseOfThePromptNeedsNoFurtherRoom() {
    registerPaced("a");
    demandOneRequest();
    int slot = slot("a");
    long[] firstFour = LongStream.rangeClosed(1, 4).toArray();
    Load load = new Load(slot, slot, 960 * BLOCK_SIZE - 1, 1, BLOCK_SIZE);
    ledger.firstToken(ledger.book(load, firstFour, 4, 0), 0);

    assertThat(term(explained(0), "a", "place"))
        .isCloseTo(WINDOW_MILLIS * (0.966 - 0.92), within(1e-6));
  }

  @Test
  void aWorkerThatDoesNotSayHowManyRequestsItRunsIsNotWaitedFor() {
    CostCoefficients pace = new CostCoefficients(1_000, 0, 0, 0, 0);
    registry.put(withBatch(withCosts(worker("a"), pace), 0));
    demandOneRequest();
    generate("a", 300, 4);

    assertThat(term(explained(0), "a", "place")).isZero();
  }

  @Test
  void ofBatchAndMemoryTheFullerOneIsWaitedFor() {
    registerPaced("a");
    demandOneRequest();
    generate("a", 270, 4);

    assertThat(term(explained(0), "a", "place"))
        .isCloseTo(270 * WINDOW_MILLIS * (1.09 - 0.92), within(1e-6));
  }

  @Test
  void promptsThatWaitAreNoSignThatRequestsStayLong() {
    registerPaced("a", "b");
    demandOneRequest();
    int slot = slot("a");
    ledger.book(new Load(slot, slot, 16_000, 100, BLOCK_SIZE), 0);

    assertThat(term(explained(0), "a", "place")).isZero();

    // From here on something generates. While the 100 tokens are computed, it goes on.
    generate("b", 1, 1);

    assertThat(term(explained(0), "a", "place"))
        .isCloseTo(WINDOW_MILLIS * (1.01 - 0.92) - 100, within(1e-6));
  }

  @Test
  void aPlaceCostsNothingWhileNoPaceIsKnown() {
    registry.put(worker("a"));
    demandOneRequest();
    int slot = slot("a");
    Load load = new Load(slot, slot, 16_000, 16_000, BLOCK_SIZE);
    ledger.progress(ledger.bookOfPeer(load, new long[0], true, 0), 1, 0);

    assertThat(term(explained(0), "a", "place")).isZero();
  }

  private void registerPaced(String... ids) {
    for (String id : ids) {
      registry.put(withCosts(worker(id), new CostCoefficients(1_000, 0, 0, 0, 0)));
    }
  }

  /** One request that came and went: one in {@link #WINDOW_MILLIS}. */
  private void demandOneRequest() {
    ledger.finish(route(1_000, true, 0).bookingId(), 0);
  }

  private void generate(String id, int requests, int blocksEach) {
    int slot = slot(id);
    Load load = new Load(slot, slot, blocksEach * BLOCK_SIZE - 1, 1, BLOCK_SIZE);
    for (int i = 0; i < requests; i++) {
      ledger.firstToken(ledger.book(load, 0), 0);
    }
  }

  /** A first token on each target, after {@code millis} for each token of the prompt. */
  private void teachAll(long millis) {
    for (Target target : registry.current().targets()) {
      int slot = target.slot();
      Load load = new Load(slot, slot, PROMPT_TOKENS, PROMPT_TOKENS, BLOCK_SIZE, 0);
      ledger.firstToken(ledger.book(load, 0), PROMPT_TOKENS * millis * MILLI);
    }
  }

  private Map<String, CandidateCost> explained(long nowNanos) {
    Map<String, CandidateCost> candidates = new HashMap<>();
    Decision decision =
        (Decision) router.route(query(1, false, true, nowNanos), overlaps, nowNanos);
    decision.candidates().forEach(cost -> candidates.put(cost.target().worker().id(), cost));
    return candidates;
  }

  private static double term(Map<String, CandidateCost> candidates, String worker, String term) {
    CandidateCost candidate = requireNonNull(candidates.get(worker));
    return candidate.terms().get(candidate.termNames().indexOf(term));
  }

  private Decision route(long firstHash, boolean book, long nowNanos) {
    return (Decision) router.route(query(firstHash, book, false, nowNanos), overlaps, nowNanos);
  }

  private RouteQuery query(long firstHash, boolean book, boolean explain, long nowNanos) {
    return new RouteQuery(
        requireNonNull(registry.current().model("m")),
        index,
        LongStream.range(firstHash, firstHash + BLOCKS).toArray(),
        BLOCKS,
        PROMPT_TOKENS,
        Policies.KV,
        nowNanos + firstHash,
        book,
        explain);
  }

  private static Map<String, Double> terms(Decision decision) {
    Map<String, Double> terms = new HashMap<>();
    for (int i = 0; i < decision.price().terms().length; i++) {
      terms.put(decision.price().termNames().get(i), decision.price().terms()[i]);
    }
    return terms;
  }

  private void hold(String id, int blocks) {
    hold(id, blocks, Tier.DEVICE);
  }

  private void hold(String id, int blocks, Tier tier) {
    int slot = slot(id);
    long[] local = LongStream.rangeClosed(1, blocks).toArray();
    index.apply(slot, KvEvent.Stored.root(local.clone(), local, tier), 0);
    assertThat(BLOCK_SIZE * BLOCKS).isEqualTo(PROMPT_TOKENS);
  }

  private int slot(String id) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(id))
        .findFirst()
        .orElseThrow()
        .slot();
  }

  private static final class KeepsAll implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {}
  }
}
