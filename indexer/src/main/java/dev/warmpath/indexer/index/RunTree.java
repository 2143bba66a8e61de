package dev.warmpath.indexer.index;

import java.util.Arrays;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The runs and where they hang. The writer thread only, but for {@link #child}.
 *
 * <p>A <em>place</em> names one block for the writer: the id of its run and its offset in it. It is
 * never 0.
 */
final class RunTree {
  final Run root = new Run(null, 0, 0, 0L, 0);
  private final RunTable children = new RunTable();
  private final Footprint footprint;
  private long tableBytes;
  private @Nullable Run[] byId = {root};
  private int ids = 1;
  private int[] freeIds = {};
  private int free;

  RunTree(Footprint footprint) {
    this.footprint = footprint;
    countTables();
  }

  static long place(Run run, int offset) {
    return (long) run.id << Integer.SIZE | offset;
  }

  static int offset(long place) {
    return (int) place;
  }

  Run run(long place) {
    return run((int) (place >>> Integer.SIZE));
  }

  /** The run with a number. */
  Run run(int id) {
    return Objects.requireNonNull(byId[id]);
  }

  /** The place before a place; 0 when that is the first block of a prompt. */
  long parent(long place) {
    int offset = offset(place);
    if (offset > 0) {
      return place - 1;
    }
    Run run = run(place);
    return run.parent == null || run.parentOffset == 0
        ? 0
        : place(run.parent, run.parentOffset - 1);
  }

  /** How many runs there are, without the root. */
  int size() {
    return children.size();
  }

  /** Bytes of the tables of runs. */
  long tableBytes() {
    return tableBytes;
  }

  /** The runs but the root, in no order. */
  void forEachRun(Consumer<Run> action) {
    for (Run run : byId) {
      if (run != null && run != root) {
        action.accept(run);
      }
    }
  }

  /** The run that hangs at {@code offset} of a parent. Any thread. */
  @Nullable Run child(Run parent, int offset, long localHash) {
    return children.find(parent, offset, localHash);
  }

  /** Where the first block of the run that is added next will be. */
  long nextPlace() {
    return (long) (free > 0 ? freeIds[free - 1] : ids) << Integer.SIZE;
  }

  /**
   * Hangs a new run at {@code offset} of a parent, where no such run is.
   *
   * @param local has the local hashes of its first blocks, the first at {@code from}
   * @param room for how many blocks there should be room
   */
  Run addChild(Run parent, int offset, long[] local, int from, int count, int room) {
    Run run = new Run(parent, offset, takeId(), local[from], room);
    run.append(local, from, count, room);
    byId[run.id] = run;
    children.add(run);
    footprint.runs.increment();
    footprint.runBytes.add(run.bytes());
    footprint.blocks.add(run.length());
    countTables();
    if (parent != root) {
      long before = parent.bytes();
      parent.addChild(offset);
      footprint.runBytes.add(parent.bytes() - before);
    }
    return run;
  }

  /**
   * Adds blocks at the end of a run.
   *
   * @param local has their local hashes, the first at {@code from}
   * @param room for how many blocks there should be room, if the run has to grow
   */
  void append(Run run, long[] local, int from, int count, int room) {
    long before = run.bytes();
    run.append(local, from, count, room);
    footprint.runBytes.add(run.bytes() - before);
    footprint.blocks.add(count);
  }

  /** Drops what nobody holds and what leads nowhere, from the end of a run upwards. */
  void trim(Run trimmed) {
    Run run = trimmed;
    int offset = run.length();
    while (run.parent != null && run.length() == offset) {
      long before = run.bytes();
      int left = run.trim();
      footprint.runBytes.add(run.bytes() - before);
      footprint.blocks.add(left - offset);
      if (left > 0) {
        return;
      }
      offset = run.parentOffset;
      run = drop(run, run.parent);
    }
  }

  private Run drop(Run run, Run parent) {
    children.remove(run);
    byId[run.id] = null;
    if (free == freeIds.length) {
      freeIds = Arrays.copyOf(freeIds, 2 * free + 4);
    }
    freeIds[free++] = run.id;
    footprint.runs.add(-1);
    footprint.runBytes.add(-run.bytes());
    footprint.coverageBytes.add(-run.coverageBytes());
    countTables();
    if (parent != root) {
      long before = parent.bytes();
      parent.removeChild(run.parentOffset);
      footprint.runBytes.add(parent.bytes() - before);
    }
    return parent;
  }

  /** The tables grow and shrink with the runs. */
  private void countTables() {
    long bytes =
        (long) Footprint.REFERENCE_BYTES * (children.capacity() + byId.length)
            + (long) Integer.BYTES * freeIds.length;
    footprint.runBytes.add(bytes - tableBytes);
    tableBytes = bytes;
  }

  private int takeId() {
    if (free > 0) {
      return freeIds[--free];
    }
    if (ids == byId.length) {
      byId = Arrays.copyOf(byId, 2 * ids);
    }
    return ids++;
  }
}
