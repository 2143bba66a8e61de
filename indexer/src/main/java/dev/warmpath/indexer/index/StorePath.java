package dev.warmpath.indexer.index;

/** The blocks of a prompt, followed through the runs as a slot stores them. */
final class StorePath {
  /** Where the first block of a prompt would be. */
  private static final long ROOT = 0;

  private final RunTree tree;

  /** The local hash of a single block. */
  private final long[] single = new long[1];

  /**
   * Where the next block would be if it went on in the same run: behind the block that was reached.
   */
  long next = ROOT;

  StorePath(RunTree tree) {
    this.tree = tree;
  }

  void goToRoot() {
    next = ROOT;
  }

  /** Goes behind a block. */
  void goTo(long place) {
    next = place + 1;
  }

  /**
   * Whether a place has the block with {@code localHash}, behind the block that was reached.
   *
   * @param known whether a block was reached; if not, the place may be anywhere
   */
  boolean isNext(long place, boolean known, long localHash) {
    Run run = tree.run(place);
    if (run.localHash(RunTree.offset(place)) != localHash) {
      return false;
    }
    return !known || next == place || (RunTree.offset(place) == 0 && next == run.hangsAt());
  }

  /**
   * Goes to the block with {@code localHash} behind this one, and makes it if need be.
   *
   * @param room for how many blocks there should be room
   */
  void step(long localHash, int room) {
    Run run = tree.run(next);
    int offset = RunTree.offset(next);
    if (offset < run.length() && run.localHash(offset) == localHash) {
      next++;
      return;
    }
    Run child = run.mayHaveChildAt(offset) ? tree.child(run, offset, localHash) : null;
    single[0] = localHash;
    if (child != null) {
      next = RunTree.place(child, 1);
    } else if (offset == run.length() && run != tree.root) {
      tree.append(run, single, 0, 1, room);
      next++;
    } else {
      next = RunTree.place(tree.addChild(run, offset, single, 0, 1, room), 1);
    }
  }
}
