package dev.warmpath.jmh;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the lookup benchmark compares gives the same answers. */
class LookupBaselinesTest {
  @ParameterizedTest
  @CsvSource({"16x8, 0, hit", "100x70, 0, diverge", "40x8, 4000, hit", "64x8, 4000, diverge"})
  void baselinesAnswerAsTheIndexDoes(String shape, int blocks, String query) {
    LookupWorkload workload = new LookupWorkload();
    workload.shape = shape;
    workload.blocks = blocks;
    workload.query = query;
    workload.make();
    LookupBenchmark.Runs runs = new LookupBenchmark.Runs();
    runs.fill(workload);
    LookupBenchmark.Plain plain = new LookupBenchmark.Plain();
    plain.fill(workload);
    LookupBenchmark.Radix radix = new LookupBenchmark.Radix();
    radix.fill(workload);
    LookupBenchmark.Bitsets bitsets = new LookupBenchmark.Bitsets();
    bitsets.fill(workload);
    LookupBenchmark.Jumps jumps = new LookupBenchmark.Jumps();
    jumps.fill(workload);
    int found = 0;
    for (int i = 0; i < 50; i++) {
      long[] prompt = workload.nextQuery();
      long[] sequence = LookupWorkload.sequenceHashes(prompt);
      runs.index.match(prompt, prompt.length, runs.overlaps);
      plain.index.match(prompt, prompt.length, plain.overlaps);
      Map<Integer, Integer> byTree = radix.tree.match(prompt);
      int[] byMap = new int[workload.slots()];
      bitsets.map.match(sequence, byMap);
      int[] byJumps = new int[workload.slots()];
      jumps.map.match(sequence, byJumps);
      for (int slot = 0; slot < workload.slots(); slot++) {
        int overlap = runs.overlaps.deviceBlocks(slot);
        found += overlap;
        assertThat(plain.overlaps.deviceBlocks(slot)).as("plain, slot %d", slot).isEqualTo(overlap);
        assertThat(byTree.getOrDefault(slot, 0)).as("tree, slot %d", slot).isEqualTo(overlap);
        assertThat(byMap[slot]).as("map, slot %d", slot).isEqualTo(overlap);
        assertThat(byJumps[slot]).as("jumps, slot %d", slot).isEqualTo(overlap);
      }
    }
    assertThat(found).isPositive();
  }
}
