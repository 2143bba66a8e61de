package dev.warmpath.router.route;

import static dev.warmpath.router.fleet.Workers.BLOCK_SIZE;
import static dev.warmpath.router.fleet.Workers.pooled;
import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.FleetListener;
import dev.warmpath.router.fleet.FleetRegistry;
import dev.warmpath.router.fleet.KvHandOver;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.Role;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.Disaggregation.When;
import dev.warmpath.router.route.RouteResult.AllExcluded;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.RouteResult.Refusal;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Prefill and decode targets chosen together, or not, and what the decode target is told. */
class PoolsTest {
  private static final int BLOCKS = 10;
  private static final int PROMPT = BLOCKS * BLOCK_SIZE;
  private static final KvHandOver MEGABYTE = new KvHandOver(1_000_000, "", 0);
  private static final Links RACK_AND_FAR = new Links(List.of(new Links.Link("rack", 10)), 0.1);

  private final LoadLedger ledger = new LoadLedger(new LedgerLimits(64, 10_000, 1_000_000), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new ReleasesAtOnce());
  private final Router router = new Router(ledger);
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Overlaps overlaps = new Overlaps();
  private final long[] prompt = LongStream.rangeClosed(1, BLOCKS).toArray();

  @Test
  void theFirstRuleKeepsShortPromptsAndThoseForWhichThePrefillTargetHasEnoughToDo() {
    Disaggregation rule = rule(When.LOCAL_PREFILL_LENGTH);
    assertThat(rule.staysLocal(5_000, 100, 0, 0, 0)).isTrue();
    assertThat(rule.staysLocal(5_000, 101, 0, 0, 0)).isFalse();
    assertThat(rule.staysLocal(5_000, 101, 1, 0, 0)).isFalse();
    assertThat(rule.staysLocal(5_000, 101, 2, 0, 0)).isTrue();
  }

  @ParameterizedTest
  @CsvSource({
    "4096, 2047, true",
    "4096, 2048, false",
    "2047, 2047, false",
    "1000, 699, true",
    "1000, 700, false"
  })
  void theEffectiveIslRuleNeedsFewTokensAndASmallShare(
      int promptTokens, int uncached, boolean local) {
    assertThat(rule(When.EFFECTIVE_ISL).staysLocal(promptTokens, uncached, 0, 0, 0))
        .isEqualTo(local);
  }

  @Test
  void theCostRuleKeepsWhatCostsNoMoreHere() {
    Disaggregation rule = rule(When.COST);
    assertThat(rule.staysLocal(100, 100, 0, 5, 5)).isTrue();
    assertThat(rule.staysLocal(100, 100, 0, 5.1, 5)).isFalse();
    assertThat(rule(When.ALWAYS).staysLocal(100, 1, 9, 0, 5)).isFalse();
  }

  @Test
  void theNearestSharedLabelSetsTheSpeed() {
    Links links = new Links(List.of(new Links.Link("rack", 100), new Links.Link("zone", 10)), 1);
    Worker from = pooled("p", Role.PREFILL, 1, Map.of("rack", "1", "zone", "a"), MEGABYTE);
    assertThat(links.millis(from, at("rack", "1"), 1e9)).isCloseTo(10, within(1e-9));
    assertThat(links.millis(from, at("zone", "a"), 1e9)).isCloseTo(100, within(1e-9));
    assertThat(links.millis(from, at("zone", "b"), 1e9)).isCloseTo(1_000, within(1e-9));
    assertThat(Links.FREE.millis(from, at("zone", "b"), 1e9)).isZero();
  }

  @Test
  void theTwoAreChosenTogetherAndTheWayCounts() {
    join(
        pooled("p0", Role.PREFILL, 1, Map.of("rack", "1"), MEGABYTE),
        pooled("p1", Role.PREFILL, 1, Map.of("rack", "2"), MEGABYTE),
        pooled("d2", Role.DECODE, 1, Map.of("rack", "2"), KvHandOver.UNKNOWN));

    Decision decision = decide(split(When.ALWAYS, RACK_AND_FAR), true);

    assertThat(requireNonNull(decision.prefillTarget()).worker().id()).isEqualTo("p1");
    CandidateCost far = cost(decision, "p0");
    assertThat(far.termNames()).endsWith("hand_over");
    assertThat(far.terms().getLast() - cost(decision, "p1").terms().getLast())
        .as("10 MB at 0.1 GB/s less 10 MB at 10 GB/s")
        .isCloseTo(99, within(1e-9));
    assertThat(cost(decision, "d2").terms()).containsExactly(0.0, 1.0);
  }

  @Test
  void blocksThatTheDecodeTargetHoldsNeedNotTravel() {
    join(
        pooled("p", Role.PREFILL, 1, Map.of(), MEGABYTE),
        pooled("d0", Role.DECODE, 1, Map.of(), KvHandOver.UNKNOWN),
        pooled("d1", Role.DECODE, 1, Map.of(), KvHandOver.UNKNOWN));
    hold("d1", 8);

    Decision decision = decide(split(When.ALWAYS, RACK_AND_FAR), false);

    assertThat(decision.target().worker().id()).isEqualTo("d1");
    assertThat(decision.handOver()).isEqualTo(new HandOver(2));
    assertThat(decision.placement()).isEqualTo(Placement.DISAGGREGATED);
  }

  @Test
  void thePairIsTheCheapestOfAllPairs() {
    long seed = 20_261_124;
    Random random = new Random(seed);
    for (int i = 0; i < 6; i++) {
      join(pooled("p" + i, Role.PREFILL, 1, rack(random), MEGABYTE));
      join(pooled("d" + i, Role.DECODE, 1, rack(random), KvHandOver.UNKNOWN));
    }
    for (int round = 0; round < 200; round++) {
      Target loaded = registry.current().targets().get(random.nextInt(12));
      int slot = loaded.slot();
      ledger.book(new Load(slot, slot, 1 + random.nextInt(900), 0, BLOCK_SIZE), 0);
      Disaggregation split = split(When.ALWAYS, RACK_AND_FAR);
      Decision decision = decide(split, true);

      double best = Double.POSITIVE_INFINITY;
      for (Target p : requireNonNull(registry.current().model("m")).prefill()) {
        for (Target d : requireNonNull(registry.current().model("m")).decode()) {
          best = Math.min(best, pairCost(p, d));
        }
      }
      double chosen = pairCost(requireNonNull(decision.prefillTarget()), decision.target());
      assertThat(chosen).as("seed %d round %d", seed, round).isCloseTo(best, within(1e-6));
      assertThat(decision.price().cost()).isCloseTo(best, within(1e-6));
    }
  }

  /** Under least_loaded, by the documented formula. */
  private double pairCost(Target prefill, Target decode) {
    return ledger.bookedTokens(prefill.slot())
        + ledger.activeBlocks(decode.slot(), 0)
        + RACK_AND_FAR.millis(prefill.worker(), decode.worker(), BLOCKS * 1e6);
  }

  @Test
  void aPromptThatStaysIsBookedOnTheDecodeTargetAlone() {
    join(worker("p", Role.PREFILL), worker("d0", Role.DECODE), worker("d1", Role.DECODE));
    hold("d1", 9);
    Disaggregation rule = split(When.EFFECTIVE_ISL, Links.FREE);

    Decision decision = booked(rule, Policies.KV);

    assertThat(decision.placement()).isEqualTo(Placement.LOCAL_PREFILL);
    assertThat(decision.target().worker().id()).isEqualTo("d1");
    assertThat(decision.prefillTarget()).isNull();
    assertThat(decision.handOver()).isNull();
    assertThat(decision.overlap().deviceBlocks()).isEqualTo(9);
    assertThat(ledger.queuedPrefillTokens(slot("d1"), 0)).isEqualTo(BLOCK_SIZE);
    assertThat(ledger.bookedRequests(slot("p"))).isZero();
  }

  @Test
  void aPromptOfWhichNothingIsHeldGoesToThePrefillTarget() {
    join(worker("p", Role.PREFILL), worker("d0", Role.DECODE));
    Decision decision = booked(split(When.EFFECTIVE_ISL, Links.FREE), Policies.KV);
    assertThat(decision.placement()).isEqualTo(Placement.DISAGGREGATED);
    assertThat(decision.handOver()).isEqualTo(new HandOver(BLOCKS));
  }

  @Test
  void byCostAPromptStaysWhileThePrefillTargetIsBusierThanTheDecodeTarget() {
    join(worker("p", Role.PREFILL), worker("d", Role.DECODE));
    Disaggregation rule = split(When.COST, Links.FREE);
    load("d", 50);
    assertThat(decide(rule, false).placement()).isEqualTo(Placement.DISAGGREGATED);
    load("p", 400);
    assertThat(decide(rule, false).placement()).isEqualTo(Placement.LOCAL_PREFILL);
  }

  @Test
  void byCostADecodeTargetThatHasComputedNothingIsTakenToBeAsFastAsThePrefillTargets() {
    join(worker("p", Role.PREFILL), worker("d", Role.DECODE));
    Disaggregation rule = new Disaggregation(When.COST, 100, 2, 2_048, 0.7, Links.FREE, 0.001);
    learnMillisPerToken("p", 0.01);
    hold("d", BLOCKS - 1);
    Decision decision = (Decision) router.route(costQuery(rule), overlaps, 0);
    assertThat(decision.placement())
        .as("16 tokens here, 160 there")
        .isEqualTo(Placement.LOCAL_PREFILL);
    assertThat(decision.price().terms()[1]).isCloseTo(BLOCK_SIZE * 0.01, within(1e-9));
  }

  @Test
  void byCostTheWaitForAPlaceToGenerateIsMetEitherWay() {
    join(worker("p", Role.PREFILL), worker("d", Role.DECODE));
    Disaggregation rule = new Disaggregation(When.COST, 100, 2, 2_048, 0.7, Links.FREE, 0.001);
    learnMillisPerToken("p", 0.01);
    hold("d", BLOCKS - 1);
    ledger.finish(booked(rule, Policies.KV).bookingId(), 0);
    Load full = new Load(slot("d"), slot("d"), 995 * BLOCK_SIZE, 1, BLOCK_SIZE);
    ledger.firstToken(ledger.book(full, 0), 0);

    Decision decision = (Decision) router.route(costQuery(rule), overlaps, 0);

    int place = decision.price().termNames().indexOf(KvPolicy.PLACE_TERM);
    assertThat(decision.price().terms()[place]).as("on d").isGreaterThan(100);
    assertThat(decision.placement()).isEqualTo(Placement.LOCAL_PREFILL);
  }

  @Test
  void byCostAPromptCountsTheDelayOfAllWhoDecodeOnTheWorkerThatWouldComputeIt() {
    join(
        worker("p", Role.PREFILL),
        pooled("d", Role.DECODE, 2, Map.of(), KvHandOver.UNKNOWN),
        worker("e", Role.DECODE));
    Disaggregation rule = new Disaggregation(When.COST, 100, 2, 2_048, 0.7, Links.FREE, 0.001);
    learnMillisPerToken("p", 0.01);
    hold("d", BLOCKS - 3);
    for (int i = 0; i < 5; i++) {
      decodeOn(slot("e"));
    }

    // Three blocks here, ten there: worth it as long as at most two others wait for it.
    for (int decoding = 0; decoding <= 5; decoding++) {
      Decision decision = (Decision) router.route(costQuery(rule), overlaps, 0);
      assertThat(decision.placement())
          .as("%d decode", decoding)
          .isEqualTo(decoding <= 2 ? Placement.LOCAL_PREFILL : Placement.DISAGGREGATED);
      decodeOn(otherRank("d"));
    }
  }

  @Test
  void byCostThoseWhoDecodeOnARankThatIsLeftOutCountToo() {
    join(worker("p", Role.PREFILL), pooled("d", Role.DECODE, 2, Map.of(), KvHandOver.UNKNOWN));
    Disaggregation rule = new Disaggregation(When.COST, 100, 2, 2_048, 0.7, Links.FREE, 0.001);
    learnMillisPerToken("p", 0.01);
    hold("d", BLOCKS - 3);
    for (int i = 0; i < 3; i++) {
      decodeOn(otherRank("d"));
    }
    int idleRank = rank(slot("d"));
    List<Filter> idleOnly =
        List.of(new Filter.Allowed(Map.of("p", Set.of(0), "d", Set.of(idleRank))));

    RouteResult result =
        router.route(query(rule, idleOnly, Policies.KV, false, false), overlaps, 0);

    assertThat(((Decision) result).placement()).isEqualTo(Placement.DISAGGREGATED);
  }

  private int rank(int slot) {
    return registry.current().targets().stream()
        .filter(target -> target.slot() == slot)
        .findFirst()
        .orElseThrow()
        .rank();
  }

  /** The slot of another rank than {@link #slot}'s. */
  private int otherRank(String workerId) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(workerId))
        .mapToInt(Target::slot)
        .filter(slot -> slot != slot(workerId))
        .findFirst()
        .orElseThrow();
  }

  private void decodeOn(int slot) {
    ledger.firstToken(ledger.book(new Load(slot, slot, 1, 1, BLOCK_SIZE), 0), 0);
  }

  private RouteQuery costQuery(Disaggregation rule) {
    return query(rule, List.of(), Policies.KV, false, false);
  }

  private void learnMillisPerToken(String worker, double millis) {
    int slot = slot(worker);
    int tokens = 100;
    long nanos = Math.round(tokens * millis * 1e6);
    long booking = ledger.book(new Load(slot, slot, tokens, tokens, BLOCK_SIZE), -nanos);
    ledger.firstToken(booking, 0);
    ledger.finish(booking, 0);
  }

  @Test
  void anEmptyPrefillPoolFallsBackToAggregatedTargets() {
    join(worker("a"), worker("p", Role.PREFILL), worker("d", Role.DECODE));
    assertThat(decide(Disaggregation.ALWAYS, false).placement()).isEqualTo(Placement.DISAGGREGATED);

    Decision decision = (Decision) result(Disaggregation.ALWAYS, drained("p"), false, false);

    assertThat(decision.placement()).isEqualTo(Placement.FALLBACK);
    assertThat(decision.target().worker().id()).isEqualTo("a");
    assertThat(decision.prefillTarget()).isNull();
  }

  @Test
  void anEmptyDecodePoolFallsBackToAggregatedTargets() {
    join(worker("a"), worker("p", Role.PREFILL), worker("d", Role.DECODE));
    Decision decision = (Decision) result(Disaggregation.ALWAYS, drained("d"), false, true);
    assertThat(decision.target().worker().id()).isEqualTo("a");
    assertThat(decision.placement()).isEqualTo(Placement.FALLBACK);
    assertThat(decision.excluded())
        .extracting(out -> out.target().worker().id())
        .containsExactly("d");
  }

  @Test
  void withoutPrefillTargetsDecodeTargetsStepInWhereTheyMayPrefill() {
    join(worker("p", Role.PREFILL), worker("d", Role.DECODE));
    assertThat(result(Disaggregation.ALWAYS, drained("p"), false, false))
        .isInstanceOfSatisfying(
            AllExcluded.class, all -> assertThat(all.role()).isEqualTo(Role.PREFILL));
    Decision decision = (Decision) result(split(When.COST, Links.FREE), drained("p"), false, false);
    assertThat(decision.placement()).isEqualTo(Placement.FALLBACK);
    assertThat(decision.target().worker().id()).isEqualTo("d");

    registry.remove("p");
    assertThat(result(Disaggregation.ALWAYS, List.of(), false, false)).isEqualTo(Refusal.NO_TARGET);
    assertThat(decide(split(When.COST, Links.FREE), false).target().worker().id()).isEqualTo("d");
  }

  @Test
  void aRoomIsNotNegativeAndCongruentToTheRank() {
    Random random = new Random(7);
    for (int i = 0; i < 100_000; i++) {
      int ranks = 1 + random.nextInt(1_024);
      int rank = random.nextInt(ranks);
      long room = HandOver.room(random.nextLong(), rank, ranks);
      assertThat(room).isNotNegative();
      assertThat(room % ranks).isEqualTo(rank);
    }
  }

  @Test
  void settingsOutOfRangeAreRefusedByNameAndValue() {
    assertThatThrownBy(() -> new Links(List.of(), 0))
        .hasMessage("far_gigabytes_per_second must be above 0: 0.0");
    assertThatThrownBy(() -> new Links.Link("zone", Double.NaN))
        .hasMessage("gigabytes_per_second must be above 0: NaN");
    assertThatThrownBy(() -> new Disaggregation(When.COST, -1, 1, 1, 1, Links.FREE, 1))
        .hasMessageStartingWith("max_local_prefill_length must be 0.0 to");
    assertThatThrownBy(() -> new Disaggregation(When.COST, 1, 1, 1, 1.5, Links.FREE, 1))
        .hasMessage("effective_isl_ratio must be 0.0 to 1.0: 1.5");
    assertThatThrownBy(() -> new KvHandOver(-1, "", 0))
        .hasMessage("kv_bytes_per_block must be 0 or more: -1");
    assertThatThrownBy(() -> new KvHandOver(0, "h", 0))
        .hasMessage("bootstrap_port must be 1 to 65535 with bootstrap_host 'h': 0");
    assertThatThrownBy(() -> new KvHandOver(0, "", 8998))
        .hasMessage("bootstrap_port must be 0 to 0 with bootstrap_host '': 8998");
  }

  private static Disaggregation rule(When when) {
    return new Disaggregation(when, 100, 2, 2_048, 0.7, Links.FREE, 1);
  }

  private static Disaggregation split(When when, Links links) {
    return new Disaggregation(when, 100, 2, 2_048, 0.7, links, 1);
  }

  private static Worker at(String label, String value) {
    return pooled("d", Role.DECODE, 1, Map.of(label, value), KvHandOver.UNKNOWN);
  }

  private static Map<String, String> rack(Random random) {
    return Map.of("rack", Integer.toString(random.nextInt(3)));
  }

  private static List<Filter> drained(String worker) {
    return List.of(new Filter.Draining(Set.of(worker)));
  }

  private static CandidateCost cost(Decision decision, String worker) {
    return decision.candidates().stream()
        .filter(cost -> cost.target().worker().id().equals(worker))
        .findFirst()
        .orElseThrow();
  }

  private Decision decide(Disaggregation split, boolean explain) {
    return (Decision) result(split, List.of(), false, explain);
  }

  private Decision booked(Disaggregation split, Policy policy) {
    return (Decision) router.route(query(split, List.of(), policy, true, false), overlaps, 0);
  }

  private RouteResult result(
      Disaggregation split, List<Filter> filters, boolean book, boolean explain) {
    return router.route(query(split, filters, Policies.LEAST_LOADED, book, explain), overlaps, 0);
  }

  private RouteQuery query(
      Disaggregation split, List<Filter> filters, Policy policy, boolean book, boolean explain) {
    ChoiceRules rules = new ChoiceRules(filters, filters, "", List.of(), 0, null, split);
    return new RouteQuery(
        requireNonNull(registry.current().model("m")),
        ShardedIndex.of(index),
        prompt,
        BLOCKS,
        PROMPT,
        0,
        policy,
        rules,
        1,
        book,
        explain);
  }

  private void join(Worker... workers) {
    for (Worker worker : workers) {
      assertThat(registry.put(worker)).isNull();
    }
  }

  private int slot(String workerId) {
    return registry.current().targets().stream()
        .filter(target -> target.worker().id().equals(workerId))
        .findFirst()
        .orElseThrow()
        .slot();
  }

  private void hold(String worker, int blocks) {
    long[] local = LongStream.rangeClosed(1, blocks).toArray();
    index.apply(slot(worker), KvEvent.Stored.root(local, local, Tier.DEVICE), 0);
  }

  private void load(String worker, int tokens) {
    int slot = slot(worker);
    ledger.book(new Load(slot, slot, tokens, 0, BLOCK_SIZE), 0);
  }

  private static final class ReleasesAtOnce implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {
      released.run();
    }
  }
}
