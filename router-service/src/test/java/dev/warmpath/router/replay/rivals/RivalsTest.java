package dev.warmpath.router.replay.rivals;

import static dev.warmpath.router.fleet.Workers.worker;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

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
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.route.Policy;
import dev.warmpath.router.route.RouteQuery;
import dev.warmpath.router.route.RouteResult.Decision;
import dev.warmpath.router.route.Router;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Cases computed by hand from the published formulas. Blocks of 16 tokens. */
class RivalsTest {
  private static final long SECOND = 1_000_000_000L;

  private final LoadLedger ledger =
      new LoadLedger(new LedgerLimits(64, 10_000, Long.MAX_VALUE / 4), 1);
  private final FleetRegistry registry = new FleetRegistry(64, new KeepsAll());
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Router router = new Router(ledger);

  @Test
  void dynamoWeighsPrefillLessOverlapAgainstDistinctBlocks() {
    AccountingPolicy dynamo = (AccountingPolicy) rival("dynamo");
    join("a", "b", "c");
    hold("a", Tier.DEVICE, 1, 6);
    hold("c", Tier.DEVICE, 1, 2);
    hold("c", Tier.HOST, 1, 6);
    hold("c", Tier.DISK, 1, 10);
    // 40 blocks of which 2 are the prompt's, 320 tokens of them to compute; 60 and 64 foreign ones.
    dynamo.placed(
        1, query(dynamo, 640, LongStream.concat(blocks(1, 2), blocks(100, 38))), 0, 20, 0);
    dynamo.placed(2, query(dynamo, 960, blocks(200, 60)), 1, 60, 0);
    dynamo.placed(3, query(dynamo, 1_024, blocks(300, 64)), 2, 64, 0);

    assertThat(costs(dynamo, 160, blocks(1, 10)))
        .isEqualTo(Map.of("a", 72.0, "b", 80.0, "c", 78.0));

    dynamo.firstToken(1, 0);
    assertThat(costs(dynamo, 160, blocks(1, 10))).containsEntry("a", 52.0);
    dynamo.finished(1, 0);
    assertThat(costs(dynamo, 160, blocks(1, 10))).containsEntry("a", 14.0);
  }

  @Test
  void dynamoCountsSharedBlocksOnce() {
    AccountingPolicy dynamo = (AccountingPolicy) rival("dynamo");
    join("a");
    dynamo.placed(1, query(dynamo, 160, blocks(1, 10)), 0, 10, 0);
    dynamo.placed(2, query(dynamo, 160, blocks(1, 10)), 0, 10, 0);

    assertThat(costs(dynamo, 160, blocks(1, 10))).containsEntry("a", 20.0);
    dynamo.finished(1, 0);
    assertThat(costs(dynamo, 160, blocks(1, 10))).containsEntry("a", 20.0);
    dynamo.finished(2, 0);
    assertThat(costs(dynamo, 160, blocks(50, 10))).containsEntry("a", 20.0);
  }

  @Test
  void sglangTakesTheLongestMatchAboveItsThresholdElseTheSmallestCache() {
    Policy sglang = rival("sglang_cache_aware");
    join("a", "b");
    hold("a", Tier.DEVICE, 1, 4);
    hold("b", Tier.DEVICE, 100, 3);

    assertThat(chosen(sglang, 160, blocks(1, 10))).isEqualTo("a");
    assertThat(chosen(sglang, 16 * 14, blocks(1, 14))).isEqualTo("b");
  }

  @Test
  void sglangTakesTheShortestQueueWhenRequestsAreFarApart() {
    Policy sglang = rival("sglang_cache_aware");
    join("a", "b");
    hold("a", Tier.DEVICE, 1, 10);
    book(0, 64, 1);
    assertThat(chosen(sglang, 160, blocks(1, 10))).isEqualTo("a");
    book(0, 1, 1);
    assertThat(chosen(sglang, 160, blocks(1, 10))).isEqualTo("b");
  }

  @Test
  void llmdKeepsToHoldersOfFourFifthsUntilTheirQueueCostsEighteenSeconds() {
    Policy llmd = rival("llm_d");
    join("a", "b");
    hold("a", Tier.DEVICE, 1, 8);
    // 15,928 tokens/s: 286,704 tokens are 18 s.
    book(0, 1, 286_704);
    assertThat(chosen(llmd, 160, blocks(1, 10))).isEqualTo("a");
    assertThat(chosen(llmd, 176, blocks(1, 11))).isEqualTo("b");
    book(0, 1, 1);
    assertThat(chosen(llmd, 160, blocks(1, 10))).isEqualTo("b");
  }

  @Test
  void llmdTakesTheFewestTokensInFlightOfThoseThatAreLeft() {
    Policy llmd = rival("llm_d");
    join("a", "b");
    book(0, 1, 1_000);
    book(1, 3, 300);
    assertThat(costs(llmd, 160, blocks(1, 10)))
        .isEqualTo(Map.of("a", 1_000 / 4_194_304.0, "b", 900 / 4_194_304.0));
  }

  @Test
  void prebleExploitsMoreThanHalfAndExploresElse() {
    AccountingPolicy preble = (AccountingPolicy) rival("preble");
    join("a", "b");
    hold("a", Tier.DEVICE, 1, 6);
    preble.placed(1, query(preble, 1_000, blocks(100, 62)), 0, 0, 0);
    preble.placed(2, query(preble, 600, blocks(200, 37)), 1, 0, 0);

    // 6 of 10 blocks on a, whose load is below twice that of b.
    assertThat(chosen(preble, 160, blocks(1, 10))).isEqualTo("a");
    // 6 of 12: load and own prefill, 1,000 + 96 against 600 + 192.
    assertThat(costs(preble, 192, blocks(1, 12))).isEqualTo(Map.of("a", 1_096.0, "b", 792.0));
  }

  @Test
  void prebleRebalancesAboveTwiceTheLeastLoadAndForgetsAfterThreeMinutes() {
    AccountingPolicy preble = (AccountingPolicy) rival("preble");
    join("a", "b");
    hold("a", Tier.DEVICE, 1, 10);
    preble.placed(1, query(preble, 1_000, blocks(100, 62)), 0, 0, 0);
    preble.placed(2, query(preble, 400, blocks(200, 25)), 1, 0, 0);

    assertThat(chosen(preble, 160, blocks(1, 10), 0)).isEqualTo("b");
    assertThat(chosen(preble, 160, blocks(1, 10), 181 * SECOND)).isEqualTo("a");
  }

  private static Policy rival(String name) {
    return requireNonNull(Rivals.make(name));
  }

  private void join(String... ids) {
    for (String id : ids) {
      registry.put(worker(id));
    }
  }

  private void hold(String id, Tier tier, long firstHash, int blocks) {
    long[] local = blocks(firstHash, blocks).toArray();
    index.apply(id.charAt(0) - 'a', KvEvent.Stored.root(local.clone(), local, tier), 0);
  }

  private void book(int slot, int requests, int prefillTokens) {
    for (int i = 0; i < requests; i++) {
      ledger.book(new Load(slot, slot, prefillTokens, prefillTokens, 16), 0);
    }
  }

  private String chosen(Policy policy, int promptTokens, LongStream blocks) {
    return chosen(policy, promptTokens, blocks, 0);
  }

  private String chosen(Policy policy, int promptTokens, LongStream blocks, long nowNanos) {
    return decide(policy, promptTokens, blocks, nowNanos).target().worker().id();
  }

  private Map<String, Double> costs(Policy policy, int promptTokens, LongStream blocks) {
    Map<String, Double> costs = new TreeMap<>();
    decide(policy, promptTokens, blocks, 0)
        .candidates()
        .forEach(candidate -> costs.put(candidate.target().worker().id(), candidate.cost()));
    return costs;
  }

  private Decision decide(Policy policy, int promptTokens, LongStream blocks, long nowNanos) {
    return (Decision) router.route(query(policy, promptTokens, blocks), new Overlaps(), nowNanos);
  }

  private RouteQuery query(Policy policy, int promptTokens, LongStream blocks) {
    long[] local = blocks.toArray();
    return new RouteQuery(
        requireNonNull(registry.current().model("m")),
        index,
        local,
        local.length,
        promptTokens,
        policy,
        1,
        false,
        true);
  }

  private static LongStream blocks(long firstHash, int blocks) {
    return LongStream.range(firstHash, firstHash + blocks);
  }

  private static final class KeepsAll implements FleetListener {
    @Override
    public void joined(Target target) {}

    @Override
    public void left(Target target, Runnable released) {}
  }
}
