package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.silent;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class RouterTest {
  private static final int PROMPT = 160;

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(64, 10_000, 1_000), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new ReleasesAtOnce(ledger));
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final List<String> placements = new ArrayList<>();
  private final Router router =
      new Router(
          ledger,
          target -> registry.current().serves(target),
          _ -> false,
          new Sessions(64, 0),
          (target, hashes, blocks) ->
              placements.add(target.worker().id() + " " + hashes[0] + ".." + hashes[blocks - 1]));
  private final Overlaps overlaps = new Overlaps();
  private final long[] prompt = LongStream.rangeClosed(1, 10).toArray();

  @Test
  void modelsThatNobodyServesAreForgotten() {
    join(worker("a"));
    decide(query(Policies.KV, 1, true, false));
    assertThat(router.recentFigures(0).models()).isOne();

    router.forgetModelsBut(List.of("m", "other"));
    assertThat(router.recentFigures(0).expectedPrompts()).isOne();

    router.forgetModelsBut(List.of("other"));
    assertThat(router.recentFigures(0).models()).isZero();
    assertThat(router.recentFigures(0).expectedPrompts()).isZero();
  }

  @Test
  void kvWeighsWaitAgainstPrefillInTokensUntilThePaceIsLearnt() {
    join(worker("a"), worker("b"), worker("c"));
    hold("a", Tier.DEVICE, 6);
    load("a", 80, 20);
    load("b", 0, 60 * BLOCK_SIZE);
    hold("c", Tier.DEVICE, 2);
    hold("c", Tier.HOST, 6);
    load("c", 40, 20);

    Decision decision = decide(query(Policies.KV, 1, false, true));

    // Held blocks: 0.016 each. Blocks on host are fetched, at a quarter of their prefill. All three
    // decode: 0.007 of the prefill.
    Map<String, Double> costs = new TreeMap<>();
    decision.candidates().forEach(c -> costs.put(c.target().worker().id(), c.cost()));
    assertThat(costs)
        .containsExactly(Map.entry("a", 144.544), Map.entry("b", 161.12), Map.entry("c", 120.544));
    assertThat(decision.candidates().getFirst().termNames())
        .containsExactly(
            "wait", "prefill", "fetch", "place", "others", "eviction", "crowding", "decode");
    assertThat(decision.candidates().getFirst().terms())
        .containsExactly(40.0, 64.0, 16.0, 0.0, 0.0, 0.0, 0.096, 0.448);
    assertThat(decision.target().worker().id()).isEqualTo("c");
    assertThat(requireNonNull(decision.price().next()).worker().id()).isEqualTo("a");
    assertThat(decision.price().nextCost()).isEqualTo(144.544);
  }

  @Test
  void aPromptBookedOnATargetWithoutEventsIsToldAsPlaced() {
    join(silent(worker("a")));
    decide(query(Policies.KV, 1, false, true));
    assertThat(placements).isEmpty();

    decide(query(Policies.KV, 1, true, false));
    assertThat(placements).containsExactly("a 1..10");
  }

  @Test
  void aPromptWhoseBookingIsCancelledIsNoLongerExpectedWhereItWent() {
    join(worker("a"));
    long booking = decide(query(Policies.KV, 1, true, false)).bookingId();
    assertThat(expectedBlocks()).isEqualTo(10);
    assertThat(router.recentFigures(0).expectedPrompts()).isOne();

    assertThat(router.cancel(booking, 0)).isTrue();
    assertThat(expectedBlocks()).isZero();
    assertThat(router.cancel(booking, 0)).isFalse();
    assertThat(router.recentFigures(0).expectedPrompts()).isZero();
  }

  @Test
  void aPromptThatWasComputedBeforeItsRequestFailedIsStillExpected() {
    join(worker("a"));
    long booking = decide(query(Policies.KV, 1, true, false)).bookingId();
    ledger.firstToken(booking, 0);

    assertThat(router.cancel(booking, 0)).isTrue();
    assertThat(expectedBlocks()).isEqualTo(10);
  }

  private int expectedBlocks() {
    return decide(query(Policies.KV, 1, false, false)).overlap().expectedBlocks();
  }

  @Test
  void aPromptBookedOnATargetWithEventsIsNotToldAsPlaced() {
    join(worker("a"));
    decide(query(Policies.KV, 1, true, false));

    assertThat(placements).isEmpty();
  }

  @Test
  void theLastTokenIsAlwaysComputed() {
    join(worker("a"));
    hold("a", Tier.DEVICE, 10);

    Decision decision = decide(query(Policies.KV, 1, true, false));

    assertThat(decision.overlap().deviceBlocks()).isEqualTo(10);
    assertThat(decision.overlap().cachedTokens()).isEqualTo(PROMPT - 1);
    assertThat(decision.price().terms()[1]).isEqualTo(1.0);
    assertThat(ledger.queuedPrefillTokens(slot("a"), 0)).isEqualTo(1);
  }

  @Test
  void aPromptThatIsNearlyComputedHardlyCounts() {
    join(worker("a"));
    ledger.firstToken(ledger.book(new Load(slot("a"), slot("a"), 160, 160, BLOCK_SIZE), 0), 160);
    ledger.book(new Load(slot("a"), slot("a"), 320, 320, BLOCK_SIZE), 160);

    // The first prompt took 160 ns for 160 tokens: 1 ns a token, in milliseconds.
    RouteQuery query = query(Policies.KV, 1, false, false);
    assertThat(((Decision) router.route(query, overlaps, 160)).price().terms()[0])
        .isCloseTo(320e-6, within(1e-12));
    assertThat(((Decision) router.route(query, overlaps, 464)).price().terms()[0])
        .isCloseTo(16e-6, within(1e-12));
  }

  @Test
  void overlapIsCumulativeOverTiers() {
    join(worker("a"));
    hold("a", Tier.DEVICE, 2);
    hold("a", Tier.HOST, 6);

    PromptOverlap overlap = decide(query(Policies.KV, 1, false, false)).overlap();

    assertThat(overlap).isEqualTo(new PromptOverlap(2, 6, 6, 6, 2 * BLOCK_SIZE, 2));
  }

  @Test
  void leastLoadedTakesTheFewestOutstandingTokens() {
    join(worker("a"), worker("b"), worker("c"));
    load("a", 10, 500);
    load("b", 400, 400);
    load("c", 0, 900);

    Decision decision = decide(query(Policies.LEAST_LOADED, 1, false, true));

    assertThat(decision.target().worker().id()).isEqualTo("b");
    assertThat(decision.price().cost()).isEqualTo(400);
  }

  @Test
  void roundRobinIsFairToTheTargetsOfTwoInterleavedModelsAndBetweenOtherPolicies() {
    for (String model : List.of("m", "n")) {
      for (String id : List.of("a", "b", "c", "d")) {
        join(worker(model + id, model, 1));
      }
    }
    Map<String, Integer> counts = new TreeMap<>();
    for (int i = 0; i < 400; i++) {
      for (String model : List.of("m", "n")) {
        Decision turn = decide(query(model, Policies.ROUND_ROBIN, i, true, false));
        counts.merge(turn.target().worker().id(), 1, Integer::sum);
        decide(query(model, Policies.KV, i, true, false));
      }
      decide(query("m", Policies.ROUND_ROBIN, i, false, false));
    }

    assertThat(counts).hasSize(8);
    assertThat(counts.values()).containsOnly(100);
  }

  @Test
  void randomIsUniform() {
    int targets = 16;
    int requests = 16_000;
    IntStream.range(0, targets).forEach(i -> join(worker("w" + i)));
    int[] counts = new int[targets];
    for (int seed = 0; seed < requests; seed++) {
      counts[decide(query(Policies.RANDOM, seed, false, false)).target().slot()]++;
    }
    double expected = (double) requests / targets;
    double chiSquare = 0;
    for (int count : counts) {
      chiSquare += (count - expected) * (count - expected) / expected;
    }
    // 15 degrees of freedom: above 37.7 with chance 0.001.
    assertThat(chiSquare).isLessThan(37.7);
  }

  @Test
  void choicesOfConsecutiveSeedsAreIndependent() {
    join(worker("a"), worker("b"));
    int changes = 0;
    int before = 0;
    for (int seed = 0; seed < 10_000; seed++) {
      int slot = decide(query(Policies.RANDOM, seed, false, false)).target().slot();
      changes += slot == before ? 0 : 1;
      before = slot;
    }
    assertThat(changes).isCloseTo(5_000, within(200));
  }

  @ParameterizedTest
  @EnumSource(
      value = Policies.class,
      names = {"KV", "LEAST_LOADED"})
  void tiesAreBrokenByChanceOfTheSeed(Policies policy) {
    join(worker("a"), worker("b"), worker("c"));
    int[] counts = new int[3];
    for (int seed = 0; seed < 3_000; seed++) {
      counts[decide(query(policy, seed, false, false)).target().slot()]++;
    }
    for (int count : counts) {
      assertThat(count).isCloseTo(1_000, within(150));
    }
    Target first = decide(query(policy, 5, false, false)).target();
    assertThat(decide(query(policy, 5, false, false)).target()).isEqualTo(first);
  }

  @Test
  void aBurstFromManyThreadsSpreadsEvenly() throws Exception {
    IntStream.range(0, 16).forEach(i -> join(worker("w" + i)));
    CountDownLatch go = new CountDownLatch(1);
    try (var threads = Executors.newFixedThreadPool(4)) {
      List<Future<?>> bursts = new ArrayList<>();
      for (int thread = 0; thread < 4; thread++) {
        long firstSeed = thread * 1_000L;
        bursts.add(
            threads.submit(() -> {
              Overlaps own = new Overlaps();
              go.await();
              for (int i = 0; i < 250; i++) {
                router.route(query(Policies.KV, firstSeed + i, true, false), own, 0);
              }
              return null;
            }));
      }
      go.countDown();
      for (Future<?> burst : bursts) {
        burst.get();
      }
    }
    List<Long> requests = IntStream.range(0, 16).mapToObj(ledger::bookedRequests).toList();
    assertThat(requests).allSatisfy(count -> assertThat(count).isBetween(62L, 63L));
  }

  @Test
  void aDisaggregatedPoolGetsAPrefillAndADecodeTarget() {
    join(worker("p0", Role.PREFILL), worker("p1", Role.PREFILL));
    join(worker("d0", Role.DECODE), worker("d1", Role.DECODE));
    hold("p1", Tier.DEVICE, 4);
    load("d0", 0, 100);

    Decision decision = decide(query(Policies.KV, 1, true, true));

    assertThat(requireNonNull(decision.prefillTarget()).worker().id()).isEqualTo("p1");
    assertThat(decision.target().worker().id()).isEqualTo("d1");
    assertThat(decision.overlap().deviceBlocks()).isEqualTo(4);
    assertThat(ledger.queuedPrefillTokens(slot("p1"), 0)).isEqualTo(6 * BLOCK_SIZE);
    assertThat(ledger.bookedBlocks(slot("p1"))).isZero();
    assertThat(ledger.bookedBlocks(slot("d1"))).isEqualTo(10);
    assertThat(decision.candidates())
        .extracting(candidate -> candidate.target().worker().id())
        .containsExactly("p1", "p0", "d1", "d0");
    assertThat(decision.candidates())
        .filteredOn(CandidateCost::chosen)
        .extracting(candidate -> candidate.target().worker().id())
        .containsExactly("p1", "d1");
  }

  @Test
  void aPoolWithoutDecodeTargetsRefuses() {
    join(worker("p0", Role.PREFILL));
    assertThat(router.route(query(Policies.KV, 1, true, false), overlaps, 0))
        .isEqualTo(Refusal.NO_TARGET);
  }

  @Test
  void anEmptyPoolRefuses() {
    ModelTargets nobody =
        new ModelTargets("m", new BlockHasher(BLOCK_SIZE, false), List.of(), List.of(), List.of());
    RouteQuery query =
        new RouteQuery(nobody, index, prompt, 10, PROMPT, Policies.KV, 1, true, false);
    assertThat(router.route(query, overlaps, 0)).isEqualTo(Refusal.NO_TARGET);
  }

  @Test
  void aDryRunBooksNothing() {
    join(worker("a"));
    Decision decision = decide(query(Policies.KV, 1, false, false));

    assertThat(decision.bookingId()).isEqualTo(Decision.NOT_BOOKED);
    assertThat(ledger.openBookings()).isZero();
    assertThat(ledger.bookedBlocks(0)).isZero();
  }

  @ParameterizedTest
  @EnumSource(Policies.class)
  void theTermsOfEveryCandidateSumToItsCostAndTheCheapestIsChosen(Policies policy) {
    IntStream.range(0, 5).forEach(i -> join(worker("w" + i)));
    load("w1", 40, 300);
    hold("w2", Tier.DEVICE, 3);

    List<CandidateCost> candidates = decide(query(policy, 9, false, true)).candidates();

    assertThat(candidates)
        .hasSize(5)
        .isSortedAccordingTo(Comparator.comparingDouble(CandidateCost::cost));
    assertThat(candidates.getFirst().chosen()).isTrue();
    assertThat(candidates).filteredOn(CandidateCost::chosen).hasSize(1);
    for (CandidateCost candidate : candidates) {
      double sum = candidate.terms().stream().mapToDouble(Double::doubleValue).sum();
      assertThat(sum).isEqualTo(candidate.cost());
      assertThat(candidate.termNames()).hasSameSizeAs(candidate.terms());
    }
  }

  @Test
  void theExplanationIsThatOfTheChoiceWhileTheLoadChanges() throws Exception {
    IntStream.range(0, 16).forEach(i -> join(worker("w" + i)));
    AtomicBoolean settled = new AtomicBoolean();
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<?> storm =
          threads.submit(() -> {
            while (!settled.get()) {
              for (int slot = 0; slot < 16; slot++) {
                ledger.finish(ledger.book(new Load(slot, slot, 320, 320, BLOCK_SIZE), 0), 0);
              }
            }
          });
      for (int seed = 0; seed < 20_000; seed++) {
        Decision decision = decide(query(Policies.KV, seed, false, true));
        CandidateCost first = decision.candidates().getFirst();
        assertThat(first.chosen()).isTrue();
        assertThat(first.target()).isEqualTo(decision.target());
        assertThat(first.cost()).isEqualTo(decision.price().cost());
        assertThat(DoubleStream.of(decision.price().terms()).sum()).isEqualTo(first.cost());
        assertThat(decision.candidates().get(1).cost()).isEqualTo(decision.price().nextCost());
      }
      settled.set(true);
      storm.get();
    } finally {
      settled.set(true);
    }
  }

  @Test
  void tooManyBookingsAreRefused() {
    LoadLedger small = new LoadLedger(new LedgerLimits(4, 1, 100), 1);
    Router bounded = new Router(small);
    join(worker("a"));
    bounded.route(query(Policies.KV, 1, true, false), overlaps, 0);
    assertThat(bounded.route(query(Policies.KV, 2, true, false), overlaps, 0))
        .isEqualTo(Refusal.TOO_MANY_BOOKINGS);
  }

  @Test
  void aTargetThatLeftBetweenLookAndBookingKeepsNoLoad() {
    join(worker("a"));
    RouteQuery stale = query(Policies.KV, 1, true, false);
    registry.remove("a");
    assertThat(router.route(stale, overlaps, 0)).isEqualTo(Refusal.TARGET_LEFT);

    join(worker("b"));
    assertThat(router.route(stale, overlaps, 0)).isEqualTo(Refusal.TARGET_LEFT);
    assertThat(ledger.openBookings()).isZero();
    assertThat(ledger.bookedRequests(slot("b"))).isZero();
  }

  @Test
  void targetsThatComeAndGoWhileRequestsAreBookedLeaveNothingBehind() throws Exception {
    join(worker("stays"));
    AtomicBoolean settled = new AtomicBoolean();
    try (var threads = Executors.newSingleThreadExecutor()) {
      Future<?> routing =
          threads.submit(() -> {
            Overlaps own = new Overlaps();
            for (int round = 0; !settled.get(); round++) {
              RouteQuery ages = query(Policies.ROUND_ROBIN, round, true, false);
              for (int i = 0; i < 2_000; i++) {
                finishOn("stays", router.route(ages, own, 0));
              }
            }
          });
      for (int i = 0; i < 3_000; i++) {
        registry.put(worker("comes" + i % 3));
        registry.remove("comes" + (i + 1) % 3);
      }
      for (int i = 0; i < 3; i++) {
        registry.remove("comes" + i);
      }
      settled.set(true);
      routing.get();
    }
    assertThat(ledger.openBookings()).isZero();
    for (int slot = 0; slot < 8; slot++) {
      assertThat(ledger.bookedRequests(slot)).as("slot %d", slot).isZero();
    }
  }

  @Test
  void aPromptWithoutTokensIsRefused() {
    join(worker("a"));
    ModelTargets targets = targets("m");
    assertThatThrownBy(
            () -> new RouteQuery(targets, index, prompt, 0, 0, Policies.KV, 1, true, false))
        .hasMessageContaining("prompt_tokens must be at least 1");
  }

  private void join(Worker... workers) {
    for (Worker worker : workers) {
      assertThat(registry.put(worker)).isNull();
    }
  }

  private void hold(String worker, Tier tier, int blocks) {
    long[] local = LongStream.rangeClosed(1, blocks).toArray();
    long[] engine = LongStream.of(local).map(hash -> hash + 1_000).toArray();
    index.apply(slot(worker), KvEvent.Stored.root(engine, local, tier), 0);
  }

  /** Books a request; without prefill tokens its first token has not come either. */
  private void load(String worker, int prefillTokens, int promptTokens) {
    ledger.book(new Load(slot(worker), slot(worker), promptTokens, prefillTokens, BLOCK_SIZE), 0);
  }

  private int slot(String worker) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(worker))
        .findFirst()
        .orElseThrow()
        .slot();
  }

  private ModelTargets targets(String model) {
    return requireNonNull(registry.current().model(model));
  }

  private RouteQuery query(Policy policy, long seed, boolean book, boolean explain) {
    return query("m", policy, seed, book, explain);
  }

  private RouteQuery query(String model, Policy policy, long seed, boolean book, boolean explain) {
    return new RouteQuery(
        targets(model), index, prompt, prompt.length, PROMPT, policy, seed, book, explain);
  }

  private void finishOn(String worker, RouteResult result) {
    if (result instanceof Decision decision && decision.target().worker().id().equals(worker)) {
      ledger.finish(decision.bookingId(), 0);
    }
  }

  private Decision decide(RouteQuery query) {
    return (Decision) router.route(query, overlaps, 0);
  }

  /** Ends bookings on targets that leave, and frees their slots. */
  private record ReleasesAtOnce(LoadLedger ledger) implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      ledger.releaseSlot(target.slot(), 0);
      released.run();
    }
  }
}
