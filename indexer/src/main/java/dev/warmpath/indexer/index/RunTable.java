package dev.warmpath.indexer.index;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * All runs but the root, found by where they hang and by their first local hash. One writer; any
 * number of threads {@link #find} at the same time.
 */
final class RunTable {
  /*
   * Open addressing with linear probing. A run that goes leaves a mark behind, so that the others
   * keep their places under a reader's feet. A new table without marks is filled before readers see
   * it. At most half of the places are taken.
   */
  private static final VarHandle ELEMENT = MethodHandles.arrayElementVarHandle(Run[].class);
  private static final Run GONE = new Run(null, -1, -1, 0L, 0);
  private static final int SMALLEST = 16;

  private volatile @Nullable Run[] table = new Run[SMALLEST];
  private int runs;
  private int marks;

  /** How many runs there are. */
  int size() {
    return runs;
  }

  /** Places for runs. */
  int capacity() {
    return table.length;
  }

  /** The run that hangs at {@code offset} of a parent. Any thread. */
  @Nullable Run find(Run parent, int offset, long localHash) {
    @Nullable Run[] runs = table;
    int last = runs.length - 1;
    int at = home(parent, offset, localHash) & last;
    while (true) {
      Run run = (Run) ELEMENT.getAcquire(runs, at);
      if (run == null
          || (run.firstLocalHash == localHash
              && run.parent == parent
              && run.parentOffset == offset)) {
        return run;
      }
      at = (at + 1) & last;
    }
  }

  /** Adds a run that is not there. */
  void add(Run run) {
    if (2 * (runs + marks + 1) > table.length) {
      rebuild();
    }
    place(table, run);
    runs++;
  }

  private void place(@Nullable Run[] into, Run run) {
    int at = home(run) & (into.length - 1);
    while (into[at] != null && into[at] != GONE) {
      at = (at + 1) & (into.length - 1);
    }
    if (into[at] == GONE) {
      marks--;
    }
    ELEMENT.setRelease(into, at, run);
  }

  /** Takes away a run that is there. */
  void remove(Run run) {
    @Nullable Run[] from = table;
    int at = home(run) & (from.length - 1);
    while (from[at] != run) {
      at = (at + 1) & (from.length - 1);
    }
    boolean isLast = from[(at + 1) & (from.length - 1)] == null;
    ELEMENT.setRelease(from, at, isLast ? null : GONE);
    marks += isLast ? 0 : 1;
    runs--;
  }

  private void rebuild() {
    int capacity = Math.max(SMALLEST, Integer.highestOneBit(runs + 1) * 8);
    @Nullable Run[] fresh = new Run[capacity];
    @Nullable Run[] old = table;
    marks = 0;
    for (Run run : old) {
      if (run != null && run != GONE) {
        place(fresh, run);
      }
    }
    table = fresh;
  }

  private static int home(Run run) {
    return run.parent == null ? 0 : home(run.parent, run.parentOffset, run.firstLocalHash);
  }

  private static int home(Run parent, int offset, long localHash) {
    long mixed = (localHash + parent.id * 0x9E3779B97F4A7C15L + offset) * 0xD6E8FEB86659FD93L;
    return (int) (mixed >>> Integer.SIZE);
  }
}
