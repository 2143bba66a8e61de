package dev.warmpath.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.warmpath.indexer.block.BlockHasher;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import dev.warmpath.indexer.index.IndexLimits;
import dev.warmpath.indexer.index.Overlaps;
import dev.warmpath.indexer.index.PrefixIndex;
import dev.warmpath.indexer.index.ShardedIndex;
import dev.warmpath.router.fleet.LedgerLimits;
import dev.warmpath.router.fleet.Load;
import dev.warmpath.router.fleet.LoadLedger;
import dev.warmpath.router.fleet.ModelTargets;
import dev.warmpath.router.fleet.Target;
import dev.warmpath.router.fleet.Worker;
import dev.warmpath.router.route.RouteResult.Decision;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * A decision leaves nothing behind but its reply: {@link Decision}, {@link PromptOverlap}, {@link
 * Price} and the terms of the price.
 */
class DecisionAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int TARGETS = 64;
  private static final int BLOCKS = 256;
  private static final int BLOCK_SIZE = 64;
  private static final int DECISIONS = 2_000;

  /** Until all is compiled, small values between two methods may lie on the heap. */
  private static final int MAX_ROUNDS = 400;

  private static final int MIN_ROUNDS = 20;

  private final LoadLedger ledger =
      new LoadLedger(new LedgerLimits(TARGETS, 1_000, Long.MAX_VALUE / 4), 1);
  private final PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
  private final Router router = new Router(ledger);
  private final Overlaps overlaps = new Overlaps();
  private final Object[] kept = new Object[DECISIONS];

  @Test
  void aDecisionAllocatesItsReplyAlone() {
    assertAllocatesItsReplyAlone(query(ChoiceRules.NONE));
  }

  @Test
  void filtersThatGoByTheTargetAloneAllocateNothingMore() {
    List<Filter> filters = List.of(new Filter.Draining(Set.of("w3")));
    assertAllocatesItsReplyAlone(
        query(new ChoiceRules(filters, filters, "", List.of(), 0, null, Disaggregation.ALWAYS)));
  }

  private void assertAllocatesItsReplyAlone(RouteQuery query) {
    Decision reply = (Decision) router.route(query, overlaps, 1_000_000);
    long decisions = Long.MAX_VALUE;
    long replies = Long.MAX_VALUE;
    for (int round = 0;
        round < MAX_ROUNDS && (round < MIN_ROUNDS || decisions > replies);
        round++) {
      decisions =
          Math.min(decisions, allocatedBytes(() -> router.route(query, overlaps, 1_000_000)));
      replies = Math.min(replies, allocatedBytes(() -> copy(reply)));
    }
    assertThat(decisions)
        .as("bytes of %d decisions, and of their replies", DECISIONS)
        .isEqualTo(replies);
  }

  private long allocatedBytes(Supplier<Object> maker) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < DECISIONS; i++) {
      kept[i] = maker.get();
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }

  private static Decision copy(Decision reply) {
    PromptOverlap overlap = reply.overlap();
    Price price = reply.price();
    return new Decision(
        reply.target(),
        reply.prefillTarget(),
        reply.placement(),
        reply.handOver(),
        new PromptOverlap(
            overlap.deviceBlocks(),
            overlap.hostBlocks(),
            overlap.diskBlocks(),
            overlap.externalBlocks(),
            overlap.cachedTokens(),
            overlap.expectedBlocks()),
        reply.bookingId(),
        reply.policy(),
        new Price(
            price.cost(), price.termNames(), price.terms().clone(), price.next(), price.nextCost()),
        reply.candidates(),
        reply.excluded());
  }

  /** Every target holds a part of the prompt, has one waiting and has taught its pace. */
  private RouteQuery query(ChoiceRules rules) {
    long[] prompt = new long[BLOCKS];
    Arrays.setAll(prompt, i -> 1L + i);
    List<Target> targets = new ArrayList<>();
    for (int slot = 0; slot < TARGETS; slot++) {
      String id = "w" + slot;
      targets.add(new Target(Worker.aggregated(id, id, "m", BLOCK_SIZE, 1, 1), 0, slot));
      long[] held = Arrays.copyOf(prompt, 1 + slot);
      index.apply(slot, KvEvent.Stored.root(held, held, Tier.DEVICE), 0L);
      Load load = new Load(slot, slot, BLOCKS * BLOCK_SIZE, 1_000 + slot, BLOCK_SIZE);
      ledger.firstToken(ledger.book(load, 0), 100_000);
      ledger.book(load, 100_000);
    }
    return new RouteQuery(
        new ModelTargets("m", new BlockHasher(BLOCK_SIZE, false), targets, List.of(), List.of()),
        ShardedIndex.of(index),
        prompt,
        BLOCKS,
        BLOCKS * BLOCK_SIZE,
        0,
        Policies.KV,
        rules,
        1,
        false,
        false);
  }
}
