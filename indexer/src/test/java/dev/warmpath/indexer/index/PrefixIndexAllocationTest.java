package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;
import dev.warmpath.indexer.event.KvEvent;
import dev.warmpath.indexer.event.Tier;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

class PrefixIndexAllocationTest {
  private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
  private static final int BLOCKS = 300;
  private static final int SLOTS = 200;
  private static final int MATCHES = 10_000;

  @Test
  void matchAllocatesNothing() {
    PrefixIndex index = new PrefixIndex(IndexLimits.DEFAULT);
    long[] prompt = new long[BLOCKS];
    Arrays.setAll(prompt, i -> 1L + i);
    for (int slot = 0; slot < SLOTS; slot++) {
      long[] held = Arrays.copyOf(prompt, 1 + slot);
      held[slot] += slot % 3 == 0 ? 1_000 : 0;
      index.apply(
          slot, KvEvent.Stored.root(held, held, slot % 7 == 0 ? Tier.HOST : Tier.DEVICE), 0L);
    }
    Overlaps overlaps = new Overlaps();
    allocatedBytes(index, prompt, overlaps);
    assertThat(allocatedBytes(index, prompt, overlaps)).isZero();
    assertThat(overlaps.deviceBlocks(SLOTS - 1)).isEqualTo(SLOTS);
  }

  private static long allocatedBytes(PrefixIndex index, long[] prompt, Overlaps overlaps) {
    long before = THREADS.getCurrentThreadAllocatedBytes();
    for (int i = 0; i < MATCHES; i++) {
      index.match(prompt, prompt.length, overlaps);
    }
    return THREADS.getCurrentThreadAllocatedBytes() - before;
  }
}
