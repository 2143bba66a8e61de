package dev.warmpath.indexer.index;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class RunEditTest {
  private final Footprint footprint = new Footprint(new MemoryBudget(1 << 20));
  private final RunTree tree = new RunTree(footprint);
  private final RunEdit edit = new RunEdit(tree, footprint);

  @Test
  void anEventThatWasBrokenOffChangesNothingOfTheNextSlot() {
    Run run = tree.addChild(tree.root, 0, new long[] {1, 2, 3, 4}, 0, 4, 4);
    edit.open(run, 0);
    edit.add(0, 3);
    edit.open(run, 1);
    edit.add(0, 2);
    edit.close();

    assertThat(Coverage.of(run.coverage(0), 0)).isEqualTo(3);
    assertThat(Coverage.of(run.coverage(0), 1)).isEqualTo(2);
    assertThat(footprint.coverageBytes.sum()).isEqualTo(run.coverageBytes());
  }
}
